package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"mindgap/probe"
)

// TestSummaryOfCorrections: a row a correction, the p-value where there is something to compare with, a dash where nothing is defined.
func TestSummaryOfCorrections(t *testing.T) {
	p := probe.Float(0.03)
	nan := probe.Float(math.NaN())
	rec := &probe.Record{Kind: "correct", Results: &probe.CorrectResults{Scale: 100, FitOn: 1500, ReadOn: 1499, Corrections: []probe.Corrected{
		{Name: "none", Gap: 0.82, MatchedCosine: 0.31, Loss: 0.5, ImageToTextRecall1: 0.25, TextToImageRecall1: 0.5,
			Accuracy: &probe.Accuracy{Correct: 1, N: 2, Value: 0.5, Low: 0.1, High: 0.9, PValue: &p}},
		{Name: "shift", Gap: 0.05, MatchedCosine: 0.6, Loss: 0.75, ImageToTextRecall1: 0.125, TextToImageRecall1: 0.5,
			Accuracy: &probe.Accuracy{Correct: 1, N: 2, Value: 0.5, Low: 0.1, High: 0.9, PValue: &p}},
		{Name: "drop_5\x1b[2J", Gap: nan, MatchedCosine: nan, Loss: nan, ImageToTextRecall1: nan, TextToImageRecall1: nan},
	}}}
	var b bytes.Buffer
	if err := Summary(&b, rec); err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, line := range strings.Split(b.String(), "\n") {
		if f := strings.Fields(line); len(f) > 0 {
			got = append(got, f)
		}
	}
	for _, want := range []string{"fitted on 1,500 items, measured on 1,499 others", "loss@100", "none 0.820 0.310 0.500 25.0% 50.0% 50.0% 10.0% to 90.0%",
		"shift 0.050 0.600 0.750 12.5% 50.0% 50.0% 10.0% to 90.0% p = 0.030", "– – – – –"} {
		found := false
		for _, line := range got {
			found = found || strings.Contains(strings.Join(line, " "), want)
		}
		if !found {
			t.Errorf("no line with %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a name of the record drives the terminal")
	}
	if last := got[3]; strings.Contains(strings.Join(last, " "), "p =") {
		t.Errorf("the row of no correction has a p-value: %q", last)
	}
}
