package gap

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// What a sweep in float32 leaves open is decided here in float64, from similarities computed as the plain twin computes them.

// A recheck is an image or a column of texts whose nearest other is, at one λ, as near as its match within float32's error.
type recheck struct {
	index, lambda int
	match         float64 // the moved cosine that is to be met
}

// A redo is a row or column whose sum of exponentials left the range of float32 at one λ and scale.
type redo struct{ index, lk int }

// group sorts items by index and returns the ranges of equal ones.
func group[T any](items []T, index func(T) int) [][]T {
	slices.SortStableFunc(items, func(a, b T) int { return cmp.Compare(index(a), index(b)) })
	var groups [][]T
	for first := 0; first < len(items); {
		last := first
		for last < len(items) && index(items[last]) == index(items[first]) {
			last++
		}
		groups = append(groups, items[first:last])
		first = last
	}
	return groups
}

// side returns the queries of a modality, the candidates, and the row in its cloud behind an index of each.
func (f *fastSweep) side(m Modality) (queries, candidates *Embeddings, query, candidate func(int) int) {
	image := func(i int) int { return i }
	text := func(j int) int { return f.order[j] }
	if m == Image {
		return f.p.Images, f.p.Texts, image, text
	}
	return f.p.Texts, f.p.Images, text, image
}

// recheck adds 1 to found[l] for every open case of λ number l in which nothing is strictly nearer than the match. Cases of one row share
// one float32 pass over the candidates; only those within the error bound of the match are multiplied out in float64.
func (f *fastSweep) recheck(ctx context.Context, open []recheck, m Modality, found []float64) error {
	groups := group(open, func(r recheck) int { return r.index })
	recomputed.rechecked.Add(int64(len(groups)))
	queries, candidates, queryRow, candidateRow := f.side(m)
	beaten := make([][]bool, len(groups))
	tasks := blocks(len(groups), tileRows)
	err := parallel(ctx, tasks, func(b int) error {
		mine := groups[b*tileRows : min((b+1)*tileRows, len(groups))]
		index := make([]int, len(mine))
		for k, g := range mine {
			index[k] = queryRow(g[0].index)
			beaten[b*tileRows+k] = make([]bool, len(g))
		}
		a, err := packUnit(ctx, queries, index, tileRows, f.kernel.panelRows)
		if err != nil {
			return err
		}
		d := queries.D
		c := &packed{n: tileColumns, d: d, block: tileColumns, panel: f.kernel.panelColumns, data: aligned32(tileColumns * d)}
		s := aligned32(tileRows * tileColumns)
		exact := newExactDot(d)
		for j0 := 0; j0 < candidates.N; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			j1 := min(j0+tileColumns, candidates.N)
			for j := j0; j < j1; j++ {
				c.set(j-j0, candidates.Row(candidateRow(j)))
			}
			f.kernel.product(a.at(0), c.at(0), d, s)
			for k, g := range mine {
				for j := j0; j < j1; j++ {
					f.compare(g, m, j, float64(s[k*tileColumns+j-j0]), beaten[b*tileRows+k], func() float64 {
						return exact.dot(queries, queryRow(g[0].index), candidates, candidateRow(j))
					})
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, g := range groups {
		for at, r := range g {
			if !beaten[k][at] {
				found[r.lambda]++
			}
		}
	}
	return nil
}

// compare marks the cases of one query that candidate j beats. similar is the float32 similarity, exact computes the float64 one.
func (f *fastSweep) compare(g []recheck, m Modality, j int, similar float64, beaten []bool, exact func() float64) {
	i := g[0].index
	image, column := i, j
	if m == Text {
		image, column = j, i
	}
	if f.imageOf[column] == image {
		return
	}
	var known bool
	var similarity float64
	for at, r := range g {
		if beaten[at] {
			continue
		}
		mv := f.moves[r.lambda]
		if mv.cosine(similar, image, column) < r.match-f.tolerances[r.lambda] {
			continue
		}
		if !known {
			similarity, known = exact(), true
		}
		beaten[at] = mv.cosine(similarity, image, column) > r.match
	}
}

// exactDot multiplies unit rows in float64.
type exactDot struct{ x, y []float64 }

func newExactDot(d int) *exactDot { return &exactDot{make([]float64, d), make([]float64, d)} }

func (e *exactDot) dot(x *Embeddings, i int, y *Embeddings, j int) float64 {
	x.Slice(i, i+1).UnitTo(e.x)
	y.Slice(j, j+1).UnitTo(e.y)
	return dot(e.x, e.y)
}

// redo adds log Σ exp(s·c) over the n first texts, or over the images, to sums[lk] for every row or column whose sum was out of range.
func (f *fastSweep) redo(ctx context.Context, open []redo, m Modality, sums []float64) error {
	groups := group(open, func(r redo) int { return r.index })
	recomputed.redone.Add(int64(len(groups)))
	queries, candidates, queryRow, candidateRow := f.side(m)
	n := f.p.Images.N
	logs := make([][]float64, len(groups))
	err := parallel(ctx, len(groups), func(k int) error {
		i := groups[k][0].index
		similar, cosines := make([]float64, n), make([]float64, n)
		x, y := make([]float64, queries.D), make([]float64, queries.D)
		queries.Slice(queryRow(i), queryRow(i)+1).UnitTo(x)
		for j := range n {
			row := candidateRow(j)
			candidates.Slice(row, row+1).UnitTo(y)
			similar[j] = dot(x, y)
		}
		for _, r := range groups[k] {
			mv, scale := f.moves[r.lk/len(f.Scales)], f.Scales[r.lk%len(f.Scales)]
			top := math.Inf(-1)
			for j, s := range similar {
				image, column := i, j
				if m == Text {
					image, column = j, i
				}
				cosines[j] = mv.cosine(s, image, column)
				top = max(top, cosines[j])
			}
			var sum float64
			for _, c := range cosines {
				sum += fastExp(scale * (c - top))
			}
			logs[k] = append(logs[k], math.Log(sum)+scale*top)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for k, g := range groups {
		for at, r := range g {
			sums[r.lk] += logs[k][at]
		}
	}
	return nil
}
