package randominit

import (
	"encoding/binary"
	"math"
	"sync"
)

// An encoding is how an element lies in a file.
type encoding struct {
	size int
	put  func(dst []byte, src []float64)
}

var (
	float32LE = encoding{4, func(dst []byte, src []float64) {
		for i, v := range src {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(float32(v)))
		}
	}}
	float64LE = encoding{8, func(dst []byte, src []float64) {
		for i, v := range src {
			binary.LittleEndian.PutUint64(dst[8*i:], math.Float64bits(v))
		}
	}}
	float16LE = encoding{2, func(dst []byte, src []float64) {
		for i, v := range src {
			binary.LittleEndian.PutUint16(dst[2*i:], toHalf(float32(v)))
		}
	}}
	bfloat16LE = encoding{2, func(dst []byte, src []float64) {
		for i, v := range src {
			b := math.Float32bits(float32(v))
			binary.LittleEndian.PutUint16(dst[2*i:], uint16((b+0x7fff+b>>16&1)>>16)) // to nearest, ties to even; src is finite
		}
	}}
)

// toHalf rounds to IEEE 754 binary16, to nearest, ties to even.
func toHalf(f float32) uint16 {
	const (
		overflow  = 0x477ff000 // 65520, from which on the nearest is infinity
		smallest  = 0x38800000 // 2^-14, the least normal number
		denormals = 0.5        // adding it aligns the last bit of a float32 with the last of a subnormal half: 2^-24
	)
	b := math.Float32bits(f)
	sign, b := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case b >= overflow:
		return sign | 0x7c00
	case b < smallest:
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+denormals)-math.Float32bits(denormals))
	}
	return sign | uint16((b-(127-15)<<23+0xfff+b>>13&1)>>13)
}

// blocks hold what drawing or reading one block needs.
var blocks = sync.Pool{New: func() any { return new([blockLen]float64) }}

// lawPiece is a tensor of n elements that is drawn from a law.
func lawPiece(off, n int64, l Law, s stream, e encoding) piece {
	size, grain := n*int64(e.size), int64(blockLen*e.size)
	return piece{off: off, size: size, grain: grain, fill: func(dst []byte, from int64) error {
		buf := blocks.Get().(*[blockLen]float64)
		defer blocks.Put(buf)
		for k := from / grain; len(dst) > 0; k++ {
			values := buf[:min(blockLen, n-k*blockLen)]
			l.draw(values, s, k)
			e.put(dst, values)
			dst = dst[len(values)*e.size:]
		}
		return nil
	}}
}
