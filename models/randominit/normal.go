package randominit

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// Ziggurat of Marsaglia and Tsang (2000) for the half normal density f(x) = exp(-x²/2), in the form of Doornik (2005): zigLayers
// layers of equal area zigArea, stacked from x = zigTail, where the tail begins, to x = 0. Layer i reaches from 0 to edge[i] and lies
// wholly under the density up to edge[i+1]. Layer 0 is the base with the tail, as wide as a rectangle of the same area.
const (
	zigLayers = 256
	zigTail   = 3.6541528853610088
	zigArea   = 0.0049286732339746571
)

var ziggurat = newZiggurat()

type zigTables struct {
	edge   [zigLayers + 1]float64 // x, falling from zigArea/f(zigTail) to 0
	height [zigLayers + 1]float64 // f(edge)
	step   [zigLayers]float64     // edge·2^-53: a 53-bit integer times it is a point of the layer
	inside [zigLayers]uint64      // the integers below this one give a point below edge[i+1]
}

func density(x float64) float64 { return exp(float64(-0.5*x) * x) }

func newZiggurat() *zigTables {
	z := new(zigTables)
	z.edge[0], z.edge[1] = zigArea/density(zigTail), zigTail
	for i := 2; i < zigLayers; i++ {
		below := z.edge[i-1]
		z.edge[i] = math.Sqrt(float64(-2 * log(zigArea/below+density(below))))
	}
	for i := range z.height {
		z.height[i] = density(z.edge[i])
	}
	for i := range z.step {
		z.step[i] = math.Ldexp(z.edge[i], -53)
		z.inside[i] = uint64(math.Ldexp(z.edge[i+1]/z.edge[i], 53))
	}
	return z
}

// normal draws from N(0, 1). A word gives the layer (8 bits), the sign (1 bit) and the place in the layer (53 bits); 98.8% of draws take
// one word.
func normal(g *rand.PCG) float64 {
	z := ziggurat
	for {
		u := g.Uint64()
		i := u & (zigLayers - 1)
		x, k := 0.0, u>>11
		if x = float64(k) * z.step[i]; k >= z.inside[i] {
			var ok bool
			if x, ok = z.edges(g, int(i), x); !ok {
				continue
			}
		}
		return math.Float64frombits(math.Float64bits(x) | u<<55&(1<<63)) // bit 8 is the sign
	}
}

// edges decides about a point x of layer i that lies beyond the density's inner rectangle.
func (z *zigTables) edges(g *rand.PCG, i int, x float64) (float64, bool) {
	if i == 0 { // Marsaglia's tail
		for {
			x = -log(unit(g)) / zigTail
			if y := -log(unit(g)); y+y >= float64(x*x) {
				return zigTail + x, true
			}
		}
	}
	y := z.height[i] + float64(unit(g)*(z.height[i+1]-z.height[i]))
	return x, y < density(x)
}

// unit draws from the open interval (0, 1): the middle of one of 2^52 equal parts.
func unit(g *rand.PCG) float64 { return math.Ldexp(float64(g.Uint64()>>12)+0.5, -52) }

// symmetric draws from the open interval (-1, 1) uniformly: the middle of one of 2^53 equal parts.
func symmetric(g *rand.PCG) float64 {
	return float64(float64(int64(g.Uint64())>>11)*0x1p-52) + 0x1p-53
}

// below draws from 0 … n-1 (Lemire 2019: the upper word of a product, redrawn where the lower one would favour some numbers).
func below(g *rand.PCG, n uint64) int64 {
	hi, lo := bits.Mul64(g.Uint64(), n)
	if lo < n {
		for least := -n % n; lo < least; {
			hi, lo = bits.Mul64(g.Uint64(), n)
		}
	}
	return int64(hi)
}
