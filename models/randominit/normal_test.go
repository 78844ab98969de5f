package randominit

import (
	"math"
	"math/rand/v2"
	"testing"

	"mindgap/models/half"
)

// exp and log against the standard library, which is within one unit in the last place.
func TestElementaryFunctions(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	ulps := func(got, want float64) float64 {
		return math.Abs(got-want) / (math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want))
	}
	for range 200_000 {
		x := -20 * g.Float64()
		if u := ulps(exp(x), math.Exp(x)); u > 3 {
			t.Fatalf("exp(%v) = %v, want %v: %v ulp", x, exp(x), math.Exp(x), u)
		}
		y := math.Exp(x)
		// Near 1 the logarithm is small: its error is measured in units of 1's last place there.
		if d := math.Abs(log(y) - math.Log(y)); d > 0x1p-52*max(1, 3*math.Abs(math.Log(y))) {
			t.Fatalf("log(%v) = %v, want %v", y, log(y), math.Log(y))
		}
	}
	for _, x := range []float64{0, -1, -0.5 * math.Ln2, -700} {
		if u := ulps(exp(x), math.Exp(x)); u > 3 {
			t.Errorf("exp(%v) = %v, want %v", x, exp(x), math.Exp(x))
		}
	}
	if log(1) != 0 {
		t.Errorf("log(1) = %v", log(1))
	}
}

// The layers have equal areas and close at the density's top: the constants zigTail and zigArea belong together.
func TestZigguratCloses(t *testing.T) {
	z := ziggurat
	for i := 1; i < zigLayers; i++ {
		if area := z.edge[i] * (z.height[i+1] - z.height[i]); math.Abs(area-zigArea) > 1e-13 {
			t.Errorf("layer %d has area %v, want %v", i, area, zigArea)
		}
	}
	tail := math.Sqrt(math.Pi/2) * math.Erfc(zigTail/math.Sqrt2)
	if area := zigTail*z.height[1] + tail; math.Abs(area-zigArea) > 1e-13 {
		t.Errorf("base and tail have area %v, want %v", area, zigArea)
	}
}

// Four million draws against the normal distribution function: Pearson's statistic over 200 equiprobable cells lies within 5 of its
// standard deviations, √(2·199), of its mean, 199; so do the counts beyond 3.6541 (the tail), in either direction, of theirs.
func TestNormalDistribution(t *testing.T) {
	const n, cells = 4_000_000, 200
	var count [cells]float64
	var tails [2]float64
	g := stream{3, "normal"}.block(0)
	for range n {
		x := normal(g)
		p := 0.5 * math.Erfc(-x/math.Sqrt2)
		count[min(int(p*cells), cells-1)]++
		if x > zigTail {
			tails[1]++
		} else if x < -zigTail {
			tails[0]++
		}
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - n/cells) * (c - n/cells) / (n / cells)
	}
	if math.Abs(chi-(cells-1)) > 5*math.Sqrt(2*(cells-1)) {
		t.Errorf("Pearson's statistic %v, want about %v", chi, cells-1)
	}
	want := n * 0.5 * math.Erfc(zigTail/math.Sqrt2)
	for _, k := range tails {
		if math.Abs(k-want) > 5*math.Sqrt(want) {
			t.Errorf("%v draws in a tail, want about %v", k, want)
		}
	}
}

func TestBelow(t *testing.T) {
	g := stream{1, "below"}.block(0)
	const n, draws = 7, 700_000
	var count [n]float64
	for range draws {
		count[below(g, n)]++
	}
	for i, c := range count {
		if math.Abs(c-draws/n) > 5*math.Sqrt(draws/n) {
			t.Errorf("%d drawn %v times, want about %v", i, c, draws/n)
		}
	}
	if big := uint64(1)<<63 + 1; uint64(below(g, big)) >= big { // half of all words are redrawn
		t.Error("a draw beyond its bound")
	}
}

// The six orders of three elements come equally often.
func TestPermute(t *testing.T) {
	const draws = 60_000
	g := stream{2, "permute"}.block(0)
	count := map[string]float64{}
	for range draws {
		b := []byte("abBCcd")
		permute(g, b, 2)
		count[string(b)]++
	}
	if len(count) != 6 {
		t.Errorf("%d orders, want 6: %v", len(count), count)
	}
	for order, c := range count {
		if math.Abs(c-draws/6) > 5*math.Sqrt(draws/6) {
			t.Errorf("%s drawn %v times, want about %v", order, c, draws/6)
		}
	}
}

// A uniform law stays within its bound, and its cells are even: same test as above.
func TestUniformDistribution(t *testing.T) {
	const n, cells = 1_000_000, 100
	var count [cells]float64
	g := stream{4, "uniform"}.block(0)
	for range n {
		x := symmetric(g)
		if !(x > -1 && x < 1) {
			t.Fatalf("drew %v", x)
		}
		count[int((x+1)/2*cells)]++
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - n/cells) * (c - n/cells) / (n / cells)
	}
	if math.Abs(chi-(cells-1)) > 5*math.Sqrt(2*(cells-1)) {
		t.Errorf("Pearson's statistic %v, want about %v", chi, cells-1)
	}
}

// Every half survives widening and rounding; the numbers between go to the nearer one, ties to even.
func TestHalf(t *testing.T) {
	for h := range uint32(1 << 16) {
		v := float64(half.From(uint16(h)))
		if got := half.To(float32(v)); got != uint16(h) && !math.IsNaN(v) {
			t.Fatalf("%#04x widens to %v and rounds to %#04x", h, v, got)
		}
		if h&0x7fff >= 0x7bff {
			continue
		}
		next := float64(half.From(uint16(h + 1)))
		even := uint16(h + h&1)
		mid := (v + next) / 2
		if got := half.To(float32(mid)); got != even {
			t.Fatalf("%v, midway, rounds to %#04x, want %#04x", mid, got, even)
		}
		if got := half.To(math.Nextafter32(float32(mid), float32(v))); got != uint16(h) {
			t.Fatalf("just nearer to %v rounds to %#04x", v, got)
		}
	}
}
