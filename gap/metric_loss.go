package gap

import "context"

func init() {
	register(Metric{Name: "loss", Order: 1100,
		Doc: "Symmetric InfoNCE at the logit scale over all images and their first texts: the mean of both directions of log Σ_j exp(s·S_ij) − s·S_ii (Radford et al. 2021).",
		Value: func(ctx context.Context, in *Inputs) (float64, error) {
			c, err := in.products(ctx)
			if err != nil {
				return 0, err
			}
			return average(c.pairLoss), nil
		},
		Resampled: func(r *Resample) float64 { return r.meanOver(r.in.cross.value.pairLoss) }})
}
