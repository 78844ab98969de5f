package gap

import (
	"context"
	"fmt"
	"math"
)

// A Retrieval is what every query finds among the candidates.
type Retrieval struct {
	// Near are the nearest candidates by CosineDistance; a nil list where none were asked for.
	Near *NeighbourLists
	// Rank is the number of candidates strictly nearer than the best of the query's own, so that 0 is found first and ties count for the
	// match; nil where no query has any of its own. A recall at k is the share of ranks below k.
	Rank []int
}

// Retrieve finds the k nearest candidates of every query by the cosine, ties to the lower index, and the rank of its own: own[i] holds the
// candidate rows that belong to query i. With k = 0 no candidates are listed, with a nil own none are ranked. Unlike Neighbours, it does
// not leave out the candidate of the query's own index: queries and candidates are two clouds.
//
// One blocked product in float32, where a kernel computes it, decides what is clear, and float64 the rest. Time is O(n·m·d) for n queries
// and m candidates, memory O((n + m)·d + n·k); all processors are used, and the result is the same to the last bit on any number of them.
//
// The error is a *ValueError if a row holds NaN, an infinity or only zeros, ctx's if ctx ends, and otherwise says that there are fewer than
// k candidates. It panics with ErrShape if the widths differ, k is negative or own has not one entry a query, with ErrTooFew if an entry of
// own is empty, and with ErrIndex if it holds no candidate's row.
func Retrieve(ctx context.Context, queries, candidates *Embeddings, k int, own [][]int) (*Retrieval, error) {
	if queries.D != candidates.D || k < 0 || own != nil && len(own) != queries.N {
		panic(ErrShape)
	}
	if err := queries.Validate("query"); err != nil {
		return nil, err
	}
	if err := candidates.Validate("candidate"); err != nil {
		return nil, err
	}
	if k > candidates.N {
		return nil, fmt.Errorf("gap: the %d nearest of %d candidates, want at least as many", k, candidates.N)
	}
	r := &Retrieval{}
	if queries.N == 0 || candidates.N == 0 && own == nil {
		return r, ctx.Err()
	}
	m, err := newCrossDistances(ctx, queries, candidates)
	if err != nil {
		return nil, err
	}
	var limit []float64
	if own != nil {
		limit, r.Rank = m.bestOf(own), make([]int, queries.N)
	}
	if k > 0 {
		r.Near = newNeighbourLists(queries.N, k)
	}
	tolerance := m.xUnit.tolerance()
	return r, m.eachBlock(ctx, func(i0, i1 int) blockVisitor {
		var found blockCandidates
		if k > 0 {
			found = newBlockCandidates(m, i0, i1, k)
		}
		return blockVisitor{
			tile: func(i, j0 int, cosines []float64) {
				if limit != nil {
					least, sure := limit[i]-tolerance, limit[i]+tolerance
					for at, v := range cosines {
						if v > least && (v > sure || m.xUnit.exactDot(i, m.yUnit, j0+at) > limit[i]) {
							r.Rank[i]++
						}
					}
				}
				if k > 0 {
					found[i-i0].scan(j0, cosines)
				}
			},
			done: func() { found.chosenTo(r.Near, i0) },
		}
	})
}

// newCrossDistances compares the rows of two matrices by the cosine.
func newCrossDistances(ctx context.Context, x, y *Embeddings) (*distances, error) {
	m := &distances{x: x, y: y, kind: CosineDistance, xNorms: x.Norms(), yNorms: y.Norms()}
	if k := kernelFor(x.N, y.N, false); k != nil {
		m.xUnit, m.yUnit = &rows{n: x.N, d: x.D, e: x}, &rows{n: y.N, d: y.D, e: y}
		var err error
		if m.xUnit.left, err = packUnit(ctx, x, nil, tileRows, k.panelRows); err != nil {
			return nil, err
		}
		if m.yUnit.right, err = packUnit(ctx, y, nil, tileColumns, k.panelColumns); err != nil {
			return nil, err
		}
	} else {
		m.xUnit, m.yUnit = x.unit(), y.unit()
	}
	m.prepare()
	return m, nil
}

// bestOf returns the greatest cosine of every row of x with its own rows of y.
func (m *distances) bestOf(own [][]int) []float64 {
	best := filled(m.x.N, math.Inf(-1))
	for i, rows := range own {
		if len(rows) == 0 {
			panic(ErrTooFew)
		}
		for _, j := range rows {
			if j < 0 || j >= m.y.N {
				panic(ErrIndex)
			}
			best[i] = max(best[i], m.xUnit.exactDot(i, m.yUnit, j))
		}
	}
	return best
}
