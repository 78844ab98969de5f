package gap

import (
	"context"
	"fmt"
	"math"
)

func init() {
	for at, k := range []int{1, 5, 10} {
		register(
			Metric{Name: fmt.Sprintf("image_to_text_recall_at_%d", k), Order: 400 + at,
				Doc: fmt.Sprintf("Share of images with fewer than %d texts strictly nearer than the best of their own; ties count for the match.", k),
				Value: func(ctx context.Context, in *Inputs) (float64, error) {
					c, err := in.products(ctx)
					if err != nil {
						return 0, err
					}
					return recall(c.imageRank, k, in.Pair.Texts.N)
				},
				Resampled: func(r *Resample) float64 { return r.meanOver(hits(r.in.cross.value.imageRank, k)) }},
			Metric{Name: fmt.Sprintf("text_to_image_recall_at_%d", k), Order: 410 + at,
				Doc: fmt.Sprintf("Share of texts with fewer than %d images strictly nearer than their own; ties count for the match.", k),
				Value: func(ctx context.Context, in *Inputs) (float64, error) {
					c, err := in.products(ctx)
					if err != nil {
						return 0, err
					}
					return recall(c.textRank, k, in.Pair.Images.N)
				},
				Resampled: func(r *Resample) float64 { return r.meanOverTexts(hits(r.in.cross.value.textRank, k)) }},
		)
	}
}

func hits(ranks []int, k int) []float64 {
	out := make([]float64, len(ranks))
	for i, r := range ranks {
		if r < k {
			out[i] = 1
		}
	}
	return out
}

// recall is the share of ranks below k. Fewer than k candidates leave it undefined: it would be 1 whatever the model.
func recall(ranks []int, k, candidates int) (float64, error) {
	if candidates < k {
		return math.NaN(), &Undefined{fmt.Sprintf("there are only %d candidates", candidates)}
	}
	return average(hits(ranks, k)), nil
}
