package gap

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// A RowDistance measures how far two embeddings lie apart. Both give exactly 0 for equal rows.
type RowDistance uint8

const (
	// CosineDistance is 1 − cos(x, y), computed as ½‖x/‖x‖ − y/‖y‖‖², which does not cancel for close rows.
	CosineDistance RowDistance = iota
	// EuclideanDistance is ‖x − y‖₂ of the rows as they are.
	EuclideanDistance
)

// String returns "cosine" or "euclidean".
func (d RowDistance) String() string {
	if d == EuclideanDistance {
		return "euclidean"
	}
	return "cosine"
}

// NeighbourLists are the K nearest neighbours of every row of a matrix of n rows, nearest first, ties to the lower index. A row is not its
// own neighbour.
type NeighbourLists struct {
	K        int
	Index    []int32   // n×K, row-major
	Distance []float64 // n×K, row-major
}

// Row returns the neighbours of row i and their distances; they share memory with l.
func (l *NeighbourLists) Row(i int) (index []int32, distance []float64) {
	a, b := i*l.K, (i+1)*l.K
	return l.Index[a:b:b], l.Distance[a:b:b]
}

// Neighbours finds the k nearest other rows of every row of e, exactly.
//
// One blocked product of the unit rows with themselves, in float32 where a kernel computes it, leaves a few candidates a row; their
// distances are computed again in float64, and these decide. Time is O(n²d), memory O(n(d + k)); all processors are used, and the result
// is the same to the last bit on any number of them.
//
// The error is a *ValueError if a row holds NaN, an infinity or only zeros, ctx's if ctx ends, and otherwise says that there are not more
// than k rows. It panics with ErrShape if k < 1.
func Neighbours(ctx context.Context, e *Embeddings, k int, distance RowDistance) (*NeighbourLists, error) {
	if k < 1 {
		panic(ErrShape)
	}
	if err := e.Validate(""); err != nil {
		return nil, err
	}
	if k >= e.N {
		return nil, fmt.Errorf("gap: %d neighbours among %d rows, want more than %d rows", k, e.N, k)
	}
	m, err := newDistances(ctx, e, distance)
	if err != nil {
		return nil, err
	}
	lists := newNeighbourLists(e.N, k)
	return lists, m.eachBlock(ctx, func(i0, i1 int) blockVisitor {
		found := newBlockCandidates(m, i0, i1, k)
		return blockVisitor{
			tile: func(i, j0 int, cosines []float64) { found[i-i0].scan(j0, cosines) },
			done: func() { found.chosenTo(lists, i0) },
		}
	})
}

func newNeighbourLists(n, k int) *NeighbourLists {
	return &NeighbourLists{K: k, Index: make([]int32, n*k), Distance: make([]float64, n*k)}
}

// distances computes the distances of the rows x of one matrix from the rows y of the same or another: approximately from tiles of
// cosines, exactly one by one.
//
// What is compared is a "closeness", larger for nearer rows: the cosine, or x·y − ½‖y‖², which orders the rows y as −‖x − y‖² does for a
// fixed x.
type distances struct {
	x, y           *Embeddings
	within         bool // x and y are one matrix, and a row is not its own neighbour
	kind           RowDistance
	xUnit, yUnit   *rows
	xNorms, yNorms []float64
	half           []float64 // ½‖y‖², Euclidean alone
	greatest       float64   // greatest norm of y
	tolerance      float64   // bound of the error of a tile's cosine
}

func newDistances(ctx context.Context, e *Embeddings, kind RowDistance) (*distances, error) {
	unit, err := similarUnit(ctx, e, e.N)
	if err != nil {
		return nil, err
	}
	norms := e.Norms()
	m := &distances{x: e, y: e, within: true, kind: kind, xUnit: unit, yUnit: unit, xNorms: norms, yNorms: norms}
	m.prepare()
	return m, nil
}

func (m *distances) prepare() {
	// Cosines in float64 are off by a few ulp a term at most; those of a kernel by more.
	m.tolerance = max(m.xUnit.tolerance(), float64(m.x.D+8)*0x1p-52)
	m.greatest = slices.Max(m.yNorms)
	if m.kind == EuclideanDistance {
		m.half = make([]float64, m.y.N)
		for i, v := range m.yNorms {
			m.half[i] = v * v / 2
		}
	}
}

// blockVisitor takes the tiles of a block of rows, from left to right, row by row.
type blockVisitor struct {
	tile func(i, j0 int, cosines []float64)
	done func()
}

// eachBlock calls visit for every block of rows x, in parallel, and lets it see the block's cosines with all rows y.
func (m *distances) eachBlock(ctx context.Context, visit func(i0, i1 int) blockVisitor) error {
	n := m.x.N
	return parallel(ctx, blocks(n, tileRows), func(b int) error {
		i0, i1 := b*tileRows, min((b+1)*tileRows, n)
		v, t := visit(i0, i1), newTile()
		for j0 := 0; j0 < m.y.N; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(m.xUnit, m.yUnit, i0, i1, j0, min(j0+tileColumns, m.y.N))
			for i := i0; i < i1; i++ {
				v.tile(i, j0, t.row(i))
			}
		}
		v.done()
		return nil
	})
}

// slack bounds the error of a closeness to row i.
func (m *distances) slack(i int) float64 {
	if m.kind == EuclideanDistance {
		return m.xNorms[i]*m.greatest*m.tolerance + (m.xNorms[i]+m.greatest)*m.greatest*0x1p-51
	}
	return m.tolerance
}

// closenessOf turns a distance from row i to row j back into a closeness.
func (m *distances) closenessOf(i, j int, distance float64) float64 {
	if m.kind == EuclideanDistance {
		return (m.xNorms[i]*m.xNorms[i] - distance*distance) / 2
	}
	return 1 - distance
}

// toCloseness overwrites cosines of row i with columns j0, j0+1, … by closenesses.
func (m *distances) toCloseness(i, j0 int, cosines []float64) {
	if m.kind != EuclideanDistance {
		return
	}
	own := m.xNorms[i]
	norms, half := m.yNorms[j0:][:len(cosines)], m.half[j0:][:len(cosines)]
	for k, c := range cosines {
		cosines[k] = own*norms[k]*c - half[k]
	}
}

// exact is the distance of row i of x from row j of y in float64.
func (m *distances) exact(i, j int) float64 {
	x, y := m.x.Row(i), m.y.Row(j)
	y = y[:len(x)]
	a, b := 1.0, 1.0
	if m.kind == CosineDistance {
		a, b = 1/m.xNorms[i], 1/m.yNorms[j]
	}
	// Four chains keep the adder busy; their order depends on the width alone.
	var s [4]float64
	k := 0
	for ; k+4 <= len(x); k += 4 {
		d0 := float64(x[k])*a - float64(y[k])*b
		d1 := float64(x[k+1])*a - float64(y[k+1])*b
		d2 := float64(x[k+2])*a - float64(y[k+2])*b
		d3 := float64(x[k+3])*a - float64(y[k+3])*b
		s[0] += d0 * d0
		s[1] += d1 * d1
		s[2] += d2 * d2
		s[3] += d3 * d3
	}
	for ; k < len(x); k++ {
		d := float64(x[k])*a - float64(y[k])*b
		s[0] += d * d
	}
	squared := (s[0] + s[1]) + (s[2] + s[3])
	if m.kind == CosineDistance {
		return squared / 2
	}
	return math.Sqrt(squared)
}

// candidates collects the rows that may be among the k nearest of row i: those whose closeness is within twice its error of the k-th.
type candidates struct {
	m      *distances
	row, k int
	self   int // the row that is not to be found, −1 if there is none
	slack  float64
	least  float64   // what a candidate must reach
	top    []float64 // the k greatest closenesses so far, descending
	found  []candidate
	limit  int
}

type candidate struct {
	index     int32
	closeness float64
	distance  float64 // exact, where known; else −1
}

func newCandidates(m *distances, row, k int) *candidates {
	c := &candidates{m: m, row: row, k: k, self: -1, slack: m.slack(row), least: math.Inf(-1), limit: 4*k + 32}
	if m.within {
		c.self = row
	}
	return c
}

// blockCandidates are those of a block of rows.
type blockCandidates []*candidates

func newBlockCandidates(m *distances, i0, i1, k int) blockCandidates {
	found := make(blockCandidates, i1-i0)
	for i := range found {
		found[i] = newCandidates(m, i0+i, k)
	}
	return found
}

// chosenTo stores the nearest of the block, whose first row is i0.
func (b blockCandidates) chosenTo(lists *NeighbourLists, i0 int) {
	for i, c := range b {
		c.chosenTo(lists.Row(i0 + i))
	}
}

// scan takes a stretch of cosines, which it may overwrite.
func (c *candidates) scan(j0 int, cosines []float64) {
	c.m.toCloseness(c.row, j0, cosines)
	for k, v := range cosines {
		if v >= c.least && j0+k != c.self {
			c.add(j0+k, v)
		}
	}
}

func (c *candidates) add(j int, closeness float64) {
	c.found = append(c.found, candidate{int32(j), closeness, -1})
	if len(c.top) < c.k || closeness > c.top[c.k-1] {
		at, _ := slices.BinarySearchFunc(c.top, closeness, func(held, v float64) int { return cmp.Compare(v, held) })
		if len(c.top) == c.k {
			c.top = c.top[:c.k-1]
		}
		c.top = slices.Insert(c.top, at, closeness)
		if len(c.top) == c.k {
			c.least = max(c.least, c.top[c.k-1]-2*c.slack)
		}
	}
	if len(c.found) > c.limit {
		c.prune()
	}
}

// prune drops what is out of reach. Where many rows lie closer together than the error of a closeness, exact distances decide, so that the
// list stays short in the narrowest cone.
func (c *candidates) prune() {
	c.found = slices.DeleteFunc(c.found, func(f candidate) bool { return f.closeness < c.least })
	if len(c.found) <= c.limit/2 {
		return
	}
	c.settle()
	c.found = c.found[:c.k]
	last := c.found[c.k-1]
	c.least = max(c.least, c.m.closenessOf(c.row, int(last.index), last.distance)-c.slack)
}

// settle computes the exact distances and puts the nearest first.
func (c *candidates) settle() {
	for at := range c.found {
		if f := &c.found[at]; f.distance < 0 {
			f.distance = c.m.exact(c.row, int(f.index))
		}
	}
	slices.SortFunc(c.found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.index, b.index))
	})
}

// chosenTo stores the k nearest rows.
func (c *candidates) chosenTo(index []int32, distance []float64) {
	c.found = slices.DeleteFunc(c.found, func(f candidate) bool { return f.closeness < c.least })
	c.settle()
	for at, f := range c.found[:c.k] {
		index[at], distance[at] = f.index, f.distance
	}
}
