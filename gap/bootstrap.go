package gap

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A Resample is one bootstrap resample of a pair: n images drawn with replacement, each with all its texts.
//
// Nothing of size n×n is computed again. Metrics of sums (gaps, centroids, mean cosines, RMG, alignment) are exactly those of the resample;
// where they average over pairs of different rows, two draws of one row are left out, for they would add cosines of 1 that no sample of
// different items has. Ranks and losses are means of what each pair contributed among all candidates of the whole sample: the gallery
// stays, the queries are drawn.
type Resample struct {
	in           *Inputs
	Weight       []float64 // how often each image was drawn
	TextWeight   []float64 // the same for every column of aligned
	x, y         []float64 // Σ w u, unit rows
	rawX, rawY   []float64 // Σ w x, rows as they came
	n, m         float64   // Σ w over images and over texts
	nn, mm       float64   // Σ w² over images and over texts
	matched      float64   // Σ w c over texts
	matchedPairs float64   // Σ w² c over texts
}

// meanOver is the mean of v, one value an image, over the resample.
func (r *Resample) meanOver(v []float64) float64 { return dotSum(r.Weight, v) / r.n }

// meanOverTexts is the mean of v, one value a column, over the resample.
func (r *Resample) meanOverTexts(v []float64) float64 { return dotSum(r.TextWeight, v) / r.m }

func scaled(v []float64, f float64) []float64 {
	out := make([]float64, len(v))
	for k := range v {
		out[k] = v[k] * f
	}
	return out
}

func (r *Resample) centroidX() []float64 { return scaled(r.x, 1/r.n) }
func (r *Resample) centroidY() []float64 { return scaled(r.y, 1/r.m) }

// vector is Δ of the resample.
func (r *Resample) vector() []float64 { return minus(r.centroidX(), r.centroidY()) }

// resampleBlock is how many resamples share one product W·X.
const resampleBlock = 32

// addIntervals fills in the 95% intervals of the results whose metrics can be resampled.
func addIntervals(ctx context.Context, in *Inputs, metrics []Metric, out Measurement, o MeasureOptions) error {
	count, seed := o.Bootstrap, o.Seed
	var use []int
	for k, m := range metrics {
		if m.Resampled != nil && !math.IsNaN(out[k].Value) {
			use = append(use, k)
		}
	}
	n := in.Pair.Images.N
	if len(use) == 0 || n < 2 {
		return nil
	}
	// The per-pair terms are shared by all resamples, so they are computed before these run in parallel.
	if _, err := in.products(ctx); err != nil {
		return err
	}
	sources := newResampleSources(in)
	draws := make([][]float64, len(metrics))
	for _, k := range use {
		draws[k] = make([]float64, count)
	}
	err := parallel(ctx, blocks(count, resampleBlock), func(b int) error {
		first := b * resampleBlock
		resamples := sources.draw(first, min(first+resampleBlock, count), seed)
		for at, r := range resamples {
			for _, k := range use {
				draws[k][first+at] = metrics[k].Resampled(r)
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	var left [][]float64
	if o.BCa {
		if left, err = sources.jackknife(ctx, metrics, use); err != nil {
			return err
		}
	}
	for _, k := range use {
		if slices.ContainsFunc(draws[k], math.IsNaN) {
			continue
		}
		if o.KeepDraws {
			out[k].Draws = slices.Clone(draws[k])
		}
		if o.BCa {
			out[k].Low, out[k].High = BCa(draws[k], out[k].Value, left[k], 0.95)
			out[k].HasInterval = !math.IsNaN(out[k].Low)
			continue
		}
		slices.Sort(draws[k])
		out[k].Low, out[k].High, out[k].HasInterval = quantile(draws[k], 0.025), quantile(draws[k], 0.975), true
	}
	return nil
}

// resampleSources are the matrices that resamples sum over.
type resampleSources struct {
	in           *Inputs
	a            *aligned
	normX, normY []float64
}

func newResampleSources(in *Inputs) *resampleSources {
	a := in.rows()
	s := &resampleSources{in: in, a: a, normX: in.Pair.Images.Norms(), normY: make([]float64, a.m())}
	norms := in.Pair.Texts.Norms()
	for at, j := range a.order {
		s.normY[at] = norms[j]
	}
	return s
}

// draw makes resamples first to last (excluded). Resample b is drawn from PCG(seed, b), whatever block it falls in.
func (s *resampleSources) draw(first, last int, seed uint64) []*Resample {
	n := s.a.n()
	weights := newRows(last-first, n)
	for b := first; b < last; b++ {
		rng := rand.New(rand.NewPCG(seed, uint64(b)))
		row := weights.row(b - first)
		for range n {
			row[rng.IntN(n)]++
		}
	}
	return s.weighted(weights)
}

// weighted makes one resample of every row of weights.
func (s *resampleSources) weighted(weights *rows) []*Resample {
	a, n, m := s.a, weights.n, s.a.m()
	texts, rawImages, rawTexts := newRows(n, m), newRows(n, a.n()), newRows(n, m)
	out := make([]*Resample, n)
	for at := range out {
		r := &Resample{in: s.in, Weight: weights.row(at), TextWeight: texts.row(at)}
		for i, w := range r.Weight {
			r.n += w
			r.nn += w * w
			rawImages.row(at)[i] = w * s.normX[i]
		}
		for j, i := range a.imageOf {
			w := r.Weight[i]
			c := s.in.cross.value.matched[j]
			r.TextWeight[j] = w
			r.m += w
			r.mm += w * w
			r.matched += w * c
			r.matchedPairs += w * w * c
			rawTexts.row(at)[j] = w * s.normY[j]
		}
		out[at] = r
	}
	x, y, rawX, rawY := times(weights, a.x), times(texts, a.y), times(rawImages, a.x), times(rawTexts, a.y)
	for at, r := range out {
		r.x, r.y, r.rawX, r.rawY = x.row(at), y.row(at), rawX.row(at), rawY.row(at)
	}
	return out
}

// times is the matrix product w·u.
func times(w, u *rows) *rows {
	out := newRows(w.n, u.d)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(w), general(u), 0, general(out))
	return out
}

func general(r *rows) blas64.General {
	return blas64.General{Rows: r.n, Cols: r.d, Stride: max(1, r.d), Data: r.data}
}

// quantile is the q-quantile of sorted values, interpolated linearly between order statistics at q(n−1), as numpy.quantile.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	k := min(int(at), len(sorted)-1)
	low := sorted[k]
	if k+1 == len(sorted) {
		return low
	}
	return low + (at-float64(k))*(sorted[k+1]-low)
}

// Percentiles returns the percentile interval of the given level (0.95, say) of bootstrap draws, whatever their order: the (1−level)/2 and
// (1+level)/2 quantiles, interpolated linearly. Both are NaN if a draw is. It panics with ErrTooFew without draws.
func Percentiles(draws []float64, level float64) (low, high float64) {
	if len(draws) == 0 {
		panic(ErrTooFew)
	}
	if slices.ContainsFunc(draws, math.IsNaN) {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(draws))
	return quantile(sorted, (1-level)/2), quantile(sorted, (1+level)/2)
}

// Bootstrap returns the percentile interval of the given level (0.95, say) of the mean of values, one value a pair, from count resamples
// of the pairs. Resample b is drawn from PCG(seed, b), so results are reproducible. It panics with ErrTooFew without values or resamples.
func Bootstrap(values []float64, count int, seed uint64, level float64) (low, high float64) {
	n := len(values)
	if n == 0 || count < 1 {
		panic(ErrTooFew)
	}
	means := make([]float64, count)
	for b := range means {
		rng := rand.New(rand.NewPCG(seed, uint64(b)))
		var sum float64
		for range n {
			sum += values[rng.IntN(n)]
		}
		means[b] = sum / float64(n)
	}
	return Percentiles(means, level)
}
