package gap

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
)

// fastSweep is a Sweep in float32 tiles and float64 sums.
//
// A group of blocks of tileColumns texts at a time, strips of images go down it in parallel. A tile of S is computed once and stays in the
// first-level cache while every λ and scale works on it; S is never whole. Within a tile sums are float32, across tiles float64.
//
// What float32 cannot say is computed in float64: the similarities of matches, their terms in the softmax, every comparison that decides
// recall and is closer than the error bound (recheck), and every row or column whose sum left the range of float32 (redo).
type fastSweep struct {
	SweepOptions // Lambdas and Scales are those that float32 is good for
	kernel       *kernel
	p            Pair
	order        []int // the text row behind every column
	imageOf      []int // the image of every column
	moves        []*move
	points       []SweepPoint

	matched      []float64 // similarity of every column with its image
	tolerances   []float64 // error bound of a moved cosine, for every λ
	own          [][]int   // the columns of every image; nil if column i is image i's only one
	images       *packed
	rows         *rowMoves
	terms        *terms
	accumulators [][groupColumns / tileColumns]columnMoves // of every strip of images
	columnLog    []float64                                 // Σ log Σ_i exp(s·c_ij) over columns so far, for every λ and scale
	redone       []redo                                    // columns to be computed again
	unsure       []recheck                                 // texts whose recall is to be decided in float64
	textFound    []float64                                 // texts found, for every λ
}

// sweepFast is Sweep with a float32 kernel. λ that stretch cosines too far for float32, scales beyond maxFastScale and losses over chunks
// are left to the plain twin.
func sweepFast(ctx context.Context, k *kernel, p Pair, o SweepOptions) ([]SweepPoint, error) {
	f := &fastSweep{SweepOptions: o, kernel: k, p: p}
	f.order, f.imageOf = p.columns()
	c, err := newStream(ctx, p, f.order, o.Vector, o.Unit)
	if err != nil {
		return nil, err
	}
	points := make([]SweepPoint, len(o.Lambdas))
	moves := make([]*move, len(o.Lambdas))
	err = parallel(ctx, len(moves), func(l int) error {
		moves[l] = c.mover.move(o.Lambdas[l], o.Side)
		points[l] = newPoint(moves[l], len(o.Scales))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := c.distances(ctx, moves, points); err != nil {
		return nil, err
	}

	var fast, large []int // scales
	for k, s := range o.Scales {
		if o.Chunk > 0 || s > maxFastScale {
			large = append(large, k)
		} else {
			fast = append(fast, k)
		}
	}
	slices.SortFunc(fast, func(a, b int) int { return cmp.Compare(o.Scales[a], o.Scales[b]) })
	var tame, stretching []int // λ
	f.Lambdas, f.Scales = nil, pick(o.Scales, fast)
	for l, mv := range moves {
		switch {
		case mv.reason != "":
		case mv.stretch() > maxStretch:
			stretching = append(stretching, l)
		default:
			tame = append(tame, l)
			f.Lambdas, f.moves = append(f.Lambdas, mv.lambda), append(f.moves, mv)
			f.points = append(f.points, SweepPoint{Loss: make([]float64, len(fast))})
		}
	}
	if len(tame) > 0 {
		if err := f.run(ctx); err != nil {
			return nil, err
		}
		fill(points, f.points, tame, fast, true)
	}
	if len(stretching) == 0 && (len(large) == 0 || len(tame) == 0) {
		return points, nil
	}
	rest := &remainder{a: align(p), o: o, g: c.mover.g, points: points}
	if err := rest.compute(ctx, stretching, append(fast, large...), true); err != nil {
		return nil, err
	}
	if len(large) > 0 {
		return points, rest.compute(ctx, tame, large, false)
	}
	return points, nil
}

// A remainder computes in float64 what a fast sweep leaves.
type remainder struct {
	a      *aligned
	o      SweepOptions
	g      []float64
	points []SweepPoint
}

// compute fills in the losses at some scales, and the recall if asked for, of some points.
func (r *remainder) compute(ctx context.Context, lambdas, scales []int, recall bool) error {
	if len(lambdas) == 0 {
		return nil
	}
	o := r.o
	o.Lambdas, o.Scales = pick(o.Lambdas, lambdas), pick(o.Scales, scales)
	s := &sweep{SweepOptions: o, a: r.a, mover: newMover(r.a.x, r.a.y, r.g)}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if o.Chunk == 0 || recall {
		if err := s.all(ctx); err != nil {
			return err
		}
	}
	if o.Chunk > 0 {
		if err := s.chunks(ctx); err != nil {
			return err
		}
	}
	fill(r.points, s.points, lambdas, scales, recall)
	return nil
}

// fill copies losses, and recall if asked for, of a sweep over some λ and scales into the points of the whole.
func fill(points, part []SweepPoint, lambdas, scales []int, recall bool) {
	for at, l := range lambdas {
		for k, scale := range scales {
			points[l].Loss[scale] = part[at].Loss[k]
		}
		if recall {
			points[l].ImageToTextRecall1, points[l].TextToImageRecall1 = part[at].ImageToTextRecall1, part[at].TextToImageRecall1
		}
	}
}

func pick(v []float64, index []int) []float64 {
	out := make([]float64, len(index))
	for k, i := range index {
		out[k] = v[i]
	}
	return out
}

// maxStretch is the largest product of inverse norms of a moved image and text up to which float32 keeps enough of their cosine.
const maxStretch = 16

// sweepStrips is how many strips of images at most accumulate a block of columns apart; fixed, so that sums do not depend on the
// processors.
const sweepStrips = 32

// run makes the pass.
func (f *fastSweep) run(ctx context.Context) error {
	n, m := f.p.Images.N, f.p.Texts.N
	if err := f.prepare(ctx); err != nil {
		return err
	}
	// The columns of the losses, one for every image, are blocks of their own.
	for _, part := range [][2]int{{0, n}, {n, m}} {
		for j0 := part[0]; j0 < part[1]; j0 += groupColumns {
			if err := f.group(ctx, j0, min(j0+groupColumns, part[1])); err != nil {
				return err
			}
		}
	}
	return f.finish(ctx)
}

func (f *fastSweep) prepare(ctx context.Context) error {
	n, d := f.p.Images.N, f.p.Images.D
	var err error
	if f.images, err = packUnit(ctx, f.p.Images, nil, tileRows, f.kernel.panelRows); err != nil {
		return err
	}
	if f.matched, err = CosinesAt(ctx, f.p.Images, f.p.Texts, f.imageOf, f.order); err != nil {
		return err
	}
	if f.p.ImageOf != nil {
		f.own = make([][]int, n)
		for j, i := range f.imageOf {
			f.own[i] = append(f.own[i], j)
		}
	}
	top, err := f.expected(ctx, d)
	if err != nil {
		return err
	}
	f.terms = newTerms(f.Scales)
	for _, mv := range f.moves {
		f.tolerances = append(f.tolerances, mv.tolerance(d))
	}
	f.textFound = make([]float64, len(f.moves))
	f.columnLog = make([]float64, len(f.moves)*len(f.Scales))

	r := &rowMoves{count: len(f.moves), stride: f.images.blocks() * tileRows}
	r.add, r.inverse, r.greatest = aligned32(r.count*r.stride), aligned32(r.count*r.stride), aligned32(r.count*r.stride)
	r.sums = make([]float64, len(f.columnLog)*r.stride)
	for l, mv := range f.moves {
		r.shift = append(r.shift, termShift(slices.Max(append([]float64{0}, f.Scales...)), top[l]))
		for i := range r.stride {
			at := l*r.stride + i
			r.add[at], r.inverse[at], r.greatest[at] = outside, 1, outside
			if i < n {
				r.add[at], r.inverse[at] = float32(mv.add[i]), float32(mv.ip[i])
			}
		}
	}
	f.rows = r
	return ctx.Err()
}

// expected returns, for every λ, the greatest cosine of a sample of unmatched pairs: one tile of rows spread over both clouds.
func (f *fastSweep) expected(ctx context.Context, d int) ([]float64, error) {
	n, m := f.p.Images.N, f.p.Texts.N
	rows, columns := make([]int, min(n, tileRows)), make([]int, min(m, tileColumns))
	for k := range rows {
		rows[k] = k * n / len(rows)
	}
	texts := make([]int, len(columns))
	for k := range columns {
		columns[k] = k * m / len(columns)
		texts[k] = f.order[columns[k]]
	}
	a, err := packUnit(ctx, f.p.Images, rows, tileRows, f.kernel.panelRows)
	if err != nil {
		return nil, err
	}
	b, err := packUnit(ctx, f.p.Texts, texts, tileColumns, f.kernel.panelColumns)
	if err != nil {
		return nil, err
	}
	s := aligned32(tileRows * tileColumns)
	f.kernel.product(a.at(0), b.at(0), d, s)
	top := make([]float64, len(f.moves))
	for l, mv := range f.moves {
		top[l] = -1
		for r, i := range rows {
			for c, j := range columns {
				if f.imageOf[j] != i {
					top[l] = max(top[l], mv.cosine(float64(s[r*tileColumns+c]), i, j))
				}
			}
		}
	}
	return top, nil
}

// cosine returns the moved cosine of row i and column j from their similarity; the arithmetic is that of cosines.
func (s *move) cosine(similarity float64, i, j int) float64 {
	return (similarity + s.add[i] - s.sub[j]) * (s.ip[i] * s.iq[j])
}

// finish turns the sums of rows into losses, decides what is open, and fills in the points.
func (f *fastSweep) finish(ctx context.Context) error {
	n := f.p.Images.N
	scales := len(f.Scales)
	rowLoss := make([]float64, len(f.columnLog))
	imageFound := make([]float64, len(f.moves))
	unsure := make([][]recheck, len(f.moves))
	redone := make([][]redo, len(f.moves))
	err := parallel(ctx, len(f.moves), func(l int) error {
		mv, tolerance := f.moves[l], f.tolerances[l]
		for i := range n {
			match := mv.cosine(f.matched[i], i, i)
			best := match
			if f.own != nil {
				for _, j := range f.own[i] {
					best = max(best, mv.cosine(f.matched[j], i, j))
				}
			}
			greatest := float64(f.rows.greatest[l*f.rows.stride+i])
			switch {
			case greatest < best-tolerance:
				imageFound[l]++
			case greatest <= best+tolerance:
				unsure[l] = append(unsure[l], recheck{index: i, lambda: l, match: best})
			}
			for k := range scales {
				lk := l*scales + k
				log, ok := f.logSum(lk, f.rows.sums[lk*f.rows.stride+i], greatest, match)
				if ok {
					rowLoss[lk] += log
				} else {
					redone[l] = append(redone[l], redo{i, lk})
				}
				// The match counts against both directions.
				rowLoss[lk] -= f.Scales[k] * match
				f.columnLog[lk] -= f.Scales[k] * match
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	var openRows []recheck
	var redoneRows []redo
	for l := range f.moves {
		openRows = append(openRows, unsure[l]...)
		redoneRows = append(redoneRows, redone[l]...)
	}
	if err := f.recheck(ctx, openRows, Image, imageFound); err != nil {
		return err
	}
	if err := f.recheck(ctx, f.unsure, Text, f.textFound); err != nil {
		return err
	}
	if err := f.redo(ctx, redoneRows, Image, rowLoss); err != nil {
		return err
	}
	if err := f.redo(ctx, f.redone, Text, f.columnLog); err != nil {
		return err
	}
	for l := range f.points {
		p := &f.points[l]
		p.ImageToTextRecall1 = imageFound[l] / float64(n)
		p.TextToImageRecall1 = f.textFound[l] / float64(f.p.Texts.N)
		for k := range f.Scales {
			lk := l*scales + k
			loss := rowLoss[lk]
			if f.Loss == Symmetric {
				loss = (loss + f.columnLog[lk]) / 2
			}
			p.Loss[k] = loss / float64(n)
		}
	}
	return nil
}

// recomputed counts, for tests, the rows and columns that were rechecked and redone.
var recomputed struct{ rechecked, redone atomic.Int64 }
