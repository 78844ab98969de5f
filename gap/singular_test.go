package gap

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Singular values are scikit-learn's. A value may be wrong by 1e-15·σ_1²/σ_i, here up to 1e-13; 1e-10 relative is what NumPy's own solvers
// agree to.
func TestSingularValuesReference(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "singular.json"))
	p := emojiPair(t)
	for name, clouds := range map[string][]*Embeddings{
		"pair": {p.Images, p.Texts},
		"few":  {p.Images.Slice(0, 10), p.Texts.Slice(0, 10)}, // of rank 19
	} {
		want := floats(ref.list(name))
		got, err := SingularValues(t.Context(), 64, clouds...)
		if err != nil {
			t.Fatal(name, err)
		}
		compareFloats(t, name, got, want, 1e-10)
		if leading, err := SingularValues(t.Context(), 5, clouds...); err != nil || cmp.Diff(got[:5], leading) != "" {
			t.Errorf("%s: the five leading ones are %v, %v", name, leading, err)
		}
	}
}

// K clouds, each near a point of its own, have K − 1 large singular values, and both elbows find them.
func TestSingularValuesCountCones(t *testing.T) {
	const k, n, d = 6, 20, 32
	rows := NewEmbeddings(k*n, d, make([]float32, k*n*d))
	drawNormal(rand.New(rand.NewPCG(1, 1)), rows.Data, 0.05)
	for i := range rows.N {
		rows.Row(i)[i/n]++
	}
	var clouds []*Embeddings
	for i := range k {
		clouds = append(clouds, rows.Slice(i*n, (i+1)*n))
	}
	values, err := SingularValues(t.Context(), 50, clouds...)
	if err != nil {
		t.Fatal(err)
	}
	if len(values) != d {
		t.Errorf("%d values of %d dimensions", len(values), d)
	}
	if r, b := LargestRatio(values), LargestDrop(values); r.Count != k-1 || b.Count != k-1 || r != b {
		t.Errorf("elbows %+v and %+v, want %d cones", r, b, k)
	}
}

func TestElbows(t *testing.T) {
	for name, c := range map[string]struct {
		values      []float64
		ratio, drop Elbow
	}{
		"none":  {nil, Elbow{}, Elbow{}},
		"one":   {[]float64{3}, Elbow{}, Elbow{}},
		"equal": {[]float64{2, 2, 2}, Elbow{1, 1, 0}, Elbow{1, 1, 0}},
		"apart": {[]float64{9, 5, 4, 1}, Elbow{3, 4, 3}, Elbow{1, 1.8, 4}},
		"first": {[]float64{8, 4, 2}, Elbow{1, 2, 4}, Elbow{1, 2, 4}},
	} {
		if got := LargestRatio(c.values); got != c.ratio {
			t.Errorf("%s: largest ratio %+v, want %+v", name, got, c.ratio)
		}
		if got := LargestDrop(c.values); got != c.drop {
			t.Errorf("%s: largest drop %+v, want %+v", name, got, c.drop)
		}
	}
}

func TestSingularValuesFaults(t *testing.T) {
	row := NewEmbeddings(1, 2, []float32{1, 2})
	var bad *ValueError
	if _, err := SingularValues(t.Context(), 1, NewEmbeddings(2, 2, []float32{1, 2, 0, 0})); !errors.As(err, &bad) {
		t.Errorf("a row of zeros: %v", err)
	}
	for name, clouds := range map[string][]*Embeddings{"one row": {row}, "equal rows": {row, row}} {
		if _, err := SingularValues(t.Context(), 1, clouds...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := SingularValues(ctx, 1, row, NewEmbeddings(1, 2, []float32{2, 1})); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for want, call := range map[string]func(){
		ErrShape:  func() { _, _ = SingularValues(t.Context(), 0, row) },
		ErrTooFew: func() { _, _ = SingularValues(t.Context(), 1) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			call()
		}()
	}
}
