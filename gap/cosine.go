package gap

import (
	"context"
	"math"
)

// CosineStats describes the cosines of all unordered pairs i < j of one cloud's rows: the cone of Liang et al. 2022, Fig. 2a.
// With fewer than two rows there is no pair, and Mean, Min, Max and Std are NaN.
type CosineStats struct {
	Rows      int     // n
	Pairs     int64   // n(n−1)/2
	Mean      float64 // mean cosine
	Min, Max  float64 // extremes
	Std       float64 // population standard deviation
	Histogram []int64 // counts in equal bins on [−1, 1], the last bin closed; nil if none were asked for

	// potential is the mean of exp(−2‖u−v‖²) = exp(4(cos − 1)) over the same pairs; its logarithm is the uniformity.
	potential float64
}

// PairwiseCosine measures the cosines of all pairs of rows of e, with a histogram of the given number of bins (0 for none).
//
// It works in O(n²d) time and O(nd) memory, on all processors. Rows need not be unit. The error is a *ValueError if a row holds NaN, an
// infinity or only zeros, and otherwise ctx's.
func PairwiseCosine(ctx context.Context, e *Embeddings, bins int) (*CosineStats, error) {
	if err := e.Validate(""); err != nil {
		return nil, err
	}
	u, err := similarUnit(ctx, e, e.N)
	if err != nil {
		return nil, err
	}
	return pairwiseCosine(ctx, u, bins)
}

// MeanCosine is the mean cosine over all pairs i < j of rows of e, in O(nd) time and O(d) memory, in one pass on all processors:
//
//	(‖Σ u_i‖² − Σ ‖u_i‖²) / (n(n−1)),  u_i = x_i/‖x_i‖
//
// It is NaN for fewer than two rows.
func MeanCosine(e *Embeddings) float64 {
	if e.N < 2 {
		return math.NaN()
	}
	sum, err := unitSum(context.Background(), e)
	if err != nil { // only a context's end is one
		panic(err)
	}
	// ‖u_i‖² is 1 up to rounding, which n(n−1) hides.
	n := float64(e.N)
	return (dotSum(sum, sum) - n) / (n * (n - 1))
}

func meanCosine(u *rows) float64 {
	if u.n < 2 {
		return math.NaN()
	}
	n := float64(u.n)
	sum := u.sum()
	var squares float64
	for i := range u.n {
		squares += dotSum(u.row(i), u.row(i))
	}
	return (dotSum(sum, sum) - squares) / (n * (n - 1))
}

func pairwiseCosine(ctx context.Context, u *rows, bins int) (*CosineStats, error) {
	n := u.n
	stats := &CosineStats{Rows: n, Pairs: int64(n) * int64(n-1) / 2}
	if bins > 0 {
		stats.Histogram = make([]int64, bins)
	}
	if n < 2 {
		stats.Pairs = 0
		stats.Mean, stats.Min, stats.Max, stats.Std, stats.potential = math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()
		return stats, nil
	}
	// Deviations are taken from the mean that the O(nd) identity gives, so that the variance of a narrow cone does not cancel away.
	tolerance := u.tolerance()
	var pivot float64
	if u.data != nil {
		pivot = meanCosine(u)
	} else {
		pivot = MeanCosine(u.e)
	}
	parts := make([]cosinePart, blocks(n, tileRows))
	err := parallel(ctx, len(parts), func(b int) error {
		part := newCosinePart(bins)
		t := newTile()
		i0 := b * tileRows
		i1 := min(i0+tileRows, n)
		for j0 := i0 / tileColumns * tileColumns; j0 < n; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(u, u, i0, i1, j0, min(j0+tileColumns, n))
			for i := i0; i < i1; i++ {
				row := t.row(i)
				first := min(max(0, i+1-j0), len(row))
				part.add(row[first:], pivot)
				if bins > 0 {
					for k, c := range row[first:] {
						part.hist.addExact(c, tolerance, func() float64 { return u.exactDot(i, u, j0+first+k) })
					}
				}
			}
		}
		parts[b] = part
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := newCosinePart(bins)
	for _, part := range parts {
		total.merge(part)
	}
	pairs := float64(stats.Pairs)
	shift := total.sum / pairs
	stats.Mean = pivot + shift
	stats.Std = math.Sqrt(max(0, total.squares/pairs-shift*shift))
	if tolerance > 0 {
		if stats.Std < narrowCone {
			// What rounding to float32 adds to the variance shows in so narrow a cone.
			plain := &rows{n: u.n, d: u.d, data: u.data}
			if plain.data == nil {
				plain = u.e.unit()
			}
			return pairwiseCosine(ctx, plain, bins)
		}
		stats.Mean = pivot
	}
	stats.Min, stats.Max = total.min, total.max
	stats.potential = total.potential / pairs
	copy(stats.Histogram, total.hist.count)
	return stats, nil
}

// narrowCone is the standard deviation of cosines below which they are taken in float64: errors of 1e-7 are 1e-8 of a variance of 1e-6.
const narrowCone = 1e-3

// cosinePart accumulates cosines; sum and squares are of deviations from a pivot.
type cosinePart struct {
	sum, squares, min, max, potential float64
	hist                              histogram
}

func newCosinePart(bins int) cosinePart {
	return cosinePart{min: math.Inf(1), max: math.Inf(-1), hist: newHistogram(bins)}
}

func (p *cosinePart) add(cosines []float64, pivot float64) {
	for _, c := range cosines {
		dev := c - pivot
		p.sum += dev
		p.squares += dev * dev
		p.min = min(p.min, c)
		p.max = max(p.max, c)
		p.potential += fastExp(4 * (c - 1))
	}
}

func (p *cosinePart) merge(q cosinePart) {
	p.sum += q.sum
	p.squares += q.squares
	p.min = min(p.min, q.min)
	p.max = max(p.max, q.max)
	p.potential += q.potential
	for k, c := range q.hist.count {
		p.hist.count[k] += c
	}
}

// histogram counts values in equal bins on [−1, 1] by the rule of numpy.histogram: bins are closed below and open above, but the last is
// closed on both sides. A cosine that rounding pushed past an end counts in the bin at that end.
type histogram struct {
	count []int64
	edges []float64 // one more than bins
}

func newHistogram(bins int) histogram {
	if bins <= 0 {
		return histogram{}
	}
	h := histogram{count: make([]int64, bins), edges: make([]float64, bins+1)}
	for k := range h.edges {
		h.edges[k] = -1 + float64(k)*(2/float64(bins))
	}
	h.edges[bins] = 1
	return h
}

// addExact counts c, which is within tolerance of exact(): float64 decides at the edges.
func (h *histogram) addExact(c, tolerance float64, exact func() float64) {
	if tolerance > 0 {
		at := (c + 1) * float64(len(h.count)) / 2
		if math.Abs(at-math.Round(at)) <= (tolerance+1e-15)*float64(len(h.count)) {
			c = exact()
		}
	}
	h.add(c)
}

func (h *histogram) add(c float64) {
	bins := len(h.count)
	k := min(max(0, int((c+1)*float64(bins)/2)), bins-1)
	// The division may round to the wrong side of an edge; the edges decide.
	if k > 0 && c < h.edges[k] {
		k--
	} else if k < bins-1 && c >= h.edges[k+1] {
		k++
	}
	h.count[k]++
}
