package gap

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// tableValues are what testdata/tables.py computed.
type tableValues struct {
	Holm []struct{ P, Adjusted []float64 }

	DeLong []struct {
		Name            string
		First, Second   []float64
		Labels          []int
		Areas, Errors   []float64
		DifferenceError float64 `json:"difference_error"`
		P               float64
	}

	Disparity []struct {
		Rates          []*float64
		Range          float64
		MeanDifference float64 `json:"mean_difference"`
	}
	Resampled struct {
		Groups        []int
		Before, After []bool
		Spread        [2][2]float64 // of before and after: range, mean difference
		Low, High     [4]float64    // of after: range, mean difference; of after minus before: the same
	}

	Lambdas []float64
	Moves   []struct {
		Unit, Side string
		Points     []struct {
			Distance, Sign float64
			Scores         []float64
		}
	}
}

func readTables(t *testing.T) (v tableValues) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "tables.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil || len(v.Holm) == 0 || len(v.DeLong) == 0 || len(v.Moves) != 6 {
		t.Fatal(len(v.Holm), len(v.DeLong), len(v.Moves), err)
	}
	return v
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.15g, want %.15g within %g", what, got, want, tolerance)
	}
}

// TestHolm: adjusted p-values are the least levels at which Holm's procedure rejects, within 1e-11; NaN counts for no test.
func TestHolm(t *testing.T) {
	for _, c := range readTables(t).Holm {
		got := Holm(c.P)
		for i, want := range c.Adjusted {
			within(t, fmt.Sprintf("p %d of %d", i, len(c.P)), got[i], want, 1e-11)
		}
		with := Holm(append([]float64{math.NaN()}, c.P...))
		if !math.IsNaN(with[0]) || with[1] != got[0] {
			t.Errorf("beside NaN: %v and %v, want NaN and %v", with[0], with[1], got[0])
		}
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("of no test: %v", got)
	}
}

// TestDeLong: areas are scikit-learn's, standard errors and p those of all pairs of items, within 1e-12; unlabelled items say nothing.
func TestDeLong(t *testing.T) {
	for _, c := range readTables(t).DeLong {
		for _, extra := range []int{0, 3} {
			first, second, labels := c.First, c.Second, c.Labels
			for range extra {
				first, second, labels = append([]float64{math.NaN()}, first...), append([]float64{9}, second...), append([]int{NoLabel}, labels...)
			}
			got := DeLong(first, second, labels)
			within(t, c.Name+": first", got.First, c.Areas[0], 1e-12)
			within(t, c.Name+": second", got.Second, c.Areas[1], 1e-12)
			within(t, c.Name+": first error", got.FirstError, c.Errors[0], 1e-12)
			within(t, c.Name+": second error", got.SecondError, c.Errors[1], 1e-12)
			within(t, c.Name+": difference error", got.DifferenceError, c.DifferenceError, 1e-12)
			within(t, c.Name+": p", got.P(), c.P, 1e-12)
		}
	}
	if got := DeLong([]float64{1, 2}, []float64{2, 1}, []int{1, 1}); !math.IsNaN(got.First) || !math.IsNaN(got.P()) {
		t.Errorf("one class: %+v", got)
	}
	// NaN in either score leaves both without areas: the comparison is of the two on the same items.
	whole, broken := []float64{1, 2, 3}, []float64{3, math.NaN(), 1}
	for _, labels := range [][]int{{0, 1, 1}, {1, 1, 1}} {
		for _, got := range []AUROCTest{DeLong(whole, broken, labels), DeLong(broken, whole, labels)} {
			if !math.IsNaN(got.First + got.Second + got.P()) {
				t.Errorf("NaN among the scores: %+v", got)
			}
		}
	}
	// All wrong, then all right: the standard error is 0, which is no certainty from four items.
	if got := DeLong([]float64{4, 3, 2, 1}, []float64{1, 2, 3, 4}, []int{0, 0, 1, 1}); got.First != 0 || got.Second != 1 || got.DifferenceError != 0 || !math.IsNaN(got.P()) {
		t.Errorf("all wrong, then all right: %+v, p = %v", got, got.P())
	}
}

// TestDisplacements: distances of moved centroids and scores of two moved classes are those of moving every row, within 1e-12.
func TestDisplacements(t *testing.T) {
	v := readTables(t)
	images, classes := emojiArray(t, "image_embeds"), emojiArray(t, "class_embeds_ensemble_groups_9")
	delta := ClassGap(images, classes)
	for _, m := range v.Moves {
		unit, side := map[string]Unit{"fraction": Fraction, "distance": Distance}[m.Unit], map[string]Side{"both": Both, "image": ImageSide, "text": TextSide}[m.Side]
		got, err := Displacements(t.Context(), images, classes, delta, v.Lambdas, side, unit)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := BinarySweep(images, classes.Slice(0, 2), delta, v.Lambdas, side, unit)
		if err != nil {
			t.Fatal(err)
		}
		for l, want := range m.Points {
			what := fmt.Sprintf("%s, %s, λ = %v", m.Unit, m.Side, v.Lambdas[l])
			within(t, what+": distance", got[l].Distance, want.Distance, 1e-12)
			within(t, what+": signed distance", got[l].SignedDistance, want.Sign*want.Distance, 1e-12)
			for i, s := range want.Scores {
				within(t, fmt.Sprintf("%s: score %d", what, i), scores[l][i], s, 1e-12)
			}
		}
	}
	// As far as rows may go they have met at two poles, each where the other's came from.
	far, err := Displacements(t.Context(), images, classes, delta, []float64{-MaxLambda, MaxLambda}, Both, Distance)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "farthest apart", far[0].SignedDistance, 2, 1e-12)
	within(t, "farthest past each other", far[1].SignedDistance, -2, 1e-12)
	// A row that lands on the origin has no direction, and the λ says so.
	one := NewEmbeddings(1, 2, []float32{3, 0})
	got, err := Displacements(t.Context(), one, NewEmbeddings(1, 2, []float32{0, 1}), []float64{1, 0}, []float64{0, 1}, ImageSide, Fraction)
	if err != nil || got[0].Reason != "" || got[1].Reason == "" || !math.IsNaN(got[1].Distance) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDisparity: range and mean difference are those of NumPy within 1e-12; percentile intervals of 4,000 draws are those of 20,000 by NumPy within
// an eighth of their width, and draws are paired: an event differs from itself by nothing.
func TestDisparity(t *testing.T) {
	v := readTables(t)
	for _, c := range v.Disparity {
		rates := make([]float64, len(c.Rates))
		for i, r := range c.Rates {
			if rates[i] = math.NaN(); r != nil {
				rates[i] = *r
			}
		}
		got := DisparityOf(rates)
		within(t, "range", got.Range, c.Range, 1e-12)
		within(t, "mean difference", got.MeanDifference, c.MeanDifference, 1e-12)
	}
	if d := DisparityOf([]float64{0.5, math.NaN()}); !math.IsNaN(d.Range) || !math.IsNaN(d.MeanDifference) {
		t.Errorf("of one group: %+v", d)
	}
	r := v.Resampled
	draws, err := DisparityDraws(t.Context(), r.Groups, 3, [][]bool{r.Before, r.After, r.Before}, 4000, 7)
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]float64, 4)
	for b, d := range draws[1] {
		z := draws[0][b]
		for k, x := range []float64{d.Range, d.MeanDifference, d.Range - z.Range, d.MeanDifference - z.MeanDifference} {
			values[k] = append(values[k], x)
		}
		if draws[2][b] != z {
			t.Fatalf("resample %d: equal events have disparities %v and %v", b, z, draws[2][b])
		}
	}
	for k := range values {
		low, high := Percentiles(values[k], 0.95)
		width := r.High[k] - r.Low[k]
		within(t, fmt.Sprintf("low %d", k), low, r.Low[k], width/8)
		within(t, fmt.Sprintf("high %d", k), high, r.High[k], width/8)
	}
}

func ExampleHolm() {
	fmt.Printf("%.2f\n", Holm([]float64{0.01, 0.04, 0.03, 0.2}))
	// Output: [0.04 0.09 0.09 0.20]
}

func ExampleDeLong() {
	labels := []int{0, 0, 0, 1, 1, 1}
	t := DeLong([]float64{1, 4, 2, 3, 5, 6}, []float64{1, 2, 3, 4, 5, 6}, labels)
	fmt.Printf("%.3f, %.3f, p = %.2f\n", t.First, t.Second, t.P())
	// Output: 0.889, 1.000, p = 0.48
}

func ExampleDisparityOf() {
	fmt.Printf("%.2f\n", DisparityOf([]float64{0.1, 0.4, 0.2}))
	// Output: {0.30 0.20}
}
