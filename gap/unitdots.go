package gap

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// UnitDots returns the products of the unit rows of e with k vectors: entry i·k + c of the result is x_i·c_c with x_i = row_i/‖row_i‖. These
// are the coordinates of a linear map before anything is subtracted, and the u and v of a shift (see Sweep). Rows are never whole in
// float64: memory is O(n·k).
//
// The error is ctx's if ctx ends. It panics with ErrShape if a vector has not as many entries as a row. A zero row gives NaN.
func UnitDots(ctx context.Context, e *Embeddings, vectors [][]float64) ([]float64, error) {
	k := len(vectors)
	all := newRows(k, e.D)
	for c, v := range vectors {
		if len(v) != e.D {
			panic(ErrShape)
		}
		copy(all.row(c), v)
	}
	out := &rows{n: e.N, d: k, data: make([]float64, e.N*k)}
	if k == 0 || e.N == 0 {
		return out.data, ctx.Err()
	}
	err := eachUnit(ctx, e, nil, func(_, first int, block *rows) {
		part := &rows{n: block.n, d: k, data: out.data[first*k : (first+block.n)*k]}
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, general(block), general(all), 0, general(part))
	})
	return out.data, err
}

// CosinesAt returns the cosines of pairs of rows: entry k is that of row i[k] of x with row j[k] of y. The error is ctx's if ctx ends. It
// panics with ErrShape if the widths, or the numbers of indices, differ. A zero row gives NaN.
func CosinesAt(ctx context.Context, x, y *Embeddings, i, j []int) ([]float64, error) {
	if x.D != y.D || len(i) != len(j) {
		panic(ErrShape)
	}
	out := make([]float64, len(i))
	const size = 256
	return out, parallel(ctx, blocks(len(i), size), func(b int) error {
		exact := newExactDot(x.D)
		for k := b * size; k < min((b+1)*size, len(i)); k++ {
			out[k] = exact.dot(x, i[k], y, j[k])
		}
		return ctx.Err()
	})
}
