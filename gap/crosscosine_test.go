package gap

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The histograms are those of the plain double loop, for one and for several texts an image.
func TestCrossCosinesPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	random := func(n, d int) *Embeddings {
		e := NewEmbeddings(n, d, make([]float32, n*d))
		for i := range e.Data {
			e.Data[i] = float32(rng.NormFloat64())
		}
		return e
	}
	for _, imageOf := range [][]int{nil, {0, 0, 1, 2, 2, 2, 3}} {
		n, m := 7, 7
		if imageOf != nil {
			n = 4
		}
		p := NewPair(random(n, 3), random(m, 3), imageOf)
		matched, unmatched, err := CrossCosines(t.Context(), p, 10)
		if err != nil {
			t.Fatal(err)
		}
		own, other := make([]int64, 10), make([]int64, 10)
		for i := range n {
			for j := range m {
				var xy, xx, yy float64
				for k, x := range p.Images.Row(i) {
					y := p.Texts.Row(j)[k]
					xy, xx, yy = xy+float64(x)*float64(y), xx+float64(x)*float64(x), yy+float64(y)*float64(y)
				}
				bin := min(9, int((xy/math.Sqrt(xx*yy)+1)*5))
				if p.Image(j) == i {
					own[bin]++
				} else {
					other[bin]++
				}
			}
		}
		if diff := cmp.Diff([][]int64{own, other}, [][]int64{matched, unmatched}); diff != "" {
			t.Errorf("imageOf %v (-plain +got):\n%s", imageOf, diff)
		}
	}
}

// With KeepDraws the interval is that of the kept draws, and two pairs drawn with one seed draw the same pairs: the draws of a metric that
// is a mean over pairs, of X and of X with every value doubled, are the same.
func TestKeepDraws(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	a := NewEmbeddings(20, 3, make([]float32, 60))
	for i := range a.Data {
		a.Data[i] = float32(rng.NormFloat64())
	}
	b := NewEmbeddings(20, 3, make([]float32, 60))
	for i, v := range a.Data {
		b.Data[i] = 2 * v
	}
	o := MeasureOptions{Scale: 10, Bootstrap: 50, Seed: 9, Names: []string{"matched_cosine_mean", "gap"}, KeepDraws: true}
	texts := NewEmbeddings(20, 3, append(append([]float32(nil), a.Data[30:]...), a.Data[:30]...))
	one, err := Measure(t.Context(), NewPair(a, texts, nil), o)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Measure(t.Context(), NewPair(b, texts, nil), o)
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range one {
		if len(r.Draws) != o.Bootstrap {
			t.Fatalf("%s: %d draws, want %d", r.Name, len(r.Draws), o.Bootstrap)
		}
		if low, high := Percentiles(r.Draws, 0.95); low != r.Low || high != r.High {
			t.Errorf("%s: interval %v–%v, its draws give %v–%v", r.Name, r.Low, r.High, low, high)
		}
		for i, v := range r.Draws {
			if w := two[k].Draws[i]; math.Abs(v-w) > 1e-12 {
				t.Fatalf("%s: draw %d is %v and %v", r.Name, i, v, w)
			}
		}
	}
}
