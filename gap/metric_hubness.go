package gap

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// hubDepth is k of the k-occurrence.
const hubDepth = 10

func init() {
	register(
		Metric{Name: "hubness_text_to_image", Order: 1500, MinPairs: hubDepth,
			Doc: "Population skewness of how often each image is among the 10 nearest of a text; ties to the lower index (Radovanović et al. 2010).",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				a := in.rows()
				return hubness(ctx, a.y, a.x, nil)
			}},
		Metric{Name: "hubness_image_to_text", Order: 1501, MinPairs: hubDepth,
			Doc: "The same for how often each text is among the 10 nearest of an image.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				a := in.rows()
				return hubness(ctx, a.x, a.y, a.order)
			}},
	)
}

// hubness is the skewness of the k-occurrence of candidates among queries. order[j] is the index of candidate j that decides ties; nil
// is j itself.
func hubness(ctx context.Context, queries, candidates *rows, order []int) (float64, error) {
	counts, err := occurrences(ctx, queries, candidates, order, hubDepth)
	if err != nil {
		return math.NaN(), err
	}
	return finite(skewness(counts), fmt.Sprintf("every candidate is retrieved equally often among %d", len(counts)))
}

// occurrences counts, for every candidate, the queries that have it among their k nearest. k must not exceed the number of candidates.
func occurrences(ctx context.Context, queries, candidates *rows, order []int, k int) ([]float64, error) {
	parts := make([][]int, blocks(queries.n, tileRows)) // the candidates retrieved by each block of queries
	tolerance := queries.tolerance()
	err := parallel(ctx, len(parts), func(b int) error {
		i0, i1 := b*tileRows, min((b+1)*tileRows, queries.n)
		lists := make([]nearest, i1-i0)
		for i := range lists {
			lists[i] = nearest{k: k, tolerance: tolerance, least: math.Inf(-1)}
		}
		t := newTile()
		for j0 := 0; j0 < candidates.n; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(queries, candidates, i0, i1, j0, min(j0+tileColumns, candidates.n))
			for i := i0; i < i1; i++ {
				l := &lists[i-i0]
				for c, v := range t.row(i) {
					if v >= l.least {
						l.add(j0+c, v)
					}
				}
			}
		}
		for i := range lists {
			parts[b] = append(parts[b], lists[i].choose(queries, i0+i, candidates, order)...)
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

// nearest collects the candidates of one query that may be among its k nearest. Similarities are within tolerance of the exact ones, so
// these are the candidates within twice that of the k-th.
type nearest struct {
	k         int
	tolerance float64
	least     float64   // what a candidate must reach
	top       []float64 // the k greatest similarities so far, descending
	found     []neighbour
}

type neighbour struct {
	index  int
	cosine float64
}

// add takes a candidate of at least l.least.
func (l *nearest) add(j int, c float64) {
	l.found = append(l.found, neighbour{j, c})
	if len(l.top) == l.k && c <= l.top[l.k-1] {
		return
	}
	at, _ := slices.BinarySearchFunc(l.top, c, func(held, c float64) int { return cmp.Compare(c, held) })
	if len(l.top) == l.k {
		l.top = l.top[:l.k-1]
	}
	l.top = slices.Insert(l.top, at, c)
	if len(l.top) == l.k {
		l.least = l.top[l.k-1] - 2*l.tolerance
		if len(l.found) > 4*l.k {
			l.prune()
		}
	}
}

// prune drops the candidates that are out of reach by now.
func (l *nearest) prune() {
	l.found = slices.DeleteFunc(l.found, func(n neighbour) bool { return n.cosine < l.least })
}

// choose returns the k nearest candidates of query i by exact similarity, ties to the lower order.
func (l *nearest) choose(queries *rows, i int, candidates *rows, order []int) []int {
	l.prune()
	if l.tolerance > 0 && len(l.found) > l.k {
		for at := range l.found {
			n := &l.found[at]
			n.cosine = queries.exactDot(i, candidates, n.index)
		}
	}
	place := func(n neighbour) int {
		if order == nil {
			return n.index
		}
		return order[n.index]
	}
	slices.SortFunc(l.found, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(place(a), place(b)))
	})
	chosen := make([]int, 0, l.k)
	for _, n := range l.found[:min(l.k, len(l.found))] {
		chosen = append(chosen, n.index)
	}
	return chosen
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
