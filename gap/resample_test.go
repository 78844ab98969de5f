package gap

import (
	"math/rand/v2"
	"testing"
)

// TestResampleIsExact: the metrics of sums on a resample equal those of rows written out as often as they were drawn, pairs of two draws
// of one row left out.
func TestResampleIsExact(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		in := &Inputs{Pair: p, Scale: 20}
		if _, err := in.products(t.Context()); err != nil {
			t.Fatal(err)
		}
		weights := newRows(1, p.Images.N)
		for range p.Images.N + 1 {
			weights.data[rng.IntN(p.Images.N)]++
		}
		weights.data[0]++
		weights.data[1]++ // at least two different rows
		r := newResampleSources(in).weighted(weights)[0]

		var x, y, rawX, rawY [][]float64
		var image, text []int // the row behind every draw
		ux, uy := p.Images.unit(), p.Texts.unit()
		for i := range p.Images.N {
			for range int(weights.data[i]) {
				x, rawX, image = append(x, ux.row(i)), append(rawX, wide(p.Images.Row(i))), append(image, i)
			}
		}
		for j := range p.Texts.N {
			for range int(weights.data[p.Image(j)]) {
				y, rawY, text = append(y, uy.row(j)), append(rawY, wide(p.Texts.Row(j))), append(text, j)
			}
		}
		pairs := func(a, b [][]float64, use func(k, l int) bool) float64 {
			var values []float64
			for k := range a {
				for l := range b {
					if use(k, l) {
						values = append(values, dotSum(a[k], b[l]))
					}
				}
			}
			return average(values)
		}
		var own []float64
		for _, j := range text {
			own = append(own, dotSum(ux.row(p.Image(j)), uy.row(j)))
		}
		delta := minus(meanOf(x), meanOf(y))
		want := map[string]float64{
			"gap": norm(delta), "gap_raw": norm(minus(meanOf(rawX), meanOf(rawY))),
			"centroid_cosine":     cosine(meanOf(x), meanOf(y)),
			"centroid_norm_image": norm(meanOf(x)), "centroid_norm_text": norm(meanOf(y)),
			"cosine_image_mean":   pairs(x, x, func(k, l int) bool { return image[k] != image[l] }),
			"cosine_text_mean":    pairs(y, y, func(k, l int) bool { return text[k] != text[l] }),
			"matched_cosine_mean": average(own), "alignment": 2 - 2*average(own),
			"unmatched_cosine_mean": pairs(x, y, func(k, l int) bool { return image[k] != p.Image(text[l]) }),
			"gap_top1_share":        topShare(delta, 1),
		}
		want["rmg"] = relativeGap(want["matched_cosine_mean"], want["cosine_image_mean"], want["cosine_text_mean"])
		found := 0
		for _, m := range Metrics() {
			if w, ok := want[m.Name]; ok {
				found++
				if got := m.Resampled(r); !near(got, w, 1e-11) {
					t.Errorf("n = %d, m = %d: %s = %v, want %v", p.Images.N, p.Texts.N, m.Name, got, w)
				}
			}
		}
		if found != len(want) {
			t.Errorf("%d metrics compared, want %d", found, len(want))
		}
	})
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for k, v := range x {
		out[k] = float64(v)
	}
	return out
}

func meanOf(x [][]float64) []float64 {
	r := newRows(len(x), len(x[0]))
	for i, v := range x {
		copy(r.row(i), v)
	}
	return r.mean()
}
