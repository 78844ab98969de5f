package gap

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// singularFloor is the share of the largest singular value below which a root of an eigenvalue is rounding: an eigenvalue is known to about
// 1e-15 of the largest, and its root to the root of that.
const singularFloor = 1e-7

// SingularValues returns the k leading singular values, descending, of the matrix of all unit rows of the clouds, stacked and centred jointly:
//
//	σ_1 ≥ σ_2 ≥ …,  the roots of the eigenvalues of Σ_i (u_i − ū)(u_i − ū)ᵀ,  ū the mean of all N rows
//
// They are those of scikit-learn's PCA (singular_values_), by which Liang et al. 2022 see that K random initialisations make K cones: K − 1 are
// large. Each cone spreads little about its centroid, so that the rows lie near K points, and centring takes one of the K directions that
// these span. Values below 1e-7 of the first, and those beyond the rank, are left out: they are rounding. There may be fewer than k, then.
//
// An error of σ_i is about 1e-15·σ_1²/σ_i. Time is O(Nd² + d³). The error is a *ValueError if a row holds NaN, an infinity or only zeros, ctx's
// if ctx ends, and otherwise says that there are fewer than two rows or that all coincide. It panics with ErrShape if the widths differ or
// k < 1, and with ErrTooFew without clouds.
func SingularValues(ctx context.Context, k int, clouds ...*Embeddings) ([]float64, error) {
	units, err := projected(k, clouds)
	if err != nil {
		return nil, err
	}
	_, cov, err := covariance(ctx, units)
	if err != nil {
		return nil, err
	}
	n, d := 0, cov.SymmetricDim()
	for _, u := range units {
		n += u.n
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(cov, false) {
		return nil, fmt.Errorf("gap: the singular values of %d×%d numbers did not converge", n, d)
	}
	all := eigen.Values(nil) // ascending
	var values []float64
	for i := d - 1; i >= 0 && len(values) < min(k, n-1); i-- {
		if all[i] < singularFloor*singularFloor*all[d-1] {
			break
		}
		values = append(values, math.Sqrt(float64(n-1)*all[i]))
	}
	return values, ctx.Err()
}

// An Elbow is where descending values fall: between the Count-th and the next.
type Elbow struct {
	Count int
	Ratio float64 // of the Count-th value to the next
	Drop  float64 // their difference
}

// LargestRatio returns the elbow of descending positive values at the largest ratio of neighbours, the first of equal ones. Count is 0 of
// fewer than two values. A ratio does not depend on the unit, and finds a step from large values to small ones that a difference would miss
// where the large ones differ among themselves.
func LargestRatio(values []float64) Elbow {
	var best Elbow
	for i := 1; i < len(values); i++ {
		if r := values[i-1] / values[i]; best.Count == 0 || r > best.Ratio {
			best = Elbow{Count: i, Ratio: r, Drop: values[i-1] - values[i]}
		}
	}
	return best
}

// LargestDrop returns the elbow of descending values at the largest difference of neighbours, the first of equal ones. Count is 0 of fewer
// than two values.
func LargestDrop(values []float64) Elbow {
	var best Elbow
	for i := 1; i < len(values); i++ {
		if d := values[i-1] - values[i]; best.Count == 0 || d > best.Drop {
			best = Elbow{Count: i, Ratio: values[i-1] / values[i], Drop: d}
		}
	}
	return best
}
