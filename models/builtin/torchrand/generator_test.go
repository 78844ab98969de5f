package torchrand

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// frozen is testdata/frozen.json; testdata/freeze.py says where it comes from.
type frozen struct {
	Tensors []struct {
		Name      string
		Seed      uint64
		Words     int
		Std       float64
		Size      int
		FirstBits []uint32 `json:"first_bits"`
		SHA256    string
	}
	Words []struct {
		Seed        uint64
		First, Last []uint32
	}
}

func readFrozen(t testing.TB) frozen {
	t.Helper()
	raw, err := os.ReadFile("testdata/frozen.json")
	if err != nil {
		t.Fatal(err)
	}
	var f frozen
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Tensors) != 9 || len(f.Words) != 4 {
		t.Fatalf("frozen.json holds %d tensors and %d streams, wanted 9 and 4", len(f.Tensors), len(f.Words))
	}
	return f
}

func TestWordsAreNumpys(t *testing.T) {
	for _, want := range readFrozen(t).Words {
		g := New(want.Seed)
		got := make([]uint32, 2000)
		for i := range got {
			got[i] = g.Uint32()
		}
		if d := cmp.Diff(want.First, got[:len(want.First)]); d != "" {
			t.Errorf("seed %d, first words (-want +got):\n%s", want.Seed, d)
		}
		if d := cmp.Diff(want.Last, got[2000-len(want.Last):]); d != "" {
			t.Errorf("seed %d, words up to the 2,000th (-want +got):\n%s", want.Seed, d)
		}
	}
}

// The C++ standard states the 10,000th word of mt19937 with its default seed.
func TestSkipReachesTheStandardsWord(t *testing.T) {
	g := New(5489)
	g.Skip(9999)
	if got := g.Uint32(); got != 4123659995 {
		t.Errorf("10,000th word is %d, wanted 4123659995", got)
	}
}

func TestSkipIsDrawing(t *testing.T) {
	for _, before := range []int{0, 1, 623, 624} {
		for _, n := range []int{0, 1, 622, 623, 624, 625, 1248, 5000} {
			a, b := New(7), New(7)
			a.Skip(before)
			a.Skip(n)
			for range before + n {
				b.Uint32()
			}
			if x, y := a.Uint32(), b.Uint32(); x != y {
				t.Errorf("after %d and %d words: skipped to %d, drew to %d", before, n, x, y)
			}
		}
	}
}

func TestOnlyTheSeedsLowHalfCounts(t *testing.T) {
	if a, b := New(3).Uint32(), New(1<<32|3).Uint32(); a != b {
		t.Errorf("seeds 3 and 2^32+3 begin with %d and %d", a, b)
	}
}

func TestUniform(t *testing.T) {
	// Long enough to cross the end of the state, drawn at once and word by word.
	got := make([]float32, 1500)
	New(9).Uniform(got, 0, 1)
	g := New(9)
	for i, x := range got {
		if want := float32(g.Uint32()&(1<<24-1)) / (1 << 24); x != want {
			t.Fatalf("value %d is %v, wanted %v", i, x, want)
		}
	}
	scaled := make([]float32, len(got))
	New(9).Uniform(scaled, -0.125, 0.375) // a width that is a power of two, so that the product is exact
	for i, x := range scaled {
		if want := got[i]*0.5 - 0.125; x != want {
			t.Fatalf("scaled value %d is %v, wanted %v", i, x, want)
		}
	}
}

func BenchmarkUniform(b *testing.B) {
	dst := make([]float32, 1<<20)
	g := New(1)
	b.SetBytes(int64(4 * len(dst)))
	for b.Loop() {
		g.Uniform(dst, 0, 1)
	}
}

func BenchmarkSkip(b *testing.B) {
	g := New(1)
	b.SetBytes(4 << 20)
	for b.Loop() {
		g.Skip(1 << 20)
	}
}
