package gap

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// plainRetrieve is Retrieve by the definition: all cosines in float64.
func plainRetrieve(queries, candidates *Embeddings, k int, own [][]int) *Retrieval {
	x, y := queries.unit(), candidates.unit()
	m := &distances{x: queries, y: candidates, xNorms: queries.Norms(), yNorms: candidates.Norms()}
	r := &Retrieval{Rank: make([]int, queries.N), Near: newNeighbourLists(queries.N, k)}
	for i := range queries.N {
		best := math.Inf(-1)
		for _, j := range own[i] {
			best = max(best, dot(x.row(i), y.row(j)))
		}
		all := make([]candidate, candidates.N)
		for j := range all {
			if dot(x.row(i), y.row(j)) > best {
				r.Rank[i]++
			}
			all[j] = candidate{index: int32(j), distance: m.exact(i, j)}
		}
		slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
		index, distance := r.Near.Row(i)
		for at, c := range all[:k] {
			index[at], distance[at] = c.index, c.distance
		}
	}
	return r
}

// TestRetrieveExact: ranks and lists are those of the definition, in float32 and in float64; with several candidates of a query's own,
// with candidates that coincide, and in a cone narrower than float32 can tell.
func TestRetrieveExact(t *testing.T) {
	eachEngine(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(31, 32))
		for _, size := range [][2]int{{1, 1}, {3, 2}, {97, 260}} {
			for what, change := range map[string]func(e *Embeddings){
				"plain": func(*Embeddings) {},
				"copies": func(e *Embeddings) {
					for i := range e.N / 2 {
						copy(e.Row(e.N-1-i), e.Row(i%7))
					}
				},
				"narrow": func(e *Embeddings) {
					for i := range e.N {
						for k := range e.Row(i) {
							e.Row(i)[k] = 1 + 1e-5*e.Row(i)[k]
						}
					}
				},
			} {
				n, m := size[0], size[1]
				const d = 33
				x, y := NewEmbeddings(n, d, make([]float32, n*d)), NewEmbeddings(m, d, make([]float32, m*d))
				for _, e := range []*Embeddings{x, y} {
					for i := range e.Data {
						e.Data[i] = float32(rng.NormFloat64())
					}
					change(e)
				}
				own := make([][]int, n)
				for i := range own {
					own[i] = []int{i % m, rng.IntN(m)}
				}
				for _, k := range []int{1, min(5, m), m} {
					got, err := Retrieve(t.Context(), x, y, k, own)
					if err != nil {
						t.Fatal(err)
					}
					if diff := gocmp.Diff(plainRetrieve(x, y, k, own), got); diff != "" {
						t.Errorf("%s, %d×%d, k = %d (-want +got):\n%s", what, n, m, k, diff)
					}
				}
			}
		}
	})
}

// TestRetrieveParts: without k nothing is listed, without own nothing is ranked.
func TestRetrieveParts(t *testing.T) {
	e := NewEmbeddings(2, 2, []float32{1, 0, 0, 1})
	ranks, err := Retrieve(t.Context(), e, e, 0, [][]int{{0}, {0}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(&Retrieval{Rank: []int{0, 1}}, ranks); diff != "" {
		t.Errorf("ranks alone (-want +got):\n%s", diff)
	}
	near, err := Retrieve(t.Context(), e, e, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(&Retrieval{Near: &NeighbourLists{K: 1, Index: []int32{0, 1}, Distance: []float64{0, 0}}}, near); diff != "" {
		t.Errorf("lists alone (-want +got):\n%s", diff)
	}
}

// TestRetrieveFaults: what is asked wrongly.
func TestRetrieveFaults(t *testing.T) {
	e, zero := NewEmbeddings(2, 2, []float32{1, 0, 0, 1}), NewEmbeddings(1, 2, []float32{0, 0})
	if _, err := Retrieve(t.Context(), e, e, 3, nil); err == nil {
		t.Error("no error for the 3 nearest of 2 candidates")
	}
	if r, err := Retrieve(t.Context(), e, NewEmbeddings(0, 2, nil), 0, nil); err != nil || r.Near != nil || r.Rank != nil {
		t.Errorf("nothing asked of no candidates: %+v, %v", r, err)
	}
	if _, err := Retrieve(t.Context(), e, zero, 1, nil); err == nil {
		t.Error("no error for a candidate of zeros")
	}
	panics(t, "widths", ErrShape, func() { _, _ = Retrieve(t.Context(), e, NewEmbeddings(1, 1, []float32{1}), 1, nil) })
	panics(t, "too few own", ErrShape, func() { _, _ = Retrieve(t.Context(), e, e, 1, [][]int{{0}}) })
	panics(t, "nothing of its own", ErrTooFew, func() { _, _ = Retrieve(t.Context(), e, e, 1, [][]int{{0}, {}}) })
	panics(t, "no row", ErrIndex, func() { _, _ = Retrieve(t.Context(), e, e, 1, [][]int{{0}, {2}}) })
}

// TestUnitDots: the products of unit rows, block by block, are those of the rows one by one.
func TestUnitDots(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	const n, d = 300, 7
	e := NewEmbeddings(n, d, make([]float32, n*d))
	for i := range e.Data {
		e.Data[i] = float32(rng.NormFloat64())
	}
	vectors := make([][]float64, 3)
	for c := range vectors {
		for range d {
			vectors[c] = append(vectors[c], rng.NormFloat64())
		}
	}
	got, err := UnitDots(t.Context(), e, vectors)
	if err != nil {
		t.Fatal(err)
	}
	u := e.unit()
	for i := range n {
		for c, v := range vectors {
			if want := dotSum(u.row(i), v); math.Abs(got[i*len(vectors)+c]-want) > 1e-14*norm(v) {
				t.Fatalf("row %d, vector %d: %v, want %v", i, c, got[i*len(vectors)+c], want)
			}
		}
	}
	panics(t, "width", ErrShape, func() { _, _ = UnitDots(t.Context(), e, [][]float64{{1}}) })
}

// TestCosinesAt: cosines of chosen pairs, whatever the lengths of rows.
func TestCosinesAt(t *testing.T) {
	x, y := NewEmbeddings(2, 2, []float32{3, 0, 1, 1}), NewEmbeddings(1, 2, []float32{0, 0.5})
	got, err := CosinesAt(t.Context(), x, y, []int{1, 0, 1}, []int{0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{math.Sqrt2 / 2, 0, math.Sqrt2 / 2} {
		if math.Abs(got[k]-want) > 1e-15 {
			t.Errorf("pair %d: %v, want %v", k, got[k], want)
		}
	}
	panics(t, "indices", ErrShape, func() { _, _ = CosinesAt(t.Context(), x, y, []int{0}, nil) })
}
