package gap

import (
	"context"
	"math"
)

func init() {
	register(
		Metric{Name: "alignment", Order: 500, Doc: "Mean of ‖x_i − y_i‖² over matched unit rows (Wang & Isola 2020).",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				c, err := in.products(ctx)
				if err != nil {
					return 0, err
				}
				return 2 - 2*average(c.matched), nil
			},
			Resampled: func(r *Resample) float64 { return 2 - 2*r.matched/r.m }},
		Metric{Name: "uniformity_image", Order: 501, MinPairs: 2, Doc: "log of the mean of exp(−2‖u − v‖²) over all pairs i < j of image rows (Wang & Isola 2020).",
			Value: func(ctx context.Context, in *Inputs) (float64, error) { return uniformity(ctx, in, Image) }},
		Metric{Name: "uniformity_text", Order: 502, MinPairs: 2, Doc: "The same over text rows.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) { return uniformity(ctx, in, Text) }},
		Metric{Name: "uniformity_union", Order: 503, Doc: "The same over image and text rows stacked.", Value: unionUniformity},
	)
}

func uniformity(ctx context.Context, in *Inputs, m Modality) (float64, error) {
	s, err := in.cosines(ctx, m)
	if err != nil {
		return 0, err
	}
	return math.Log(s.potential), nil
}

// unionUniformity joins the pairs inside each modality and the pairs across: the potential is a sum over pairs.
func unionUniformity(ctx context.Context, in *Inputs) (float64, error) {
	c, err := in.products(ctx)
	if err != nil {
		return 0, err
	}
	pairs := float64(in.Pair.Images.N) * float64(in.Pair.Texts.N)
	sum := c.potential * pairs
	for _, m := range []Modality{Image, Text} {
		s, err := in.cosines(ctx, m)
		if err != nil {
			return 0, err
		}
		if s.Pairs > 0 {
			sum += s.potential * float64(s.Pairs)
			pairs += float64(s.Pairs)
		}
	}
	return math.Log(sum / pairs), nil
}
