package gap

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// DropCorrection sets the k coordinates with the largest |Δ_j| to 0 on both sides and normalises again, Δ being the gap vector of the pair
// fitted to: a few coordinates carry most of the gap (Schrodi et al., "Two Effects, One Trigger"). Ties go to the lower coordinate. Fit
// returns an error if k is not below the width. It panics with ErrShape if k < 1.
func DropCorrection(k int) Correction {
	if k < 1 {
		panic(ErrShape)
	}
	name := fmt.Sprintf("drop_%d", k)
	return Correction{Name: name, Doc: fmt.Sprintf("Without the %d coordinates that carry most of the gap (Schrodi et al. 2025).", k),
		Fit: func(ctx context.Context, train Pair) (*CorrectionMap, error) {
			return newCorrectionMap(ctx, name, train, func(x, y *rows) (image, text affine, err error) {
				if k >= x.d {
					return image, text, fmt.Errorf("gap: dropping %d of %d coordinates leaves none", k, x.d)
				}
				delta := minus(x.mean(), y.mean())
				order, keep := make([]int, x.d), filled(x.d, 1)
				for j := range order {
					order[j] = j
				}
				slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(delta[b]), math.Abs(delta[a])) })
				for _, j := range order[:k] {
					keep[j] = 0
				}
				return affine{scale: keep}, affine{scale: keep}, nil
			})
		}}
}
