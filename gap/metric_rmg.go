package gap

import "context"

func init() {
	register(Metric{Name: "rmg", Order: 600, MinPairs: 2,
		Doc: "Relative modality gap m/(m + (a+b)/2): m, a, b = (1 − mean cosine)/2 of matched pairs, of images i ≠ j, of texts i ≠ j (Schrodi et al., diagonal left out).",
		Value: func(_ context.Context, in *Inputs) (float64, error) {
			s := in.pairSums()
			return finite(relativeGap(s.MatchedCosine(), s.Images.MeanCosine(), s.Texts.MeanCosine()), "all rows coincide")
		},
		Resampled: func(r *Resample) float64 {
			return relativeGap(r.matched/r.m, (dotSum(r.x, r.x)-r.nn)/(r.n*r.n-r.nn), (dotSum(r.y, r.y)-r.mm)/(r.m*r.m-r.mm))
		}})
}

// relativeGap is m/(m + (a+b)/2). A numerator m ≤ 0, which rounding or perfect alignment gives, counts as 1e-3, as in the authors' code.
func relativeGap(matched, images, texts float64) float64 {
	m, a, b := (1-matched)/2, (1-images)/2, (1-texts)/2
	if m <= 0 {
		m = 1e-3
	}
	return m / (m + (a+b)/2)
}
