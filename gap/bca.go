package gap

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// BCa returns the bias-corrected and accelerated bootstrap interval of the given level (0.95, say) of an estimate (Efron 1987):
//
//	α± = Φ(z₀ + (z₀ ± z)/(1 − a(z₀ ± z))),  z₀ = Φ⁻¹(share of draws below the estimate),  a = Σ(θ̄ − θ_i)³ / 6(Σ(θ̄ − θ_i)²)^{3/2}
//
// The ends are the α-quantiles of draws, interpolated linearly. Draws equal to the estimate count half. jackknife holds the estimates θ_i
// without each item in turn. Both ends are NaN if a number is; where the correction is undefined, because the estimate lies outside all
// draws, the interval is the percentile interval. It panics with ErrTooFew without draws or jackknife.
func BCa(draws []float64, estimate float64, jackknife []float64, level float64) (low, high float64) {
	if len(draws) == 0 || len(jackknife) == 0 {
		panic(ErrTooFew)
	}
	if math.IsNaN(estimate) || slices.ContainsFunc(draws, math.IsNaN) || slices.ContainsFunc(jackknife, math.IsNaN) {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(draws))
	var below float64
	for _, v := range sorted {
		if v < estimate {
			below++
		} else if v == estimate {
			below += 0.5
		}
	}
	tail := (1 - level) / 2
	share := below / float64(len(sorted))
	if share == 0 || share == 1 {
		return quantile(sorted, tail), quantile(sorted, 1-tail)
	}
	mean := average(jackknife)
	var squares, cubes float64
	for _, v := range jackknife {
		d := mean - v
		squares += d * d
		cubes += d * d * d
	}
	var acceleration float64
	if squares > 0 {
		acceleration = cubes / (6 * math.Pow(squares, 1.5))
	}
	normal := distuv.UnitNormal
	bias := normal.Quantile(share)
	end := func(alpha float64) float64 {
		z := bias + normal.Quantile(alpha)
		return quantile(sorted, normal.CDF(bias+z/(1-acceleration*z)))
	}
	return end(tail), end(1 - tail)
}

// jackknife computes metrics without each image and its texts in turn. Sums without one image are differences of the whole's, so that no
// product of size n×n×d is needed.
func (s *resampleSources) jackknife(ctx context.Context, metrics []Metric, use []int) ([][]float64, error) {
	n, d := s.a.n(), s.a.x.d
	ones := newRows(1, n)
	copy(ones.data, filled(n, 1))
	whole := s.weighted(ones)[0]
	out := make([][]float64, len(metrics))
	for _, k := range use {
		out[k] = make([]float64, n)
	}
	texts := make([][]int, n) // columns of every image
	for j, i := range s.a.imageOf {
		texts[i] = append(texts[i], j)
	}
	const size = 64
	err := parallel(ctx, blocks(n, size), func(b int) error {
		r := &Resample{in: s.in, Weight: slices.Clone(whole.Weight), TextWeight: slices.Clone(whole.TextWeight)}
		r.x, r.y, r.rawX, r.rawY = make([]float64, d), make([]float64, d), make([]float64, d), make([]float64, d)
		for i := b * size; i < min((b+1)*size, n); i++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			copy(r.x, whole.x)
			copy(r.y, whole.y)
			copy(r.rawX, whole.rawX)
			copy(r.rawY, whole.rawY)
			r.n, r.m, r.nn, r.mm, r.matched, r.matchedPairs = whole.n-1, whole.m, whole.nn-1, whole.mm, whole.matched, whole.matchedPairs
			addScaled(r.x, -1, s.a.x.row(i))
			addScaled(r.rawX, -s.normX[i], s.a.x.row(i))
			r.Weight[i] = 0
			for _, j := range texts[i] {
				c := s.in.cross.value.matched[j]
				r.m, r.mm, r.matched, r.matchedPairs = r.m-1, r.mm-1, r.matched-c, r.matchedPairs-c
				addScaled(r.y, -1, s.a.y.row(j))
				addScaled(r.rawY, -s.normY[j], s.a.y.row(j))
				r.TextWeight[j] = 0
			}
			for _, k := range use {
				out[k][i] = metrics[k].Resampled(r)
			}
			r.Weight[i] = 1
			for _, j := range texts[i] {
				r.TextWeight[j] = 1
			}
		}
		return nil
	})
	return out, err
}
