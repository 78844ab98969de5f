package randominit

import (
	"encoding/binary"
	"math"
	"sync"

	"mindgap/models/half"
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
			binary.LittleEndian.PutUint16(dst[2*i:], half.To(float32(v)))
		}
	}}
	bfloat16LE = encoding{2, func(dst []byte, src []float64) {
		for i, v := range src {
			b := math.Float32bits(float32(v))
			binary.LittleEndian.PutUint16(dst[2*i:], uint16((b+0x7fff+b>>16&1)>>16)) // to nearest, ties to even; src is finite
		}
	}}
)

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
