package gap

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestFastExp holds fastExp to its promise on a dense grid and at the ends of its range.
func TestFastExp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	xs := []float64{0, 1, -708, math.Nextafter(-708, 0), -1e-300, 1e-300, -math.Ln2 / 4096}
	for range 2_000_000 {
		xs = append(xs, 1-709*rng.Float64(), -10*rng.Float64())
	}
	var worst float64
	for _, x := range xs {
		want := math.Exp(x)
		if rel := math.Abs(fastExp(x)-want) / want; !(rel <= worst) {
			worst = rel
		}
	}
	if !(worst < 1e-12) {
		t.Errorf("relative error %g, want < 1e-12", worst)
	}
	for _, x := range []float64{-708.0001, -1e6, math.Inf(-1)} {
		if got := fastExp(x); got != 0 {
			t.Errorf("fastExp(%g) = %g, want 0", x, got)
		}
	}
}

// TestAddExponentials holds the fused loop to the same promise.
func TestAddExponentials(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range []float64{0.01, 1, 14.3, 100, maxShiftScale} {
		cosines := []float64{-1.0001, -1, 0, 1, 1.0000000000000004}
		for range 100_000 {
			cosines = append(cosines, 2*rng.Float64()-1)
		}
		dst := filled(len(cosines), 0)
		var want float64
		got := addExponentials(dst, cosines, s)
		for k, c := range cosines {
			e := math.Exp(s * (c - 1))
			want += e
			if rel := math.Abs(dst[k]-e) / e; !(rel < 1e-12) {
				t.Fatalf("exp(%v·(%v − 1)) = %v, want %v", s, c, dst[k], e)
			}
		}
		if math.Abs(got-want) > 1e-12*want {
			t.Errorf("sum %v, want %v", got, want)
		}
	}
}

func BenchmarkAddExponentials(b *testing.B) {
	x, dst := make([]float64, 1024), make([]float64, 1024)
	for i := range x {
		x[i] = -float64(i)/512 + 1
	}
	for b.Loop() {
		sink = addExponentials(dst, x, 50)
	}
}

func BenchmarkFastExp(b *testing.B) {
	x := make([]float64, 1024)
	for i := range x {
		x[i] = -float64(i) / 16
	}
	var sum float64
	for b.Loop() {
		for _, v := range x {
			sum += fastExp(v)
		}
	}
	sink = sum
}

func BenchmarkMathExp(b *testing.B) {
	x := make([]float64, 1024)
	for i := range x {
		x[i] = -float64(i) / 16
	}
	var sum float64
	for b.Loop() {
		for _, v := range x {
			sum += math.Exp(v)
		}
	}
	sink = sum
}

func BenchmarkTile(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{64, 512} {
		x, y := newRows(tileRows, d), newRows(tileColumns, d)
		for i := range x.data {
			x.data[i] = rng.Float64()
		}
		t := newTile()
		b.Run("", func(b *testing.B) {
			for b.Loop() {
				t.product(x, y, 0, tileRows, 0, tileColumns)
			}
			b.ReportMetric(float64(tileRows*tileColumns*d)/float64(b.Elapsed().Nanoseconds())*float64(b.N), "MAC/ns")
		})
	}
}

var sink float64
