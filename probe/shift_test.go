package probe

import (
	"math"
	"testing"

	"mindgap/gap"
)

// TestShiftExplained: the shares beside the landscape are those of gap.PCA, as many as there are dimensions up to six, and rows that coincide
// have none and say so.
func TestShiftExplained(t *testing.T) {
	for _, d := range []int{3, 16} {
		s := twoClouds(40, d)
		s.Scale = 10
		r, _, err := Shift(t.Context(), s, ShiftOptions{Lambdas: []float64{0, 1}, Scales: []float64{10}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := gap.PCA(t.Context(), min(6, d), s.Images, s.Texts)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.PCAExplained) != min(6, d) {
			t.Fatalf("%d shares of %d dimensions", len(r.PCAExplained), d)
		}
		for i, v := range r.PCAExplained {
			if math.Abs(float64(v)-p.Explained[i]) > 1e-15 {
				t.Errorf("width %d, component %d explains %v, want %v", d, i, v, p.Explained[i])
			}
		}
	}
	one := gap.NewEmbeddings(2, 2, []float32{1, 0, 1, 0})
	r, warnings, err := Shift(t.Context(), &Subject{Name: "same", Images: one, Texts: one, Scale: 10}, ShiftOptions{Lambdas: []float64{0}, Scales: []float64{10}})
	if err != nil || len(r.PCAExplained) != 0 || len(warnings) == 0 {
		t.Errorf("rows that coincide: %+v, warnings %q, %v", r, warnings, err)
	}
}

// TestShiftRecallIntervals: each recall carries Wilson's interval over its own queries, images one way and texts the other.
func TestShiftRecallIntervals(t *testing.T) {
	s := twoClouds(40, 3)
	s.Scale = 10
	s.imageOf = make([]int, 40) // the texts of 20 images, two each
	for j := range s.imageOf {
		s.imageOf[j] = j / 2
	}
	s.Images = s.Images.Slice(0, 20)
	r, _, err := Shift(t.Context(), s, ShiftOptions{Lambdas: []float64{0, 1}, Scales: []float64{10}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Points {
		for _, q := range []struct {
			recall Float
			within *[2]Float
			n      int
		}{{p.ImageToTextRecall1, p.ImageToTextInterval, 20}, {p.TextToImageRecall1, p.TextToImageInterval, 40}} {
			hits := float64(q.recall) * float64(q.n)
			if math.Abs(hits-math.Round(hits)) > 1e-9 {
				t.Fatalf("%g of %d queries", hits, q.n)
			}
			low, high := gap.WilsonInterval(int(math.Round(hits)), q.n, gap.Z95)
			if q.within == nil || float64(q.within[0]) != low || float64(q.within[1]) != high {
				t.Errorf("λ = %g: recall %g of %d queries has the interval %v, want %g to %g", p.Lambda, q.recall, q.n, q.within, low, high)
			}
		}
	}
}
