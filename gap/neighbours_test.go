package gap

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// plainNeighbours is Neighbours by the definition, with the same exact distances.
func plainNeighbours(e *Embeddings, k int, d RowDistance) (index []int32) {
	m := &distances{x: e, y: e, kind: d, xNorms: e.Norms(), yNorms: e.Norms()}
	for i := range e.N {
		var all []candidate
		for j := range e.N {
			if j != i {
				all = append(all, candidate{index: int32(j), distance: m.exact(i, j)})
			}
		}
		slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
		for _, c := range all[:k] {
			index = append(index, c.index)
		}
	}
	return index
}

// TestNeighboursExact: the blocked search finds the rows of the definition, in float32 and in float64; where rows coincide, where their
// lengths differ a hundredfold, and where all lie in a cone narrower than float32 can tell.
func TestNeighboursExact(t *testing.T) {
	eachEngine(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(21, 22))
		for _, n := range []int{2, 3, 100} {
			for _, d := range []int{1, 33} {
				for what, change := range map[string]func(e *Embeddings){
					"plain": func(*Embeddings) {},
					"copies": func(e *Embeddings) {
						for i := range e.N / 2 {
							copy(e.Row(e.N-1-i), e.Row(i%7))
						}
					},
					"lengths": func(e *Embeddings) {
						for i := range e.N {
							f := float32(math.Exp2(float64(i%13) - 6))
							for k := range e.Row(i) {
								e.Row(i)[k] *= f
							}
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
					e := NewEmbeddings(n, d, make([]float32, n*d))
					for i := range e.Data {
						e.Data[i] = float32(rng.NormFloat64())
					}
					change(e)
					for _, k := range []int{1, min(14, n-1), n - 1} {
						for _, distance := range []RowDistance{CosineDistance, EuclideanDistance} {
							got, err := Neighbours(t.Context(), e, k, distance)
							if err != nil {
								t.Fatal(err)
							}
							if want := plainNeighbours(e, k, distance); !slices.Equal(got.Index, want) {
								t.Errorf("%s, %s, n = %d, d = %d, k = %d (-want +got):\n%s", what, distance, n, d, k, gocmp.Diff(want, got.Index))
							}
						}
					}
				}
			}
		}
	})
}

// TestNeighboursInvariance: permuting rows permutes the lists, and rotating the space leaves them.
func TestNeighboursInvariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	e := NewEmbeddings(120, 9, make([]float32, 120*9))
	for i := range e.Data {
		e.Data[i] = float32(rng.NormFloat64())
	}
	bothDistances(t, func(t *testing.T, distance RowDistance) {
		want, err := Neighbours(t.Context(), e, 5, distance)
		if err != nil {
			t.Fatal(err)
		}
		rotated, err := Neighbours(t.Context(), rotate(e, rotation(rng, 9)), 5, distance)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want.Index, rotated.Index); diff != "" {
			t.Errorf("rotated (-want +got):\n%s", diff)
		}
		order := rng.Perm(e.N)
		permuted, err := Neighbours(t.Context(), takeRows(e, order), 5, distance)
		if err != nil {
			t.Fatal(err)
		}
		for at, i := range order {
			index, _ := permuted.Row(at)
			back := make([]int32, len(index))
			for k, j := range index {
				back[k] = int32(order[j])
			}
			if original, _ := want.Row(i); !slices.Equal(original, back) {
				t.Errorf("row %d has the neighbours %v, %v when permuted", i, original, back)
			}
		}
	})
}

// TestNeighboursFaults: too few rows.
func TestNeighboursFaults(t *testing.T) {
	e := NewEmbeddings(3, 1, []float32{1, 2, 3})
	if _, err := Neighbours(t.Context(), e, 3, EuclideanDistance); err == nil {
		t.Error("no error for 3 neighbours among 3 rows")
	}
	panics(t, "no neighbour", ErrShape, func() { _, _ = Neighbours(t.Context(), e, 0, EuclideanDistance) })
}
