package gap

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

func init() {
	for at, m := range []Modality{Image, Text} {
		register(
			Metric{Name: "effective_rank_" + string(m), Order: 1200 + at, MinPairs: 2,
				Doc: fmt.Sprintf("exp of the entropy of σ/Σσ over the singular values of the centred %s rows (Roy & Vetterli 2007).", m),
				Value: func(ctx context.Context, in *Inputs) (float64, error) {
					s, err := in.spectrum(ctx, m)
					if err != nil {
						return math.NaN(), err
					}
					return effectiveRank(s), nil
				}},
			Metric{Name: "participation_ratio_" + string(m), Order: 1210 + at, MinPairs: 2,
				Doc: fmt.Sprintf("(Σσ²)²/Σσ⁴ over the singular values of the centred %s rows.", m),
				Value: func(ctx context.Context, in *Inputs) (float64, error) {
					s, err := in.spectrum(ctx, m)
					if err != nil {
						return math.NaN(), err
					}
					return participationRatio(s), nil
				}},
		)
	}
}

// coincident is the root mean square distance from the centroid below which unit rows differ by rounding only.
const coincident = 1e-14

// spectrum returns the singular values of one centred cloud that are at least 1e-12 of the largest.
func (in *Inputs) spectrum(ctx context.Context, m Modality) ([]float64, error) {
	return of(m, &in.imageSpectrum, &in.textSpectrum).get(func() ([]float64, error) { return in.newSpectrum(ctx, m) })
}

func (in *Inputs) newSpectrum(ctx context.Context, m Modality) ([]float64, error) {
	r, err := in.triangle(ctx, m)
	if err != nil {
		return nil, err
	}
	s, err := singularValues(r)
	if err != nil {
		return nil, err
	}
	n := in.Pair.Images.N
	if m == Text {
		n = in.Pair.Texts.N
	}
	if s[0] <= coincident*math.Sqrt(float64(n)) {
		return nil, &Undefined{"all rows coincide"}
	}
	kept := s[:0]
	for _, v := range s {
		if v >= 1e-12*s[0] {
			kept = append(kept, v)
		}
	}
	return kept, ctx.Err()
}

// singularValues returns the singular values of u, descending. They are those of the matrix itself, not roots of eigenvalues of UᵀU,
// whose rounding would drown the smallest.
func singularValues(u *rows) ([]float64, error) {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(u.n, u.d, u.data), mat.SVDNone) {
		return nil, &Undefined{fmt.Sprintf("the singular values of a %d×%d matrix did not converge", u.n, u.d)}
	}
	return svd.Values(nil), nil
}

func effectiveRank(s []float64) float64 {
	var sum, entropy float64
	for _, v := range s {
		sum += v
	}
	for _, v := range s {
		p := v / sum
		entropy -= p * math.Log(p)
	}
	return math.Exp(entropy)
}

func participationRatio(s []float64) float64 {
	var squares, fourths float64
	for _, v := range s {
		q := v * v
		squares += q
		fourths += q * q
	}
	return squares * squares / fourths
}
