package gap

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
)

// nineVariants are the names of the variants in the reference table.
var nineVariants = map[string]NinePoints{
	"nine_points_matched":                   NineMatched,
	"nine_points_swapped_as_intended":       NineSwapped,
	"nine_points_swapped_as_run_by_authors": NineAsRun,
}

// Seven scales at 100 heights: within 1e-12 of NumPy, which computes from coordinates. testdata/ninepoints.json is the reference's own table.
func TestNinePoints(t *testing.T) { checkNinePoints(t, "testdata/ninepoints.json") }

// The same against the reference folder itself, and the six pairs beside them.
func TestReferenceSphere(t *testing.T) {
	checkNinePoints(t, referencePath(t, "goldens", "sphere.json"))
	checkPaperSphere(t, referencePath(t, "goldens", "sphere.json"))
}

func checkNinePoints(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var ref map[string]struct {
		Heights []float64            `json:"z"`
		Loss    map[string][]float64 `json:"loss"`
		Least   map[string]float64   `json:"argmin_abs_z"`
		Labels  NinePoints           `json:"labels"`
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	for name, variant := range nineVariants {
		r := ref[name]
		if len(r.Heights) != 100 || len(r.Loss) != 7 || r.Labels != variant {
			t.Fatalf("%s: %d heights, %d scales, labels %v", name, len(r.Heights), len(r.Loss), r.Labels)
		}
		for key, losses := range r.Loss {
			scale, err := strconv.ParseFloat(key, 64)
			if err != nil {
				t.Fatal(err)
			}
			points, err := variant.Sweep(r.Heights, []float64{scale})
			if err != nil {
				t.Fatal(err)
			}
			best := points[0]
			for i, p := range points {
				if math.Abs(p.Loss[0]-losses[i]) > 1e-12 {
					t.Fatalf("%s, scale %s, height %v: loss %v, want %v", name, key, p.Height, p.Loss[0], losses[i])
				}
				if p.Loss[0] < best.Loss[0] {
					best = p
				}
			}
			if got := math.Abs(best.Height); math.Abs(got-r.Least[key]) > 1e-12 {
				t.Errorf("%s, scale %s: least loss at height ±%v, want ±%v", name, key, got, r.Least[key])
			}
		}
	}
}

func TestNinePointsRefuse(t *testing.T) {
	for _, z := range []float64{1.01, math.NaN()} {
		if _, err := NineMatched.Sweep([]float64{z}, []float64{1}); err == nil {
			t.Errorf("height %v: no error", z)
		}
	}
	for _, scale := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := NineMatched.Sweep([]float64{0}, []float64{scale}); err == nil {
			t.Errorf("scale %v: no error", scale)
		}
	}
	defer func() {
		if r := recover(); r != ErrIndex {
			t.Errorf("label 9: panic %v, want %v", r, ErrIndex)
		}
	}()
	_, _ = NinePoints{9}.Sweep([]float64{0}, []float64{1})
}
