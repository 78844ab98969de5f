package gap

import (
	"context"
	"math"
)

// CentreCorrection takes each modality's own mean away:
//
//	x' = norm(x − mean(x)),  y' = norm(y − mean(y))
//
// This is the correction of GR-CLIP (Li et al. 2025, "Closing the modality gap for mixed modality search"). The post-hoc standardisation of
// I0T (An et al., ACL 2025, I0T_post) is the same map in its authors' code: unit rows, less the modality's mean, normalised again.
func CentreCorrection() Correction {
	return Correction{Name: "centre", Doc: "Each modality less its mean (GR-CLIP, Li et al. 2025; I0T_post, An et al. 2025).",
		Fit: func(ctx context.Context, train Pair) (*CorrectionMap, error) {
			return newCorrectionMap(ctx, "centre", train, func(x, y *rows) (image, text affine, err error) {
				return affine{centre: x.mean()}, affine{centre: y.mean()}, nil
			})
		}}
}

// StandardiseCorrection gives every coordinate of each modality mean 0 and variance 1:
//
//	x' = norm((x − mean(x)) / std(x))
//
// with the population standard deviation of each coordinate. It is what the batch normalisation layers of I0T_async (An et al., ACL 2025)
// compute before training moves their weights. A coordinate that never varies carries nothing and becomes 0.
func StandardiseCorrection() Correction {
	return Correction{Name: "standardise", Doc: "Each modality's coordinates to mean 0 and variance 1 (the normalisation of I0T_async, An et al. 2025).",
		Fit: func(ctx context.Context, train Pair) (*CorrectionMap, error) {
			return newCorrectionMap(ctx, "standardise", train, func(x, y *rows) (image, text affine, err error) {
				return standardise(x), standardise(y), nil
			})
		}}
}

func standardise(x *rows) affine {
	a := affine{centre: x.mean(), scale: make([]float64, x.d)}
	for i := range x.n {
		for k, v := range x.row(i) {
			a.scale[k] += (v - a.centre[k]) * (v - a.centre[k]) / float64(x.n)
		}
	}
	for k, variance := range a.scale {
		if a.scale[k] = 0; variance > coincident*coincident {
			a.scale[k] = 1 / math.Sqrt(variance)
		}
	}
	return a
}
