package gap

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
)

// The paper's six pairs, mismatched and matched, at 181 angles and five scales: within 1e-12 of NumPy, which places points by azimuth and
// polar angle and computes from coordinates. testdata/sphere.json is the reference's own table.
func TestPaperSphere(t *testing.T) { checkPaperSphere(t, "testdata/sphere.json") }

func checkPaperSphere(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var ref map[string]struct {
		Angles   []float64            `json:"dtheta"`
		Distance []float64            `json:"distance"`
		Loss     map[string][]float64 `json:"loss"`
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	for name, mismatched := range map[string]bool{"fig3_mismatched": true, "appendix_matched": false} {
		r := ref[name]
		if len(r.Angles) != 181 || len(r.Loss) != 5 {
			t.Fatalf("%s: %d angles, %d scales", name, len(r.Angles), len(r.Loss))
		}
		for key, losses := range r.Loss {
			scale, err := strconv.ParseFloat(key, 64)
			if err != nil {
				t.Fatal(err)
			}
			points, err := PaperSphere(mismatched).Sweep(r.Angles, []float64{scale})
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range points {
				if math.Abs(p.Distance-r.Distance[i]) > 1e-12 || math.Abs(p.Loss[0]-losses[i]) > 1e-12 {
					t.Fatalf("%s, scale %s, %v°: distance %v and loss %v, want %v and %v", name, key, p.Angle, p.Distance, p.Loss[0], r.Distance[i], losses[i])
				}
			}
		}
	}
}

// Random pairs: without mismatch the least loss is at no gap; a mismatch at a low temperature makes a gap the least.
func TestRandomSphere(t *testing.T) {
	angles := make([]float64, 91)
	for i := range angles {
		angles[i] = float64(i)
	}
	least := func(mismatch float64) float64 {
		s, err := RandomSphere(20, 5, mismatch, 3)
		if err != nil {
			t.Fatal(err)
		}
		points, err := s.Sweep(angles, []float64{100})
		if err != nil {
			t.Fatal(err)
		}
		best := points[0]
		for _, p := range points {
			if p.Loss[0] < best.Loss[0] {
				best = p
			}
		}
		return best.Angle
	}
	if a := least(0); a != 0 {
		t.Errorf("matched pairs: least loss at %v°, want 0", a)
	}
	if a := least(0.3); a < 10 {
		t.Errorf("mismatched pairs: least loss at %v°, want a gap", a)
	}
	for _, c := range []struct {
		n, dim   int
		mismatch float64
	}{{0, 3, 0}, {2, 2, 0}, {2, 3, -0.1}, {2, 3, math.NaN()}, {4, 3, 0.25}} {
		if _, err := RandomSphere(c.n, c.dim, c.mismatch, 0); err == nil {
			t.Errorf("RandomSphere(%d, %d, %v): no error", c.n, c.dim, c.mismatch)
		}
	}
	if _, err := PaperSphere(true).Sweep(angles, []float64{0}); err == nil {
		t.Error("scale 0: no error")
	}
}
