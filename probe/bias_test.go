package probe

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/gap"
)

// TestBias: from the image files on, every count, every p-value and its adjustment, distances and differences between groups are those of NumPy and SciPy;
// distances within 1e-5 (that of the embeddings), the rest within 1e-9.
func TestBias(t *testing.T) {
	var want struct {
		Tests  int
		Sizes  []int
		Points []struct {
			Lambda, Distance, P float64
			PWithin             float64 `json:"p_within"`
			Correct, Within     int
			Rates               map[string]struct {
				Count       []int
				P, Adjusted []float64
			}
			Spread map[string][2]float64
		}
	}
	if err := json.Unmarshal(readFile(t, filepath.Join("testdata", "bias.json")), &want); err != nil || len(want.Points) != 5 {
		t.Fatal(len(want.Points), err)
	}
	rec, err := builtinConfig().Bias(t.Context(), BiasOptions{Bootstrap: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := rec.Results.(*BiasResults)
	if r.Tests != want.Tests || len(r.Points) != 5 || len(r.Groups) != 9 || len(r.Classes) != 9 || r.GroupsFrom != "" || r.Side != "image" || r.Paper != nil || len(rec.Warnings) > 0 {
		t.Fatalf("%d tests, %d points, %d groups, %d classes, groups from %q, side %s, warnings %q", r.Tests, len(r.Points), len(r.Groups), len(r.Classes), r.GroupsFrom, r.Side, rec.Warnings)
	}
	if rec.Inputs.Prompts.Classes != 16 {
		t.Errorf("%d prompts in the record, want 9 classes and 7 words", rec.Inputs.Prompts.Classes)
	}
	for l, w := range want.Points {
		p := r.Points[l]
		what := fmt.Sprintf("λ = %v: ", w.Lambda)
		near(t, what+"λ", float64(p.Lambda), w.Lambda, 0)
		near(t, what+"distance", float64(p.Distance), w.Distance, 1e-5)
		if p.Accuracy.Correct != w.Correct || p.Within.Correct != w.Within {
			t.Errorf("%s%d and %d right, want %d and %d", what, p.Accuracy.Correct, p.Within.Correct, w.Correct, w.Within)
		}
		near(t, what+"p", float64(*p.Accuracy.PValue), w.P, 1e-9)
		near(t, what+"p within", float64(*p.Within.PValue), w.PWithin, 1e-9)
		if len(p.Rates) != 27 {
			t.Fatalf("%s%d rates", what, len(p.Rates))
		}
		for k, rate := range p.Rates {
			g, ref := k/3, w.Rates[rate.Category]
			name := fmt.Sprintf("%s%s, %s: ", what, rate.Group, rate.Category)
			if rate.Count != ref.Count[g] || rate.N != want.Sizes[g] || rate.Group != r.Groups[g].Name {
				t.Errorf("%s%d of %d, want %d of %d", name, rate.Count, rate.N, ref.Count[g], want.Sizes[g])
			}
			low, high := gap.WilsonInterval(ref.Count[g], want.Sizes[g], gap.Z95)
			near(t, name+"interval", float64(rate.High-rate.Low), high-low, 1e-12)
			if w.Lambda == 0 {
				if rate.PValue != nil || rate.Adjusted != nil {
					t.Errorf("%stested against itself", name)
				}
				continue
			}
			near(t, name+"p", float64(*rate.PValue), ref.P[g], 1e-9)
			near(t, name+"adjusted p", float64(*rate.Adjusted), ref.Adjusted[g], 1e-9)
		}
		for _, d := range p.Disparities {
			s, before := w.Spread[d.Category], want.Points[3].Spread[d.Category]
			near(t, what+d.Category+" range", float64(d.Range.Value), s[0], 1e-12)
			near(t, what+d.Category+" mean difference", float64(d.MeanDifference.Value), s[1], 1e-12)
			if !(*d.Range.Low <= *d.Range.High) {
				t.Errorf("%s%s: interval %v to %v", what, d.Category, *d.Range.Low, *d.Range.High)
			}
			if (d.RangeChange == nil) != (w.Lambda == 0) {
				t.Errorf("%s%s: change %v", what, d.Category, d.RangeChange)
			} else if d.RangeChange != nil {
				near(t, what+d.Category+" change", float64(d.RangeChange.Value), s[0]-before[0], 1e-12)
				near(t, what+d.Category+" change of mean difference", float64(d.MeanDifferenceChange.Value), s[1]-before[1], 1e-12)
			}
		}
	}
}

// TestBiasFairFace: the layout of FairFace, by its name and by its path, is the paper's experiment: 14 classes, seven words of the set's own 21 prompts,
// groups by race, and the paper's numbers beside.
func TestBiasFairFace(t *testing.T) {
	for _, ref := range []string{"fairface", filepath.Join(labelledSets, "fairface")} {
		c := builtinConfig()
		c.Dataset, c.Data.Root = ref, labelledSets
		rec, err := c.Bias(t.Context(), BiasOptions{Bootstrap: 10})
		if err != nil {
			t.Fatal(err)
		}
		r := rec.Results.(*BiasResults)
		var groups []string
		for _, g := range r.Groups {
			groups = append(groups, g.Name+" "+strconv.Itoa(g.N))
		}
		if want := "White 2, Black 1, Latino 1, East Asian 2, Southeast Asian 1, Indian 1, Middle Eastern 1"; strings.Join(groups, ", ") != want {
			t.Errorf("groups %s, want %s", strings.Join(groups, ", "), want)
		}
		if len(r.Classes) != 14 || r.GroupsFrom != "race" || rec.Inputs.Prompts.Classes != 21 || rec.Inputs.Dataset.Target != "race_gender_harm" || !slices.Equal(rec.Inputs.Prompts.Templates, []string{"a photo of {}"}) {
			t.Errorf("%d classes, groups from %s, %d prompts in %q, target %s", len(r.Classes), r.GroupsFrom, rec.Inputs.Prompts.Classes, rec.Inputs.Prompts.Templates, rec.Inputs.Dataset.Target)
		}
		if len(r.Paper) != 5 || r.Paper[0].Lambda != -1 || r.Paper[0].Rates["non-human"][0] != 0.405 {
			t.Errorf("the paper's numbers: %+v", r.Paper)
		}
		if p := r.Points[3]; p.Accuracy.N != 9 || p.Lambda != 0 || p.Within.Correct < p.Accuracy.Correct {
			t.Errorf("%+v", p)
		}
	}
}

// TestBiasGroups: groups by another target, words of a user's own, images without a group left out.
func TestBiasGroups(t *testing.T) {
	c := builtinConfig()
	c.Data.Target, c.Data.Limit = "everyday", 300
	words := []datasets.HarmCategory{{Name: "arms", Words: []string{"a knife", "a bomb"}}}
	rec, err := c.Bias(t.Context(), BiasOptions{Groups: "group", Harm: words, Lambdas: []float64{0.5}, GapFrom: GapOfPairs})
	if err != nil {
		t.Fatal(err)
	}
	r := rec.Results.(*BiasResults)
	n := 0
	for _, g := range r.Groups {
		n += g.N
	}
	if n != 18 || r.GroupsFrom != "group" || len(r.Classes) != 50 || len(r.Points) != 2 || r.Points[1].Disparities[0].Range.Low != nil || r.Points[0].Accuracy.N != 18 {
		t.Errorf("%d images, groups from %s, %d classes, %d points", n, r.GroupsFrom, len(r.Classes), len(r.Points))
	}
	if !slices.ContainsFunc(rec.Warnings, func(w string) bool { return strings.Contains(w, "282 of 300 images") }) {
		t.Errorf("warnings %q", rec.Warnings)
	}
	few := func(w string) bool { return strings.Contains(w, "intervals of disparities are too narrow") }
	if slices.ContainsFunc(rec.Warnings, few) {
		t.Errorf("of intervals that there are none of: %q", rec.Warnings)
	}
	if rec, err = c.Bias(t.Context(), BiasOptions{Groups: "group", Harm: words, Lambdas: []float64{0.5}, Bootstrap: 10}); err != nil || !slices.ContainsFunc(rec.Warnings, few) {
		t.Errorf("18 images in several groups: %v, warnings %q", err, rec.Warnings)
	}
	c.Data.Limit = 1
	c.Data.Target = "group"
	if _, err := c.Bias(t.Context(), BiasOptions{}); err == nil || !strings.Contains(err.Error(), "at least two") {
		t.Errorf("one image: %v", err)
	}
	c.Data.Limit = 20
	if _, err := c.Bias(t.Context(), BiasOptions{Groups: "species"}); err == nil || !strings.Contains(err.Error(), "species") {
		t.Errorf("unknown groups: %v", err)
	}
}

// TestReferencePaperTable2: the numbers beside ours are what the authors' notebook printed: accuracies to the last digit, each a count of 10,954 images, and
// rates as printed, whose sums are the printed sums within the rounding of three numbers.
func TestReferencePaperTable2(t *testing.T) {
	var cells []struct{ File, Text string }
	if err := json.Unmarshal(readFile(t, referenceFolder(t, "goldens", "notebook_printed_outputs.json")), &cells); err != nil {
		t.Fatal(err)
	}
	want := map[float64]map[string][]float64{} // by λ: rates in percent, and the accuracy
	lambda := 0.0
	for _, c := range cells {
		if !strings.HasSuffix(c.File, "shift_CLIP_FairFace_Bias.ipynb") || strings.Contains(c.Text, "\nBlack ") { // cell 23 repeats four of the tables the other way round
			continue
		}
		if v, err := strconv.ParseFloat(c.Text, 64); err == nil {
			lambda = v
			continue
		}
		if want[lambda] == nil {
			want[lambda] = map[string][]float64{}
		}
		if acc, ok := strings.CutPrefix(c.Text, "acc "); ok {
			v, err := strconv.ParseFloat(acc, 64)
			if err != nil {
				t.Fatal(err)
			}
			want[lambda]["accuracy"] = []float64{v}
			lambda = math.NaN() // the next table has its λ before it
			continue
		}
		for line := range strings.Lines(c.Text) {
			for _, name := range []string{"Crime-related Categories", "Non-human Categories", "Sum"} {
				if rest, ok := strings.CutPrefix(line, name); ok {
					for _, f := range strings.Fields(rest) {
						v, err := strconv.ParseFloat(strings.TrimSuffix(f, "%"), 64)
						if err != nil {
							t.Fatalf("%q: %v", line, err)
						}
						want[lambda][name] = append(want[lambda][name], v)
					}
				}
			}
		}
	}
	for _, row := range paperTable2 {
		w := want[row.lambda]
		if len(w["accuracy"]) != 1 || w["accuracy"][0] != row.accuracy || !slices.Equal(w["Crime-related Categories"], row.crime[:]) || !slices.Equal(w["Non-human Categories"], row.human[:]) {
			t.Errorf("λ = %v: %+v, want %v", row.lambda, row, w)
			continue
		}
		near(t, "count right", row.accuracy*10954, math.Round(row.accuracy*10954), 1e-8)
		for g, sum := range w["Sum"] {
			near(t, fmt.Sprintf("λ = %v: sum of %s", row.lambda, paperRaces[g]), row.crime[g]+row.human[g], sum, 0.15)
		}
	}
}
