package gap

import (
	"context"
	"math"
	"math/bits"
)

// The optimisation of UMAP: stochastic gradient descent on the cross entropy between the graph and the picture's own similarities.
const (
	negativeSamples = 5 // rows pushed away for every edge that pulls
	gradientLimit   = 4 // of every coordinate of a step, before the learning rate

	// layoutBlocks is the number of blocks of rows that an epoch moves one after the other. Rows of one block see each other as they were
	// before it; more blocks are closer to moving one row at a time, and cost more waiting for the slowest processor.
	layoutBlocks = 4
	// layoutTask is the number of rows that a processor takes at once.
	layoutTask = 128
)

// A layout is an optimisation at work.
type layout struct {
	n, dim    int
	positions []float32
	moved     []float32 // of the block at work
	graph     *FuzzyGraph
	period    []float64 // epochs between two uses of an edge
	next      []float64 // epoch of its next use
	negative  []float64 // epoch of its next negative sample
	state     []uint64  // of every row's random numbers
	pull      *curve
	push      *curve
}

// optimise moves positions, n×Components row-major, which it overwrites. An edge of weight w is used every max(w)/w epochs.
func optimise(ctx context.Context, positions []float32, o UMAPOptions, g *FuzzyGraph, a, b float64) error {
	n := len(g.Sigma)
	l := &layout{n: n, dim: o.Components, positions: positions, moved: make([]float32, len(positions)), graph: g,
		period: make([]float64, len(g.Weight)), state: make([]uint64, n)}
	strongest := 0.0
	for _, w := range g.Weight {
		strongest = max(strongest, w)
	}
	for e, w := range g.Weight {
		l.period[e] = strongest / w
		l.next = append(l.next, l.period[e])
		l.negative = append(l.negative, l.period[e]/negativeSamples)
	}
	for i := range l.state {
		l.state[i] = mix(o.Seed + mix(uint64(i)))
	}
	l.pull = newCurve(func(square float64) float64 { return -2 * a * b * math.Pow(square, b-1) / (1 + a*math.Pow(square, b)) })
	l.push = newCurve(func(square float64) float64 { return 2 * b / ((0.001 + square) * (1 + a*math.Pow(square, b))) })
	size := blocks(n, layoutBlocks)
	for epoch := range o.Epochs {
		rate := float32(1)
		if epoch > 0 { // umap-learn's rate falls one epoch late
			rate = float32(1 - float64(epoch-1)/float64(o.Epochs))
		}
		for first := 0; first < n; first += size {
			last := min(first+size, n)
			err := parallel(ctx, blocks(last-first, layoutTask), func(task int) error {
				for i := first + task*layoutTask; i < min(first+(task+1)*layoutTask, last); i++ {
					if l.dim == 2 {
						l.move2(i, float64(epoch), rate)
					} else {
						l.move(i, float64(epoch), rate)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			copy(positions[first*l.dim:last*l.dim], l.moved[first*l.dim:])
		}
		if o.Progress != nil {
			o.Progress(epoch+1, o.Epochs)
		}
	}
	return nil
}

// samples says how many negative samples the use of edge e at an epoch takes, and plans its next use.
func (l *layout) samples(e int, epoch float64) int {
	l.next[e] += l.period[e]
	period := l.period[e] / negativeSamples
	count := int((epoch - l.negative[e]) / period)
	l.negative[e] += float64(count) * period
	return count
}

// move2 is move in the plane.
func (l *layout) move2(i int, epoch float64, rate float32) {
	p := l.positions
	x, y := p[2*i], p[2*i+1]
	state, n := l.state[i], uint64(l.n)
	for e := l.graph.Start[i]; e < l.graph.Start[i+1]; e++ {
		if l.next[e] > epoch {
			continue
		}
		j := 2 * int(l.graph.Tail[e])
		u, v := p[j], p[j+1]
		for range 2 { // as the head of this edge and as the tail of its twin, which is due at the same epochs
			dx, dy := x-u, y-v
			if square := dx*dx + dy*dy; square > 0 {
				f := l.pull.at(square)
				x += rate * clip(f*dx)
				y += rate * clip(f*dy)
			}
		}
		for range l.samples(e, epoch) {
			var k uint64
			state, k = draw(state, n)
			dx, dy := x-p[2*k], y-p[2*k+1]
			if square := dx*dx + dy*dy; square > 0 && int(k) != i {
				f := l.push.at(square)
				x += rate * clip(f*dx)
				y += rate * clip(f*dy)
			}
		}
	}
	l.moved[2*i], l.moved[2*i+1], l.state[i] = x, y, state
}

// move moves row i by its edges that are due.
func (l *layout) move(i int, epoch float64, rate float32) {
	own := l.moved[i*l.dim : (i+1)*l.dim]
	copy(own, l.positions[i*l.dim:])
	state := l.state[i]
	step := func(other int, c *curve) {
		from := l.positions[other*l.dim : (other+1)*l.dim]
		var square float32
		for k, v := range from {
			square += (own[k] - v) * (own[k] - v)
		}
		if square > 0 {
			f := c.at(square)
			for k, v := range from {
				own[k] += rate * clip(f*(own[k]-v))
			}
		}
	}
	for e := l.graph.Start[i]; e < l.graph.Start[i+1]; e++ {
		if l.next[e] > epoch {
			continue
		}
		step(int(l.graph.Tail[e]), l.pull)
		step(int(l.graph.Tail[e]), l.pull)
		for range l.samples(e, epoch) {
			var k uint64
			if state, k = draw(state, uint64(l.n)); int(k) != i {
				step(int(k), l.push)
			}
		}
	}
	l.state[i] = state
}

func clip(v float32) float32 { return max(-gradientLimit, min(gradientLimit, v)) }

// mix is the output function of SplitMix64 (Steele, Lea & Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// draw returns the next state of a row's random numbers and a number below n.
func draw(state, n uint64) (uint64, uint64) {
	state += 0x9e3779b97f4a7c15
	high, _ := bits.Mul64(mix(state), n)
	return state, high
}

// A curve is a positive or negative function of a squared distance, tabulated: powers of float64 would be most of the work. Between the
// points of the table, which lie at equal steps of the number's bits, 2^curveBits to an octave, it is linear: the relative error is below
// 1e-5 for the functions of UMAP.
type curve struct {
	value, slope []float32
}

const (
	curveBits  = 7
	curveShift = 23 - curveBits // of a float32's bits
	curveLow   = 127 - 40       // the table begins at 2⁻⁴⁰ …
	curveHigh  = 127 + 40       // … and ends at 2⁴⁰; outside, the nearest of its ends serves
)

func newCurve(f func(square float64) float64) *curve {
	c := &curve{}
	for index := curveLow << curveBits; index < curveHigh<<curveBits; index++ {
		at := f(float64(math.Float32frombits(uint32(index) << curveShift)))
		next := f(float64(math.Float32frombits(uint32(index+1) << curveShift)))
		c.value, c.slope = append(c.value, float32(at)), append(c.slope, float32((next-at)/(1<<curveShift)))
	}
	return c
}

func (c *curve) at(square float32) float32 {
	number := math.Float32bits(square)
	index := int(number>>curveShift) - curveLow<<curveBits
	rest := number & (1<<curveShift - 1)
	if index < 0 {
		index, rest = 0, 0
	} else if index >= len(c.value) {
		index, rest = len(c.value)-1, 0
	}
	return c.value[index] + c.slope[index]*float32(rest)
}
