package gap

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

func init() {
	register(Metric{Name: "frechet_d2", Order: 1700, MinPairs: 2,
		Doc: "Squared Fréchet distance ‖Δ‖² + tr Σx + tr Σy − 2 tr (ΣxΣy)^½ of normal distributions with the clouds' means and covariances (divisor n − 1).",
		Value: func(ctx context.Context, in *Inputs) (float64, error) {
			x, err := in.triangle(ctx, Image)
			if err != nil {
				return math.NaN(), err
			}
			y, err := in.triangle(ctx, Text)
			if err != nil {
				return math.NaN(), err
			}
			gap := in.pairSums().Gap()
			n, m := float64(in.Pair.Images.N-1), float64(in.Pair.Texts.N-1)
			fx, fy := frobenius(x), frobenius(y)
			traces := fx*fx/n + fy*fy/m
			// With centred clouds X = QR, the eigenvalues of ΣxΣy are squared singular values of X·Yᵀ, which are those of Rx·Ryᵀ.
			cross := newRows(x.n, y.n)
			blas64.Gemm(blas.NoTrans, blas.Trans, 1/math.Sqrt(n*m), general(x), general(y), 0, general(cross))
			s, err := singularValues(cross)
			if err != nil {
				return math.NaN(), err
			}
			for _, v := range s {
				traces -= 2 * v
			}
			return gap*gap + max(0, traces), ctx.Err()
		}})
}

// triangle returns R of the QR decomposition of a centred cloud, or the centred cloud itself if it has no more rows than columns. Its
// singular values are the cloud's.
func (in *Inputs) triangle(ctx context.Context, m Modality) (*rows, error) {
	u := in.rows().x
	if m == Text {
		u = in.rows().y
	}
	return of(m, &in.imageRoot, &in.textRoot).get(func() (*rows, error) { return triangleOf(u), ctx.Err() })
}

func triangleOf(u *rows) *rows {
	r := u.centred(u.mean())
	if r.n > r.d {
		var qr mat.QR
		qr.Factorize(mat.NewDense(r.n, r.d, r.data))
		var upper mat.Dense
		qr.RTo(&upper)
		r = newRows(u.d, u.d)
		for i := range u.d {
			copy(r.row(i), upper.RawRowView(i))
		}
	}
	return r
}
