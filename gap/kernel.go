package gap

import "gonum.org/v1/gonum/blas/blas64"

// The tiles of a similarity matrix S = X·Yᵀ. Nothing in this package holds S whole: a tile of tileRows×tileColumns values and the rows
// of Y behind it stay in the second-level cache while everything that needs them is computed.
const (
	tileRows    = 48
	tileColumns = 128
)

// A tile is the part of S with rows i0 ≤ i < i1 and columns j0 ≤ j < j1, row-major.
type tile struct {
	i0, i1, j0, j1 int
	data           []float64
	single         []float32 // what a kernel computes
}

func newTile() *tile { return &tile{data: make([]float64, tileRows*tileColumns)} }

// row returns row i of S, columns j0 to j1.
func (t *tile) row(i int) []float64 {
	w := t.j1 - t.j0
	return t.data[(i-t.i0)*w : (i-t.i0+1)*w : (i-t.i0+1)*w]
}

// product computes the tile of x·yᵀ at the given rows and columns, at most tileRows×tileColumns of them. i0 and j0 are multiples of these
// if the rows are packed for a kernel.
//
// In float64 every entry is one call of dot, whose order of summation depends on d alone. Equal rows therefore give exactly equal
// similarities, wherever they stand, and ranks over duplicated rows are right. A kernel's entries are within x.tolerance() of these.
func (t *tile) product(x, y *rows, i0, i1, j0, j1 int) {
	t.i0, t.i1, t.j0, t.j1 = i0, i1, j0, j1
	if x.left != nil && y.right != nil {
		if i0%tileRows != 0 || j0%tileColumns != 0 {
			panic(ErrIndex)
		}
		if t.single == nil {
			t.single = aligned32(tileRows * tileColumns)
		}
		fastKernel.product(x.left.at(i0/tileRows), y.right.at(j0/tileColumns), x.d, t.single)
		for i := i0; i < i1; i++ {
			out := t.row(i)
			for k, v := range t.single[(i-i0)*tileColumns:][:len(out)] {
				out[k] = float64(v)
			}
		}
		return
	}
	for i := i0; i < i1; i++ {
		a, out := x.row(i), t.row(i)
		for j := j0; j < j1; j++ {
			out[j-j0] = dot(a, y.row(j))
		}
	}
}

// dot is the one inner product of similarities.
func dot(x, y []float64) float64 {
	return blas64.Dot(blas64.Vector{N: len(x), Inc: 1, Data: x}, blas64.Vector{N: len(y), Inc: 1, Data: y})
}
