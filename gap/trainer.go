package gap

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
)

// A Trainer is a training under way; see Train.
type Trainer struct {
	o           TrainOptions
	n           int // pairs
	image, text *trained
	loss        *contrastive
	steps       int
	rng         *rand.Rand // of the order of pairs
	order       []int      // of this pass over the pairs
	at          int        // the first of order that is not used yet
}

// NewTrainer prepares the training of p's images with their first texts. It errs as Train does.
func NewTrainer(ctx context.Context, p Pair, o TrainOptions) (*Trainer, error) {
	n := p.Images.N
	if err := o.check(n); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	x, y := p.Images.unit(), p.Texts.unit().take(p.FirstTexts())
	start := rand.New(rand.NewPCG(o.Seed, 0))
	t := &Trainer{o: o, n: n, rng: rand.New(rand.NewPCG(o.Seed, 1)), loss: newContrastive(1/o.Temperature, o.Exact)}
	var turn *rows
	if o.Start == AmendedStart {
		var err error
		if turn, err = orthogonalMap(y, x); err != nil {
			return nil, err
		}
	}
	t.image, t.text = newTrained(o, x, nil, start, t.loss.kernel), newTrained(o, y, turn, start, t.loss.kernel)
	return t, ctx.Err()
}

// Steps is the number of steps taken.
func (t *Trainer) Steps() int { return t.steps }

// Step takes one step on the next batch and returns the batch's loss before it. After an error the trainer is of no use.
func (t *Trainer) Step(ctx context.Context) (loss float64, err error) {
	return t.step(ctx, t.next())
}

// next returns the pairs of the next batch, nil for all in their order.
func (t *Trainer) next() []int {
	size := t.o.BatchSize
	if size == 0 || size == t.n {
		return nil
	}
	if t.order == nil {
		t.order, t.at = make([]int, t.n), t.n
		for i := range t.order {
			t.order[i] = i
		}
	}
	if t.at+size > t.n {
		t.rng.Shuffle(t.n, func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
		t.at = 0
	}
	batch := t.order[t.at : t.at+size]
	t.at += size
	return batch
}

func (t *Trainer) step(ctx context.Context, batch []int) (loss float64, err error) {
	if loss, err = t.gradient(ctx, batch); err != nil {
		return 0, err
	}
	t.steps++
	return loss, t.bothSides(ctx, func(_ Modality, side *trained) error {
		return side.optimizing.update(ctx, side.weights.data, side.gradient.data)
	})
}

// bothSides calls do with either side, at once.
func (t *Trainer) bothSides(ctx context.Context, do func(m Modality, side *trained) error) error {
	return parallel(ctx, 2, func(task int) error {
		if task == 0 {
			return do(Image, t.image)
		}
		return do(Text, t.text)
	})
}

// gradient fills in the gradients of both sides' weights and returns the loss of a batch.
func (t *Trainer) gradient(ctx context.Context, batch []int) (loss float64, err error) {
	if err := t.forward(ctx, batch); err != nil {
		return 0, err
	}
	if loss, err = t.loss.gradient(ctx, t.image.unit, t.text.unit, t.image.towards, t.text.towards); err != nil {
		return 0, err
	}
	return loss, t.bothSides(ctx, func(_ Modality, side *trained) error { return side.backward(ctx, batch) })
}

// forward computes the unit rows of a batch on both sides, nil for all rows.
func (t *Trainer) forward(ctx context.Context, batch []int) error {
	return t.bothSides(ctx, func(m Modality, side *trained) error {
		err := side.forward(ctx, batch)
		if errors.Is(err, errNoDirection) {
			return &DivergedError{Temperature: t.o.Temperature, Rate: t.o.Optimizer.Rate, Step: t.steps, Modality: m}
		}
		return err
	})
}

// errNoDirection: a trained row has become zero, infinite or NaN.
var errNoDirection = errors.New("gap: no direction")

// Pair returns the trained embeddings as they are now: unit rows, row i with row i.
func (t *Trainer) Pair(ctx context.Context) (Pair, error) {
	if err := t.forward(ctx, nil); err != nil {
		return Pair{}, err
	}
	unit := func(side *trained) *Embeddings {
		e := NewEmbeddings(side.unit.n, side.unit.d, make([]float32, len(side.unit.data)))
		for k, v := range side.unit.data {
			e.Data[k] = float32(v)
		}
		return e
	}
	return NewPair(unit(t.image), unit(t.text), nil), nil
}

// trainMetrics are what a TrainPoint holds.
var trainMetrics = []string{"gap", "loss", "matched_cosine_mean", "image_to_text_recall_at_1", "text_to_image_recall_at_1"}

// Point measures the trained embeddings.
func (t *Trainer) Point(ctx context.Context) (TrainPoint, error) {
	p, err := t.Pair(ctx)
	if err != nil {
		return TrainPoint{}, err
	}
	found, err := Measure(ctx, p, MeasureOptions{Scale: 1 / t.o.Temperature, Names: trainMetrics, Exact: t.o.Exact})
	if err != nil {
		return TrainPoint{}, err
	}
	value := func(k int) float64 {
		r, _ := found.Get(trainMetrics[k])
		return r.Value
	}
	return TrainPoint{Step: t.steps, Gap: value(0), Loss: value(1), MatchedCosine: value(2), ImageToTextRecall1: value(3), TextToImageRecall1: value(4)}, nil
}

// trained is one modality under training. Rows of raw, unit and towards are those of the batch.
type trained struct {
	kernel     *kernel
	inputs     *rows // frozen rows below a head; nil for free vectors
	weights    *rows // free vectors (n×d), or a head (d×d)
	gradient   *rows // of the loss, by weights
	optimizing *optimizing

	from    *rows     // the batch's rows of inputs
	raw     *rows     // before normalisation
	norms   []float64 // of raw
	unit    *rows
	towards *rows // the gradient by unit, then by raw
}

// newTrained prepares the rows u, turned by an orthogonal matrix unless that is nil.
func newTrained(o TrainOptions, u, turn *rows, rng *rand.Rand, k *kernel) *trained {
	s := &trained{kernel: k}
	if o.Parameters == HeadParameters {
		s.inputs, s.weights = u, newRows(u.d, u.d)
		switch {
		case o.Start == RandomStart:
			drawRows(rng, s.weights, 1/math.Sqrt(float64(u.d)))
		case turn != nil:
			copy(s.weights.data, turn.data)
		default:
			for k := range u.d {
				s.weights.row(k)[k] = 1
			}
		}
	} else {
		s.weights = newRows(u.n, u.d)
		switch {
		case o.Start == RandomStart:
			drawRows(rng, s.weights, 1)
			for i := range u.n {
				row := s.weights.row(i)
				copy(row, scaled(row, 1/norm(row)))
			}
		case turn != nil:
			multiplyPlain(s.weights, u, turn, false)
		default:
			copy(s.weights.data, u.data)
		}
	}
	s.gradient, s.optimizing = newRows(s.weights.n, s.weights.d), newOptimizing(o.Optimizer, len(s.weights.data))
	s.resize(u.n, u.d) // the greatest that is needed
	return s
}

// drawRows draws entries from N(0, width²).
func drawRows(rng *rand.Rand, r *rows, width float64) {
	for k := range r.data {
		r.data[k] = rng.NormFloat64() * width
	}
}

// resize makes room for a batch of n rows.
func (s *trained) resize(n, d int) {
	if s.raw == nil {
		s.raw, s.unit, s.towards, s.norms = newRows(n, d), newRows(n, d), newRows(n, d), make([]float64, n)
		if s.inputs != nil {
			s.from = newRows(n, d)
		}
	}
	for _, r := range []*rows{s.raw, s.unit, s.towards, s.from} {
		if r != nil {
			r.n, r.data = n, r.data[:n*d]
		}
	}
	s.norms = s.norms[:n]
}

// forward computes the unit rows of a batch, nil for all rows.
func (s *trained) forward(ctx context.Context, batch []int) error {
	below := s.weights
	into := s.raw
	if s.inputs != nil {
		below, into = s.inputs, s.from
	}
	n := below.n
	if batch != nil {
		n = len(batch)
	}
	s.resize(n, below.d)
	for at := range n {
		i := at
		if batch != nil {
			i = batch[at]
		}
		copy(into.row(at), below.row(i))
	}
	if s.inputs != nil {
		if err := multiply(ctx, s.kernel, s.raw, s.from, s.weights, false); err != nil {
			return err
		}
	}
	for i := range n {
		raw, unit := s.raw.row(i), s.unit.row(i)
		length := norm(raw)
		if !(length > 0) || math.IsInf(length, 1) {
			return errNoDirection
		}
		s.norms[i] = length
		for k, v := range raw {
			unit[k] = v / length
		}
	}
	return nil
}

// backward takes the gradient by the unit rows of a batch, in towards, to the weights: by z = w/‖w‖, ∂L/∂w = (g − (g·z)z)/‖w‖.
func (s *trained) backward(ctx context.Context, batch []int) error {
	for i := range s.unit.n {
		g, z := s.towards.row(i), s.unit.row(i)
		along := dotSum(g, z)
		for k, v := range z {
			g[k] = (g[k] - along*v) / s.norms[i]
		}
	}
	if s.inputs != nil {
		return multiply(ctx, s.kernel, s.gradient, s.from, s.towards, true)
	}
	if batch == nil {
		copy(s.gradient.data, s.towards.data)
		return nil
	}
	clear(s.gradient.data)
	for at, i := range batch {
		copy(s.gradient.row(i), s.towards.row(at))
	}
	return nil
}
