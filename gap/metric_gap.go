package gap

import (
	"context"
	"fmt"
	"math"
	"slices"
)

func init() {
	register(
		Metric{Name: "gap", Order: 100, Doc: "‖mean(x) − mean(y)‖₂ of unit rows (Liang et al. 2022).",
			Value:     func(_ context.Context, in *Inputs) (float64, error) { return in.pairSums().Gap(), nil },
			Resampled: func(r *Resample) float64 { return norm(r.vector()) }},
		Metric{Name: "gap_raw", Order: 101, Doc: "‖mean(x) − mean(y)‖₂ of the rows as the towers give them.",
			Value:     func(_ context.Context, in *Inputs) (float64, error) { return in.pairSums().RawGap(), nil },
			Resampled: func(r *Resample) float64 { return norm(minus(scaled(r.rawX, 1/r.n), scaled(r.rawY, 1/r.m))) }},
		Metric{Name: "centroid_cosine", Order: 102, Doc: "Cosine of the two centroids of unit rows.",
			Value: func(_ context.Context, in *Inputs) (float64, error) {
				s := in.pairSums()
				return finite(cosine(s.Images.Unit, s.Texts.Unit), "a centroid is zero")
			},
			Resampled: func(r *Resample) float64 { return cosine(r.x, r.y) }},
		Metric{Name: "centroid_norm_image", Order: 103, Doc: "Norm of the mean unit image row.",
			Value: func(_ context.Context, in *Inputs) (float64, error) {
				return norm(in.pairSums().Images.Centroid()), nil
			},
			Resampled: func(r *Resample) float64 { return norm(r.centroidX()) }},
		Metric{Name: "centroid_norm_text", Order: 104, Doc: "Norm of the mean unit text row.",
			Value:     func(_ context.Context, in *Inputs) (float64, error) { return norm(in.pairSums().Texts.Centroid()), nil },
			Resampled: func(r *Resample) float64 { return norm(r.centroidY()) }},
	)
	for at, k := range []int{1, 2, 5, 10} {
		register(Metric{Name: fmt.Sprintf("gap_top%d_share", k), Order: 900 + at,
			Doc: fmt.Sprintf("Share of ‖Δ‖² that the %d largest |Δ_j| carry (Schrodi et al.).", k),
			Value: func(_ context.Context, in *Inputs) (float64, error) {
				if d := in.Pair.Images.D; k > d {
					return math.NaN(), &Undefined{fmt.Sprintf("there are only %d dimensions", d)}
				}
				return finite(topShare(in.pairSums().Vector(), k), "the gap is zero")
			},
			Resampled: func(r *Resample) float64 { return topShare(r.vector(), k) }})
	}
}

func cosine(x, y []float64) float64 { return dotSum(x, y) / (norm(x) * norm(y)) }

// topShare is the share of ‖v‖² in the k largest squares.
func topShare(v []float64, k int) float64 {
	squares := make([]float64, len(v))
	for i, x := range v {
		squares[i] = x * x
	}
	slices.Sort(squares)
	var all, top float64
	for i, s := range squares {
		all += s
		if i >= len(squares)-k {
			top += s
		}
	}
	return top / all
}
