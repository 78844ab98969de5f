package gap

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestReferenceSweep repeats the reference sweeps over the CLIP features: raw and unit gap vector, each side, symmetric and one-sided
// losses over all pairs and over chunks of 50, and the range of the authors' Figure 3.
func TestReferenceSweep(t *testing.T) { eachEngine(t, referenceSweep) }

func referenceSweep(t *testing.T) {
	ref := readTree(t, referencePath(t, "goldens", "shift_clip.json"))
	p := referencePair(t, "clip")
	sweeps := map[string][]any{"g_unit/both authors": ref.list("authors_fig3b_range", "points")}
	for name := range ref.at("sweeps") {
		sweeps[name] = ref.list("sweeps", name)
	}
	if len(sweeps) != 7 {
		t.Fatalf("%d sweeps, want 7", len(sweeps))
	}
	var worst float64
	for name, points := range sweeps {
		o := SweepOptions{Side: Both}
		if strings.HasPrefix(name, "g_unit") {
			o.Unit = Distance
		}
		if strings.Contains(name, "image_only") {
			o.Side = ImageSide
		} else if strings.Contains(name, "text_only") {
			o.Side = TextSide
		}
		o.Scales = []float64{1, 5, 35, 50, 100}
		if strings.Contains(name, "authors") {
			o.Scales = []float64{1, 10, 20, 30, 50, 100}
		}
		for _, pt := range points {
			o.Lambdas = append(o.Lambdas, tree(pt.(map[string]any)).num("delta"))
		}
		for key, kind := range map[string]struct {
			loss  Loss
			chunk int
		}{
			"infonce_sym_all": {Symmetric, 0}, "infonce_i2t_all": {ImageToText, 0},
			"authors_onesided_chunk50": {ImageToText, 50}, "symmetric_chunk50": {Symmetric, 50},
		} {
			o.Loss, o.Chunk = kind.loss, kind.chunk
			got, err := Sweep(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			for k, pt := range points {
				want := tree(pt.(map[string]any))
				check := func(what string, got, want float64) {
					t.Helper()
					worst = math.Max(worst, math.Abs(got-want))
					if math.Abs(got-want) > 1e-5 {
						t.Errorf("%s, λ = %v: %s = %.12g, want %.12g", name, o.Lambdas[k], what, got, want)
					}
				}
				check("distance", got[k].Distance, want.num("distance"))
				check("signed distance", got[k].SignedDistance, want.num("signed_distance"))
				check("R@1 image to text", got[k].ImageToTextRecall1, want.num("R1_i2t"))
				check("R@1 text to image", got[k].TextToImageRecall1, want.num("R1_t2i"))
				for s, scale := range o.Scales {
					check(key, got[k].Loss[s], want.num(key, fmt.Sprint(scale)))
				}
			}
		}
	}
	t.Logf("worst deviation %.2g", worst)
}
