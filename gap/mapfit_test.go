package gap

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// TestMapFitter: one pass gives the maps that three give, whose values are NumPy's (TestMapsReference), and the same errors.
func TestMapFitter(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	for _, n := range []int{2, 40, momentRows + 7} {
		const d, k = 12, 3
		p := randomPair(rng, n, d, 1, false)
		for i := range p.Texts.Data {
			p.Texts.Data[i] += 0.3
		}
		f, err := NewMapFitter(t.Context(), p.Images, p.Texts)
		if err != nil {
			t.Fatal(err)
		}
		for name, fit := range map[string][2]func() (*Projection, error){
			"pca": {func() (*Projection, error) { return PCA(t.Context(), k, p.Images, p.Texts) }, func() (*Projection, error) { return f.PCA(t.Context(), k) }},
			"svd": {func() (*Projection, error) { return SVDMap(t.Context(), k, p.Images, p.Texts) }, func() (*Projection, error) { return f.SVDMap(t.Context(), k) }},
			"gap": {func() (*Projection, error) { return GapAxes(t.Context(), k, p.Images, p.Texts) }, func() (*Projection, error) { return f.GapAxes(t.Context(), k) }},
		} {
			want, err := fit[0]()
			if err != nil {
				t.Fatal(err)
			}
			got, err := fit[1]()
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Total-want.Total) > 1e-12*want.Total {
				t.Errorf("%s, n = %d: total %v, want %v", name, n, got.Total, want.Total)
			}
			for c := range k {
				if math.Abs(got.Explained[c]-want.Explained[c]) > 1e-12 {
					t.Errorf("%s, n = %d: axis %d explains %v, want %v", name, n, c, got.Explained[c], want.Explained[c])
				}
				// Two rows a cloud span three dimensions, and random clouds have no equal eigenvalues.
				if diff := norm(minus(got.Components[c], want.Components[c])); !(diff <= 1e-8) {
					t.Errorf("%s, n = %d: axis %d differs by %v", name, n, c, diff)
				}
			}
		}
	}
}

// TestMapFitterFaults: what the clouds do not define, and what may not be.
func TestMapFitterFaults(t *testing.T) {
	one := NewEmbeddings(1, 2, []float32{1, 0})
	f, err := NewMapFitter(t.Context(), one, one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.PCA(t.Context(), 1); err == nil {
		t.Error("no error for the principal components of rows that coincide")
	}
	if _, err := f.GapAxes(t.Context(), 1); err == nil {
		t.Error("no error for the axis of no gap")
	}
	if p, err := f.SVDMap(t.Context(), 1); err != nil || math.Abs(p.Components[0][0]-1) > 1e-15 {
		t.Errorf("the singular vector of one row is %v, %v", p, err)
	}
	if _, err := NewMapFitter(t.Context(), one, NewEmbeddings(1, 2, []float32{0, 0})); err == nil {
		t.Error("no error for a row of zeros")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewMapFitter(ended, one, one); err == nil {
		t.Error("no error where the context has ended")
	}
	two, err := NewMapFitter(t.Context(), one, NewEmbeddings(1, 2, []float32{0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	for name, fit := range map[string]func(context.Context, int) (*Projection, error){"pca": two.PCA, "svd": two.SVDMap, "gap": two.GapAxes} {
		if _, err := fit(t.Context(), 3); err == nil {
			t.Errorf("%s: no error for 3 axes of 2 dimensions", name)
		}
	}
	panics(t, "width", ErrShape, func() { _, _ = NewMapFitter(t.Context(), one, NewEmbeddings(1, 1, []float32{1})) })
	panics(t, "empty", ErrTooFew, func() { _, _ = NewMapFitter(t.Context(), one, NewEmbeddings(0, 2, nil)) })
}
