package gap

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// contrastive is the symmetric contrastive loss of a batch with its gradient, at one logit scale s. For unit rows x and y, cosines
// c_ij = x_i·y_j, terms e_ij = exp(s(c_ij − 1)), and their sums R_i over a row and C_j over a column,
//
//	L = 1/(2n)·Σ_i (log R_i + log C_i) + s − s/n·Σ_i c_ii
//	∂L/∂c_ij = s/(2n)·(e_ij/R_i + e_ij/C_j − 2δ_ij),  ∂L/∂x = ∂L/∂c·Y,  ∂L/∂y = (∂L/∂c)ᵀ·X
//
// One exponential serves its row and its column. It neither overflows nor, up to s = 350, underflows (see contrast).
type contrastive struct {
	scale  float64
	kernel *kernel // nil: everything in float64

	terms       []float64 // e, n×n
	row, column []float64 // R and C, then s/(2n) over each
	own         []float64 // c_ii

	fast fastContrastive
}

func newContrastive(scale float64, exact bool) *contrastive {
	c := &contrastive{scale: scale, kernel: fastKernel}
	if exact {
		c.kernel = nil
	}
	return c
}

// gradient returns the loss of a batch and stores its gradients by x and by y.
func (c *contrastive) gradient(ctx context.Context, x, y, towardsX, towardsY *rows) (loss float64, err error) {
	n := x.n
	if len(c.terms) < n*n {
		c.terms = make([]float64, n*n)
		c.row, c.column, c.own = make([]float64, n), make([]float64, n), make([]float64, n)
	}
	c.row, c.column, c.own = c.row[:n], c.column[:n], c.own[:n]
	clear(c.row)
	clear(c.column)
	if c.kernel == nil {
		c.forwardPlain(x, y)
	} else if err := c.forwardFast(ctx, x, y); err != nil {
		return 0, err
	}
	for i := range n {
		loss += (math.Log(c.row[i])+math.Log(c.column[i]))/2 + c.scale*(1-c.own[i])
		c.row[i] = c.scale / (2 * float64(n)) / c.row[i]
		c.column[i] = c.scale / (2 * float64(n)) / c.column[i]
	}
	if c.kernel == nil {
		c.backwardPlain(x, y, towardsX, towardsY)
	} else if err := c.backwardFast(ctx, x, y, towardsX, towardsY); err != nil {
		return 0, err
	}
	return loss / float64(n), ctx.Err()
}

// forwardPlain fills in terms, row, column and own.
func (c *contrastive) forwardPlain(x, y *rows) {
	n := x.n
	s := &rows{n: n, d: n, data: c.terms[:n*n]}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, general(x), general(y), 0, general(s))
	for i := range n {
		row := s.row(i)
		c.own[i] = row[i]
		for j, v := range row {
			e := math.Exp(c.scale * (v - 1))
			row[j] = e
			c.row[i] += e
			c.column[j] += e
		}
	}
}

// backwardPlain stores the gradients by x and y; terms become ∂L/∂c.
func (c *contrastive) backwardPlain(x, y, towardsX, towardsY *rows) {
	n := x.n
	g := &rows{n: n, d: n, data: c.terms[:n*n]}
	for i := range n {
		row := g.row(i)
		for j, e := range row {
			row[j] = e * (c.row[i] + c.column[j])
		}
		row[i] -= c.scale / float64(n)
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(g), general(y), 0, general(towardsX))
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, general(g), general(x), 0, general(towardsY))
}

// multiplyPlain stores a·b into dst, or aᵀ·b if transposed.
func multiplyPlain(dst, a, b *rows, transposed bool) {
	t := blas.NoTrans
	if transposed {
		t = blas.Trans
	}
	blas64.Gemm(t, blas.NoTrans, 1, general(a), general(b), 0, general(dst))
}
