package gap

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A stream goes over both clouds of a pair block by block, unit rows in float64, without ever holding them whole: what a shift needs
// beside S.
type stream struct {
	p     Pair
	order []int // the text row behind every column
	mover *mover
}

// streamRows is the number of rows of a block, streamStrips that of strips with sums of their own; fixed, so that sums do not depend on
// the processors.
const (
	streamRows   = 128
	streamStrips = 16
)

// unitSumRows is the number of rows between two looks at the context.
const unitSumRows = 1024

// newStream prepares a shift along vector, or along Δ of the pair if that is nil.
func newStream(ctx context.Context, p Pair, order []int, vector []float64, unit Unit) (*stream, error) {
	s := &stream{p: p, order: order}
	if vector == nil {
		x, err := unitSum(ctx, p.Images)
		if err != nil {
			return nil, err
		}
		y, err := unitSum(ctx, p.Texts)
		if err != nil {
			return nil, err
		}
		vector = minus(scaled(x, 1/float64(p.Images.N)), scaled(y, 1/float64(p.Texts.N)))
	}
	g, err := unit.direction(vector)
	if err != nil {
		return nil, err
	}
	s.mover, err = streamMover(ctx, p.Images, p.Texts, order, g)
	return s, err
}

// streamMover is newMover of unit rows that are never whole.
func streamMover(ctx context.Context, x, y *Embeddings, order []int, g []float64) (*mover, error) {
	u, err := unitDots(ctx, x, nil, g)
	if err != nil {
		return nil, err
	}
	v, err := unitDots(ctx, y, order, g)
	return &mover{g: g, u: u, v: v, squared: dotSum(g, g)}, err
}

// unitDots returns the products of unit rows with g.
func unitDots(ctx context.Context, e *Embeddings, order []int, g []float64) ([]float64, error) {
	out := make([]float64, e.N)
	err := eachUnit(ctx, e, order, func(_, i0 int, block *rows) {
		for i := range block.n {
			out[i0+i] = dot(block.row(i), g)
		}
	})
	return out, err
}

// eachUnit calls visit with blocks of the unit rows of e, those of order and in that order (nil: all as they stand), and the index of their
// first row. Blocks of one strip follow each other, strips run in parallel.
func eachUnit(ctx context.Context, e *Embeddings, order []int, visit func(strip, first int, block *rows)) error {
	n := e.N
	if order != nil {
		n = len(order)
	}
	size := max(1, blocks(blocks(n, streamRows), streamStrips))
	return parallel(ctx, blocks(blocks(n, streamRows), size), func(strip int) error {
		buffer := make([]float64, streamRows*e.D)
		for b := strip * size; b < (strip+1)*size && b*streamRows < n; b++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			i0, i1 := b*streamRows, min((b+1)*streamRows, n)
			block := &rows{n: i1 - i0, d: e.D, data: buffer[:(i1-i0)*e.D]}
			for i := i0; i < i1; i++ {
				row := i
				if order != nil {
					row = order[i]
				}
				e.Slice(row, row+1).UnitTo(block.row(i - i0))
			}
			visit(strip, i0, block)
		}
		return nil
	})
}

// unitSum is Σ x_i/‖x_i‖.
func unitSum(ctx context.Context, e *Embeddings) ([]float64, error) {
	parts := make([][]float64, streamStrips)
	if k := fastKernel; k != nil {
		size := blocks(e.N, streamStrips)
		err := parallel(ctx, streamStrips, func(strip int) error {
			parts[strip] = make([]float64, e.D)
			for i := min(strip*size, e.N); i < min((strip+1)*size, e.N); i += unitSumRows {
				k.unitSum(e.Slice(i, min(i+unitSumRows, (strip+1)*size, e.N)).Data, e.D, parts[strip])
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			return nil
		})
		return sumOf(parts, e.D), err
	}
	err := eachUnit(ctx, e, nil, func(strip, _ int, block *rows) {
		if parts[strip] == nil {
			parts[strip] = make([]float64, e.D)
		}
		for i := range block.n {
			addScaled(parts[strip], 1, block.row(i))
		}
	})
	return sumOf(parts, e.D), err
}

// sumOf adds up parts of n values; nil parts are zero.
func sumOf(parts [][]float64, n int) []float64 {
	sum := make([]float64, n)
	for _, part := range parts {
		if part != nil {
			addScaled(sum, 1, part)
		}
	}
	return sum
}

// distances fills in the distance of the moved centroids of every point. The weighted sums of rows that all moves need are one product of
// inverse norms and rows.
func (s *stream) distances(ctx context.Context, moves []*move, points []SweepPoint) error {
	images, err := movedSums(ctx, s.p.Images, nil, moves, func(m *move) []float64 { return m.ip })
	if err != nil {
		return err
	}
	texts, err := movedSums(ctx, s.p.Texts, s.order, moves, func(m *move) []float64 { return m.iq })
	if err != nil {
		return err
	}
	for l, m := range moves {
		var p, q float64
		for _, v := range m.ip {
			p += v
		}
		for _, v := range m.iq {
			q += v
		}
		n, k := float64(s.p.Images.N), float64(s.p.Texts.N)
		diff := make([]float64, len(s.mover.g))
		for c, g := range s.mover.g {
			diff[c] = (images.row(l)[c]-m.a*p*g)/n - (texts.row(l)[c]+m.b*q*g)/k
		}
		points[l].Distance, points[l].SignedDistance = signedNorm(diff, s.mover.g)
	}
	return nil
}

// movedSums returns Σ_i w_i u_i over the unit rows for the weights of every move.
func movedSums(ctx context.Context, e *Embeddings, order []int, moves []*move, weights func(*move) []float64) (*rows, error) {
	parts := make([][]float64, streamStrips)
	err := eachUnit(ctx, e, order, func(strip, first int, block *rows) {
		w := newRows(len(moves), block.n)
		for l, m := range moves {
			copy(w.row(l), weights(m)[first:])
		}
		if parts[strip] == nil {
			parts[strip] = make([]float64, len(moves)*e.D)
		}
		sum := &rows{n: len(moves), d: e.D, data: parts[strip]}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(w), general(block), 1, general(sum))
	})
	return &rows{n: len(moves), d: e.D, data: sumOf(parts, len(moves)*e.D)}, err
}
