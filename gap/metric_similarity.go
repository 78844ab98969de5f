package gap

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

func init() {
	register(
		Metric{Name: "cka_linear", Order: 1400, MinPairs: 2,
			Doc: "Linear CKA ‖YᵀX‖²/(‖XᵀX‖·‖YᵀY‖) of centred unit rows, every image with its first text (Kornblith et al. 2019).",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				x, y := in.paired()
				x, y = x.centred(x.mean()), y.centred(y.mean())
				if least := coincident * math.Sqrt(float64(x.n)); frobenius(x) <= least || frobenius(y) <= least {
					return math.NaN(), &Undefined{"all rows of a modality coincide"}
				}
				xy := frobenius(product(x, y))
				if err := ctx.Err(); err != nil {
					return math.NaN(), err
				}
				xx := frobenius(product(x, x))
				if err := ctx.Err(); err != nil {
					return math.NaN(), err
				}
				return xy * xy / (xx * frobenius(product(y, y))), nil
			}},
		Metric{Name: "procrustes_relative", Order: 1410,
			Doc: "Residual² (‖X‖² + ‖Y‖² − 2‖XᵀY‖_*)/n of the best rotation or reflection of unit images onto their first texts, not centred.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				x, y := in.paired()
				s, err := singularValues(product(x, y))
				if err != nil {
					return math.NaN(), err
				}
				var nuclear float64
				for _, v := range s {
					nuclear += v
				}
				squares := frobenius(x)*frobenius(x) + frobenius(y)*frobenius(y)
				// ‖Y‖² = n is what reference implementations divide by.
				return max(0, squares-2*nuclear) / (frobenius(y) * frobenius(y)), ctx.Err()
			}},
	)
}

// product is xᵀ·y.
func product(x, y *rows) *rows {
	out := newRows(x.d, y.d)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, general(x), general(y), 0, general(out))
	return out
}

// frobenius is ‖r‖_F.
func frobenius(r *rows) float64 { return norm(r.data) }
