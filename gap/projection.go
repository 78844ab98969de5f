package gap

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Projection is a linear map of unit rows onto k orthonormal axes: row x goes to (x − Origin)·c for each component c. PCA, SVDMap and
// GapAxes fit one, so that all three draw the same kind of picture and any further row, a shifted one or a class embedding, can be laid
// into it.
type Projection struct {
	Origin     []float64   // d values: the joint mean of all rows, or zeros (SVDMap)
	Components [][]float64 // k orthonormal directions of d values
	Explained  []float64   // share of Total along each component
	// Total is what the shares are of: the total variance about Origin with divisor N − 1, or the sum of all squares ΣS² (SVDMap).
	Total float64
}

// Apply projects the unit rows of e: row i of the result holds (x_i − Origin)·c for each component c. It panics with ErrShape if the width
// differs.
func (p *Projection) Apply(e *Embeddings) [][]float64 {
	if e.D != len(p.Origin) {
		panic(ErrShape)
	}
	u := e.unit().centred(p.Origin)
	out := make([][]float64, e.N)
	for i := range out {
		out[i] = make([]float64, len(p.Components))
		for k, c := range p.Components {
			out[i][k] = dotSum(u.row(i), c)
		}
	}
	return out
}

// projected returns the unit rows of clouds that k components are to be fitted to. It panics as PCA does.
func projected(k int, clouds []*Embeddings) ([]*rows, error) {
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
	return units, nil
}

// addLeading appends the k leading eigenvectors of a matrix of second moments whose trace is p.Total, or what is left of it.
func (p *Projection) addLeading(ctx context.Context, moments *mat.SymDense, k int) error {
	d := moments.SymmetricDim()
	if k > d {
		return fmt.Errorf("gap: %d components of %d dimensions", k, d)
	}
	values, vectors, ok, err := leadingEigen(ctx, moments, k)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("gap: the eigenvalues of a %d×%d matrix did not converge", d, d)
	}
	for c, v := range vectors {
		fixSign(v)
		p.Components = append(p.Components, v)
		p.Explained = append(p.Explained, max(0, values[c])/p.Total)
	}
	return ctx.Err()
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
