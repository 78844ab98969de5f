package gap

import (
	"context"
	"slices"
)

func init() {
	matched := func(get func([]float64) float64) func(context.Context, *Inputs) (float64, error) {
		return func(ctx context.Context, in *Inputs) (float64, error) {
			c, err := in.products(ctx)
			if err != nil {
				return 0, err
			}
			return get(c.matched), nil
		}
	}
	register(
		Metric{Name: "matched_cosine_mean", Order: 300, Doc: "Mean cosine of a text with its image.",
			Value:     matched(average),
			Resampled: func(r *Resample) float64 { return r.matched / r.m }},
		Metric{Name: "matched_cosine_min", Order: 301, Doc: "Least cosine of a text with its image.", Value: matched(slices.Min[[]float64])},
		Metric{Name: "matched_cosine_max", Order: 302, Doc: "Greatest cosine of a text with its image.", Value: matched(slices.Max[[]float64])},
		Metric{Name: "unmatched_cosine_mean", Order: 303, MinPairs: 2, Doc: "Mean cosine of a text with the images that it does not describe.",
			Value:     func(_ context.Context, in *Inputs) (float64, error) { return in.pairSums().UnmatchedCosine(), nil },
			Resampled: func(r *Resample) float64 { return (dotSum(r.x, r.y) - r.matchedPairs) / (r.n*r.m - r.mm) }},
	)
}

// average is the arithmetic mean.
func average(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}
