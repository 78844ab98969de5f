package report

import (
	"bytes"
	"fmt"

	"mindgap/probe"
)

// summarizeCorrect writes the corrections side by side, on the half that they have not seen.
func summarizeCorrect(b *bytes.Buffer, c *probe.CorrectResults) {
	fmt.Fprintf(b, "fitted on %s items, measured on %s others\n", count(c.FitOn), count(c.ReadOn))
	accuracy := false
	for _, r := range c.Corrections {
		accuracy = accuracy || r.Accuracy != nil
	}
	header := []any{"correction", "gap", "matched cosine", "loss@" + scaleKey(c.Scale), "i→t R@1", "t→i R@1"}
	if accuracy {
		header = append(header, "accuracy", "95% interval", "p")
	}
	t := tableOf(b, header...)
	for _, r := range c.Corrections {
		row := []any{clean(r.Name), number(float64(r.Gap)), number(float64(r.MatchedCosine)), number(float64(r.Loss)),
			percent(float64(r.ImageToTextRecall1), 1), percent(float64(r.TextToImageRecall1), 1)}
		if a := r.Accuracy; a != nil {
			p := ""
			if a.PValue != nil && r.Name != "none" {
				p = pValue(float64(*a.PValue))
			}
			row = append(row, percent(float64(a.Value), 1), wilson(*a), p)
		}
		t.AppendRow(row)
	}
	t.Render()
}
