package gap

import "context"

// A ranking holds, for tileRows images at every λ, the nearest class so far and the similarity of the second nearest, apart for each lane:
// classes whose index has the same remainder. Lane k of image i at λ number l stands at (l·tileRows + i)·tileLanes + k.
type ranking struct {
	lambdas, lanes      int
	best, second, index []float32
}

func newRanking(lambdas, lanes int) *ranking {
	size := lambdas * tileRows * tileLanes
	return &ranking{lambdas: lambdas, lanes: lanes, best: aligned32(size), second: aligned32(size), index: aligned32(size)}
}

func (r *ranking) reset() {
	for k := range r.best {
		r.best[k], r.second[k] = 10*outside, 10*outside
	}
	clear(r.index)
}

// first returns the nearest class of image i at λ number l, and by how much it is nearer than the second nearest.
func (r *ranking) first(l, i int) (class int, lead float64) {
	at := (l*tileRows + i) * tileLanes
	best, second := r.best[at], r.second[at]
	class = int(r.index[at])
	for k := at + 1; k < at+r.lanes; k++ {
		v := r.best[k]
		if v > best {
			best, second, class = v, max(best, r.second[k]), int(r.index[k])
		} else {
			second = max(second, v)
		}
	}
	return class, float64(best) - float64(second)
}

// maxFastClasses bounds the classes of a ranking: indices are held as float32.
const maxFastClasses = 1 << 24

// classMoves are the classes at every λ, packed for a kernel.
type classMoves struct {
	packed       *packed
	sub, inverse []float32 // block by block, then λ by λ
	exact        *rows     // unit rows in float64
}

func newClassMoves(ctx context.Context, k *kernel, classes *Embeddings, moves []*move) (*classMoves, error) {
	p, err := packUnit(ctx, classes, nil, tileColumns, k.panelColumns)
	if err != nil {
		return nil, err
	}
	size := p.blocks() * len(moves) * tileColumns
	c := &classMoves{packed: p, sub: aligned32(size), inverse: aligned32(size), exact: classes.unit()}
	for at := range c.sub {
		b, l, j := at/(len(moves)*tileColumns), at/tileColumns%len(moves), at%tileColumns
		c.sub[at], c.inverse[at] = -outside, 1
		if j += b * tileColumns; j < classes.N {
			c.sub[at], c.inverse[at] = float32(moves[l].sub[j]), float32(moves[l].iq[j])
		}
	}
	return c, nil
}

// similar returns the similarities of an image with all classes in float64.
func (c *classMoves) similar(image []float64) []float64 {
	out := make([]float64, c.exact.n)
	for j := range out {
		out[j] = dot(image, c.exact.row(j))
	}
	return out
}

// eachRanking ranks all images at all moves, tileRows images at a time, and calls done with the index of the first and their ranking.
// tile, if not nil, is called with every tile of similarities. Calls run in parallel for different images.
func (c *classMoves) eachRanking(ctx context.Context, k *kernel, images *Embeddings, moves []*move,
	tile func(i0, i1, j0, j1 int, s []float32), done func(i0, i1 int, r *ranking)) error {
	d := images.D
	const strip = 4 * tileRows // images whose rankings share their memory
	return parallel(ctx, blocks(images.N, strip), func(b int) error {
		x := &packed{n: tileRows, d: d, block: tileRows, panel: k.panelRows, data: aligned32(tileRows * d)}
		add := aligned32(len(moves) * tileRows)
		s := aligned32(tileRows * tileColumns)
		r := newRanking(len(moves), k.lanes)
		for i0 := b * strip; i0 < min((b+1)*strip, images.N); i0 += tileRows {
			i1 := min(i0+tileRows, images.N)
			clear(x.data)
			for i := i0; i < i1; i++ {
				x.set(i-i0, images.Row(i))
				for l, mv := range moves {
					add[l*tileRows+i-i0] = float32(mv.add[i])
				}
			}
			r.reset()
			for block := range c.packed.blocks() {
				if err := ctx.Err(); err != nil {
					return err
				}
				k.product(x.at(0), c.packed.at(block), d, s)
				j0 := block * tileColumns
				if tile != nil {
					tile(i0, i1, j0, min(j0+tileColumns, c.packed.n), s)
				}
				at := block * len(moves) * tileColumns
				k.nearest(s, add, tileRows, c.sub[at:], c.inverse[at:], j0, r)
			}
			done(i0, i1, r)
		}
		return nil
	})
}

// leadError bounds the error of the lead of a ranking at a move: twice that of a moved similarity, not yet divided by the image's norm.
func leadError(mv *move, d int) float64 {
	return 2 * mv.tolerance(d) / mv.leastInverse()
}

// classifySweepFast is the twin of classifySweepPlain by a kernel. Where the two nearest classes are within float32's error of each other,
// float64 decides.
func classifySweepFast(ctx context.Context, k *kernel, images, classes *Embeddings, moves []*move, points []ClassPoint) error {
	if classes.N > maxFastClasses {
		return classifySweepPlain(ctx, images, classes, moves, points)
	}
	var sound []*move
	var predictions [][]int
	var errors []float64
	for l, mv := range moves {
		if mv.reason == "" {
			sound, predictions = append(sound, mv), append(predictions, points[l].Predictions)
			errors = append(errors, leadError(mv, images.D))
		}
	}
	if len(sound) == 0 {
		return ctx.Err()
	}
	c, err := newClassMoves(ctx, k, classes, sound)
	if err != nil {
		return err
	}
	return c.eachRanking(ctx, k, images, sound, nil, func(i0, i1 int, r *ranking) {
		image := make([]float64, images.D)
		for i := i0; i < i1; i++ {
			var similar []float64
			for l, mv := range sound {
				class, lead := r.first(l, i-i0)
				if lead <= errors[l] {
					if similar == nil {
						images.Slice(i, i+1).UnitTo(image)
						similar = c.similar(image)
					}
					class = 0
					for j, s := range similar {
						if mv.cosine(s, i, j) > mv.cosine(similar[class], i, class) {
							class = j
						}
					}
				}
				predictions[l][i] = class
			}
		}
	})
}

// classifyFast is the twin of classifyPlain by a kernel.
func classifyFast(ctx context.Context, k *kernel, images, classes *Embeddings, labels, predictions, ranks []int) error {
	if classes.N > maxFastClasses {
		return classifyPlain(ctx, images, classes, labels, predictions, ranks)
	}
	still := &move{add: make([]float64, images.N), ip: filled(images.N, 1), sub: make([]float64, classes.N), iq: filled(classes.N, 1)}
	moves := []*move{still}
	c, err := newClassMoves(ctx, k, classes, moves)
	if err != nil {
		return err
	}
	tolerance := productError(images.D)
	own := make([]float64, images.N) // the similarity of every label
	if err := eachUnit(ctx, images, nil, func(_, first int, block *rows) {
		for i := range block.n {
			if label := labels[first+i]; label != NoLabel {
				own[first+i] = dot(block.row(i), c.exact.row(label))
			}
		}
	}); err != nil {
		return err
	}
	before := func(i0, i1, j0, j1 int, s []float32) {
		for i := i0; i < i1; i++ {
			if labels[i] == NoLabel {
				continue
			}
			margin := tolerance + unitRoundoff // of rounding the limits
			low, high := float32(own[i]-margin), float32(own[i]+margin)
			for at, v := range s[(i-i0)*tileColumns:][:j1-j0] {
				if v < low {
					continue
				}
				if v > high {
					ranks[i]++
					continue
				}
				j := j0 + at
				if exact := newExactDot(images.D).dot(images, i, classes, j); exact > own[i] || exact == own[i] && j < labels[i] {
					ranks[i]++
				}
			}
		}
	}
	return c.eachRanking(ctx, k, images, moves, before, func(i0, i1 int, r *ranking) {
		image := make([]float64, images.D)
		for i := i0; i < i1; i++ {
			class, lead := r.first(0, i-i0)
			if lead <= 2*tolerance {
				images.Slice(i, i+1).UnitTo(image)
				similar := c.similar(image)
				class = 0
				for j, s := range similar {
					if s > similar[class] {
						class = j
					}
				}
			}
			predictions[i] = class
		}
	})
}
