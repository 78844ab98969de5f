package gap

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// NoLabel marks an image that has no label. It is predicted, and not counted.
const NoLabel = -1

// A Classification is what zero-shot classification gives.
type Classification struct {
	N           int   // images with a label
	TopK        []int // the values of k
	Correct     []int // images whose label is among the k nearest classes, one count for each k
	Predictions []int // the nearest class of every image, labelled or not

	ClassN       []int // labelled images of every class
	ClassCorrect []int // those of them whose nearest class is their own
}

// MeanPerClassRecall is the mean, over classes that have images, of the share of a class's images predicted right. It is NaN without
// labelled images.
func (c *Classification) MeanPerClassRecall() float64 {
	var sum float64
	classes := 0
	for k, n := range c.ClassN {
		if n > 0 {
			sum += float64(c.ClassCorrect[k]) / float64(n)
			classes++
		}
	}
	return sum / float64(classes)
}

// Classify gives every image the classes with the nearest embeddings (Radford et al. 2021). classes holds one embedding a class, labels
// one class or NoLabel an image; both clouds are normalised here. Classes at equal cosine stand in the order of their indices, so the
// prediction is NumPy's argmax.
//
// Time is O(n·classes·d), on all processors; no n×classes matrix is held. It panics with ErrShape if widths or len(labels) do not agree,
// and with ErrIndex if a label is no class. The error is a *ValueError for rows without a direction, ctx's error if ctx ends, and
// otherwise says that some k is not between 1 and classes − 1: with k = classes every answer is right.
func Classify(ctx context.Context, images, classes *Embeddings, labels, topK []int) (*Classification, error) {
	if err := checkTask(images, classes, labels); err != nil {
		return nil, err
	}
	for _, k := range topK {
		if k < 1 || k >= classes.N {
			return nil, fmt.Errorf("gap: top-%d accuracy among %d classes, want k from 1 to %d", k, classes.N, classes.N-1)
		}
	}
	c := &Classification{TopK: slices.Clone(topK), Correct: make([]int, len(topK)), Predictions: make([]int, images.N),
		ClassN: make([]int, classes.N), ClassCorrect: make([]int, classes.N)}
	ranks := make([]int, images.N) // classes before the label: nearer, or as near with a lower index
	var err error
	if k := kernelFor(images.N, classes.N, false); k != nil {
		err = classifyFast(ctx, k, images, classes, labels, c.Predictions, ranks)
	} else {
		err = classifyPlain(ctx, images, classes, labels, c.Predictions, ranks)
	}
	if err != nil {
		return nil, err
	}
	for i, label := range labels {
		if label == NoLabel {
			continue
		}
		c.N++
		c.ClassN[label]++
		if c.Predictions[i] == label {
			c.ClassCorrect[label]++
		}
		for at, k := range topK {
			if ranks[i] < k {
				c.Correct[at]++
			}
		}
	}
	return c, nil
}

// classifyPlain fills in predictions and the ranks of labels in float64.
func classifyPlain(ctx context.Context, images, classes *Embeddings, labels, predictions, ranks []int) error {
	x, y := images.unit(), classes.unit()
	return parallel(ctx, blocks(x.n, tileRows), func(b int) error {
		i0, i1 := b*tileRows, min((b+1)*tileRows, x.n)
		best := filled(i1-i0, math.Inf(-1))
		t := newTile()
		for j0 := 0; j0 < y.n; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(x, y, i0, i1, j0, min(j0+tileColumns, y.n))
			for i := i0; i < i1; i++ {
				for k, v := range t.row(i) {
					if v > best[i-i0] {
						best[i-i0], predictions[i] = v, j0+k
					}
				}
				if labels[i] == NoLabel {
					continue
				}
				own := dot(x.row(i), y.row(labels[i]))
				for k, v := range t.row(i) {
					if v > own || v == own && j0+k < labels[i] {
						ranks[i]++
					}
				}
			}
		}
		return nil
	})
}

func checkTask(images, classes *Embeddings, labels []int) error {
	if images.D != classes.D || len(labels) != images.N {
		panic(ErrShape)
	}
	for _, l := range labels {
		if l != NoLabel && (l < 0 || l >= classes.N) {
			panic(ErrIndex)
		}
	}
	if classes.N < 2 {
		return fmt.Errorf("gap: classification among %d classes, want at least 2", classes.N)
	}
	if err := images.Validate(Image); err != nil {
		return err
	}
	return classes.Validate("class")
}

// A ClassPoint is what one λ gives a classification.
type ClassPoint struct {
	Lambda      float64
	Correct     int    // labelled images whose nearest class is their own
	N           int    // labelled images
	Predictions []int  // the nearest class of every image; nil with a Reason
	Reason      string // why the point is undefined; empty otherwise
}

// ClassifySweep classifies at every λ with images and class embeddings moved along delta as images and texts are (see Sweep): classes
// take the texts' part. delta is Δ fitted elsewhere, usually GapVector of a pair of the same model. One matrix product serves all λ.
//
// It panics as Classify does, and with ErrShape if delta has the wrong length. Errors are those of Classify and Sweep.
func ClassifySweep(ctx context.Context, images, classes *Embeddings, labels []int, delta []float64, lambdas []float64, side Side, unit Unit) ([]ClassPoint, error) {
	if err := checkTask(images, classes, labels); err != nil {
		return nil, err
	}
	if len(delta) != images.D {
		panic(ErrShape)
	}
	if err := checkLambdas(lambdas); err != nil {
		return nil, err
	}
	g, err := unit.direction(delta)
	if err != nil {
		return nil, err
	}
	mover, err := streamMover(ctx, images, classes, nil, g)
	if err != nil {
		return nil, err
	}
	moves := make([]*move, len(lambdas))
	points := make([]ClassPoint, len(lambdas))
	for l, lambda := range lambdas {
		moves[l] = mover.move(lambda, side)
		points[l] = ClassPoint{Lambda: lambda, Reason: moves[l].reason}
		if points[l].Reason == "" {
			points[l].Predictions = make([]int, images.N)
		}
	}
	if k := kernelFor(images.N, classes.N, false); k != nil {
		err = classifySweepFast(ctx, k, images, classes, moves, points)
	} else {
		err = classifySweepPlain(ctx, images, classes, moves, points)
	}
	if err != nil {
		return nil, err
	}
	for l := range points {
		p := &points[l]
		for i, label := range labels {
			if label == NoLabel {
				continue
			}
			p.N++
			if p.Reason == "" && p.Predictions[i] == label {
				p.Correct++
			}
		}
	}
	return points, nil
}

// classifySweepPlain fills in predictions in float64.
func classifySweepPlain(ctx context.Context, images, classes *Embeddings, moves []*move, points []ClassPoint) error {
	x, y := images.unit(), classes.unit()
	return parallel(ctx, blocks(x.n, tileRows), func(b int) error {
		i0, i1 := b*tileRows, min((b+1)*tileRows, x.n)
		best := filled((i1-i0)*len(moves), math.Inf(-1))
		buf := make([]float64, tileColumns)
		t := newTile()
		for j0 := 0; j0 < y.n; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(x, y, i0, i1, j0, min(j0+tileColumns, y.n))
			for l, m := range moves {
				if m.reason != "" {
					continue
				}
				for i := i0; i < i1; i++ {
					at := (i-i0)*len(moves) + l
					cosines := buf[:t.j1-t.j0]
					m.cosines(cosines, t.row(i), i, j0)
					for k, v := range cosines {
						if v > best[at] {
							best[at], points[l].Predictions[i] = v, j0+k
						}
					}
				}
			}
		}
		return nil
	})
}

// ClassEmbeddings makes one unit embedding a class out of prompts in class-major order, perClass[c] of them for class c: the mean of the
// unit prompt embeddings, normalised again, as CLIP_benchmark does. With one prompt a class it only normalises.
//
// It panics with ErrShape if the counts do not sum to the number of prompts, and with ErrTooFew if a class has none. The error is a
// *ValueError if a prompt, or the mean of a class's prompts, has no direction.
func ClassEmbeddings(prompts *Embeddings, perClass []int) (*Embeddings, error) {
	if err := prompts.Validate(Text); err != nil {
		return nil, err
	}
	total := 0
	for _, n := range perClass {
		if n < 1 {
			panic(ErrTooFew)
		}
		total += n
	}
	if total != prompts.N {
		panic(ErrShape)
	}
	u, d := prompts.unit(), prompts.D
	out := NewEmbeddings(len(perClass), d, make([]float32, len(perClass)*d))
	first := 0
	for c, n := range perClass {
		mean := (&rows{n: n, d: d, data: u.data[first*d : (first+n)*d]}).mean()
		first += n
		length := norm(mean)
		if length < coincident {
			return nil, &ValueError{Modality: "class", Row: c, Column: -1}
		}
		for k, v := range mean {
			out.Row(c)[k] = float32(v / length)
		}
	}
	return out, nil
}
