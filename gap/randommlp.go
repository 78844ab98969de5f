package gap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// A Bias is how the biases of a RandomMLP are drawn, for width d.
type Bias string

const (
	NoBias      Bias = "none"
	NormalBias  Bias = "normal"  // N(0, 1/d), the variance of the weights: Liang et al. 2022, Fig. 2b
	UniformBias Bias = "uniform" // U(−1/√d, 1/√d), PyTorch's default, which the authors' "no bias" notebook leaves in place
)

// ParseBias reads a name of a Bias.
func ParseBias(name string) (Bias, error) {
	switch b := Bias(name); b {
	case NoBias, NormalBias, UniformBias:
		return b, nil
	}
	return "", fmt.Errorf("gap: bias %q, want none, normal or uniform", name)
}

// variance of an entry at width d.
func (b Bias) variance(d int) float64 {
	switch b {
	case NormalBias:
		return 1 / float64(d)
	case UniformBias:
		return 1 / float64(3*d)
	}
	return 0
}

// The greatest sizes of a RandomMLP. Without biases an activation may halve all values at every layer, and float32 ends at 2⁻¹²⁶; a wider
// network's weights or a greater batch would take gigabytes.
const (
	MaxMLPDepth = 100
	MaxMLPWidth = 8192
	MaxMLPBatch = 65536
)

// A RandomMLP is an untrained network of equal layers, whose cone narrows with depth (Liang et al. 2022, Fig. 2b):
//
//	x_0 ~ N(0, 1) of Batch×Width,  x_l = φ(x_{l−1}·W_lᵀ + b_l),  W_l ~ N(0, 1/Width) of Width×Width
//
// 1/Width is the variance: the authors pass 1/√Width as standard deviation.
type RandomMLP struct {
	Width, Batch, Depth int
	Activation          Activation
	Bias                Bias
}

// PaperMLP is the network of Fig. 2b: 25 layers 512 wide, 1,024 inputs, normal biases.
func PaperMLP(a Activation) RandomMLP {
	return RandomMLP{Width: 512, Batch: 1024, Depth: 25, Activation: a, Bias: NormalBias}
}

// Check says what of m is out of range, if anything is.
func (m RandomMLP) Check() error {
	switch {
	case m.Width < 1 || m.Width > MaxMLPWidth:
		return fmt.Errorf("gap: a width of %d, want 1 to %d", m.Width, MaxMLPWidth)
	case m.Batch < 2 || m.Batch > MaxMLPBatch:
		return fmt.Errorf("gap: a batch of %d, want 2 to %d", m.Batch, MaxMLPBatch)
	case m.Depth < 0 || m.Depth > MaxMLPDepth:
		return fmt.Errorf("gap: a depth of %d, want 0 to %d", m.Depth, MaxMLPDepth)
	}
	if _, err := ParseActivation(string(m.Activation)); err != nil {
		return err
	}
	_, err := ParseBias(string(m.Bias))
	return err
}

// MeanCosines draws the network that seed gives and returns the mean cosine of all pairs of different inputs, before the first layer and
// behind each: Depth + 1 values. AllPairs turns them into the authors' means. It is Layers without the rest.
func (m RandomMLP) MeanCosines(ctx context.Context, seed uint64) ([]float64, error) {
	layers, err := m.Layers(ctx, seed)
	return meanCosines(layers), err
}

// Layers draws the network that seed gives and says what is behind each layer: Depth + 1 values, that of the inputs first. A layer of a mixed
// form is all that its name says.
//
// The forward pass is in float32, as the authors'; all else is accumulated in float64. Networks of one shape and seed have the same
// inputs, weights and biases (up to the biases' kind), whatever their activation, so that their curves may be compared pair by pair. The
// same seed gives the same values on any number of processors. The error is ctx's, or says what of m is out of range.
func (m RandomMLP) Layers(ctx context.Context, seed uint64) ([]MLPLayer, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	x := m.Inputs(seed)
	layers := []MLPLayer{newMLPLayer(x)}
	if _, err := m.forward(ctx, x, seed, func(x *Embeddings) { layers = append(layers, newMLPLayer(x)) }); err != nil {
		return nil, err
	}
	return layers, nil
}

// forward sends x, which it overwrites, through the network that seed gives, and returns what is behind the last layer. behind is shown what is
// behind each.
func (m RandomMLP) forward(ctx context.Context, x *Embeddings, seed uint64, behind func(*Embeddings)) (*Embeddings, error) {
	n, d := x.N, m.Width
	y := NewEmbeddings(n, d, make([]float32, n*d))
	second := NewEmbeddings(0, d, nil)
	if m.Activation == Maxout {
		second = NewEmbeddings(n, d, make([]float32, n*d))
	}
	l := newLinear(d)
	for layer := range m.Depth {
		stream := uint64(2*layer + 1)
		for _, part := range m.Activation.parts() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if !part.linear {
				part.activation.apply(x.Data, second.Data)
				continue
			}
			bias := m.Bias
			if !part.bias {
				bias = NoBias
			}
			l.draw(bias, seed, stream)
			if err := l.forward(ctx, y, x); err != nil {
				return nil, err
			}
			stream++
			if m.Activation == Maxout {
				l.draw(bias, seed, stream)
				if err := l.forward(ctx, second, x); err != nil {
					return nil, err
				}
			}
			x, y = y, x
		}
		behind(x)
	}
	return x, ctx.Err()
}

// AllPairs turns the mean cosine of n(n−1) pairs of different rows into that of all n² pairs, each row's own among them, as the authors have it.
func AllPairs(mean float64, n int) float64 { return (mean*float64(n-1) + 1) / float64(n) }

// Expected returns what the cosines of MeanCosines tend to as the width grows, and false where no closed form is here. From layer to layer,
// with q the mean square of an entry, c the cosine and β the variance of a bias (1/Width, or less: see Bias):
//
//	s = q + β,  ρ = (c·q + β)/s,  then (q, c) by the activation: for ReLU q' = s/2, c' = (√(1−ρ²) + ρ·(π − arccos ρ))/π
//
// which is the arc-cosine kernel of order 1 (Cho & Saul, NeurIPS 2009), iterated from q = 1 and c = 0. A network of finite width strays from
// it, because its layers are random: the deeper, the more.
func (m RandomMLP) Expected() ([]float64, bool) {
	return m.limits(func(l limit) float64 { return l.c })
}

// ExpectedInitShare returns what InitShare tends to as the width grows, and false where no closed form is here: (c − t)/(1 − t) for cosine c
// and t the share of an entry's mean square that its mean over weights makes up: 0 behind a linear layer, 1/π behind ReLU and Maxout.
func (m RandomMLP) ExpectedInitShare() ([]float64, bool) { return m.limits(limit.initShare) }

// limits follows the limit of infinite width through the layers.
func (m RandomMLP) limits(of func(limit) float64) ([]float64, bool) {
	if m.Check() != nil {
		return nil, false
	}
	parts := m.Activation.parts()
	for _, part := range parts {
		if _, known := part.activation.moments(limit{q: 1}); !part.linear && !known {
			return nil, false
		}
	}
	l := limit{q: 1}
	curve := []float64{of(l)}
	for range m.Depth {
		for _, part := range parts {
			switch {
			case !part.linear:
				l, _ = part.activation.moments(l)
			case part.bias:
				l = l.linear(m.Bias.variance(m.Width))
			default:
				l = l.linear(0)
			}
		}
		curve = append(curve, of(l))
	}
	return curve, true
}

// DepthLayers returns Layers of every network and seed: layers[network][seed][layer]. It works on all processors. progress, where not
// nil, is told how many of all are done, by one goroutine at a time.
func DepthLayers(ctx context.Context, networks []RandomMLP, seeds []uint64, progress func(done, total int)) ([][][]MLPLayer, error) {
	layers := make([][][]MLPLayer, len(networks))
	for i, m := range networks {
		if err := m.Check(); err != nil {
			return nil, err
		}
		layers[i] = make([][]MLPLayer, len(seeds))
	}
	total := len(networks) * len(seeds)
	if total == 0 {
		return nil, errors.New("gap: no network or no seed")
	}
	finished := make(chan struct{}, total) // never blocks a worker
	told := make(chan struct{})
	go func() {
		defer close(told)
		done := 0
		for range finished {
			if done++; progress != nil {
				progress(done, total)
			}
		}
	}()
	err := parallel(ctx, total, func(task int) (err error) {
		i, s := task/len(seeds), task%len(seeds)
		if layers[i][s], err = networks[i].Layers(ctx, seeds[s]); err == nil {
			finished <- struct{}{}
		}
		return err
	})
	close(finished)
	<-told
	if err != nil {
		return nil, err
	}
	return layers, nil
}

// linear is a linear layer of equal width on both sides.
type linear struct {
	d             int
	weights, bias []float32
	kernel        *kernel
	left, right   *packed // inputs and weights as the kernel reads them
	tile          []float32
}

func newLinear(d int) *linear {
	return &linear{d: d, weights: make([]float32, d*d), bias: make([]float32, d), kernel: fastKernel}
}

// draw draws weights and biases anew.
func (l *linear) draw(b Bias, seed, stream uint64) {
	rng := rand.New(rand.NewPCG(seed, stream))
	width := 1 / math.Sqrt(float64(l.d))
	drawNormal(rng, l.weights, width)
	switch b {
	case NormalBias:
		drawNormal(rng, l.bias, width)
	case UniformBias:
		for i := range l.bias {
			l.bias[i] = float32((2*rng.Float64() - 1) * width)
		}
	case NoBias:
		clear(l.bias)
	}
}

// drawNormal fills x with draws from N(0, width²).
func drawNormal(rng *rand.Rand, x []float32, width float64) {
	for i := range x {
		x[i] = float32(rng.NormFloat64() * width)
	}
}

// forward stores x·Wᵀ + b into y. The error is ctx's: the greatest layer takes minutes.
func (l *linear) forward(ctx context.Context, y, x *Embeddings) error {
	if l.kernel == nil {
		l.forwardPlain(y, x)
		return ctx.Err()
	}
	if l.left == nil {
		l.left = newPacked(x.N, l.d, tileRows, l.kernel.panelRows)
		l.right = newPacked(l.d, l.d, tileColumns, l.kernel.panelColumns)
		l.tile = aligned32(tileRows * tileColumns)
	}
	for i := range x.N {
		l.left.copyRow(i, x.Row(i))
	}
	for j := range l.d {
		l.right.copyRow(j, l.weights[j*l.d:(j+1)*l.d])
	}
	for b := range l.left.blocks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for c := range l.right.blocks() {
			l.kernel.product(l.left.at(b), l.right.at(c), l.d, l.tile)
			j0 := c * tileColumns
			bias := l.bias[j0:min(j0+tileColumns, l.d)]
			for i := b * tileRows; i < min((b+1)*tileRows, x.N); i++ {
				out := y.Row(i)[j0:]
				for k, v := range l.tile[(i-b*tileRows)*tileColumns:][:len(bias)] {
					out[k] = v + bias[k]
				}
			}
		}
	}
	return nil
}

// forwardPlain is forward where there is no kernel.
func (l *linear) forwardPlain(y, x *Embeddings) {
	for i := range y.N {
		copy(y.Row(i), l.bias)
	}
	matrix := func(n int, data []float32) blas32.General {
		return blas32.General{Rows: n, Cols: l.d, Stride: l.d, Data: data}
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, matrix(x.N, x.Data), matrix(l.d, l.weights), 1, matrix(y.N, y.Data))
}

// newPacked returns n rows of d zeros.
func newPacked(n, d, block, panel int) *packed {
	p := &packed{n: n, d: d, block: block, panel: panel}
	p.data = aligned32(p.blocks() * block * d)
	return p
}

// copyRow stores x as row i, as it is.
func (p *packed) copyRow(i int, x []float32) {
	out := p.data[i/p.panel*p.panel*p.d+i%p.panel:]
	for k, v := range x {
		out[k*p.panel] = v
	}
}
