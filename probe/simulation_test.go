package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"
)

// The least losses that the reference tables name: |Δθ| of the paper's six pairs, |z| of the nine points.
func TestSphereLeast(t *testing.T) {
	for _, c := range []struct {
		nine  bool
		name  string
		least map[string]float64
	}{
		{false, "mismatched", map[string]float64{"1": 0, "5": 0, "35": 53, "50": 65, "100": 78}},
		{false, "matched", map[string]float64{"1": 0, "5": 0, "35": 0, "50": 0, "100": 0}},
		{true, "swapped", map[string]float64{"10": 1.0 / 99, "50": 71.0 / 99, "100": 85.0 / 99, "500": 97.0 / 99}},
		{true, "as_run", map[string]float64{"10": 1.0 / 99, "50": 55.0 / 99, "100": 81.0 / 99, "500": 95.0 / 99}},
		{true, "matched", map[string]float64{"1": 1.0 / 99, "1000": 1.0 / 99}},
	} {
		r, err := Sphere(SphereOptions{Nine: c.nine})
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range r.Cases {
			if found.Name != c.name {
				continue
			}
			for scale, want := range c.least {
				if got := float64(found.Least[scale].Position); math.Abs(got-want) > 1e-12 {
					t.Errorf("%s, scale %s: least loss at ±%v, want ±%v", c.name, scale, got, want)
				}
			}
			c.name = ""
		}
		if c.name != "" {
			t.Errorf("no case %q", c.name)
		}
	}
}

// TestReferenceSphere: the record of either simulation holds the reference folder's losses within 1e-6.
func TestReferenceSphere(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE is empty: no reference folder to conform to")
	}
	b, err := os.ReadFile(filepath.Join(root, "goldens", "sphere.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref map[string]struct {
		Loss map[string][]float64 `json:"loss"`
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		nine           bool
		name, matching string
	}{{false, "fig3_mismatched", "mismatched"}, {false, "appendix_matched", "matched"}, {true, "nine_points_matched", "matched"},
		{true, "nine_points_swapped_as_intended", "swapped"}, {true, "nine_points_swapped_as_run_by_authors", "as_run"}} {
		r, err := Sphere(SphereOptions{Nine: c.nine})
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, found := range r.Cases {
			if found.Name != c.matching {
				continue
			}
			for scale, losses := range ref[c.name].Loss {
				for i, want := range losses {
					// The reference goes from 90° to −90°, the record from −90° to 90°, and losses are even.
					if got := float64(found.Points[i].Loss[scale]); !(math.Abs(got-want) <= 1e-6) {
						t.Fatalf("%s, scale %s, point %d: loss %v, want %v", c.name, scale, i, got, want)
					}
					checked++
				}
			}
		}
		if checked < 500 {
			t.Errorf("%s: %d losses checked", c.name, checked)
		}
	}
}

// A random simulation with a share that rounds to nobody has the matched case alone; wrong options are the command line's fault.
func TestSphereOptions(t *testing.T) {
	r, err := Sphere(SphereOptions{Pairs: 20, Dim: 5, Mismatch: 0.01, Seed: 3})
	if err != nil || len(r.Cases) != 1 || r.Cases[0].Name != "matched" || r.Mismatch != 0 {
		t.Errorf("%+v, %v: want the matched case alone", r, err)
	}
	if r, err = Sphere(SphereOptions{Pairs: 20, Dim: 5, Mismatch: 0.2, Seed: 3}); err != nil || len(r.Cases) != 2 || r.Mismatch != 0.2 {
		t.Errorf("%+v, %v: want two cases", r, err)
	}
	// At this scale the matched loss vanishes over many degrees: its least is at no gap.
	if r, err = Sphere(SphereOptions{Pairs: 100, Dim: 16, Seed: 1, Scales: []float64{100}}); err != nil || r.Cases[0].Least["100"].Position != 0 {
		t.Errorf("%+v, %v: want the least loss at 0°", r.Cases[0].Least, err)
	}
	for _, o := range []SphereOptions{{Pairs: -1}, {Pairs: MaxSpherePairs + 1, Dim: 3}, {Pairs: 5, Dim: 2}, {Pairs: 5, Dim: 3, Mismatch: 0.2}, {Scales: []float64{-1}},
		{Nine: true, Positions: []float64{1.5}}} {
		_, err := Sphere(o)
		if kind, known := fault.KindOf(err); !known || kind != fault.Usage {
			t.Errorf("%+v: %v, want a fault of the command line", o, err)
		}
	}
}

// Means and deviations over seeds, both over distinct pairs and over all, against the curves themselves.
func TestDepth(t *testing.T) {
	o := DepthOptions{Width: 16, Batch: 8, Depth: 3, Bias: gap.NoBias, Activations: []gap.Activation{gap.ReLU, gap.Tanh}, Seeds: 2, Seed: 5}
	var last Step
	r, err := Depth(t.Context(), o, func(s Step) { last = s })
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != 4 || last.Total != 4 || len(r.Curves) != 2 || len(r.Curves[0].Points) != 4 {
		t.Fatalf("progress %+v, curves %+v", last, r.Curves)
	}
	m := gap.RandomMLP{Width: 16, Batch: 8, Depth: 3, Activation: gap.ReLU, Bias: gap.NoBias}
	a, err := m.Layers(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Layers(t.Context(), 6)
	if err != nil {
		t.Fatal(err)
	}
	for layer, p := range r.Curves[0].Points {
		x, y := a[layer].MeanCosine, b[layer].MeanCosine
		share, _ := gap.InitShare([]gap.MLPLayer{a[layer], b[layer]})
		for what, v := range map[string][2]float64{
			"mean": {float64(p.Distinct), (x + y) / 2}, "std": {float64(p.DistinctStd), math.Abs(x-y) / math.Sqrt2},
			"mean over all": {float64(p.Mean), (7*(x+y)/2 + 1) / 8}, "std over all": {float64(p.Std), 7.0 / 8 * math.Abs(x-y) / math.Sqrt2},
			"share": {float64(p.InitShare), share},
		} {
			if math.Abs(v[0]-v[1]) > 1e-15 {
				t.Errorf("layer %d, %s: %v, want %v", layer, what, v[0], v[1])
			}
		}
		if !math.IsNaN(float64(p.InitShareError)) {
			t.Errorf("layer %d: a standard error of %v from two seeds", layer, p.InitShareError)
		}
		if other := r.Curves[1].Points[layer]; p.Expected == nil || p.ExpectedInitShare == nil || other.Expected != nil || other.ExpectedInitShare != nil {
			t.Errorf("layer %d: a closed form is known for ReLU and not for tanh", layer)
		}
	}
	o.Seeds = 1
	if r, err = Depth(t.Context(), o, nil); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil || !bytes.Contains(text, []byte(`"std":null`)) || !bytes.Contains(text, []byte(`"init_share":null`)) {
		t.Errorf("one seed: %v, %s: want a spread and a share of null", err, text)
	}
	o.Seeds = 0
	if _, err := Depth(t.Context(), o, nil); err == nil {
		t.Error("no seed: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Seeds = 2
	if _, err := Depth(ctx, o, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
