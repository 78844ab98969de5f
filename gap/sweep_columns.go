package gap

import (
	"context"
	"math"
)

// groupColumns is how many texts at most are swept between two meetings of the strips of images.
const groupColumns = 4 * tileColumns

// textBlock is a block of columns, at most tileColumns of them, packed and at every λ.
type textBlock struct {
	j0, j1       int
	packed       *packed
	sub, inverse []float32
	terms        *terms
	strips       []*columnMoves // what each strip of images adds up
}

// newBlock prepares the columns from j0 to j1.
func (f *fastSweep) newBlock(j0, j1, strips int) *textBlock {
	d := f.p.Images.D
	b := &textBlock{j0: j0, j1: j1, terms: f.terms, strips: make([]*columnMoves, strips)}
	if j0 >= f.p.Images.N { // texts that are no image's first enter no loss
		b.terms = &terms{}
	}
	b.packed = &packed{n: j1 - j0, d: d, block: tileColumns, panel: f.kernel.panelColumns, data: aligned32(tileColumns * d)}
	for j := j0; j < j1; j++ {
		b.packed.set(j-j0, f.p.Texts.Row(f.order[j]))
	}
	b.sub, b.inverse = aligned32(len(f.moves)*tileColumns), aligned32(len(f.moves)*tileColumns)
	for l, mv := range f.moves {
		for k := range tileColumns {
			at := l*tileColumns + k
			b.sub[at], b.inverse[at] = -outside, 1
			if j := j0 + k; j < j1 {
				b.sub[at], b.inverse[at] = float32(mv.sub[j]), float32(mv.iq[j])
			}
		}
	}
	return b
}

// columns returns empty accumulators of one strip of images for block number k of a group. Groups follow each other, so they share them.
func (f *fastSweep) columns(strip, k int, b *textBlock) *columnMoves {
	c := &f.accumulators[strip][k]
	if c.greatest == nil {
		c.greatest = aligned32(len(f.moves) * tileColumns)
		c.sums = make([]float64, len(f.moves)*len(f.terms.slope)*tileColumns)
	}
	for at := range c.greatest {
		c.greatest[at] = outside
	}
	clear(c.sums)
	c.sub, c.inverse = b.sub, b.inverse
	return c
}

// group takes the columns from j0 to j1, at most groupColumns, into all accumulators.
func (f *fastSweep) group(ctx context.Context, j0, j1 int) error {
	size := blocks(f.images.blocks(), sweepStrips)
	strips := blocks(f.images.blocks(), size)
	if f.accumulators == nil {
		f.accumulators = make([][groupColumns / tileColumns]columnMoves, strips)
	}
	group := make([]*textBlock, blocks(j1-j0, tileColumns))
	err := parallel(ctx, len(group), func(k int) error {
		first := j0 + k*tileColumns
		group[k] = f.newBlock(first, min(first+tileColumns, j1), strips)
		return nil
	})
	if err != nil {
		return err
	}
	err = parallel(ctx, strips, func(strip int) error {
		s, work := aligned32(tileRows*tileColumns), aligned32(workSize(len(f.terms.slope)))
		for k, b := range group {
			c := f.columns(strip, k, b)
			for at := strip * size; at < min((strip+1)*size, f.images.blocks()); at++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				f.kernel.product(f.images.at(at), b.packed.at(0), f.p.Images.D, s)
				for j := b.j0; j < b.j1; j++ {
					if i := f.imageOf[j] - at*tileRows; i >= 0 && i < tileRows {
						s[i*tileColumns+j-b.j0] = outside
					}
				}
				f.kernel.sweep(s, f.rows, at*tileRows, c, b.terms, work)
			}
			b.strips[strip] = c
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, b := range group {
		if err := f.finishColumns(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// finishColumns adds up the strips of a block and takes what they say about the losses and the recall of texts.
func (f *fastSweep) finishColumns(ctx context.Context, b *textBlock) error {
	j0, j1, strips := b.j0, b.j1, b.strips
	unsure := make([][]recheck, len(f.moves))
	redone := make([][]redo, len(f.moves))
	err := parallel(ctx, len(f.moves), func(l int) error {
		mv, tolerance := f.moves[l], f.tolerances[l]
		sums := make([]float64, tileColumns)
		greatest := filled(tileColumns, outside)
		for _, c := range strips {
			for k, v := range c.greatest[l*tileColumns : (l+1)*tileColumns] {
				greatest[k] = max(greatest[k], float64(v))
			}
		}
		for j := j0; j < j1; j++ {
			switch match := mv.cosine(f.matched[j], f.imageOf[j], j); {
			case greatest[j-j0] < match-tolerance:
				f.textFound[l]++
			case greatest[j-j0] <= match+tolerance:
				unsure[l] = append(unsure[l], recheck{index: j, lambda: l, match: match})
			}
		}
		if j0 >= f.p.Images.N {
			return nil
		}
		for k := range f.Scales {
			lk := l*len(f.Scales) + k
			clear(sums)
			for _, c := range strips {
				for at, v := range c.sums[lk*tileColumns : (lk+1)*tileColumns] {
					sums[at] += v
				}
			}
			for j := j0; j < j1; j++ {
				log, ok := f.logSum(lk, sums[j-j0], greatest[j-j0], mv.cosine(f.matched[j], j, j))
				if ok {
					f.columnLog[lk] += log
				} else {
					redone[l] = append(redone[l], redo{j, lk})
				}
			}
		}
		return nil
	})
	for l := range f.moves {
		f.unsure = append(f.unsure, unsure[l]...)
		f.redone = append(f.redone, redone[l]...)
	}
	return err
}

// logSum returns log Σ exp(s·c) for λ and scale lk, given Σ exp(s·(c − h)) without the match, the greatest cosine in it and the match's
// own cosine. ok is false if float32 may have lost more than 2⁻²⁴ of the sum.
func (f *fastSweep) logSum(lk int, sum, greatest, match float64) (log float64, ok bool) {
	scale, shift := f.Scales[lk%len(f.Scales)], float64(f.rows.shift[lk/len(f.Scales)])
	total := sum + math.Exp(scale*(match-shift))
	ok = scale*(greatest-shift) <= greatestTerm*math.Ln2 && total >= leastSum(f.p.Images.N) && !math.IsInf(total, 1)
	return math.Log(total) + scale*shift, ok
}
