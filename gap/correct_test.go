package gap

import (
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorrections meets NumPy: fitted on the even pairs, read on the odd ones. Moved rows are rounded to float32, so the tolerance is
// 1e-6·max(1, |want|); recalls are counts of the same order and agree to it as well.
func TestCorrections(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "corrections.json"))
	train, test := emojiPair(t).Halves()
	results, err := CompareCorrections(t.Context(), train, test, ref.num("scale"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(ref.at("corrections")) {
		t.Errorf("%d corrections, %d reference values", len(results), len(ref.at("corrections")))
	}
	for _, r := range results {
		if r.Doc == "" || r.Reason != "" || r.Map == nil {
			t.Errorf("%s: documentation %q, reason %q", r.Name, r.Doc, r.Reason)
		}
		for name, got := range map[string]float64{"gap": r.Gap, "matched_cosine_mean": r.MatchedCosine, "loss": r.Loss,
			"image_to_text_recall_at_1": r.ImageToTextRecall1, "text_to_image_recall_at_1": r.TextToImageRecall1} {
			if want := ref.num("corrections", r.Name, name); !near(got, want, 1e-6) {
				t.Errorf("%s: %s %v, want %v", r.Name, name, got, want)
			}
		}
	}
}

// TestCentreOfEachSide: what CentreCorrection takes away is each side's own mean, so that before rows are normalised again both centroids lie
// on the origin.
func TestCentreOfEachSide(t *testing.T) {
	p := emojiPair(t)
	fitted, err := CentreCorrection().Fit(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Modality{Image, Text} {
		e := p.Images
		if m == Text {
			e = p.Texts
		}
		u := e.unit()
		for k, v := range u.mean() {
			if math.Abs(v-fitted.sides[m].centre[k]) > 1e-15 {
				t.Fatalf("%s: centre %d is %v, want %v", m, k, fitted.sides[m].centre[k], v)
			}
		}
	}
}

// TestShiftCorrection: the correction by λ is the sweep's point at λ.
func TestShiftCorrection(t *testing.T) {
	train, test := emojiPair(t).Halves()
	lambdas := []float64{-0.5, 0, 0.25, 1}
	points, err := SweepFitted(t.Context(), train, test, SweepOptions{Lambdas: lambdas, Scales: []float64{20}, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	for k, lambda := range lambdas {
		r, err := CompareCorrections(t.Context(), train, test, 20, []Correction{ShiftCorrection(lambda)})
		if err != nil {
			t.Fatal(err)
		}
		if !near(r[0].Gap, points[k].Distance, 1e-6) || !near(r[0].Loss, points[k].Loss[0], 1e-6) {
			t.Errorf("λ = %v: gap %v and loss %v by the correction, %v and %v by the sweep", lambda, r[0].Gap, r[0].Loss, points[k].Distance, points[k].Loss[0])
		}
	}
}

// TestCorrectionRotation: rotating the whole space changes no correction but the coordinate-wise ones. Tolerance 2e-5 as in TestRotation.
func TestCorrectionRotation(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	p := randomPair(rng, 60, 12, 1, false)
	q := rotation(rng, 12)
	corrections := []Correction{NoCorrection(), ShiftCorrection(1), CentreCorrection(), ProcrustesCorrection(false), ProcrustesCorrection(true)}
	compare := func(p Pair, permute []int) []CorrectionResult {
		if permute != nil {
			p = p.Take(permute)
		}
		r, err := CompareCorrections(t.Context(), p, p, 10, corrections)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := compare(p, nil)
	for what, got := range map[string][]CorrectionResult{
		"rotated":  compare(NewPair(rotate(p.Images, q), rotate(p.Texts, q), nil), nil),
		"permuted": compare(p, rng.Perm(60)),
	} {
		for k := range want {
			if !near(got[k].Gap, want[k].Gap, 2e-5) || !near(got[k].Loss, want[k].Loss, 2e-5) || got[k].ImageToTextRecall1 != want[k].ImageToTextRecall1 {
				t.Errorf("%s, %s: %+v, want %+v", what, want[k].Name, got[k], want[k])
			}
		}
	}
}

// TestProcrustesFindsRotation: texts that are rotated images are found again, exactly, and the gap closes with them.
func TestProcrustesFindsRotation(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	p := randomPair(rng, 40, 8, 1, false)
	p = NewPair(p.Images, rotate(p.Images, rotation(rng, 8)), nil)
	r, err := CompareCorrections(t.Context(), p, p, 10, []Correction{ProcrustesCorrection(false)})
	if err != nil {
		t.Fatal(err)
	}
	if r[0].Gap > 1e-6 || r[0].MatchedCosine < 1-1e-6 {
		t.Errorf("gap %v, matched cosine %v after the inverse rotation, want 0 and 1", r[0].Gap, r[0].MatchedCosine)
	}
}

// TestCorrectionOneToMany: every correction takes several texts an image.
func TestCorrectionOneToMany(t *testing.T) {
	train, test := emojiMany(t).Halves()
	results, err := CompareCorrections(t.Context(), train, test, 20, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Reason != "" || math.IsNaN(r.Loss) {
			t.Errorf("%s: loss %v, %s", r.Name, r.Loss, r.Reason)
		}
	}
}

// TestCorrectionFaults: what cannot be corrected says so.
func TestCorrectionFaults(t *testing.T) {
	same := NewEmbeddings(3, 2, []float32{1, 0, 1, 0, 1, 0})
	other := NewEmbeddings(3, 2, []float32{0, 1, 0, 1, 1, 1})
	p := NewPair(same, other, nil)
	results, err := CompareCorrections(t.Context(), p, p, 1, []Correction{CentreCorrection(), StandardiseCorrection(), DropCorrection(2), NoCorrection()})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []string{"image row 0 onto the origin", "image row 0 onto the origin", "leaves none", ""} {
		if !strings.Contains(results[k].Reason, want) || (want != "") != math.IsNaN(results[k].Gap) {
			t.Errorf("%s: gap %v, reason %q, want %q", results[k].Name, results[k].Gap, results[k].Reason, want)
		}
	}
	fitted, err := NoCorrection().Fit(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	panics(t, "another width", ErrShape, func() { _, _ = fitted.Embeddings(Image, NewEmbeddings(1, 3, make([]float32, 3))) })
	panics(t, "no coordinate", ErrShape, func() { DropCorrection(0) })
	for _, bad := range []float32{0, float32(math.NaN()), float32(math.Inf(1))} {
		broken := NewPair(NewEmbeddings(1, 2, []float32{bad, 0}), NewEmbeddings(1, 2, []float32{1, 0}), nil)
		for _, c := range Corrections() {
			var value *ValueError
			if _, err := c.Fit(t.Context(), broken); !errors.As(err, &value) || value.Modality != Image {
				t.Errorf("%s fitted to %v: error %v, want a ValueError", c.Name, bad, err)
			}
		}
		var value *ValueError
		if _, err := CompareCorrections(t.Context(), p, broken, 1, nil); !errors.As(err, &value) {
			t.Errorf("compared on %v: error %v, want a ValueError", bad, err)
		}
	}
	if _, err := CompareCorrections(t.Context(), p, p, 0, nil); err == nil {
		t.Error("no error for a logit scale of 0")
	}
}
