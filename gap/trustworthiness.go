package gap

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Trustworthiness says to what degree the k nearest neighbours of a low-dimensional picture are neighbours in the original space:
//
//	T(k) = 1 − 2/(nk(2n − 3k − 1)) · Σ_i Σ_{j ∈ N_i} max(0, r(i, j) − k)
//
// N_i are the k nearest rows of row i in low (Euclidean), r(i, j) is the rank of j among the neighbours of i in high, the nearest having
// rank 1 (Venna & Kaski 2001; sklearn.manifold.trustworthiness). 1 is perfect; chance gives about ½. Ties go to the lower index. low holds
// a row for every row of high.
//
// Time is O(n²(d + k)), memory O(n(d + k)); all processors are used. The error is a *ValueError for rows of high as in Neighbours, ctx's if
// ctx ends, and otherwise says that low is not finite or that k is not below n/2. It panics with ErrShape if the numbers of rows or the
// widths of low differ, or k < 1.
func Trustworthiness(ctx context.Context, high *Embeddings, low [][]float64, k int, distance RowDistance) (float64, error) {
	n := high.N
	if len(low) != n || k < 1 {
		panic(ErrShape)
	}
	if err := high.Validate(""); err != nil {
		return math.NaN(), err
	}
	if 2*k >= n {
		return math.NaN(), fmt.Errorf("gap: trustworthiness of %d neighbours among %d rows, want fewer than half of them", k, n)
	}
	flat, err := flatten(low)
	if err != nil {
		return math.NaN(), err
	}
	near, err := nearestPlain(ctx, flat, k)
	if err != nil {
		return math.NaN(), err
	}
	m, err := newDistances(ctx, high, distance)
	if err != nil {
		return math.NaN(), err
	}
	penalties := make([]int64, n)
	err = m.eachBlock(ctx, func(i0, i1 int) blockVisitor {
		ranks := make([]*ranker, i1-i0)
		for i := range ranks {
			ranks[i] = newRanker(m, i0+i, near[(i0+i)*k:(i0+i+1)*k])
		}
		return blockVisitor{
			tile: func(i, j0 int, cosines []float64) { ranks[i-i0].scan(j0, cosines) },
			done: func() {
				for i := i0; i < i1; i++ {
					penalties[i] = ranks[i-i0].penalty()
				}
			},
		}
	})
	if err != nil {
		return math.NaN(), err
	}
	var sum int64
	for _, p := range penalties {
		sum += p
	}
	f, g := float64(n), float64(k)
	return 1 - float64(sum)*2/(f*g*(2*f-3*g-1)), nil
}

// flatten copies rows of equal width into a matrix.
func flatten(low [][]float64) (*rows, error) {
	r := newRows(len(low), len(low[0]))
	for i, row := range low {
		if len(row) != r.d {
			panic(ErrShape)
		}
		for k, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("gap: row %d, column %d of the low-dimensional picture is %v", i, k, v)
			}
		}
		copy(r.row(i), row)
	}
	return r, nil
}

// nearestPlain lists the k nearest other rows of every row of r, row after row, by the definition: for a few dimensions.
func nearestPlain(ctx context.Context, r *rows, k int) ([]int32, error) {
	near := make([]int32, r.n*k)
	const block = 64
	err := parallel(ctx, blocks(r.n, block), func(b int) error {
		index, square := make([]int32, 0, k+1), make([]float64, 0, k+1)
		for i := b * block; i < min((b+1)*block, r.n); i++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			index, square = index[:0], square[:0]
			x := r.row(i)
			for j := range r.n {
				var d float64
				for c, v := range r.data[j*r.d : (j+1)*r.d] {
					d += (x[c] - v) * (x[c] - v)
				}
				if j == i || len(square) == k && d >= square[k-1] {
					continue
				}
				at := len(square)
				for at > 0 && d < square[at-1] {
					at--
				}
				index, square = slices.Insert(index, at, int32(j)), slices.Insert(square, at, d)
				index, square = index[:min(k, len(index))], square[:min(k, len(square))]
			}
			copy(near[i*k:], index)
		}
		return nil
	})
	return near, err
}

// ranker counts, for each of a few rows j, the rows that are nearer to row i.
type ranker struct {
	m         *distances
	row       int
	slack     float64
	index     []int32   // the rows, nearest first
	distance  []float64 // their exact distances
	closeness []float64
	nearer    []int64 // nearer[a]: rows nearer than index[a], but not nearer than index[a−1]
}

func newRanker(m *distances, i int, near []int32) *ranker {
	r := &ranker{m: m, row: i, slack: 2 * m.slack(i), nearer: make([]int64, len(near))}
	c := candidates{m: m, row: i, k: len(near)}
	for _, j := range near {
		c.found = append(c.found, candidate{index: j, distance: -1})
	}
	c.settle()
	for _, f := range c.found {
		r.index, r.distance = append(r.index, f.index), append(r.distance, f.distance)
		r.closeness = append(r.closeness, m.closenessOf(i, int(f.index), f.distance))
	}
	return r
}

func (r *ranker) scan(j0 int, cosines []float64) {
	r.m.toCloseness(r.row, j0, cosines)
	last := r.closeness[len(r.closeness)-1] - r.slack
	for k, v := range cosines {
		if v < last || j0+k == r.row {
			continue
		}
		r.count(int32(j0+k), v)
	}
}

// count adds row j where it belongs: before the first listed row that it is nearer than.
func (r *ranker) count(j int32, closeness float64) {
	at, exact := 0, -1.0
	for ; at < len(r.closeness); at++ {
		gain := closeness - r.closeness[at]
		if gain > r.slack {
			break
		}
		if gain < -r.slack {
			continue
		}
		if exact < 0 {
			exact = r.m.exact(r.row, int(j))
		}
		if exact < r.distance[at] || exact == r.distance[at] && j < r.index[at] {
			break
		}
	}
	if at < len(r.nearer) {
		r.nearer[at]++
	}
}

// penalty is Σ max(0, r − k) over the listed rows.
func (r *ranker) penalty() int64 {
	k := int64(len(r.index))
	var sum, nearer int64
	for _, c := range r.nearer {
		nearer += c
		sum += max(0, nearer+1-k)
	}
	return sum
}
