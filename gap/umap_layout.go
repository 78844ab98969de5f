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

	// layoutGroups is the number of groups of rows, an even one; half as many processors work at once.
	layoutGroups = 16
)

// A layout is an optimisation at work.
//
// An edge that pulls moves both its ends, so edges can be used at once only if they share no end. Rows are dealt into groups; in a round
// every group meets one other, as teams do in a tournament, and the edges between two groups are one task. In a last round every group
// keeps to itself. A row is moved by one task a round, in a fixed order, and negative samples see the rows as they were before the epoch:
// the result does not depend on which processor takes which task when.
type layout struct {
	n, dim     int
	positions  []float32
	before     []float32 // the positions before this epoch
	rounds     [][][]edgeUse
	state      []uint64 // of every row's random numbers
	pull, push *curve
}

// An edgeUse is one direction of an edge and when it is next due, in epochs.
type edgeUse struct {
	head, tail int32
	period     float64 // between two uses
	next       float64
	negative   float64 // of the next negative sample
}

// optimise moves positions, n×Components row-major, which it overwrites. An edge of weight w is used every max(w)/w epochs.
func optimise(ctx context.Context, positions []float32, o UMAPOptions, g *FuzzyGraph, a, b float64) error {
	l := &layout{n: len(g.Sigma), dim: o.Components, positions: positions, before: make([]float32, len(positions)), rounds: schedule(g)}
	for i := range l.n {
		l.state = append(l.state, mix(o.Seed+mix(uint64(i))))
	}
	l.pull = newCurve(func(square float64) float64 { return -2 * a * b * math.Pow(square, b-1) / (1 + a*math.Pow(square, b)) })
	l.push = newCurve(func(square float64) float64 { return 2 * b / ((0.001 + square) * (1 + a*math.Pow(square, b))) })
	for epoch := range o.Epochs {
		rate := float32(1)
		if epoch > 0 { // umap-learn's rate falls one epoch late
			rate = float32(1 - float64(epoch-1)/float64(o.Epochs))
		}
		copy(l.before, positions)
		for _, round := range l.rounds {
			err := parallel(ctx, len(round), func(task int) error {
				if l.dim == 2 {
					l.move2(round[task], float64(epoch), rate)
				} else {
					l.move(round[task], float64(epoch), rate)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		if o.Progress != nil {
			o.Progress(epoch+1, o.Epochs)
		}
	}
	return nil
}

// schedule deals the edges into rounds of tasks.
func schedule(g *FuzzyGraph) [][][]edgeUse {
	strongest := 0.0
	for _, w := range g.Weight {
		strongest = max(strongest, w)
	}
	// met[a][b] is the round in which groups a and b meet, and the task there. By the circle method: the last group stands still, the
	// others move on by one place a round.
	const around = layoutGroups - 1
	var met [layoutGroups][layoutGroups]struct{ round, task int }
	rounds := make([][][]edgeUse, layoutGroups)
	for r := range around {
		rounds[r] = make([][]edgeUse, layoutGroups/2)
		for t := range rounds[r] {
			a, b := (r+t)%around, (r-t+around)%around
			if t == 0 {
				b = around
			}
			met[a][b].round, met[a][b].task = r, t
			met[b][a] = met[a][b]
		}
	}
	rounds[around] = make([][]edgeUse, layoutGroups)
	for a := range layoutGroups {
		met[a][a].round, met[a][a].task = around, a
	}
	for i := range g.Sigma {
		for e := g.Start[i]; e < g.Start[i+1]; e++ {
			period := strongest / g.Weight[e]
			at := met[i%layoutGroups][g.Tail[e]%layoutGroups]
			task := &rounds[at.round][at.task]
			*task = append(*task, edgeUse{int32(i), g.Tail[e], period, period, period / negativeSamples})
		}
	}
	return rounds
}

// samples says how many negative samples the use of an edge at an epoch takes, and plans its next use.
func (u *edgeUse) samples(epoch float64) int {
	u.next += u.period
	period := u.period / negativeSamples
	count := int((epoch - u.negative) / period)
	u.negative += float64(count) * period
	return count
}

// move2 is move in the plane.
func (l *layout) move2(task []edgeUse, epoch float64, rate float32) {
	p, n := l.positions, uint64(l.n)
	for at := range task {
		use := &task[at]
		if use.next > epoch {
			continue
		}
		i, j := 2*int(use.head), 2*int(use.tail)
		x, y := p[i], p[i+1]
		dx, dy := x-p[j], y-p[j+1]
		if square := dx*dx + dy*dy; square > 0 {
			f := l.pull.at(square)
			gx, gy := rate*clip(f*dx), rate*clip(f*dy)
			x, y = x+gx, y+gy
			p[j] -= gx
			p[j+1] -= gy
		}
		state := l.state[use.head]
		for range use.samples(epoch) {
			var k uint64
			state, k = draw(state, n)
			dx, dy := x-l.before[2*k], y-l.before[2*k+1]
			if square := dx*dx + dy*dy; square > 0 && int32(k) != use.head {
				f := l.push.at(square)
				x += rate * clip(f*dx)
				y += rate * clip(f*dy)
			}
		}
		p[i], p[i+1], l.state[use.head] = x, y, state
	}
}

// move uses the edges of a task that are due: each pulls its ends together and pushes its head away from rows drawn at random.
func (l *layout) move(task []edgeUse, epoch float64, rate float32) {
	for at := range task {
		use := &task[at]
		if use.next > epoch {
			continue
		}
		head := l.positions[int(use.head)*l.dim:][:l.dim]
		tail := l.positions[int(use.tail)*l.dim:][:l.dim]
		if square := squareDistance(head, tail); square > 0 {
			f := l.pull.at(square)
			for k := range head {
				step := rate * clip(f*(head[k]-tail[k]))
				head[k] += step
				tail[k] -= step
			}
		}
		for range use.samples(epoch) {
			var row uint64
			if l.state[use.head], row = draw(l.state[use.head], uint64(l.n)); int32(row) == use.head {
				continue
			}
			other := l.before[int(row)*l.dim:][:l.dim]
			if square := squareDistance(head, other); square > 0 {
				f := l.push.at(square)
				for k := range head {
					head[k] += rate * clip(f*(head[k]-other[k]))
				}
			}
		}
	}
}

func squareDistance(x, y []float32) float32 {
	var sum float32
	for k, v := range x {
		sum += (v - y[k]) * (v - y[k])
	}
	return sum
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
// 2e-5 for the functions of UMAP.
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
