package gap

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// A Projection maps embeddings onto the principal components of the clouds that it was fitted to.
type Projection struct {
	Mean       []float64   // the joint mean of all rows, d values
	Components [][]float64 // k orthonormal directions of d values, largest variance first
	Explained  []float64   // share of the total variance along each component
	Variance   float64     // total variance, with divisor N − 1
}

// PCA fits the k leading principal components of the unit rows of the clouds, stacked and centred jointly.
//
// The sign of a component is fixed: its entry of largest magnitude (the first of them) is positive. The error is a *ValueError
// if a row holds NaN, an infinity or only zeros, ctx's if ctx ends, and otherwise says that there are fewer than k dimensions or fewer than two rows, or that all rows coincide. It panics with ErrShape if the
// widths differ or k < 1, and with ErrTooFew without clouds.
func PCA(ctx context.Context, k int, clouds ...*Embeddings) (*Projection, error) {
	if len(clouds) == 0 {
		panic(ErrTooFew)
	}
	units := make([]*rows, len(clouds))
	for i, e := range clouds {
		if e.D != clouds[0].D || k < 1 {
			panic(ErrShape)
		}
		if err := e.Validate(""); err != nil {
			return nil, err
		}
		units[i] = e.unit()
	}
	return principal(ctx, k, units...)
}

func principal(ctx context.Context, k int, clouds ...*rows) (*Projection, error) {
	d, n := clouds[0].d, 0
	mean := make([]float64, d)
	for _, u := range clouds {
		n += u.n
		for j, v := range u.sum() {
			mean[j] += v
		}
	}
	if n < 2 {
		return nil, fmt.Errorf("gap: principal components of %d rows, want at least 2", n)
	}
	if k > d {
		return nil, fmt.Errorf("gap: %d principal components of %d dimensions", k, d)
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	cov := mat.NewSymDense(d, nil)
	for _, u := range clouds {
		blas64.Syrk(blas.Trans, 1/float64(n-1), general(u.centred(mean)), 1, cov.RawSymmetric())
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &Projection{Mean: mean, Variance: mat.Trace(cov)}
	if p.Variance <= coincident*coincident {
		return nil, fmt.Errorf("gap: all %d rows coincide, they have no principal components", n)
	}
	values, vectors, ok, err := leadingEigen(ctx, cov, k)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("gap: the eigenvalues of a %d×%d covariance did not converge", d, d)
	}
	for c, v := range vectors {
		fixSign(v)
		p.Components = append(p.Components, v)
		p.Explained = append(p.Explained, max(0, values[c])/p.Variance)
	}
	return p, ctx.Err()
}

// fixSign negates v if its entry of largest magnitude is negative.
func fixSign(v []float64) {
	var top float64
	for _, x := range v {
		if math.Abs(x) > math.Abs(top) {
			top = x
		}
	}
	if top < 0 {
		for i := range v {
			v[i] = -v[i]
		}
	}
}

// Apply projects the unit rows of e: row i of the result holds (x_i − mean)·c for each component c. It panics with ErrShape if the width
// differs.
func (p *Projection) Apply(e *Embeddings) [][]float64 {
	if e.D != len(p.Mean) {
		panic(ErrShape)
	}
	u := e.unit().centred(p.Mean)
	out := make([][]float64, e.N)
	for i := range out {
		out[i] = make([]float64, len(p.Components))
		for k, c := range p.Components {
			out[i][k] = dotSum(u.row(i), c)
		}
	}
	return out
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
