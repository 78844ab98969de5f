package jpeg

import "encoding/binary"

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

// clamp limits v to 0…255.
func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^(v >> 31))
	}
	return uint8(v)
}

// idct writes the inverse DCT of the dequantised coefficients, in natural order, to the 8×8 samples at dst, whose rows lie stride
// apart. Only the first rows rows of coefficients may be other than zero.
func idct(dst []uint8, stride int, c *[64]int32, rows int) {
	var w [64]int32
	// Columns. The intermediate keeps pass1Bits of fraction.
	for i := range 8 {
		if rows <= 4 {
			if c[8+i]|c[16+i]|c[24+i] == 0 {
				column(&w, i, c[i]<<pass1Bits)
				continue
			}
		} else if c[8+i]|c[16+i]|c[24+i]|c[32+i]|c[40+i]|c[48+i]|c[56+i] == 0 {
			column(&w, i, c[i]<<pass1Bits)
			continue
		}
		const shift = constBits - pass1Bits
		const round = 1 << (shift - 1)
		e0, e1, e2, e3 := even(c[i], c[16+i], c[32+i], c[48+i])
		o0, o1, o2, o3 := odd(c[8+i], c[24+i], c[40+i], c[56+i])
		e0, e1, e2, e3 = e0+round, e1+round, e2+round, e3+round
		w[i] = (e0 + o3) >> shift
		w[56+i] = (e0 - o3) >> shift
		w[8+i] = (e1 + o2) >> shift
		w[48+i] = (e1 - o2) >> shift
		w[16+i] = (e2 + o1) >> shift
		w[40+i] = (e2 - o1) >> shift
		w[24+i] = (e3 + o0) >> shift
		w[32+i] = (e3 - o0) >> shift
	}
	// Rows. The rounding constant also brings the level shift of 128.
	const shift = constBits + pass1Bits + 3
	const round = 1<<(shift-1) + 128<<shift
	for y := range 8 {
		r := (*[8]int32)(w[8*y:])
		d := (*[8]uint8)(dst[y*stride:])
		e0, e1, e2, e3 := even(r[0], r[2], r[4], r[6])
		o0, o1, o2, o3 := odd(r[1], r[3], r[5], r[7])
		e0, e1, e2, e3 = e0+round, e1+round, e2+round, e3+round
		d[0] = clamp((e0 + o3) >> shift)
		d[7] = clamp((e0 - o3) >> shift)
		d[1] = clamp((e1 + o2) >> shift)
		d[6] = clamp((e1 - o2) >> shift)
		d[2] = clamp((e2 + o1) >> shift)
		d[5] = clamp((e2 - o1) >> shift)
		d[3] = clamp((e3 + o0) >> shift)
		d[4] = clamp((e3 - o0) >> shift)
	}
}

// column fills one column: what the transform of a lone DC comes to, exactly.
func column(w *[64]int32, i int, v int32) {
	w[i], w[8+i], w[16+i], w[24+i] = v, v, v, v
	w[32+i], w[40+i], w[48+i], w[56+i] = v, v, v, v
}

// even is the even half of the one-dimensional transform.
func even(s0, s2, s4, s6 int32) (e0, e1, e2, e3 int32) {
	z := (s2 + s6) * fix0541196100
	t2 := z - s6*fix1847759065
	t3 := z + s2*fix0765366865
	t0 := (s0 + s4) << constBits
	t1 := (s0 - s4) << constBits
	return t0 + t3, t1 + t2, t1 - t2, t0 - t3
}

// odd is the odd half of the one-dimensional transform; o3 belongs to the outermost pair of outputs.
func odd(s1, s3, s5, s7 int32) (o0, o1, o2, o3 int32) {
	z1, z2, z3, z4 := s7+s1, s5+s3, s7+s3, s5+s1
	z5 := (z3 + z4) * fix1175875602
	z1 *= -fix0899976223
	z2 *= -fix2562915447
	z3 = z5 - z3*fix1961570560
	z4 = z5 - z4*fix0390180644
	o0 = s7*fix0298631336 + z1 + z3
	o1 = s5*fix2053119869 + z2 + z4
	o2 = s3*fix3072711026 + z2 + z3
	o3 = s1*fix1501321110 + z1 + z4
	return o0, o1, o2, o3
}

// fillDC writes the inverse DCT of a block that has nothing but a dequantised DC coefficient.
func fillDC(dst []uint8, stride int, dc int32) {
	const shift = pass1Bits + 3
	v := uint64(clamp((dc<<pass1Bits+1<<(shift-1))>>shift+128)) * 0x0101010101010101
	for y := range 8 {
		d := (*[8]uint8)(dst[y*stride:])
		binary.LittleEndian.PutUint64(d[:], v)
	}
}
