package torchrand

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tensors of the untrained twins, to the bit: the first values for a message that helps, the hash for the rest.
func TestNormalIsPyTorchs(t *testing.T) {
	for _, want := range readFrozen(t).Tensors {
		t.Run(fmt.Sprintf("seed%d/%s", want.Seed, want.Name), func(t *testing.T) {
			g := New(want.Seed)
			g.Skip(want.Words)
			got := make([]float32, want.Size)
			g.Normal(got, 0, want.Std)

			bits := make([]uint32, len(want.FirstBits))
			for i := range bits {
				bits[i] = math.Float32bits(got[i])
			}
			if d := cmp.Diff(want.FirstBits, bits); d != "" {
				t.Errorf("bits of the first values (-want +got):\n%s", d)
			}
			h := sha256.New()
			if err := binary.Write(h, binary.LittleEndian, got); err != nil {
				t.Fatal(err)
			}
			if sum := hex.EncodeToString(h.Sum(nil)); sum != want.SHA256 {
				t.Errorf("SHA-256 %s, wanted %s", sum, want.SHA256)
			}
		})
	}
}

// What torch.randn prints with four decimals after torch.manual_seed, as many public notebooks and tests show it.
func TestNormalAsPrinted(t *testing.T) {
	cases := []struct {
		name  string
		seed  uint64
		shape []int // sizes of the tensors drawn one after the other
		want  []float64
	}{
		{"short", 0, []int{5}, []float64{1.5410, -0.2934, -2.1788, 0.5684, -1.0845}},
		{"short, other seed", 42, []int{5}, []float64{0.3367, 0.1288, 0.2345, 0.2303, -1.1229}},
		{"second of a pair is kept for the next short tensor", 0, []int{1, 2, 2}, []float64{1.5410, -0.2934, -2.1788, 0.5684, -1.0845}},
		{"one block", 42, []int{16}, []float64{1.9269, 1.4873, 0.9007, -2.1055, 0.6784, -1.2345, -0.0431, -1.6047,
			-0.7521, 1.6487, -0.3925, -1.4036, -0.7279, -0.5594, -0.7688, 0.7624}},
		{"two blocks", 0, []int{32}, []float64{-1.1258, -1.1524, -0.2506, -0.4339, 0.8487, 0.6920, -0.3160, -2.1152,
			0.3223, -1.2633, 0.3500, 0.3081, 0.1198, 1.2377, 1.1168, -0.2473,
			-1.3527, -1.6959, 0.5667, 0.7935, 0.5988, -1.5551, -0.3414, 1.8530,
			0.7502, -0.5855, -0.1734, 0.1835, 1.3894, 1.5863, 0.9463, -0.8437}},
		{"last 16 drawn afresh", 0, []int{20}, []float64{-1.1258, -1.1524, -0.2506, -0.4339,
			0.5988, -1.5551, -0.3414, 1.8530, 0.4681, -0.1577, 1.4437, 0.2660,
			1.3894, 1.5863, 0.9463, -0.8437, 0.9318, 1.2590, 2.0050, 0.0537}},
		{"last 16 drawn afresh over half a block", 0, []int{24}, []float64{-1.1258, -1.1524, -0.2506, -0.4339, 0.8487, 0.6920, -0.3160, -2.1152,
			0.4681, -0.1577, 1.4437, 0.2660, 0.1665, 0.8744, -0.1435, -0.1116,
			0.9318, 1.2590, 2.0050, 0.0537, 0.6181, -0.4128, -0.8411, -2.3160}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := New(c.seed)
			var got []float32
			for _, n := range c.shape {
				part := make([]float32, n)
				g.Normal(part, 0, 1)
				got = append(got, part...)
			}
			for i, want := range c.want {
				if math.Abs(float64(got[i])-want) > 0.5e-4+1e-9 { // half a unit of the last printed digit
					t.Errorf("value %d is %.6f, printed as %.4f", i, got[i], want)
				}
			}
		})
	}
}

func TestNormalMeanAndDeviation(t *testing.T) {
	for _, n := range []int{7, 100} {
		plain, moved := make([]float32, n), make([]float32, n)
		New(5).Normal(plain, 0, 1)
		New(5).Normal(moved, 3, 2)
		for i := range plain {
			want := 3 + 2*float64(plain[i])
			if got := float64(moved[i]); math.Abs(got-want) > 4e-7*(3+math.Abs(want)) { // a few roundings to float32
				t.Errorf("n = %d, value %d is %v, wanted %v", n, i, got, want)
			}
		}
	}
}

// Sharing the work between goroutines changes nothing, wherever the parts are cut.
func TestNormalInParts(t *testing.T) {
	const n = 1<<18 + 48
	got, want := make([]float32, n), make([]float32, n)
	New(11).Normal(got, 0, 0.02)
	New(11).Uniform(want, 0, 1)
	transform(want, 0, 0.02)
	if !slices.Equal(got, want) {
		t.Error("values computed in parts differ from values computed in one go")
	}
}

func TestEmptyNormalDrawsNothing(t *testing.T) {
	g := New(1)
	g.Normal(nil, 0, 1)
	if a, b := g.Uint32(), New(1).Uint32(); a != b {
		t.Errorf("next word is %d, wanted the first, %d", a, b)
	}
}

func ExampleGenerator_Normal() {
	w := make([]float32, 4)
	New(0).Normal(w, 0, 1) // torch.manual_seed(0); torch.randn(4)
	fmt.Printf("%.4f\n", w)
	// Output: [1.5410 -0.2934 -2.1788 0.5684]
}

func BenchmarkNormal(b *testing.B) {
	dst := make([]float32, 1<<20)
	g := New(1)
	b.SetBytes(int64(4 * len(dst)))
	for b.Loop() {
		g.Normal(dst, 0, 0.02)
	}
}
