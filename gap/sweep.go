package gap

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// A Loss says which contrastive loss a sweep computes.
type Loss uint8

const (
	// Symmetric is the mean of both directions of InfoNCE (Radford et al. 2021).
	Symmetric Loss = iota
	// ImageToText is the image→text direction alone: what the authors' code computes, twice, where it means both.
	ImageToText
)

// String returns "symmetric" or "image_to_text", the record's words.
func (l Loss) String() string {
	if l == ImageToText {
		return "image_to_text"
	}
	return "symmetric"
}

// SweepOptions say how Sweep moves the clouds and what it computes.
type SweepOptions struct {
	Lambdas []float64 // how far to move, each at most MaxLambda either way
	Unit    Unit      // what λ counts
	Side    Side      // what moves
	Scales  []float64 // logit scales of the losses, each finite and positive
	Loss    Loss
	Chunk   int       // 0: one loss over all pairs; else the mean over consecutive chunks of Chunk pairs, each its own softmax
	Vector  []float64 // Δ fitted elsewhere; nil takes Δ of this pair
	Exact   bool      // compute in float64 throughout, tens of times slower
}

// A SweepPoint is what one λ gives.
type SweepPoint struct {
	Lambda             float64
	Distance           float64   // norm of the difference of the moved centroids, all texts counted
	SignedDistance     float64   // the same, negative once the centroids have passed each other
	Loss               []float64 // one for each scale
	ImageToTextRecall1 float64
	TextToImageRecall1 float64
	Reason             string // why the numbers are NaN; empty otherwise
}

// Sweep moves images and texts along the gap vector and measures distance, loss and retrieval at every λ:
//
//	x' = norm(x − ½λg),  y' = norm(y + ½λg)
//
// with g = Δ or Δ/‖Δ‖; one side alone moves by the full λ (Liang et al. 2022, Fig. 3; metrics as in Measure).
//
// Losses pair each image with its first text; candidates of the softmax are the n images and their n first texts. A last chunk shorter
// than Chunk counts as much as the others. Recall takes all texts, and an image is found if any of its texts is; ties count for the match.
//
// One matrix product serves all λ and scales. Time is O(nm(d + λs·scales)), memory O((n+m)(d + λs·scales)); all processors are used.
// Large sweeps (from 512×512 similarities) take similarities and exponentials in float32 and sums in float64: losses are then good to
// about 1e-6. Distances and recall are always those of float64, ties included. Exact asks for float64 throughout.
// A λ at which a row lands on the origin, where it has no direction, gives NaN and a Reason.
// The error is a *ValueError if a row holds NaN, an infinity or only zeros, ctx's error if ctx ends, and otherwise says which option is
// wrong. It panics with ErrShape if Vector has the wrong length.
func Sweep(ctx context.Context, p Pair, o SweepOptions) ([]SweepPoint, error) {
	if err := o.check(p); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if o.Chunk >= p.Images.N {
		o.Chunk = 0 // one chunk is all pairs, and the pass over all pairs does not hold its matrix
	}
	if k := kernelFor(p.Images.N, p.Texts.N, o.Exact); k != nil {
		return sweepFast(ctx, k, p, o)
	}
	a := align(p)
	delta := o.Vector
	if delta == nil {
		delta = minus(a.x.mean(), a.y.mean())
	}
	g, err := o.Unit.direction(delta)
	if err != nil {
		return nil, err
	}
	return sweepPlain(ctx, a, o, g)
}

// sweepPlain is Sweep along g in float64: the twin of fastSweep.
func sweepPlain(ctx context.Context, a *aligned, o SweepOptions, g []float64) ([]SweepPoint, error) {
	if len(o.Lambdas) == 0 {
		return nil, nil
	}
	s := &sweep{SweepOptions: o, a: a, mover: newMover(a.x, a.y, g)}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	if err := s.all(ctx); err != nil {
		return nil, err
	}
	if o.Chunk > 0 {
		if err := s.chunks(ctx); err != nil {
			return nil, err
		}
	}
	return s.points, nil
}

func (o *SweepOptions) check(p Pair) error {
	if o.Vector != nil && len(o.Vector) != p.Images.D {
		panic(ErrShape)
	}
	if p.Images.N == 0 {
		return errors.New("gap: a sweep over no pairs")
	}
	if err := checkLambdas(o.Lambdas); err != nil {
		return err
	}
	for _, s := range o.Scales {
		if !(s > 0) || math.IsInf(s, 1) {
			return fmt.Errorf("gap: logit scale %v, want a positive number", s)
		}
	}
	if o.Chunk < 0 {
		return fmt.Errorf("gap: chunks of %d pairs, want 0 or more", o.Chunk)
	}
	return nil
}

// sweep is a Sweep at work.
type sweep struct {
	SweepOptions
	a      *aligned
	mover  *mover
	moves  []*move
	points []SweepPoint
}

// prepare computes everything that is linear in the number of rows.
func (s *sweep) prepare(ctx context.Context) error {
	s.moves = make([]*move, len(s.Lambdas))
	s.points = make([]SweepPoint, len(s.Lambdas))
	return parallel(ctx, len(s.Lambdas), func(l int) error {
		m := s.mover.move(s.Lambdas[l], s.Side)
		p := newPoint(m, len(s.Scales))
		p.Distance, p.SignedDistance = s.mover.distance(m)
		s.moves[l], s.points[l] = m, p
		return nil
	})
}

// newPoint returns the point of a move: NaN with a reason if the move is undefined.
func newPoint(m *move, scales int) SweepPoint {
	p := SweepPoint{Lambda: m.lambda, Loss: make([]float64, scales), Reason: m.reason}
	if m.reason != "" {
		p.ImageToTextRecall1, p.TextToImageRecall1 = math.NaN(), math.NaN()
		for k := range p.Loss {
			p.Loss[k] = math.NaN()
		}
	}
	return p
}

// sweepBudget bounds the bytes of column accumulators of all strips together, as long as two strips fit.
const sweepBudget = 256 << 20

// strips returns how many strips of rows accumulate apart. It depends on the shapes alone, so that results do not depend on the
// processors.
func (s *sweep) strips() int {
	bytes := 8 * s.a.m() * max(1, len(s.Lambdas)*(2+len(s.Scales)))
	return min(max(2, sweepBudget/max(1, bytes)), 16, blocks(s.a.n(), tileRows))
}

// track accumulates one λ: the running maxima that decide recall at 1, and the losses over all pairs.
type track struct {
	rowMax, colMax []float64   // greatest cosine of every image and of every text
	matched        []float64   // cosine of every text with its image
	contrasts      []*contrast // one for each scale; none if losses are over chunks
}

// all makes the pass over the whole of S.
func (s *sweep) all(ctx context.Context) error {
	n, m := s.a.n(), s.a.m()
	count := s.strips()
	size := blocks(n, count)
	count = blocks(n, size)
	// Rows and matched cosines of different strips are disjoint, so all strips share them; columns are accumulated apart.
	total := make([]*track, len(s.moves))
	for l := range total {
		total[l] = s.newTrack(n, m)
	}
	strips := make([][]*track, count)
	err := parallel(ctx, count, func(k int) error {
		tracks := make([]*track, len(s.moves))
		for l := range tracks {
			tracks[l] = s.strip(total[l], m)
		}
		strips[k] = tracks
		return s.pass(ctx, tracks, k*size, min((k+1)*size, n))
	})
	if err != nil {
		return err
	}
	for l, t := range total {
		if s.moves[l].reason != "" {
			continue
		}
		for _, tracks := range strips {
			t.merge(tracks[l])
		}
		s.points[l].ImageToTextRecall1, s.points[l].TextToImageRecall1 = t.recall(s.a)
		for k, c := range t.contrasts {
			s.points[l].Loss[k] = c.loss(s.Loss, t.matched)
		}
	}
	return nil
}

func (s *sweep) newTrack(n, m int) *track {
	t := &track{rowMax: filled(n, math.Inf(-1)), colMax: filled(m, math.Inf(-1)), matched: make([]float64, m)}
	if s.Chunk == 0 {
		for _, scale := range s.Scales {
			t.contrasts = append(t.contrasts, newContrast(scale, n, n))
		}
	}
	return t
}

// strip returns a track with columns of its own and the rows of t.
func (s *sweep) strip(t *track, m int) *track {
	own := &track{rowMax: t.rowMax, colMax: filled(m, math.Inf(-1)), matched: t.matched}
	for _, c := range t.contrasts {
		d := newContrast(c.scale, 0, len(c.col))
		d.row, d.rowMax = c.row, c.rowMax
		own.contrasts = append(own.contrasts, d)
	}
	return own
}

func (t *track) merge(strip *track) {
	for j, v := range strip.colMax {
		t.colMax[j] = max(t.colMax[j], v)
	}
	for k, c := range t.contrasts {
		c.mergeColumns(strip.contrasts[k])
	}
}

// pass goes through rows i0 to i1 of S, tile by tile; every λ and scale works on a tile while it is in the cache.
func (s *sweep) pass(ctx context.Context, tracks []*track, i0, i1 int) error {
	t := newTile()
	buf := make([]float64, tileColumns)
	m := s.a.m()
	for top := i0; top < i1; top += tileRows {
		bottom := min(top+tileRows, i1)
		for j0 := 0; j0 < m; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			j1 := min(j0+tileColumns, m)
			t.product(s.a.x, s.a.y, top, bottom, j0, j1)
			matches := s.a.matches(top, bottom, j0, j1)
			for l, move := range s.moves {
				if move.reason == "" {
					tracks[l].add(s.a, move, t, matches, buf)
				}
			}
		}
	}
	return nil
}

// add accumulates one tile at one λ. matches are the tile's columns whose image is among its rows.
func (t *track) add(a *aligned, m *move, tl *tile, matches []int, buf []float64) {
	n := a.n()
	for i := tl.i0; i < tl.i1; i++ {
		cosines := buf[:tl.j1-tl.j0]
		m.cosines(cosines, tl.row(i), i, tl.j0)
		top := t.rowMax[i]
		colMax := t.colMax[tl.j0:tl.j1]
		for k, c := range cosines {
			if c > top {
				top = c
			}
			if c > colMax[k] {
				colMax[k] = c
			}
		}
		t.rowMax[i] = top
		for _, j := range matches {
			if a.imageOf[j] == i {
				t.matched[j] = cosines[j-tl.j0]
			}
		}
		if tl.j0 < n {
			for _, c := range t.contrasts {
				c.add(i, tl.j0, cosines[:min(tl.j1, n)-tl.j0])
			}
		}
	}
}

// recall returns both recalls at 1: a match is found if nothing is strictly nearer.
func (t *track) recall(a *aligned) (imageToText, textToImage float64) {
	found := make([]bool, a.n())
	for j, i := range a.imageOf {
		if t.matched[j] >= t.rowMax[i] {
			found[i] = true
		}
		if t.matched[j] >= t.colMax[j] {
			textToImage++
		}
	}
	for _, f := range found {
		if f {
			imageToText++
		}
	}
	return imageToText / float64(a.n()), textToImage / float64(a.m())
}

// loss returns the mean loss of the rows, whose matches are the columns of the same index.
func (c *contrast) loss(kind Loss, matched []float64) float64 {
	var sum float64
	for i := range c.row {
		l := c.rowLog(i)
		if kind == Symmetric {
			l = (l + c.colLog(i)) / 2
		}
		sum += l - c.scale*matched[i]
	}
	return sum / float64(len(c.row))
}

// chunks computes the losses over consecutive chunks of pairs: the blocks on the diagonal of S.
func (s *sweep) chunks(ctx context.Context) error {
	n := s.a.n()
	count := blocks(n, s.Chunk)
	parts := make([][]float64, count)
	err := parallel(ctx, count, func(k int) error {
		losses, err := s.chunk(ctx, k*s.Chunk, min((k+1)*s.Chunk, n))
		parts[k] = losses
		return err
	})
	if err != nil {
		return err
	}
	for l := range s.points {
		for k := range s.Scales {
			var sum float64
			for _, part := range parts {
				sum += part[l*len(s.Scales)+k]
			}
			s.points[l].Loss[k] = sum / float64(count)
		}
	}
	return nil
}

// chunk returns the losses of pairs i0 to i1, λ by λ and scale by scale.
func (s *sweep) chunk(ctx context.Context, i0, i1 int) ([]float64, error) {
	size := i1 - i0
	s0 := newRows(size, size) // the chunk's similarities, kept for all λ
	t := newTile()
	for top := i0; top < i1; top += tileRows {
		for left := i0; left < i1; left += tileColumns {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t.product(s.a.x, s.a.y, top, min(top+tileRows, i1), left, min(left+tileColumns, i1))
			for i := t.i0; i < t.i1; i++ {
				copy(s0.row(i - i0)[left-i0:], t.row(i))
			}
		}
	}
	losses := make([]float64, 0, len(s.moves)*len(s.Scales))
	buf, matched := make([]float64, size), make([]float64, size)
	for _, m := range s.moves {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		contrasts := make([]*contrast, len(s.Scales))
		for k, scale := range s.Scales {
			contrasts[k] = newContrast(scale, size, size)
		}
		for i := range size {
			m.cosines(buf, s0.row(i), i0+i, i0)
			matched[i] = buf[i]
			for _, c := range contrasts {
				c.add(i, 0, buf)
			}
		}
		for _, c := range contrasts {
			losses = append(losses, c.loss(s.Loss, matched))
		}
	}
	return losses, nil
}
