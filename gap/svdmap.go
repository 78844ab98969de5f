package gap

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// SVDMap fits the k leading right singular vectors of the unit rows of the clouds, stacked and not centred: with Z = USVᵀ, Apply gives the
// columns of U_k·S_k = Z·V_k. It is the map of Fig. 1 of Liang et al. 2022. The first axis is close to the direction of the joint mean, so
// that a cone lies far from the origin along it, and the two clouds part along the second.
//
// Explained is S_k²/ΣS², a share of the squares about the origin and not of a variance. The sign of a component is fixed as PCA's is: its
// entry of largest magnitude (the first of them) is positive; LAPACK leaves it open, so that a published picture may be mirrored. Vectors
// of equal singular values span the right space and are otherwise arbitrary, but the same from run to run.
//
// It returns an error and panics as PCA does, except that one row is enough, and that rows may coincide.
func SVDMap(ctx context.Context, k int, clouds ...*Embeddings) (*Projection, error) {
	units, err := projected(k, clouds)
	if err != nil {
		return nil, err
	}
	d := clouds[0].D
	squares := mat.NewSymDense(d, nil) // ZᵀZ = VS²Vᵀ
	for _, u := range units {
		if u.n > 0 {
			blas64.Syrk(blas.Trans, 1, general(u), 1, squares.RawSymmetric())
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &Projection{Origin: make([]float64, d), Total: mat.Trace(squares)}
	if p.Total == 0 { // no row: each has a square of 1
		return nil, errors.New("gap: singular vectors of 0 rows, want at least 1")
	}
	return p, p.addLeading(ctx, squares, k)
}

// SingularValues returns the S_k of SVDMap: √(Explained·Total). Of PCA and GapAxes it returns the singular values of the centred rows along
// the components, divided by √(N − 1): the standard deviations of the scores.
func (p *Projection) SingularValues() []float64 {
	s := make([]float64, len(p.Explained))
	for i, share := range p.Explained {
		s[i] = math.Sqrt(share * p.Total)
	}
	return s
}
