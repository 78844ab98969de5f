package torchrand

import (
	"math"
	"runtime"
	"sync"
)

// block is the number of values that PyTorch transforms at a time: eight pairs, the first halves before the second halves.
const block = 16

// Normal fills dst as Tensor.normal_(mean, std) does: normally distributed by the Box–Muller transform
//
//	sqrt(−2 ln(1 − u)) · cos(2πv) · std + mean,   sqrt(−2 ln(1 − u)) · sin(2πv) · std + mean
//
// A tensor of 16 values or more is filled with uniform float32 values first and transformed in blocks of 16, in which u is the first
// eight values and v the last eight; if the size is no multiple of 16 the last 16 are drawn afresh. A shorter tensor is computed in
// float64, a pair at a time, and an odd one's second value serves the next short tensor; there the C library's functions and Go's may
// differ in the last bit of float64, which float32 seldom shows.
//
// The values of a long tensor are computed on all processors; they do not depend on how many there are.
func (g *Generator) Normal(dst []float32, mean, std float64) {
	n := len(dst)
	if n < block {
		for i := range dst {
			dst[i] = float32(float64(g.normal64()*std) + mean) // the inner conversion keeps machines from fusing the two
		}
		return
	}
	g.unit(dst)
	whole := n / block * block
	transformAll(dst[:whole], float32(mean), float32(std))
	if n != whole {
		g.unit(dst[n-block:])
		transform(dst[n-block:], float32(mean), float32(std))
	}
}

// normal64 returns one standard normal value in float64.
func (g *Generator) normal64() float64 {
	if g.hasCached {
		g.hasCached = false
		return g.cached
	}
	v, u := g.unit64(), g.unit64()
	radius := math.Sqrt(-2 * math.Log1p(-u))
	sin, cos := math.Sincos(2 * math.Pi * v)
	g.cached, g.hasCached = radius*sin, true
	return radius * cos
}

// transformAll is transform over several goroutines when there is enough to do.
func transformAll(values []float32, mean, std float32) {
	const grain = 1 << 15 // values; about a millisecond
	workers := min(runtime.GOMAXPROCS(0), len(values)/grain)
	if workers < 2 {
		transform(values, mean, std)
		return
	}
	var wg sync.WaitGroup
	blocks := len(values) / block
	for w := range workers {
		part := values[blocks*w/workers*block : blocks*(w+1)/workers*block]
		wg.Go(func() { transform(part, mean, std) })
	}
	wg.Wait()
}

// transform turns blocks of 16 uniform values into normal ones, in place.
func transform(values []float32, mean, std float32) {
	const twoPi = float32(2 * math.Pi)
	m, s := float64(mean), float64(std)
	for ; len(values) >= block; values = values[block:] {
		for i := range block / 2 {
			u, v := values[i], values[i+block/2]
			radius := float64(float32(math.Sqrt(-2 * log32(1-u))))
			sin, cos := sincos32(twoPi * v)
			values[i] = float32(fma(round(radius*cos), s, m))
			values[i+block/2] = float32(fma(round(radius*sin), s, m))
		}
	}
}
