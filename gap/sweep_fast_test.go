package gap

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// eachKernel runs a test with every float32 kernel of this processor, on matrices of any size.
func eachKernel(t *testing.T, do func(t *testing.T)) {
	fast, cells := fastKernel, fastCells
	defer func() { fastKernel, fastCells = fast, cells }()
	fastCells = 0
	for _, k := range kernels() {
		fastKernel = k
		t.Run(k.name, do)
	}
}

// eachEngine runs a test in float64 and with every kernel.
func eachEngine(t *testing.T, do func(t *testing.T)) {
	fast := fastKernel
	fastKernel = nil
	t.Run("float64", do)
	fastKernel = fast
	eachKernel(t, do)
}

// TestKernelProduct: a tile is the product of its rows, within the documented bound, and equal rows give equal entries wherever they
// stand.
func TestKernelProduct(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		k, rng := fastKernel, rand.New(rand.NewPCG(71, 72))
		for _, d := range []int{1, 2, 127, 128, 129, 300, 512} {
			p := randomPair(rng, tileColumns, d, 1, false)
			x, y := p.Images.Slice(0, tileRows), p.Texts
			copy(x.Row(tileRows-1), x.Row(2))
			copy(y.Row(tileColumns-1), y.Row(0))
			a, err := packUnit(t.Context(), x, nil, tileRows, k.panelRows)
			if err != nil {
				t.Fatal(err)
			}
			b, err := packUnit(t.Context(), y, nil, tileColumns, k.panelColumns)
			if err != nil {
				t.Fatal(err)
			}
			s := aligned32(tileRows * tileColumns)
			k.product(a.at(0), b.at(0), d, s)
			ux, uy := x.unit(), y.unit()
			for i := range tileRows {
				for j := range tileColumns {
					if got, want := float64(s[i*tileColumns+j]), dot(ux.row(i), uy.row(j)); math.Abs(got-want) > productError(d) {
						t.Fatalf("d = %d: entry %d, %d is %v, want %v", d, i, j, got, want)
					}
				}
				if s[i*tileColumns] != s[i*tileColumns+tileColumns-1] {
					t.Errorf("d = %d: equal columns differ in row %d", d, i)
				}
			}
			for j := range tileColumns {
				if s[2*tileColumns+j] != s[(tileRows-1)*tileColumns+j] {
					t.Errorf("d = %d: equal rows differ in column %d", d, j)
				}
			}
		}
	})
}

// compareSweeps holds sweeps by every float32 kernel to one in float64. Distances agree to 1e-11 and recall exactly. A loss may be off by
// 1e-6·max(1, |loss|), and by what its few similarities are: 4·2⁻²⁴·scale·stretch.
func compareSweeps(t *testing.T, p Pair, o SweepOptions) (worst float64) {
	t.Helper()
	exact := o
	exact.Exact = true
	want, err := Sweep(t.Context(), p, exact)
	if err != nil {
		t.Fatal(err)
	}
	fast, cells := fastKernel, fastCells
	defer func() { fastKernel, fastCells = fast, cells }()
	fastCells = 0
	for _, k := range kernels() {
		fastKernel = k
		got, err := Sweep(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, compareSweepPoints(t, k.name, p, o, got, want))
	}
	return worst
}

func compareSweepPoints(t *testing.T, kernel string, p Pair, o SweepOptions, got, want []SweepPoint) (worst float64) {
	t.Helper()
	for l, w := range want {
		name := fmt.Sprintf("%s, n = %d, m = %d, d = %d, %v, %v, λ = %v", kernel, p.Images.N, p.Texts.N, p.Images.D, o.Side, o.Unit, w.Lambda)
		g := got[l]
		if g.Reason != w.Reason || g.Lambda != w.Lambda {
			t.Errorf("%s: reason %q, want %q", name, g.Reason, w.Reason)
		}
		if w.Reason != "" {
			if !math.IsNaN(g.Distance) || !math.IsNaN(g.ImageToTextRecall1) || !math.IsNaN(g.TextToImageRecall1) {
				t.Errorf("%s: %+v, want NaN", name, g)
			}
			continue
		}
		if !near(g.Distance, w.Distance, 1e-11) || w.Distance > 1e-9 && !near(g.SignedDistance, w.SignedDistance, 1e-11) {
			t.Errorf("%s: distance %v, %v, want %v, %v", name, g.Distance, g.SignedDistance, w.Distance, w.SignedDistance)
		}
		if g.ImageToTextRecall1 != w.ImageToTextRecall1 || g.TextToImageRecall1 != w.TextToImageRecall1 {
			t.Errorf("%s: recall %v, %v, want %v, %v", name, g.ImageToTextRecall1, g.TextToImageRecall1, w.ImageToTextRecall1, w.TextToImageRecall1)
		}
		for k, s := range o.Scales {
			diff := math.Abs(g.Loss[k] - w.Loss[k])
			worst = max(worst, diff/max(1, math.Abs(w.Loss[k])))
			if !(diff <= 1e-6*max(1, math.Abs(w.Loss[k]))+4*unitRoundoff*s) {
				t.Errorf("%s: loss at %v is %.12g, want %.12g", name, s, g.Loss[k], w.Loss[k])
			}
		}
	}
	return worst
}

// TestFastSweep holds every kernel to the plain twin on shapes from one pair in one dimension to several tiles, with duplicated rows,
// several captions an image, every unit, side, loss and chunking, and scales on both sides of every threshold.
func TestFastSweep(t *testing.T) {
	rng := rand.New(rand.NewPCG(73, 74))
	for _, shape := range []struct{ n, d, captions int }{{1, 1, 1}, {1, 5, 1}, {1, 4, 3}, {2, 1, 1}, {3, 2, 1}, {33, 8, 1}, {48, 3, 1}, {49, 5, 4}, {128, 6, 1},
		{129, 140, 1}, {200, 16, 3}} {
		for _, copies := range []bool{false, true} {
			p := randomPair(rng, shape.n, shape.d, shape.captions, copies)
			for variant := range 6 {
				o := SweepOptions{
					Lambdas: []float64{-5, 0, 0.25, 2},
					Scales:  []float64{0.5, 1, 39, 41, 100, 399, 500},
					Unit:    Unit(variant % 2), Side: Side(variant % 3), Loss: Loss(variant / 3),
				}
				if variant == 5 {
					o.Chunk = 13
				}
				if variant >= 3 || shape.d == 1 { // in one dimension the gap may be zero
					o.Vector = make([]float64, shape.d)
					for k := range o.Vector {
						o.Vector[k] = rng.NormFloat64() / 2
					}
				}
				compareSweeps(t, p, o)
			}
		}
	}
}

// TestFastSweepTies: rows that tie, exactly or within the error of float32, are told apart as float64 tells them.
func TestFastSweepTies(t *testing.T) {
	before := recomputed.rechecked.Load()
	rng := rand.New(rand.NewPCG(75, 76))
	p := randomPair(rng, 200, 24, 1, false)
	for i := range 200 {
		copy(p.Texts.Row(i), p.Images.Row(i))
		copy(p.Texts.Row(i), p.Texts.Row(i%50)) // copies, …
		copy(p.Images.Row(i), p.Images.Row(i%50))
		if i%50 < 10 && i >= 50 { // … some of them a rounding error away
			p.Texts.Row(i)[i%24] = math.Nextafter32(p.Texts.Row(i)[i%24], float32(i%3))
		}
	}
	compareSweeps(t, p, SweepOptions{Lambdas: []float64{-0.7, 0, 0.1, 0.3}, Scales: []float64{10}, Vector: filled(24, 0.02)})
	if recomputed.rechecked.Load() == before && fastKernel != nil {
		t.Error("nothing was decided in float64")
	}
}

// TestFastSweepRange: scales at which float32 would overflow or underflow. Two tight bundles on opposite sides, images of the second one
// matched with texts of the first: cosines of rows reach from −1 to 1, and no offset suits all of them.
func TestFastSweepRange(t *testing.T) {
	before := recomputed.redone.Load()
	rng := rand.New(rand.NewPCG(77, 78))
	const n, d = 150, 8
	p := randomPair(rng, n, d, 1, false)
	for i := range n {
		for k := range d {
			p.Images.Row(i)[k] *= 0.02
			p.Texts.Row(i)[k] *= 0.02
		}
		p.Images.Row(i)[3], p.Texts.Row(i)[3] = 1, -1
		if i%3 == 0 {
			p.Images.Row(i)[3] = -1
		}
	}
	compareSweeps(t, p, SweepOptions{Lambdas: []float64{-3, -1, 0, 0.4}, Scales: []float64{1, 40, 100, 150, 400, 1000}})
	if recomputed.redone.Load() == before && fastKernel != nil {
		t.Error("no sum was computed again")
	}
}

// TestFastSweepLarge: a sweep of the size from which float32 is used, held to 1e-6 and to the claim that next to nothing is recomputed.
func TestFastSweepLarge(t *testing.T) {
	if fastKernel == nil {
		t.Skip("this build has no float32 kernel")
	}
	p := randomPair(rand.New(rand.NewPCG(79, 80)), 600, 64, 1, false)
	rechecked, redone := recomputed.rechecked.Load(), recomputed.redone.Load()
	worst := compareSweeps(t, p, SweepOptions{Lambdas: []float64{-1, 0, 0.5}, Scales: []float64{1, 5, 35, 50, 100}})
	if worst > 1e-6 {
		t.Errorf("worst relative deviation %.2g, want below 1e-6", worst)
	}
	rechecked, redone = recomputed.rechecked.Load()-rechecked, recomputed.redone.Load()-redone
	if rechecked > 20*int64(len(kernels())) || redone > 0 {
		t.Errorf("%d rows rechecked and %d redone", rechecked, redone)
	}
	t.Logf("worst relative deviation %.2g, %d rechecked, %d redone", worst, rechecked, redone)
}

// TestUnitSum holds every kernel's sum of unit rows to the plain one, 1e-13.
func TestUnitSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(81, 82))
	eachEngine(t, func(t *testing.T) {
		for _, d := range []int{1, 3, 31, 32, 33, 100} {
			e := randomPair(rng, 70, d, 1, false).Images
			got, err := unitSum(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			for k, want := range e.unit().sum() {
				if !near(got[k], want, 1e-13) {
					t.Errorf("d = %d: entry %d is %v, want %v", d, k, got[k], want)
				}
			}
		}
		if got := MeanCosine(NewEmbeddings(2, 2, []float32{1, 0, 0, 0})); !math.IsNaN(got) {
			t.Errorf("a zero row gives %v, want NaN", got)
		}
	})
}
