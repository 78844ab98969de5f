package gap

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// spectrumMatrix returns a symmetric matrix with the given eigenvalues and random eigenvectors.
func spectrumMatrix(rng *rand.Rand, eigenvalues []float64) *mat.SymDense {
	d := len(eigenvalues)
	q := rotation(rng, d)
	scaledRows := newRows(d, d)
	for i, v := range eigenvalues {
		copy(scaledRows.row(i), scaled(q.row(i), math.Sqrt(v)))
	}
	c := mat.NewSymDense(d, nil)
	blas64.Syrk(blas.Trans, 1, general(scaledRows), 0, c.RawSymmetric())
	return c
}

// TestLeadingEigen finds known spectra: falling, with equal leading values, of low rank, and flat, where the iteration gives up and the
// full decomposition takes over.
func TestLeadingEigen(t *testing.T) {
	const d, k = 240, 10
	rng := rand.New(rand.NewPCG(21, 22))
	for name, of := range map[string]func(i int) float64{
		"falling":  func(i int) float64 { return 1 / float64(1+i*i) },
		"multiple": func(i int) float64 { return float64(max(1, 5-i/4)) / 5 * math.Pow(0.99, float64(max(0, i-16))) },
		"low rank": func(i int) float64 { return float64(max(0, 12-i)) },
		"flat":     func(i int) float64 { return 1 - 0.5*float64(i)/d },
		"rank 3":   func(i int) float64 { return float64(max(0, 3-i)) },
	} {
		eigenvalues := make([]float64, d)
		for i := range eigenvalues {
			eigenvalues[i] = of(i)
		}
		c := spectrumMatrix(rng, eigenvalues)
		values, vectors, ok, err := leadingEigen(t.Context(), c, k)
		if !ok || err != nil {
			t.Errorf("%s: ok %v, error %v", name, ok, err)
			continue
		}
		for j, v := range values {
			if math.Abs(v-eigenvalues[j]) > 1e-12*eigenvalues[0] {
				t.Errorf("%s: eigenvalue %d is %.15g, want %.15g", name, j, v, eigenvalues[j])
			}
			var image mat.VecDense
			image.MulVec(c, mat.NewVecDense(d, vectors[j]))
			residual := minus(mat.Col(nil, 0, &image), scaled(vectors[j], v))
			if r := norm(residual); r > 1e-9*eigenvalues[0] {
				t.Errorf("%s: residual of vector %d is %v", name, j, r)
			}
			for l := range j {
				if p := dotSum(vectors[j], vectors[l]); math.Abs(p) > 1e-9 {
					t.Errorf("%s: vectors %d and %d have product %v", name, l, j, p)
				}
			}
		}
	}
}

// TestPCA: components are orthonormal, of fixed sign, and their scores have the variance that Explained says.
func TestPCA(t *testing.T) {
	p := emojiPair(t)
	pc, err := PCA(t.Context(), 3, p.Images, p.Texts)
	if err != nil {
		t.Fatal(err)
	}
	var scores [][]float64
	for _, e := range []*Embeddings{p.Images, p.Texts} {
		scores = append(scores, pc.Apply(e)...)
	}
	for k, c := range pc.Components {
		var sum, squares float64
		for _, s := range scores {
			sum += s[k]
			squares += s[k] * s[k]
		}
		if math.Abs(sum) > 1e-10 {
			t.Errorf("scores of component %d have mean %v, want 0", k, sum/float64(len(scores)))
		}
		if v := squares / float64(len(scores)-1); !near(v/pc.Total, pc.Explained[k], 1e-12) {
			t.Errorf("component %d explains %v, its scores %v", k, pc.Explained[k], v/pc.Total)
		}
		var top float64
		for _, v := range c {
			if math.Abs(v) > math.Abs(top) {
				top = v
			}
		}
		if top < 0 {
			t.Errorf("the largest entry of component %d is %v, want it positive", k, top)
		}
		for l, o := range pc.Components {
			want := 0.0
			if k == l {
				want = 1
			}
			if math.Abs(dotSum(c, o)-want) > 1e-12 {
				t.Errorf("components %d and %d have product %v", k, l, dotSum(c, o))
			}
		}
	}
}
