package gap

import (
	"context"
	"fmt"
	"math"
)

// hubDepth is k of the k-occurrence.
const hubDepth = 10

func init() {
	register(
		Metric{Name: "hubness_text_to_image", Order: 1500, MinPairs: hubDepth,
			Doc: "Population skewness of how often each image is among the 10 nearest of a text; ties to the lower index (Radovanović et al. 2010).",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				a := in.rows()
				return hubness(ctx, a.y, a.x)
			}},
		Metric{Name: "hubness_image_to_text", Order: 1501, MinPairs: hubDepth,
			Doc: "The same for how often each text is among the 10 nearest of an image.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				// Ties go to the lower row, so the texts stand in the order of their rows.
				return hubness(ctx, in.rows().x, in.Pair.Texts.unit())
			}},
	)
}

// hubness is the skewness of the k-occurrence of candidates among queries.
func hubness(ctx context.Context, queries, candidates *rows) (float64, error) {
	counts, err := occurrences(ctx, queries, candidates, hubDepth)
	if err != nil {
		return math.NaN(), err
	}
	return finite(skewness(counts), fmt.Sprintf("every candidate is retrieved equally often among %d", len(counts)))
}

// occurrences counts, for every candidate, the queries that have it among their k nearest. k must not exceed the number of candidates.
func occurrences(ctx context.Context, queries, candidates *rows, k int) ([]float64, error) {
	parts := make([][]int, blocks(queries.n, tileRows)) // the candidates retrieved by each block of queries
	err := parallel(ctx, len(parts), func(b int) error {
		i0, i1 := b*tileRows, min((b+1)*tileRows, queries.n)
		lists := make([]nearest, i1-i0)
		t := newTile()
		for j0 := 0; j0 < candidates.n; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(queries, candidates, i0, i1, j0, min(j0+tileColumns, candidates.n))
			for i := i0; i < i1; i++ {
				l := &lists[i-i0]
				for c, v := range t.row(i) {
					if len(l.index) < k || v > l.least {
						l.add(j0+c, v, k)
					}
				}
			}
		}
		for i := range lists {
			parts[b] = append(parts[b], lists[i].index...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	counts := make([]float64, candidates.n)
	for _, part := range parts {
		for _, j := range part {
			counts[j]++
		}
	}
	return counts, nil
}

// nearest holds the k nearest candidates met so far, nearest first. Candidates are met in the order of their indices, so one that only
// equals a held one goes behind it.
type nearest struct {
	index  []int
	cosine []float64
	least  float64 // the last cosine
}

// add inserts a candidate that is among the k nearest.
func (l *nearest) add(j int, c float64, k int) {
	if len(l.index) < k {
		l.index, l.cosine = append(l.index, 0), append(l.cosine, 0)
	}
	at := len(l.index) - 1
	for at > 0 && l.cosine[at-1] < c {
		l.index[at], l.cosine[at] = l.index[at-1], l.cosine[at-1]
		at--
	}
	l.index[at], l.cosine[at] = j, c
	l.least = l.cosine[len(l.cosine)-1]
}

// skewness is the population skewness m₃/m₂^{3/2}; NaN if all values are equal.
func skewness(v []float64) float64 {
	mean := average(v)
	var second, third float64
	for _, x := range v {
		d := x - mean
		second += d * d
		third += d * d * d
	}
	n := float64(len(v))
	second, third = second/n, third/n
	return third / (second * math.Sqrt(second))
}
