package gap

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/google/go-cmp/cmp"
)

func umapReference(t *testing.T) tree { return readTree(t, filepath.Join("testdata", "umap.json")) }

// firstPairs stacks the first n images and the first n texts of the built-in model.
func firstPairs(tb testing.TB, n int) *Embeddings {
	tb.Helper()
	p := emojiPair(tb)
	return stack([]*Embeddings{p.Images.Slice(0, n), p.Texts.Slice(0, n)})
}

// bothDistances runs a test for both distances.
func bothDistances(t *testing.T, do func(t *testing.T, d RowDistance)) {
	for _, d := range []RowDistance{CosineDistance, EuclideanDistance} {
		t.Run(d.String(), func(t *testing.T) { do(t, d) })
	}
}

// TestFuzzyGraph meets NumPy's neighbours and umap-learn's graph over them: indices exactly, distances to 1e-12; ρ, σ and weights to 2e-5,
// because umap-learn holds them in float32 and ends its bisection at 1e-5.
func TestFuzzyGraph(t *testing.T) {
	ref := umapReference(t)
	e := firstPairs(t, int(ref.num("small")))
	bothDistances(t, func(t *testing.T, d RowDistance) {
		want := ref.at(d.String())
		lists, err := Neighbours(t.Context(), e, int(ref.num("k"))-1, d)
		if err != nil {
			t.Fatal(err)
		}
		var index []int
		for _, j := range lists.Index {
			index = append(index, int(j))
		}
		if diff := cmp.Diff(ints(want.list("index")), index); diff != "" {
			t.Errorf("neighbours (-want +got):\n%s", diff)
		}
		compareFloats(t, "distance", lists.Distance, floats(want.list("distance")), 1e-12)
		g := NewFuzzyGraph(lists)
		compareFloats(t, "rho", g.Rho, floats(want.list("rho")), 1e-6)
		compareFloats(t, "sigma", g.Sigma, floats(want.list("sigma")), 2e-5)
		if diff := cmp.Diff(ints(want.list("start")), g.Start); diff != "" {
			t.Fatalf("starts of rows (-want +got):\n%s", diff)
		}
		var tail []int
		for _, j := range g.Tail {
			tail = append(tail, int(j))
		}
		if diff := cmp.Diff(ints(want.list("tail")), tail); diff != "" {
			t.Errorf("tails (-want +got):\n%s", diff)
		}
		compareFloats(t, "weight", g.Weight, floats(want.list("weight")), 2e-5)
	})
}

func compareFloats(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*math.Max(1, math.Abs(want[i]))) {
			t.Errorf("%s %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// TestCurveParameters meets umap-learn's (SciPy's curve_fit) to 1e-6 relative.
func TestCurveParameters(t *testing.T) {
	for _, row := range umapReference(t).list("curve") {
		r := floats(row.([]any))
		a, b := CurveParameters(r[0], r[1])
		if !near(a, r[2], 1e-6) || !near(b, r[3], 1e-6) {
			t.Errorf("minimal distance %v, spread %v: a, b = %v, %v, want %v, %v", r[0], r[1], a, b, r[2], r[3])
		}
	}
	panics(t, "minimal distance above spread", ErrShape, func() { CurveParameters(2, 1) })
	panics(t, "NaN", ErrShape, func() { CurveParameters(math.NaN(), 1) })
}

// TestTrustworthiness meets scikit-learn's exactly up to rounding, on a bad picture: two of the coordinates.
func TestTrustworthiness(t *testing.T) {
	ref := umapReference(t)
	e := firstPairs(t, int(ref.num("small")))
	low := make([][]float64, e.N)
	for i := range low {
		low[i] = []float64{float64(e.Row(i)[0]), float64(e.Row(i)[1])}
	}
	bothDistances(t, func(t *testing.T, d RowDistance) {
		for _, row := range ref.list(d.String(), "trustworthiness") {
			k, want := int(row.([]any)[0].(float64)), row.([]any)[1].(float64)
			got, err := Trustworthiness(t.Context(), e, low, k, d)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("trustworthiness of %d neighbours is %v, want %v", k, got, want)
			}
		}
	})
	if _, err := Trustworthiness(t.Context(), e, low, e.N/2, CosineDistance); err == nil {
		t.Error("no error for half of the rows as neighbours")
	}
	low[3][1] = math.NaN()
	if _, err := Trustworthiness(t.Context(), e, low, 5, CosineDistance); err == nil || !strings.Contains(err.Error(), "row 3, column 1") {
		t.Errorf("error %v for a picture with NaN", err)
	}
}

// meanTrust is the mean trustworthiness (k = 15) of pictures by a few seeds.
func meanTrust(t *testing.T, o UMAPOptions, e *Embeddings, seeds uint64) float64 {
	t.Helper()
	var sum float64
	for seed := range seeds {
		o.Seed = seed
		picture, err := UMAP(t.Context(), o, e)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Trustworthiness(t.Context(), e, picture[0], 15, o.Distance)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	return sum / float64(seeds)
}

// TestUMAPTrustworthiness: it is at most 0.01 below the mean of three pictures of umap-learn.
func TestUMAPTrustworthiness(t *testing.T) {
	ref := umapReference(t)
	e := firstPairs(t, int(ref.num("picture")))
	for _, init := range []LayoutInit{SpectralInit, PCAInit} {
		o := DefaultUMAP(e.N)
		o.Init = init
		got, want := meanTrust(t, o, e, 1), average(floats(ref.list("emoji")))
		t.Logf("start %v: %.4f, umap-learn %.4f", init, got, want)
		if got < want-0.01 {
			t.Errorf("start %v: trustworthiness %.4f, umap-learn's is %.4f", init, got, want)
		}
	}
}

// TestReferenceUMAP is the same for the published features of four models, as a mean over three seeds.
func TestReferenceUMAP(t *testing.T) {
	features := umapReference(t).at("features")
	for name := range features {
		p := referencePair(t, name)
		e := stack([]*Embeddings{p.Images, p.Texts})
		got, want := meanTrust(t, DefaultUMAP(e.N), e, 3), average(floats(features.list(name)))
		t.Logf("%s: %.4f, umap-learn %.4f", name, got, want)
		if got < want-0.01 {
			t.Errorf("%s: trustworthiness %.4f, umap-learn's is %.4f", name, got, want)
		}
	}
}

// clusters draws count clusters of size rows each, far apart.
func clusters(rng *rand.Rand, count, size, d int) *Embeddings {
	e := NewEmbeddings(count*size, d, make([]float32, count*size*d))
	for i := range e.N {
		for k := range e.Row(i) {
			e.Row(i)[k] = float32(0.05 * rng.NormFloat64())
		}
		e.Row(i)[i/size]++
	}
	return e
}

// TestUMAPSeparatesClusters: every row's nearest row in the picture is of its own cluster; in two dimensions and in three, where the graph
// falls into few components and where it falls into more than the axes have ends.
func TestUMAPSeparatesClusters(t *testing.T) {
	for _, c := range []struct{ count, components int }{{2, 2}, {3, 3}, {7, 2}} {
		const size = 40
		e := clusters(rand.New(rand.NewPCG(41, 42)), c.count, size, 16)
		o := DefaultUMAP(e.N)
		o.Components, o.Epochs = c.components, 200
		picture, err := UMAP(t.Context(), o, e.Slice(0, size), e.Slice(size, e.N))
		if err != nil {
			t.Fatal(err)
		}
		all := append(slices.Clone(picture[0]), picture[1]...)
		flat, err := flatten(all)
		if err != nil {
			t.Fatal(err)
		}
		if flat.d != c.components || flat.n != e.N {
			t.Fatalf("%d×%d picture, want %d×%d", flat.n, flat.d, e.N, c.components)
		}
		near, err := nearestPlain(t.Context(), flat, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, j := range near {
			if i/size != int(j)/size {
				t.Errorf("%d clusters: row %d of cluster %d is nearest to row %d of cluster %d", c.count, i, i/size, j, int(j)/size)
			}
		}
	}
}

// TestUMAPIsDeterministic: one seed gives one picture, to the last bit, on one processor and on four; another seed another one.
func TestUMAPIsDeterministic(t *testing.T) {
	e := firstPairs(t, 150)
	o := DefaultUMAP(e.N)
	o.Epochs = 60
	var calls []int
	o.Progress = func(done, epochs int) { calls = append(calls, done) }
	draw := func(processors int, seed uint64) [][][]float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		o.Seed = seed
		p, err := UMAP(t.Context(), o, e.Slice(0, 100), e.Slice(100, e.N))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, four := draw(1, 7), draw(4, 7)
	if diff := cmp.Diff(one, four); diff != "" {
		t.Errorf("pictures on one and on four processors differ:\n%s", diff)
	}
	if cmp.Equal(one, draw(2, 8)) {
		t.Error("two seeds give the same picture")
	}
	if len(calls) != 180 || calls[59] != 60 || calls[60] != 1 {
		t.Errorf("%d calls of Progress, want 60 a picture, counting from 1", len(calls))
	}
}

// TestSpectralVectors holds the restarted Lanczos iteration to a full decomposition: Rayleigh quotients to 1e-6 of the eigenvalues, small
// components included.
func TestSpectralVectors(t *testing.T) {
	for _, n := range []int{5, 40, 300} {
		rng := rand.New(rand.NewPCG(51, uint64(n)))
		a := mat.NewSymDense(n, nil)
		degree := make([]float64, n)
		for i := range n {
			for j := range i {
				if w := rng.Float64(); j == i-1 || w > 0.9 {
					a.SetSym(i, j, w)
					degree[i] += w
					degree[j] += w
				}
			}
		}
		root := make([]float64, n)
		for i, d := range degree {
			root[i] = math.Sqrt(d)
		}
		for i := range n {
			for j := range i {
				a.SetSym(i, j, a.At(i, j)/(root[i]*root[j]))
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(a, false) {
			t.Fatal("no eigenvalues")
		}
		values := eigen.Values(nil)
		apply := func(dst, src []float64) { mat.NewVecDense(n, dst).MulVec(a, mat.NewVecDense(n, src)) }
		got, err := leadingVectors(t.Context(), n, 2, root, rng, apply)
		if err != nil {
			t.Fatal(err)
		}
		image := make([]float64, n)
		for k, v := range got {
			apply(image, v)
			if !near(dot(v, image), values[n-2-k], 1e-6) || !near(norm(v), 1, 1e-12) || math.Abs(dot(v, root)) > 1e-9*norm(root) {
				t.Errorf("n = %d, vector %d: Rayleigh quotient %v, want %v; norm %v, product with the first %v", n, k, dot(v, image), values[n-2-k],
					norm(v), dot(v, root))
			}
		}
	}
}

// TestUMAPFaults: what cannot be laid out says so, and what is merely odd is laid out.
func TestUMAPFaults(t *testing.T) {
	e := firstPairs(t, 20)
	for _, c := range []struct {
		change func(*UMAPOptions)
		want   string
	}{
		{func(o *UMAPOptions) { o.Neighbours = 1 }, "want at least 2"},
		{func(o *UMAPOptions) { o.Neighbours = 41 }, "41 rows among 40 rows"},
		{func(o *UMAPOptions) { o.MinDist = 2 }, "minimal distance 2"},
		{func(o *UMAPOptions) { o.MinDist = math.NaN() }, "minimal distance NaN"},
		{func(o *UMAPOptions) { o.Spread = math.Inf(1) }, "spread +Inf"},
		{func(o *UMAPOptions) { o.Epochs = -1 }, "-1 epochs"},
		{func(o *UMAPOptions) { o.Components = 0 }, "0 dimensions"},
		{func(o *UMAPOptions) { o.Init, o.Components = PCAInit, 65 }, "principal components of 64"},
	} {
		o := DefaultUMAP(e.N)
		c.change(&o)
		if _, err := UMAP(t.Context(), o, e); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	o := DefaultUMAP(40)
	panics(t, "no cloud", ErrTooFew, func() { _, _ = UMAP(t.Context(), o) })
	panics(t, "two widths", ErrShape, func() { _, _ = UMAP(t.Context(), o, e, NewEmbeddings(1, 2, []float32{1, 1})) })
	for _, bad := range []float32{0, float32(math.NaN()), float32(math.Inf(-1))} {
		broken := NewEmbeddings(e.N, e.D, slices.Clone(e.Data))
		for k := range broken.Row(5) {
			broken.Row(5)[k] = bad
		}
		var value *ValueError
		if _, err := UMAP(t.Context(), o, broken); !errors.As(err, &value) || value.Row != 5 {
			t.Errorf("rows of %v: error %v, want a ValueError of row 5", bad, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := UMAP(ended, o, e); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context's end", err)
	}
	during, cancel := context.WithCancel(t.Context())
	o.Progress = func(done, _ int) {
		if done == 3 {
			cancel()
		}
		if done > 3 {
			t.Error("an epoch after the context's end")
		}
	}
	if _, err := UMAP(during, o, e); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context's end in an epoch", err)
	}
}

// TestUMAPDegenerate: all rows equal, two rows, many copies, few rows, no epochs: finite pictures of the right shape.
func TestUMAPDegenerate(t *testing.T) {
	ones := NewEmbeddings(30, 3, slices.Repeat([]float32{1}, 90))
	copies := firstPairs(t, 15)
	copies = NewEmbeddings(90, copies.D, slices.Repeat(copies.Data, 3))
	for what, c := range map[string]struct {
		e          *Embeddings
		neighbours int
	}{"all equal": {ones, 15}, "two rows": {copies.Slice(0, 2), 2}, "three rows": {copies.Slice(0, 3), 3}, "every row three times": {copies, 2}, "copies": {copies, 15}} {
		bothDistances(t, func(t *testing.T, d RowDistance) {
			for _, epochs := range []int{0, 1, 50} {
				o := DefaultUMAP(c.e.N)
				o.Neighbours, o.Epochs, o.Distance = c.neighbours, epochs, d
				picture, err := UMAP(t.Context(), o, c.e)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if flat, err := flatten(picture[0]); err != nil || flat.n != c.e.N || flat.d != 2 {
					t.Errorf("%s, %d epochs: %v", what, epochs, err)
				}
			}
		})
	}
}

// TestCurveTable: the tabulated gradients are within 2e-5 of the functions, relative, and finite everywhere.
func TestCurveTable(t *testing.T) {
	a, b := CurveParameters(0.1, 1)
	f := func(square float64) float64 { return -2 * a * b * math.Pow(square, b-1) / (1 + a*math.Pow(square, b)) }
	c := newCurve(f)
	rng := rand.New(rand.NewPCG(61, 62))
	for range 10000 {
		square := float32(math.Exp2(rng.Float64()*78 - 39))
		if got, want := float64(c.at(square)), f(float64(square)); math.Abs(got-want) > 2e-5*math.Abs(want) {
			t.Fatalf("gradient at %v is %v, want %v", square, got, want)
		}
	}
	for _, square := range []float32{math.SmallestNonzeroFloat32, 1e-20, 1e20, math.MaxFloat32, float32(math.Inf(1))} {
		if v := float64(c.at(square)); math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("gradient at %v is %v", square, v)
		}
	}
}

func BenchmarkUMAP(b *testing.B) {
	e := firstPairs(b, 400)
	for b.Loop() {
		if _, err := UMAP(b.Context(), DefaultUMAP(e.N), e); err != nil {
			b.Fatal(err)
		}
	}
}
