package gap

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestPairwiseCosineAgainstPlain compares with sums over all pairs, for shapes on both sides of a tile's edge and any number of bins.
// Tolerance: 1e-12.
func TestPairwiseCosineAgainstPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for _, n := range []int{2, 3, 31, 32, 33, 129, 200} {
		for _, bins := range []int{1, 3, 20, 64} {
			e := randomPair(rng, n, 1+rng.IntN(9), 1, true).Images
			got, err := PairwiseCosine(t.Context(), e, bins)
			if err != nil {
				t.Fatal(err)
			}
			var all []float64
			u := e.unit()
			for i := range n {
				for j := i + 1; j < n; j++ {
					all = append(all, dot(u.row(i), u.row(j)))
				}
			}
			want := &CosineStats{Rows: n, Pairs: int64(len(all)), Mean: average(all), Min: math.Inf(1), Max: math.Inf(-1), Histogram: make([]int64, bins)}
			var variance float64
			for _, c := range all {
				variance += (c - want.Mean) * (c - want.Mean) / float64(len(all))
				want.Min, want.Max = min(want.Min, c), max(want.Max, c)
				k := 0 // the last bin whose lower edge is not above c
				for k+1 < bins && c >= -1+float64(k+1)*(2/float64(bins)) {
					k++
				}
				want.Histogram[k]++
			}
			want.Std = math.Sqrt(variance)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(CosineStats{}), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("n = %d, d = %d, %d bins (-want +got):\n%s", n, e.D, bins, diff)
			}
		}
	}
}

// TestHistogramEdges: bins are closed below, the last one above too, and cosines that rounding pushed past an end stay in.
func TestHistogramEdges(t *testing.T) {
	h := newHistogram(4)
	for _, c := range []float64{-1.0000000000000004, -1, -0.5, math.Nextafter(-0.5, -1), 0, 0.5, math.Nextafter(0.5, 0), 1, 1.0000000000000004} {
		h.add(c)
	}
	if diff := cmp.Diff([]int64{3, 1, 2, 3}, h.count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNarrowCone: the spread of a cone as narrow as 1e-6 is right to seven digits, where Σc² − (Σc)²/n would have none.
func TestNarrowCone(t *testing.T) {
	const n, d, spread = 60, 40, 1.0 / 1024
	rng := rand.New(rand.NewPCG(41, 42))
	e := NewEmbeddings(n, d, make([]float32, n*d))
	for i := range n {
		for k := range d {
			e.Row(i)[k] = float32(spread * rng.NormFloat64() / 8)
		}
		e.Row(i)[0] = 1
	}
	got, err := PairwiseCosine(t.Context(), e, 0)
	if err != nil {
		t.Fatal(err)
	}
	// 1 − c = ‖u − v‖²/2 does not cancel.
	u := e.unit()
	var all []float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			diff := minus(u.row(i), u.row(j))
			all = append(all, dotSum(diff, diff)/2)
		}
	}
	var variance float64
	for _, v := range all {
		variance += (v - average(all)) * (v - average(all)) / float64(len(all))
	}
	if want := math.Sqrt(variance); math.Abs(got.Std-want) > 1e-7*want {
		t.Errorf("standard deviation %v, want %v", got.Std, want)
	}
}

func TestPairwiseCosineFewRows(t *testing.T) {
	got, err := PairwiseCosine(t.Context(), NewEmbeddings(1, 2, []float32{3, 4}), 5)
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows != 1 || got.Pairs != 0 || !math.IsNaN(got.Mean) || !math.IsNaN(got.Std) || !math.IsNaN(got.Min) || !math.IsNaN(got.Max) {
		t.Errorf("one row: %+v, want no pairs and NaN", got)
	}
	var bad *ValueError
	if _, err := PairwiseCosine(t.Context(), NewEmbeddings(1, 2, []float32{0, 0}), 5); !errors.As(err, &bad) || bad.Error() != "gap: row 0 is zero and has no direction" {
		t.Errorf("zero row: error %v", err)
	}
}

// TestProcessors: results are the same to the last bit on one processor and on several.
func TestProcessors(t *testing.T) {
	p := randomPair(rand.New(rand.NewPCG(51, 52)), 700, 24, 2, true)
	type results struct {
		Measured Measurement
		Swept    []SweepPoint
	}
	run := func(processors int) results {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		m, err := Measure(t.Context(), p, MeasureOptions{Scale: 30, Bootstrap: 50, Names: []string{"gap", "cosine_image_mean", "cosine_text_std",
			"uniformity_union", "loss", "mmd2_unbiased", "hubness_image_to_text", "separability_logreg_nll", "text_to_image_recall_at_5"}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := Sweep(t.Context(), p, SweepOptions{Lambdas: []float64{-0.5, 0.7}, Scales: []float64{3, 70, 400}})
		if err != nil {
			t.Fatal(err)
		}
		return results{m, s}
	}
	if diff := cmp.Diff(run(1), run(5)); diff != "" {
		t.Errorf("(-one +five):\n%s", diff)
	}
}
