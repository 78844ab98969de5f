package gap

import (
	"context"
	"fmt"
)

func init() {
	for at, m := range []Modality{Image, Text} {
		order := 200 + 10*at
		stat := func(get func(*CosineStats) float64) func(context.Context, *Inputs) (float64, error) {
			return func(ctx context.Context, in *Inputs) (float64, error) {
				s, err := in.cosines(ctx, m)
				if err != nil {
					return 0, err
				}
				return get(s), nil
			}
		}
		name := func(what string) string { return fmt.Sprintf("cosine_%s_%s", m, what) }
		doc := func(what string) string {
			return fmt.Sprintf("%s cosine over all pairs i < j of %s rows (Liang et al. 2022, Fig. 2a).", what, m)
		}
		register(
			Metric{Name: name("mean"), Order: order, MinPairs: 2, Doc: doc("Mean"),
				Value: stat(func(s *CosineStats) float64 { return s.Mean }),
				Resampled: func(r *Resample) float64 {
					if m == Image {
						return (dotSum(r.x, r.x) - r.nn) / (r.n*r.n - r.nn)
					}
					return (dotSum(r.y, r.y) - r.mm) / (r.m*r.m - r.mm)
				}},
			Metric{Name: name("min"), Order: order + 1, MinPairs: 2, Doc: doc("Least"), Value: stat(func(s *CosineStats) float64 { return s.Min })},
			Metric{Name: name("max"), Order: order + 2, MinPairs: 2, Doc: doc("Greatest"), Value: stat(func(s *CosineStats) float64 { return s.Max })},
			Metric{Name: name("std"), Order: order + 3, MinPairs: 2, Doc: doc("Population standard deviation of the"), Value: stat(func(s *CosineStats) float64 { return s.Std })},
		)
	}
}
