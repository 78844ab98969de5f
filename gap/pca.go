package gap

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// PCA fits the k leading principal components of the unit rows of the clouds, stacked and centred jointly.
//
// The sign of a component is fixed: its entry of largest magnitude (the first of them) is positive. The error is a *ValueError
// if a row holds NaN, an infinity or only zeros, ctx's if ctx ends, and otherwise says that there are fewer than k dimensions or fewer than two rows, or that all rows coincide. It panics with ErrShape if the
// widths differ or k < 1, and with ErrTooFew without clouds.
func PCA(ctx context.Context, k int, clouds ...*Embeddings) (*Projection, error) {
	units, err := projected(k, clouds)
	if err != nil {
		return nil, err
	}
	return principal(ctx, k, units...)
}

func principal(ctx context.Context, k int, clouds ...*rows) (*Projection, error) {
	mean, cov, err := covariance(ctx, clouds)
	if err != nil {
		return nil, err
	}
	p := &Projection{Origin: mean, Total: mat.Trace(cov)}
	return p, p.addLeading(ctx, cov, k)
}

// covariance returns the joint mean of all rows and their covariance about it, with divisor N − 1. It is an error if there is no variance.
func covariance(ctx context.Context, clouds []*rows) (mean []float64, cov *mat.SymDense, err error) {
	d, n := clouds[0].d, 0
	mean = make([]float64, d)
	for _, u := range clouds {
		n += u.n
		addScaled(mean, 1, u.sum())
	}
	if n < 2 {
		return nil, nil, fmt.Errorf("gap: principal components of %d rows, want at least 2", n)
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	cov = mat.NewSymDense(d, nil)
	for _, u := range clouds {
		blas64.Syrk(blas.Trans, 1/float64(n-1), general(u.centred(mean)), 1, cov.RawSymmetric())
	}
	if mat.Trace(cov) <= coincident*coincident {
		return nil, nil, fmt.Errorf("gap: all %d rows coincide, they have no principal components", n)
	}
	return mean, cov, ctx.Err()
}

// centred returns r − mean, row by row.
func (r *rows) centred(mean []float64) *rows {
	out := newRows(r.n, r.d)
	for i := range r.n {
		dst := out.row(i)
		for k, v := range r.row(i) {
			dst[k] = v - mean[k]
		}
	}
	return out
}
