package jpeg

import (
	"encoding/binary"
	"math"
)

// Constants of the accurate integer inverse DCT, scaled by 2¹³.
const (
	constBits = 13
	pass1Bits = 2

	fix0298631336 = 2446
	fix0390180644 = 3196
	fix0541196100 = 4433
	fix0765366865 = 6270
	fix0899976223 = 7373
	fix1175875602 = 9633
	fix1501321110 = 12299
	fix1847759065 = 15137
	fix1961570560 = 16069
	fix2053119869 = 16819
	fix2562915447 = 20995
	fix3072711026 = 25172
)

// saturate limits v to 16 bits, to which the vector code of libjpeg-turbo, and package kernel, packs what lies between the passes. No picture
// goes beyond; damaged coefficients do.
func saturate(v int32) int32 { return min(max(v, math.MinInt16), math.MaxInt16) }

// clamp limits v to 0…255.
func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^(v >> 31))
	}
	return uint8(v)
}

// idct writes the inverse DCT of the dequantised coefficients, in natural order, to the 8×8 samples at dst, whose rows lie stride
// apart. The odd half is written out twice because the compiler does not inline it, and calls would cost a third of the time.
func idct(dst []uint8, stride int, c *[64]int16) {
	var w [64]int32
	// Columns. The intermediate keeps pass1Bits of fraction.
	for i := range 8 {
		s0, s1, s2, s3 := int32(c[i]), int32(c[8+i]), int32(c[16+i]), int32(c[24+i])
		s4, s5, s6, s7 := int32(c[32+i]), int32(c[40+i]), int32(c[48+i]), int32(c[56+i])
		if s1|s2|s3|s4|s5|s6|s7 == 0 {
			// What the transform of a lone DC comes to, exactly.
			v := saturate(s0 << pass1Bits)
			w[i], w[8+i], w[16+i], w[24+i] = v, v, v, v
			w[32+i], w[40+i], w[48+i], w[56+i] = v, v, v, v
			continue
		}
		const shift = constBits - pass1Bits
		e0, e1, e2, e3 := even(s0, s2, s4, s6, 1<<(shift-1))
		z1, z2, z3, z4 := (s7+s1)*-fix0899976223, (s5+s3)*-fix2562915447, s7+s3, s5+s1
		z5 := (z3 + z4) * fix1175875602
		z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
		o0, o1 := s7*fix0298631336+z1+z3, s5*fix2053119869+z2+z4
		o2, o3 := s3*fix3072711026+z2+z3, s1*fix1501321110+z1+z4
		w[i], w[56+i] = saturate((e0+o3)>>shift), saturate((e0-o3)>>shift)
		w[8+i], w[48+i] = saturate((e1+o2)>>shift), saturate((e1-o2)>>shift)
		w[16+i], w[40+i] = saturate((e2+o1)>>shift), saturate((e2-o1)>>shift)
		w[24+i], w[32+i] = saturate((e3+o0)>>shift), saturate((e3-o0)>>shift)
	}
	// Rows.
	for y := range 8 {
		r := (*[8]int32)(w[8*y:])
		s1, s3, s5, s7 := r[1], r[3], r[5], r[7]
		e0, e1, e2, e3 := even(r[0], r[2], r[4], r[6], rowRound)
		z1, z2, z3, z4 := (s7+s1)*-fix0899976223, (s5+s3)*-fix2562915447, s7+s3, s5+s1
		z5 := (z3 + z4) * fix1175875602
		z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
		o0, o1 := s7*fix0298631336+z1+z3, s5*fix2053119869+z2+z4
		o2, o3 := s3*fix3072711026+z2+z3, s1*fix1501321110+z1+z4
		d := (*[8]uint8)(dst[y*stride:])
		d[0], d[7] = clamp((e0+o3)>>rowShift), clamp((e0-o3)>>rowShift)
		d[1], d[6] = clamp((e1+o2)>>rowShift), clamp((e1-o2)>>rowShift)
		d[2], d[5] = clamp((e2+o1)>>rowShift), clamp((e2-o1)>>rowShift)
		d[3], d[4] = clamp((e3+o0)>>rowShift), clamp((e3-o0)>>rowShift)
	}
}

// The second pass removes all fraction bits and the factor 8 of the two transforms. Its rounding constant also brings the level shift.
const (
	rowShift = constBits + pass1Bits + 3
	rowRound = 1<<(rowShift-1) + 128<<rowShift
)

// lowLast is the last coefficient of the zigzag for which all lie in the upper left 4×4, as in most blocks of a photograph.
const lowLast = 9

// idctLow is idct for a block whose coefficients beyond lowLast are zero. With half the inputs gone the odd half is four sums of two
// products; nothing is rounded within a pass, so that the results are the same.
func idctLow(dst []uint8, stride int, c *[64]int16) {
	var w [32]int32 // rows of four
	for i := range 4 {
		const shift = constBits - pass1Bits
		e0, e1, e2, e3 := evenLow(int32(c[i]), int32(c[16+i]), 1<<(shift-1))
		o0, o1, o2, o3 := oddLow(int32(c[8+i]), int32(c[24+i]))
		w[i], w[28+i] = saturate((e0+o3)>>shift), saturate((e0-o3)>>shift)
		w[4+i], w[24+i] = saturate((e1+o2)>>shift), saturate((e1-o2)>>shift)
		w[8+i], w[20+i] = saturate((e2+o1)>>shift), saturate((e2-o1)>>shift)
		w[12+i], w[16+i] = saturate((e3+o0)>>shift), saturate((e3-o0)>>shift)
	}
	for y := range 8 {
		r := (*[4]int32)(w[4*y:])
		e0, e1, e2, e3 := evenLow(r[0], r[2], rowRound)
		o0, o1, o2, o3 := oddLow(r[1], r[3])
		d := (*[8]uint8)(dst[y*stride:])
		d[0], d[7] = clamp((e0+o3)>>rowShift), clamp((e0-o3)>>rowShift)
		d[1], d[6] = clamp((e1+o2)>>rowShift), clamp((e1-o2)>>rowShift)
		d[2], d[5] = clamp((e2+o1)>>rowShift), clamp((e2-o1)>>rowShift)
		d[3], d[4] = clamp((e3+o0)>>rowShift), clamp((e3-o0)>>rowShift)
	}
}

// even is the even half of the one-dimensional transform, with the rounding constant of the pass.
func even(s0, s2, s4, s6, round int32) (e0, e1, e2, e3 int32) {
	z := (s2 + s6) * fix0541196100
	t2, t3 := z-s6*fix1847759065, z+s2*fix0765366865
	t0, t1 := (s0+s4)<<constBits+round, (s0-s4)<<constBits+round
	return t0 + t3, t1 + t2, t1 - t2, t0 - t3
}

// evenLow is even without s4 and s6.
func evenLow(s0, s2, round int32) (e0, e1, e2, e3 int32) {
	t2, t3 := s2*fix0541196100, s2*(fix0541196100+fix0765366865)
	t0 := s0<<constBits + round
	return t0 + t3, t0 + t2, t0 - t2, t0 - t3
}

// oddLow is the odd half without s5 and s7; o3 belongs to the outermost pair of outputs.
func oddLow(s1, s3 int32) (o0, o1, o2, o3 int32) {
	o0 = s1*(fix1175875602-fix0899976223) + s3*(fix1175875602-fix1961570560)
	o1 = s1*(fix1175875602-fix0390180644) + s3*(fix1175875602-fix2562915447)
	o2 = s1*fix1175875602 + s3*(fix3072711026-fix2562915447+fix1175875602-fix1961570560)
	o3 = s1*(fix1501321110-fix0899976223+fix1175875602-fix0390180644) + s3*fix1175875602
	return o0, o1, o2, o3
}

// reconstructRow writes the samples of blocks side by side at dst; last says of each which coefficient other than zero is the last, in the
// order of the file.
func reconstructRow(dst []uint8, stride int, coef []int16, last []uint8) {
	if fast != nil {
		fast.IDCT(dst, stride, coef, last)
		return
	}
	for i, last := range last {
		reconstructBlock(dst[8*i:], stride, (*[64]int16)(coef[64*i:]), int(last))
	}
}

// reconstructBlock writes the samples of a block whose last coefficient other than zero is last, in the order of the file.
func reconstructBlock(dst []uint8, stride int, c *[64]int16, last int) {
	switch {
	case last == 0:
		fillDC(dst, stride, int32(c[0]))
	case last <= lowLast:
		idctLow(dst, stride, c)
	default:
		idct(dst, stride, c)
	}
}

// fillDC writes the inverse DCT of a block that has nothing but a dequantised DC coefficient.
func fillDC(dst []uint8, stride int, dc int32) {
	const shift = pass1Bits + 3
	v := uint64(clamp((saturate(dc<<pass1Bits)+1<<(shift-1))>>shift+128)) * 0x0101010101010101
	for y := range 8 {
		d := (*[8]uint8)(dst[y*stride:])
		binary.LittleEndian.PutUint64(d[:], v)
	}
}
