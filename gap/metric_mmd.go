package gap

import (
	"context"
	"math"
	"slices"
)

func init() {
	register(
		Metric{Name: "mmd2_biased", Order: 1600, MinPairs: 2,
			Doc: "MMD² (V-statistic) of the kernel exp(−‖u − v‖²/2σ²), σ the median distance over all pairs i < j of the stacked unit rows (Gretton et al. 2012).",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				k, err := in.kernelMeans(ctx)
				return k.biased, err
			}},
		Metric{Name: "mmd2_unbiased", Order: 1601, MinPairs: 2, Doc: "The same as a U-statistic: the diagonals of both modalities left out.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				k, err := in.kernelMeans(ctx)
				return k.unbiased, err
			}},
	)
}

// discrepancy holds both estimates of MMD².
type discrepancy struct{ biased, unbiased float64 }

// cosineBins is the resolution at which cosines are summed up for kernels.
const cosineBins = 1 << 16

// cosineTable sums up cosines: how many fall into each of cosineBins equal bins on [−1, 1], and the sum of those that do. A smooth
// function's mean over all cosines is then its mean over the bins' own means, with a relative error of (bin width)²/24 times the ratio of
// its second derivative to itself: below 1e-10/σ⁴ for the kernel of MMD.
type cosineTable struct {
	count []int64
	sum   []float64
}

func newCosineTable() *cosineTable {
	return &cosineTable{count: make([]int64, cosineBins), sum: make([]float64, cosineBins)}
}

func cosineBin(c float64) int { return min(max(0, int((c+1)*(cosineBins/2))), cosineBins-1) }

func (t *cosineTable) add(cosines []float64) {
	for _, c := range cosines {
		k := cosineBin(c)
		t.count[k]++
		t.sum[k] += c
	}
}

func (t *cosineTable) merge(u *cosineTable) {
	for k := range t.count {
		t.count[k] += u.count[k]
		t.sum[k] += u.sum[k]
	}
}

// total is Σ f(c), f taken at the mean of each bin.
func (t *cosineTable) total(f func(c float64) float64) float64 {
	var sum float64
	for k, n := range t.count {
		if n > 0 {
			sum += float64(n) * f(t.sum[k]/float64(n))
		}
	}
	return sum
}

// kernelMeans computes MMD² in two passes over the cosines of all pairs: one sums them up in a fine table, one collects those in the
// bins around the median, so that the median is exact.
func (in *Inputs) kernelMeans(ctx context.Context) (discrepancy, error) {
	return in.mmd.get(func() (discrepancy, error) { return kernelMeansOf(ctx, in.rows()) })
}

func kernelMeansOf(ctx context.Context, a *aligned) (discrepancy, error) {
	undefined := discrepancy{math.NaN(), math.NaN()}
	var tables [3]*cosineTable // images, texts, across
	all := newCosineTable()
	for k, clouds := range unionBlocks(a) {
		t, err := cosineTableOf(ctx, clouds[0], clouds[1])
		if err != nil {
			return undefined, err
		}
		tables[k] = t
		all.merge(t)
	}
	sigma, err := medianDistance(ctx, a, all)
	if err != nil {
		return undefined, err
	}
	if sigma == 0 {
		return undefined, &Undefined{"the median distance is zero"}
	}
	kernel := func(c float64) float64 { return math.Exp((c - 1) / (sigma * sigma)) }
	xx, yy, xy := tables[0].total(kernel), tables[1].total(kernel), tables[2].total(kernel)
	n, m := float64(a.n()), float64(a.m())
	return discrepancy{
		biased:   (2*xx+n)/(n*n) + (2*yy+m)/(m*m) - 2*xy/(n*m),
		unbiased: 2*xx/(n*(n-1)) + 2*yy/(m*(m-1)) - 2*xy/(n*m),
	}, nil
}

// unionBlocks are the parts of the pairs i < j of the stacked rows: images, texts, and across.
func unionBlocks(a *aligned) [3][2]*rows { return [3][2]*rows{{a.x, a.x}, {a.y, a.y}, {a.x, a.y}} }

// tableStrips is how many strips of rows fill tables of their own; fixed, so that sums do not depend on the processors.
const tableStrips = 8

// eachCosine calls visit with the cosines of x with y, row by row; with the pairs i < j alone if x and y are the same. Calls of one strip
// follow each other, calls of different strips run in parallel.
func eachCosine(ctx context.Context, x, y *rows, visit func(strip int, cosines []float64)) error {
	size := max(1, blocks(blocks(x.n, tileRows), tableStrips)) * tileRows
	return parallel(ctx, blocks(x.n, size), func(s int) error {
		t := newTile()
		end := min((s+1)*size, x.n)
		for i0 := s * size; i0 < end; i0 += tileRows {
			i1 := min(i0+tileRows, end)
			start := 0
			if x == y {
				start = i0 / tileColumns * tileColumns
			}
			for j0 := start; j0 < y.n; j0 += tileColumns {
				if err := ctx.Err(); err != nil {
					return err
				}
				t.product(x, y, i0, i1, j0, min(j0+tileColumns, y.n))
				for i := i0; i < i1; i++ {
					row := t.row(i)
					if x == y {
						row = row[min(max(0, i+1-j0), len(row)):]
					}
					visit(s, row)
				}
			}
		}
		return nil
	})
}

func cosineTableOf(ctx context.Context, x, y *rows) (*cosineTable, error) {
	strips := make([]*cosineTable, tableStrips)
	err := eachCosine(ctx, x, y, func(s int, cosines []float64) {
		if strips[s] == nil {
			strips[s] = newCosineTable()
		}
		strips[s].add(cosines)
	})
	total := newCosineTable()
	for _, t := range strips {
		if t != nil {
			total.merge(t)
		}
	}
	return total, err
}

// medianDistance is the median of ‖u − v‖ = √(2 − 2c) over all pairs: the mean of the two middle ones if their number is even.
func medianDistance(ctx context.Context, a *aligned, all *cosineTable) (float64, error) {
	var pairs int64
	for _, n := range all.count {
		pairs += n
	}
	lower, upper := (pairs-1)/2, pairs/2 // ranks of the middle cosines, ascending
	first, below := 0, int64(0)
	for below+all.count[first] <= lower {
		below += all.count[first]
		first++
	}
	last, through := first, below+all.count[first]
	for through <= upper {
		last++
		through += all.count[last]
	}
	if through-below > crowdedBin {
		// So many cosines in so narrow a range: their mean is as good as any of them.
		c := all.sum[first] / float64(all.count[first])
		return math.Sqrt(max(0, 2-2*c)), ctx.Err()
	}
	middle := make([]float64, 0, through-below)
	for _, clouds := range unionBlocks(a) {
		found := make([][]float64, tableStrips)
		err := eachCosine(ctx, clouds[0], clouds[1], func(s int, cosines []float64) {
			for _, c := range cosines {
				if k := cosineBin(c); first <= k && k <= last {
					found[s] = append(found[s], c)
				}
			}
		})
		if err != nil {
			return 0, err
		}
		for _, f := range found {
			middle = append(middle, f...)
		}
	}
	slices.Sort(middle)
	distance := func(rank int64) float64 { return math.Sqrt(max(0, 2-2*middle[rank-below])) }
	return (distance(lower) + distance(upper)) / 2, nil
}

// crowdedBin is the number of cosines around the median above which they are not collected.
const crowdedBin = 1 << 24
