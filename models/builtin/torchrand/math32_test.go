package torchrand

import (
	"math"
	"math/big"
	"testing"
)

// exactFMA is a·b + c rounded once, by arithmetic of any precision.
func exactFMA(a, b, c float32) float32 {
	x := new(big.Float).SetPrec(400).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetFloat64(float64(c)))
	f, _ := x.Float32()
	return f
}

// Pairs of float32 whose product is 1 + δ with so small a δ that beside another addend float64 loses it.
var almostOne = []struct{ a, b float32 }{
	{13264529.0 / (1 << 24), 10610063.0 / (1 << 23)},                             // 2⁴⁷ − 1 = 13264529 · 10610063
	{(1<<23 - 1<<12 + 1) / float32(1<<23), (1<<23 + 1<<12 + 1) / float32(1<<23)}, // 2⁴⁶ + 1, Aurifeuille's factors
	{1, 1},
}

// Sums that float64 puts in the middle between two float32, where what it lost decides the rounding.
func TestFMAHalfway(t *testing.T) {
	const half = 1.0 / (1 << 24)
	g := New(2)
	decided := 0
	for range 30_000 {
		r := g.Uint32()
		pair := almostOne[r%3]
		a, b := pair.a*half, pair.b // a power of two moves the exponent only
		c := math.Float32frombits(0x3f800000 | r>>9)
		if g.Uint32()&1 != 0 {
			a = -a
		}
		if g.Uint32()&1 != 0 {
			c = -c
		}
		want := exactFMA(a, b, c)
		if got := fma(float64(a), float64(b), float64(c)); got != float64(want) {
			t.Fatalf("fma(%b, %b, %b) = %b, wanted %b", a, b, c, got, want)
		}
		if float32(float64(a)*float64(b)+float64(c)) != want {
			decided++
		}
	}
	if decided < 3000 {
		t.Errorf("rounding twice is wrong in %d cases only; the test does not test", decided)
	}
}

func TestFMAOnRandomValues(t *testing.T) {
	g := New(3)
	for range 100_000 {
		a := math.Float32frombits(0x3f800000 | g.Uint32()&0x7fffff)
		b := math.Float32frombits((127-g.Uint32()%50)<<23 | g.Uint32()&0x7fffff)
		c := math.Float32frombits(g.Uint32()&(1<<31) | 0x3f800000 | g.Uint32()&0x7fffff)
		if got, want := fma(float64(a), float64(b), float64(c)), exactFMA(a, b, c); got != float64(want) {
			t.Fatalf("fma(%b, %b, %b) = %b, wanted %b", a, b, c, got, want)
		}
	}
}

// The polynomials stay within 2 units in the last place of the true functions: a coarse check that finds a wrong coefficient or sign.
func TestPolynomialsAreTheFunctions(t *testing.T) {
	const ulp = 1.0 / (1 << 23)
	for i := 1; i <= 1<<16; i++ {
		x := float32(i) / (1 << 16)
		if got, want := log32(x), math.Log(float64(x)); math.Abs(got-want) > 2*ulp*math.Abs(want) {
			t.Fatalf("log32(%v) = %v, wanted %v", x, got, want)
		}
		angle := float32(2*math.Pi) * (x - 1.0/(1<<16))
		wantSin, wantCos := math.Sincos(float64(angle))
		sin, cos := sincos32(angle)
		if math.Abs(sin-wantSin) > 2*ulp || math.Abs(cos-wantCos) > 2*ulp {
			t.Fatalf("sincos32(%v) = %v, %v, wanted %v, %v", angle, sin, cos, wantSin, wantCos)
		}
	}
}
