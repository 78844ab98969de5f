// Package torchrand draws the numbers that PyTorch's CPU generator draws, bit for bit: torch.manual_seed followed by Tensor.uniform_
// and Tensor.normal_ on contiguous float32 tensors.
//
// A seed can so stand for the weights of a randomly initialised model. The numbers are those of PyTorch's AVX2 kernels, as version 2.15
// has them; PyTorch's own numbers differ in the last bits between kinds of processors, this package's do not.
//
// The stream is part of the meaning: a layer's constructor draws its default weights before anything overwrites them, and those draws
// move the generator on. Count them in words and step over them with [Generator.Skip].
package torchrand

const (
	stateLen = 624
	stateMid = 397
)

// A Generator is a 32-bit Mersenne Twister (Matsumoto and Nishimura, 1998) in the state that torch.Generator("cpu") keeps.
// It is not safe for concurrent use.
type Generator struct {
	state [stateLen]uint32
	next  int // index of the next word; stateLen when the state is used up

	// The second number of a Box–Muller pair in float64, which the path for short tensors keeps for its next call.
	cached    float64
	hasCached bool
}

// New returns the generator after torch.manual_seed(seed). Only the low 32 bits of a seed count, as in PyTorch.
func New(seed uint64) *Generator {
	g := &Generator{next: stateLen}
	g.state[0] = uint32(seed)
	for i := 1; i < stateLen; i++ {
		prev := g.state[i-1]
		g.state[i] = 1812433253*(prev^prev>>30) + uint32(i)
	}
	return g
}

// Uint32 returns the next word of the stream.
func (g *Generator) Uint32() uint32 {
	if g.next == stateLen {
		g.refill()
	}
	w := g.state[g.next]
	g.next++
	return temper(w)
}

// Skip steps over n words. A float32 drawn by [Generator.Uniform] takes one, and so does one of a tensor of 16 or more drawn by
// [Generator.Normal], which takes 16 more if the tensor's size is no multiple of 16. Skip panics if n is negative.
func (g *Generator) Skip(n int) {
	if n < 0 {
		panic("torchrand: negative count of words to skip")
	}
	for n > stateLen-g.next {
		n -= stateLen - g.next
		g.refill()
	}
	g.next += n
}

// Uniform fills dst as Tensor.uniform_(from, to) does: from + u·(to − from) with u one of 2²⁴ equally spaced values in [0, 1).
// The product and the sum are each rounded to float32; whether PyTorch's compiler fuses them was not checked, so that the last bit is only
// known to agree for the unit interval.
func (g *Generator) Uniform(dst []float32, from, to float32) {
	g.unit(dst)
	if from == 0 && to == 1 {
		return
	}
	width := to - from
	for i, u := range dst {
		dst[i] = float32(u*width) + from
	}
}

// unit fills dst with one of 2²⁴ equally spaced values in [0, 1) each.
func (g *Generator) unit(dst []float32) {
	const scale = 1.0 / (1 << 24)
	for len(dst) > 0 {
		if g.next == stateLen {
			g.refill()
		}
		n := min(len(dst), stateLen-g.next)
		for i, w := range g.state[g.next : g.next+n] {
			dst[i] = float32(temper(w)&(1<<24-1)) * scale
		}
		g.next += n
		dst = dst[n:]
	}
}

// unit64 returns one of 2⁵³ equally spaced values in [0, 1), from two words, the high one first.
func (g *Generator) unit64() float64 {
	hi := uint64(g.Uint32())
	lo := uint64(g.Uint32())
	return float64((hi<<32|lo)&(1<<53-1)) / (1 << 53)
}

// refill replaces the whole state by the next 624 words.
func (g *Generator) refill() {
	s := &g.state
	for i := range stateLen - stateMid {
		s[i] = s[i+stateMid] ^ twist(s[i], s[i+1])
	}
	for i := stateLen - stateMid; i < stateLen-1; i++ {
		s[i] = s[i+stateMid-stateLen] ^ twist(s[i], s[i+1])
	}
	s[stateLen-1] = s[stateMid-1] ^ twist(s[stateLen-1], s[0])
	g.next = 0
}

func twist(u, v uint32) uint32 {
	y := u&0x80000000 | v&0x7fffffff
	return y>>1 ^ -(v&1)&0x9908b0df
}

func temper(w uint32) uint32 {
	w ^= w >> 11
	w ^= w << 7 & 0x9d2c5680
	w ^= w << 15 & 0xefc60000
	return w ^ w>>18
}
