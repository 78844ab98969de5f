package gap

import (
	"context"
	"math"
)

// rows is an n×d matrix of float64, row-major: the working form of embeddings inside this package.
type rows struct {
	n, d int
	data []float64 // nil if the rows are only multiplied by a kernel

	e           *Embeddings // what the unit rows are made from, if data is nil
	left, right *packed     // in float32, as rows and as columns of a tile; nil if tiles are computed in float64
}

func newRows(n, d int) *rows { return &rows{n: n, d: d, data: make([]float64, n*d)} }

func (r *rows) row(i int) []float64 { return r.data[i*r.d : (i+1)*r.d : (i+1)*r.d] }

// Norms returns the L2 norm of every row, accumulated in float64.
func (e *Embeddings) Norms() []float64 {
	norms := make([]float64, e.N)
	for i := range norms {
		norms[i] = norm32(e.Row(i))
	}
	return norms
}

// norm32 is ‖x‖₂. float32 squares can neither overflow nor underflow in float64, so no scaling is needed.
func norm32(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// UnitTo stores the rows of e, L2-normalised in float64, into dst, which holds n*d values row-major. A zero row becomes NaN: it has no
// direction, and Validate finds it. It panics with ErrShape if len(dst) != n*d.
func (e *Embeddings) UnitTo(dst []float64) {
	if len(dst) != e.N*e.D {
		panic(ErrShape)
	}
	for i := range e.N {
		src := e.Row(i)
		norm := norm32(src)
		out := dst[i*e.D : (i+1)*e.D]
		for k, v := range src {
			out[k] = float64(v) / norm
		}
	}
}

// unit returns the unit rows of e.
func (e *Embeddings) unit() *rows {
	r := newRows(e.N, e.D)
	e.UnitTo(r.data)
	return r
}

// similarUnit returns the unit rows of e for matrices of similarities with other rows: in float32 alone where a kernel is to compute
// them, and else in float64.
func similarUnit(ctx context.Context, e *Embeddings, other int) (*rows, error) {
	k := kernelFor(e.N, other, false)
	if k == nil {
		return e.unit(), nil
	}
	r := &rows{n: e.N, d: e.D, e: e}
	return r, r.pack(ctx, k, e)
}

// pack adds the float32 forms of the rows, which are the unit rows of e.
func (r *rows) pack(ctx context.Context, k *kernel, e *Embeddings) (err error) {
	if r.left, err = packUnit(ctx, e, nil, tileRows, k.panelRows); err != nil {
		return err
	}
	r.right, err = packUnit(ctx, e, nil, tileColumns, k.panelColumns)
	return err
}

// exactDot is the similarity of row i of r and row j of s in float64.
func (r *rows) exactDot(i int, s *rows, j int) float64 {
	if r.data != nil && s.data != nil {
		return dot(r.row(i), s.row(j))
	}
	return newExactDot(r.d).dot(r.e, i, s.e, j)
}

// tolerance bounds the error of a tile's similarities of rows of r with others: 0 where they are those of exactDot.
func (r *rows) tolerance() float64 {
	if r.left == nil {
		return 0
	}
	return productError(r.d)
}

// take returns the rows of r at the given indices.
func (r *rows) take(index []int) *rows {
	out := newRows(len(index), r.d)
	for at, i := range index {
		copy(out.row(at), r.row(i))
	}
	return out
}

// sum returns the column sums of r.
func (r *rows) sum() []float64 {
	sum := make([]float64, r.d)
	for i := range r.n {
		for k, v := range r.row(i) {
			sum[k] += v
		}
	}
	return sum
}

// mean returns the column means of r: its centroid.
func (r *rows) mean() []float64 {
	mean := r.sum()
	for k := range mean {
		mean[k] /= float64(r.n)
	}
	return mean
}

// Small vector helpers, written out so that their order of summation is fixed and seen.

func dotSum(x, y []float64) float64 {
	var sum float64
	for k, v := range x {
		sum += v * y[k]
	}
	return sum
}

func norm(x []float64) float64 { return math.Sqrt(dotSum(x, x)) }

func minus(x, y []float64) []float64 {
	out := make([]float64, len(x))
	for k := range x {
		out[k] = x[k] - y[k]
	}
	return out
}
