package randominit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// A Shape of a distribution.
type distribution uint8

const (
	constant distribution = iota
	gaussian
	uniform
)

// A Law is the distribution that a tensor's elements are drawn from, independently of each other.
type Law struct {
	kind      distribution
	mean, dev float64 // gaussian: mean and standard deviation; uniform: middle and half width; constant: mean is the value
}

// Const is the law of a tensor whose elements all are v.
func Const(v float64) Law { return Law{constant, v, 0} }

// Normal is N(mean, std²).
func Normal(mean, std float64) Law { return Law{gaussian, mean, std} }

// Uniform is the uniform law on (-bound, bound).
func Uniform(bound float64) Law { return Law{uniform, 0, bound} }

// Mean returns the law's expectation.
func (l Law) Mean() float64 { return l.mean }

// Std returns the law's standard deviation; that of the uniform law is bound/√3.
func (l Law) Std() float64 {
	if l.kind == uniform {
		return l.dev / math.Sqrt(3)
	}
	return l.dev
}

func (l Law) String() string {
	switch l.kind {
	case gaussian:
		return fmt.Sprintf("N(%g, %g)", l.mean, l.dev)
	case uniform:
		return fmt.Sprintf("U(±%g)", l.dev)
	}
	return fmt.Sprint(l.mean)
}

// blockLen is how many elements are drawn from one stream. Blocks are drawn in any order, by any goroutine.
const blockLen = 1 << 14

// A stream names the random numbers of one tensor.
type stream struct {
	seed uint64
	name string
}

// block returns the generator of one block: PCG with the first 16 bytes of SHA-256 over version, seed, block and name as its state.
func (s stream) block(k int64) *rand.PCG {
	b := make([]byte, 0, 64+len(s.name))
	b = append(b, "mindgap random "+Version+"\n"...)
	b = binary.LittleEndian.AppendUint64(b, s.seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(k))
	b = append(b, s.name...)
	h := sha256.Sum256(b)
	return rand.NewPCG(binary.LittleEndian.Uint64(h[:8]), binary.LittleEndian.Uint64(h[8:]))
}

// draw fills dst with the elements of block k.
func (l Law) draw(dst []float64, s stream, k int64) {
	switch l.kind {
	case gaussian:
		g := s.block(k)
		for i := range dst {
			dst[i] = l.mean + float64(l.dev*normal(g))
		}
	case uniform:
		g := s.block(k)
		for i := range dst {
			dst[i] = l.mean + float64(l.dev*symmetric(g))
		}
	default:
		for i := range dst {
			dst[i] = l.mean
		}
	}
}
