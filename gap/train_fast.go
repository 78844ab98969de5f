package gap

import (
	"context"
	"math"
)

// fastContrastive is what the float32 form of contrastive needs: the packed rows of a batch, and working memory of every strip of rows. Strips
// are fixed, so that results do not depend on the processors.
type fastContrastive struct {
	n            int
	left, right  *packed // x as rows and y as columns of a tile of cosines
	acrossX      *packed // the columns of x as columns of a tile: factors of the gradient by y
	acrossY      *packed
	strips       []contrastiveStrip
	rowsPerStrip int
}

// A contrastiveStrip is the working memory of one strip of rows.
type contrastiveStrip struct {
	tile   []float32
	column []float64 // sums over the strip's rows
	factor *packed   // tileRows rows of ∂L/∂c, or of its transpose
}

// trainStrips is the greatest number of strips.
const trainStrips = 8

// resize makes room for n pairs of width d.
func (f *fastContrastive) resize(k *kernel, n, d int) {
	if f.n == n {
		return
	}
	f.n = n
	f.rowsPerStrip = blocks(blocks(n, tileRows), trainStrips) * tileRows
	f.left, f.right = newPacked(n, d, tileRows, k.panelRows), newPacked(n, d, tileColumns, k.panelColumns)
	f.acrossX, f.acrossY = newPacked(d, n, tileColumns, k.panelColumns), newPacked(d, n, tileColumns, k.panelColumns)
	f.strips = make([]contrastiveStrip, blocks(n, f.rowsPerStrip))
	for s := range f.strips {
		f.strips[s] = contrastiveStrip{tile: aligned32(tileRows * tileColumns), column: make([]float64, n), factor: newPacked(tileRows, n, tileRows, k.panelRows)}
	}
}

// eachBlock calls do with every block of tileRows rows in every strip; blocks of one strip follow each other, strips run in parallel.
func (f *fastContrastive) eachBlock(ctx context.Context, do func(s *contrastiveStrip, i0, i1 int)) error {
	return parallel(ctx, len(f.strips), func(strip int) error {
		for i0 := strip * f.rowsPerStrip; i0 < min((strip+1)*f.rowsPerStrip, f.n); i0 += tileRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			do(&f.strips[strip], i0, min(i0+tileRows, f.n))
		}
		return nil
	})
}

// forwardFast is forwardPlain with cosines in float32.
func (c *contrastive) forwardFast(ctx context.Context, x, y *rows) error {
	f, k, n := &c.fast, c.kernel, x.n
	f.resize(k, n, x.d)
	err := parallel(ctx, 2, func(task int) error {
		r, straight, across := x, f.left, f.acrossX
		if task == 1 {
			r, straight, across = y, f.right, f.acrossY
		}
		for i := range n {
			straight.setRow(i, r.row(i))
			across.setColumn(i, r.row(i))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for s := range f.strips {
		clear(f.strips[s].column)
	}
	err = f.eachBlock(ctx, func(s *contrastiveStrip, i0, i1 int) {
		for j0 := 0; j0 < n; j0 += tileColumns {
			j1 := min(j0+tileColumns, n)
			k.narrow(f.left.at(i0/tileRows), f.right.at(j0/tileColumns), x.d, j1-j0, s.tile)
			for i := i0; i < i1; i++ {
				cosines := s.tile[(i-i0)*tileColumns:][:j1-j0]
				if j0 <= i && i < j1 {
					c.own[i] = float64(cosines[i-j0])
				}
				c.row[i] += storeExponentials(c.terms[i*n+j0:], s.column[j0:], cosines, c.scale)
			}
		}
	})
	for _, s := range f.strips {
		addScaled(c.column, 1, s.column)
	}
	return err
}

// storeExponentials stores e = exp(s(c − 1)) of every cosine c, adds each to sums, and returns their sum. It is addExponentials of float32
// cosines, the terms kept.
func storeExponentials(dst, sums []float64, cosines []float32, s float64) (sum float64) {
	const linear, square = math.Ln2 / expSteps, math.Ln2 / expSteps * (math.Ln2 / expSteps) / 2
	steps := s * (expSteps / math.Ln2)
	dst, sums = dst[:len(cosines)], sums[:len(cosines)]
	for k, c := range cosines {
		x := (float64(c) - 1) * steps
		t := x + expShift
		bits := math.Float64bits(t)
		f := x - (t - expShift)
		scale := math.Float64frombits(expTable[bits%expSteps] + bits>>expStepBits<<52)
		e := scale + scale*(f*(linear+square*f))
		sum += e
		sums[k] += e
		dst[k] = e
	}
	return sum
}

// backwardFast is backwardPlain with products in float32.
func (c *contrastive) backwardFast(ctx context.Context, x, y, towardsX, towardsY *rows) error {
	f, n := &c.fast, x.n
	own := c.scale / float64(n)
	err := f.eachBlock(ctx, func(s *contrastiveStrip, i0, i1 int) {
		p := s.factor
		for i := i0; i < i1; i += p.panel {
			out := p.data[(i-i0)*n:]
			for r := range min(p.panel, i1-i) {
				a := c.row[i+r]
				terms := c.terms[(i+r)*n:][:n]
				for j, b := range c.column {
					out[j*p.panel+r] = float32(terms[j] * (a + b))
				}
				at := i + r
				out[at*p.panel+r] = float32(terms[at]*(a+c.column[at]) - own)
			}
		}
		c.store(towardsX, s, f.acrossY, i0, i1)
	})
	if err != nil {
		return err
	}
	return f.eachBlock(ctx, func(s *contrastiveStrip, j0, j1 int) {
		p := s.factor
		for i, a := range c.row {
			terms := c.terms[i*n:][:n]
			for j := j0; j < j1; j += p.panel {
				out := p.data[(j-j0)*n+i*p.panel:]
				for r, e := range terms[j:min(j+p.panel, j1)] {
					out[r] = float32(e * (a + c.column[j+r]))
				}
			}
			if i >= j0 && i < j1 {
				p.data[(i-j0)/p.panel*p.panel*n+i*p.panel+(i-j0)%p.panel] = float32(terms[i]*(a+c.column[i]) - own)
			}
		}
		c.store(towardsY, s, f.acrossX, j0, j1)
	})
}

// store stores the product of a strip's factor with the given columns as rows i0 to i1 of dst.
func (c *contrastive) store(dst *rows, s *contrastiveStrip, columns *packed, i0, i1 int) {
	for k0 := 0; k0 < dst.d; k0 += tileColumns {
		k1 := min(k0+tileColumns, dst.d)
		c.kernel.narrow(s.factor.data, columns.at(k0/tileColumns), c.fast.n, k1-k0, s.tile)
		for i := i0; i < i1; i++ {
			out := dst.row(i)[k0:k1]
			for k, v := range s.tile[(i-i0)*tileColumns:][:len(out)] {
				out[k] = float64(v)
			}
		}
	}
}

// setRow stores x, rounded, as row i.
func (p *packed) setRow(i int, x []float64) {
	out := p.data[i/p.panel*p.panel*p.d+i%p.panel:]
	for k, v := range x {
		out[k*p.panel] = float32(v)
	}
}

// setColumn stores x, rounded, as entry k of the rows 0, 1, ….
func (p *packed) setColumn(k int, x []float64) {
	for i := 0; i < len(x); i += p.panel {
		out := p.data[i*p.d+k*p.panel:]
		for r, v := range x[i:min(i+p.panel, len(x))] {
			out[r] = float32(v)
		}
	}
}

// multiply stores a·b into dst, or aᵀ·b if transposed: in float32 by the kernel, or in float64 if that is nil.
func multiply(ctx context.Context, k *kernel, dst, a, b *rows, transposed bool) error {
	if k == nil {
		multiplyPlain(dst, a, b, transposed)
		return ctx.Err()
	}
	depth := b.n
	left, right := newPacked(dst.n, depth, tileRows, k.panelRows), newPacked(dst.d, depth, tileColumns, k.panelColumns)
	for i := range a.n {
		if transposed {
			left.setColumn(i, a.row(i))
		} else {
			left.setRow(i, a.row(i))
		}
	}
	for i := range b.n {
		right.setColumn(i, b.row(i))
	}
	return parallel(ctx, left.blocks(), func(block int) error {
		tile := aligned32(tileRows * tileColumns)
		for j0 := 0; j0 < dst.d; j0 += tileColumns {
			j1 := min(j0+tileColumns, dst.d)
			k.narrow(left.at(block), right.at(j0/tileColumns), depth, j1-j0, tile)
			for i := block * tileRows; i < min((block+1)*tileRows, dst.n); i++ {
				out := dst.row(i)[j0:j1]
				for at, v := range tile[(i-block*tileRows)*tileColumns:][:len(out)] {
					out[at] = float64(v)
				}
			}
		}
		return ctx.Err()
	})
}
