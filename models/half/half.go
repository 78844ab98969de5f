// Package half converts between float32 and IEEE 754 binary16, the float16 of graphs, weights and embedding files.
package half

import "math"

// From returns the value of a binary16 number, exactly.
func From(h uint16) float32 {
	sign, exponent, fraction := uint32(h&0x8000)<<16, uint32(h>>10)&0x1f, uint32(h&0x3ff)
	switch exponent {
	case 0: // zero and subnormal: fraction · 2⁻²⁴, exact in float32
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// To rounds to the nearest binary16 number, ties to even; what is too large becomes infinite.
func To(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, abs := uint16(bits>>16)&0x8000, bits&0x7fffffff
	switch {
	case abs > 0x7f800000: // NaN
		return sign | 0x7e00
	case abs >= 0x47800000: // 65536 and more; what lies between 65504 and it rounds below
		return sign | 0x7c00
	case abs < 0x38800000: // below 2⁻¹⁴: a subnormal, a multiple of 2⁻²⁴
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	// Drop 13 bits of the fraction; a carry runs into the exponent, as it should.
	return sign | uint16((abs-112<<23+0xfff+abs>>13&1)>>13)
}
