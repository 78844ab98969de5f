package reproduce

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/models/builtin"
	"mindgap/probe"
)

// TestTables: the data sets that lie under the root are used, whatever the model is, and no number of another model is held to the paper's.
func TestTables(t *testing.T) {
	model, err := builtin.Open("emoji")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "my-clip")
	if err := os.CopyFS(dir, model); err != nil {
		t.Fatal(err)
	}
	c := &probe.Config{NoCache: true, Model: dir, Data: datasets.Options{Root: filepath.Join("..", "..", "datasets", "testdata", "labelled")}}
	rec, err := Run(t.Context(), c, Options{Items: []string{"table-1", "table-2"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	res := rec.Results.(*Results)
	checkResults(t, res)
	if res.Counts[Agrees] != 0 {
		t.Errorf("%d rows agree", res.Counts[Agrees])
	}
	var measured []string
	for _, it := range res.Items {
		for _, r := range it.Rows {
			if r.Verdict != NotRun && (r.Kind == Table || strings.HasPrefix(r.ID, "acc")) {
				measured = append(measured, r.ID)
			}
		}
		if len(it.Figures) != 1 {
			t.Errorf("%s: %d figures, want 1", it.ID, len(it.Figures))
		}
	}
	if want := []string{"eurosat.after", "svhn.after", "hateful_memes.after", "acc.-0.2", "acc.-0.5", "acc.-1"}; !slices.Equal(measured, want) {
		t.Errorf("measured %q, want %q", measured, want)
	}
}

// TestScored: of the paper's model both accuracies are held to its numbers; of another, the best one if the adjusted test says so.
func TestScored(t *testing.T) {
	paper := thePaper.number("table-1", "svhn.after")
	set := func(best, adjusted float64) probe.BenchmarkSet {
		return probe.BenchmarkSet{Dataset: probe.DatasetInput{Ref: "svhn"}, Paper: &probe.PaperRow{}, AtZero: probe.Score{Value: thePaper.number("table-1", "svhn.before").Value},
			Best: &probe.BenchmarkBest{BenchmarkPoint: probe.BenchmarkPoint{Score: probe.Score{Value: probe.Float(best)}, Adjusted: probe.Float(adjusted)}}}
	}
	for _, c := range []struct {
		model    string
		best, p  float64
		verdict  Verdict
		measured int
	}{
		{"hf:openai/clip-vit-base-patch16", float64(paper.Value) + 0.004, 1, Agrees, 2},
		{"hf:openai/clip-vit-base-patch16", float64(paper.Value) + 0.02, 1, Differs, 2},
		{"other", float64(paper.Value), 0.01, Holds, 1},
		{"other", float64(paper.Value), 0.2, Differs, 1},
	} {
		out := &outcome{here: map[string]Here{}}
		out.scored(c.model, set(c.best, c.p))
		if got := paper.beside(out.here["svhn.after"], true).Verdict; got != c.verdict || len(out.here) != c.measured {
			t.Errorf("%+v: %s of %d rows", c, got, len(out.here))
		}
	}
}

// TestBiasRow: only λ = 0 of the paper's model is the paper's quantity; elsewhere what the paper says of a shift is checked, or nothing.
func TestBiasRow(t *testing.T) {
	point := func(accuracy, crime, other float64) *probe.BiasPoint {
		return &probe.BiasPoint{Accuracy: &probe.Accuracy{Value: probe.Float(accuracy)}, Rates: []probe.BiasRate{
			{Group: "Middle Eastern", Category: "crime-related", Value: probe.Float(crime)}, {Group: "Middle Eastern", Category: "non-human", Value: probe.Float(other)}}}
	}
	points := map[float64]*probe.BiasPoint{0: point(0.58, 0.063, 0), -0.2: point(0.55, 0.05, 0.01), -1: point(0.4, 0.1, 0.2), 0.75: point(0.5, 0.17, 0)}
	for _, c := range []struct {
		id     string
		papers bool
		want   Verdict // "" where nothing is measured
	}{
		{"acc.0", true, Agrees}, {"acc.0", false, ""}, {"crime.middle-eastern.0", true, Agrees}, {"acc.-0.2", true, Differs}, {"acc.-1", false, Holds},
		{"crime.middle-eastern.-0.2", false, Holds}, {"crime.middle-eastern.0.75", false, Holds}, {"non-human.middle-eastern.-1", false, Holds},
		{"non-human.middle-eastern.0.75", false, ""}, {"crime.black.-0.2", false, ""}, {"acc.-0.5", false, ""},
	} {
		h, measured := biasRow(c.id, points, c.papers)
		var got Verdict
		if measured {
			got = thePaper.number("table-2", c.id).beside(h, true).Verdict
		}
		if got != c.want {
			t.Errorf("%s, the paper's model %v: %q, want %q", c.id, c.papers, got, c.want)
		}
	}
}
