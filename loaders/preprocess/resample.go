package preprocess

import "encoding/binary"

// The resampler is Pillow's: two passes, across and down, with the intermediate rounded to 8 bits. Each sample is
//
//	clamp((2²¹ + Σ coefficient·sample) >> 22)
//
// in 32-bit integers. Two such sums share a 64-bit register here: a word with eight samples is split into four words of two lanes, each
// is multiplied by the sign-extended coefficient, and the wrap-around of the low lane into the high one is undone at the end. That
// needs eight samples side by side which take the same coefficients. Down the picture they are neighbours in a row; across it they are
// eight rows of one column, which transposing a strip of eight rows brings together.

const (
	lanes    = 0x000000ff000000ff
	half     = 1 << (precision - 1)
	halfPair = half<<32 | half
)

// pair returns the two finished samples of a word of sums.
func pair(s uint64) (lo, hi uint64) {
	l := int32(s)
	h := int32(s>>32) - l>>31 // what the low lane borrowed is given back
	l, h = l>>precision, h>>precision
	if uint32(l|h) > 255 {
		l, h = min(max(l, 0), 255), min(max(h, 0), 255)
	}
	return uint64(l), uint64(h)
}

// pack returns the eight finished samples in the order of their bytes.
func pack(s0, s1, s2, s3 uint64) uint64 {
	b0, b4 := pair(s0)
	b1, b5 := pair(s1)
	b2, b6 := pair(s2)
	b3, b7 := pair(s3)
	return b0 | b1<<8 | b2<<16 | b3<<24 | b4<<32 | b5<<40 | b6<<48 | b7<<56
}

// A resampler holds the plans and buffers of one resize.
type resampler struct {
	x, y  axis
	strip [8][]uint8 // eight rows as the pipeline wants them, before resizing
	turn  []uint64   // the strip, transposed: byte r of turn[i] is byte i of row r
	mid   []uint8    // the rows that go down: resized across, or as they come where down is first
	low   []uint8    // resized down, not yet across
}

// A rowSource returns pixels x0 to x1 of row y of the picture in the form that is resized, in dst or where they are.
type rowSource func(dst []uint8, y, x0, x1 int) []uint8

// run resizes with the plans in place. The result is dst, rows of len(x.start) pixels of the given channels.
func (r *resampler) run(dst []uint8, channels int, source rowSource) {
	width, in := len(r.x.start)*channels, (r.x.hi-r.x.lo)*channels
	rows := r.y.hi - r.y.lo
	for i := range r.strip {
		r.strip[i] = grow(r.strip[i], in)
	}
	if r.downFirst() {
		stride := padded(in)
		r.mid = grow(r.mid, rows*stride)
		for y := range rows {
			row := r.mid[y*stride:][:in]
			copy(row, source(row, r.y.lo+y, r.x.lo, r.x.hi))
		}
		n := len(r.y.start)
		r.low = grow(r.low, n*in)
		r.down(r.low, in, stride)
		r.across(dst, width, n, channels, func(_ []uint8, y int) []uint8 { return r.low[y*in:][:in] })
		return
	}
	stride := padded(width)
	r.mid = grow(r.mid, rows*stride)
	r.across(r.mid, stride, rows, channels, func(dst []uint8, y int) []uint8 { return source(dst, r.y.lo+y, r.x.lo, r.x.hi) })
	r.down(dst, width, stride)
}

// downFirst says whether Pillow resizes down before across. From version 13 on it does where the height shrinks by more than twice
// what the width does; before, never. The intermediate is rounded to 8 bits, so the order is seen in the result.
func (r *resampler) downFirst() bool {
	return !r.x.copies && !r.y.copies && r.y.out < r.y.in && r.y.in-r.y.out > 2*(r.x.in-r.x.out)
}

// padded returns a row's length with room to read whole words beyond its end.
func padded(n int) int { return (n + 15) &^ 7 }

// across resizes n rows into dst, whose rows lie stride apart.
func (r *resampler) across(dst []uint8, stride, n, channels int, row func(dst []uint8, y int) []uint8) {
	if r.x.copies {
		for y := range n {
			r.pick(dst[y*stride:][:len(r.x.start)*channels], row(r.strip[0], y), channels)
		}
		return
	}
	r.turn = grow(r.turn, len(r.strip[0])+8)
	for y := 0; y < n; y += 8 {
		var strip [8][]uint8
		for k := range strip {
			// The last strip repeats its last row; what that yields is not stored.
			strip[k] = row(r.strip[k], min(y+k, n-1))
		}
		transpose(r.turn, &strip)
		r.acrossStrip(dst[y*stride:], stride, min(8, n-y), channels)
	}
}

// pick copies the wanted pixels of a row: resizing across by the nearest neighbour, or not at all.
func (r *resampler) pick(dst, row []uint8, channels int) {
	if r.x.same {
		copy(dst, row)
		return
	}
	for i, s := range r.x.start {
		copy(dst[i*channels:(i+1)*channels], row[(int(s)-r.x.lo)*channels:])
	}
}

// acrossStrip resizes a transposed strip into n rows of dst.
func (r *resampler) acrossStrip(dst []uint8, stride, n, channels int) {
	taps := r.x.taps
	turn := r.turn
	for i, start := range r.x.start {
		coef := r.x.coef[i*taps:][:r.x.count[i]]
		from := (int(start) - r.x.lo) * channels
		for c := range channels {
			s0, s1, s2, s3 := uint64(halfPair), uint64(halfPair), uint64(halfPair), uint64(halfPair)
			at := from + c
			for _, k := range coef {
				v := turn[at]
				s0 += (v & lanes) * k
				s1 += (v >> 8 & lanes) * k
				s2 += (v >> 16 & lanes) * k
				s3 += (v >> 24 & lanes) * k
				at += channels
			}
			v := pack(s0, s1, s2, s3)
			to := i*channels + c
			for range n {
				dst[to] = uint8(v)
				v >>= 8
				to += stride
			}
		}
	}
}

// down resizes the rows of mid, which lie stride apart, into dst, whose rows have width bytes.
func (r *resampler) down(dst []uint8, width, stride int) {
	for i, start := range r.y.start {
		out := dst[i*width:][:width]
		base := (int(start) - r.y.lo) * stride
		if r.y.copies {
			copy(out, r.mid[base:])
			continue
		}
		coef := r.y.coef[i*r.y.taps:][:r.y.count[i]]
		for x := 0; x < width; x += 8 {
			s0, s1, s2, s3 := uint64(halfPair), uint64(halfPair), uint64(halfPair), uint64(halfPair)
			at := base + x
			for _, k := range coef {
				v := binary.LittleEndian.Uint64(r.mid[at:])
				s0 += (v & lanes) * k
				s1 += (v >> 8 & lanes) * k
				s2 += (v >> 16 & lanes) * k
				s3 += (v >> 24 & lanes) * k
				at += stride
			}
			v := pack(s0, s1, s2, s3)
			if x+8 <= width {
				binary.LittleEndian.PutUint64(out[x:], v)
				continue
			}
			for ; x < width; x++ {
				out[x] = uint8(v)
				v >>= 8
			}
		}
	}
}

// transpose fills turn with the columns of eight rows of equal length.
func transpose(turn []uint64, rows *[8][]uint8) {
	n := len(rows[0])
	x := 0
	for ; x+8 <= n; x += 8 {
		var w [8]uint64
		for k := range w {
			w[k] = binary.LittleEndian.Uint64(rows[k][x:])
		}
		// Swap off-diagonal quarters of 4×4, then 2×2, then single bytes.
		for k := range 4 {
			a, b := w[k], w[k+4]
			w[k], w[k+4] = a&0x00000000ffffffff|b<<32, a>>32|b&0xffffffff00000000
		}
		for _, k := range [...]int{0, 1, 4, 5} {
			a, b := w[k], w[k+2]
			w[k] = a&0x0000ffff0000ffff | b&0x0000ffff0000ffff<<16
			w[k+2] = a>>16&0x0000ffff0000ffff | b&0xffff0000ffff0000
		}
		t := (*[8]uint64)(turn[x:])
		for k := 0; k < 8; k += 2 {
			a, b := w[k], w[k+1]
			t[k] = a&0x00ff00ff00ff00ff | b&0x00ff00ff00ff00ff<<8
			t[k+1] = a>>8&0x00ff00ff00ff00ff | b&0xff00ff00ff00ff00
		}
	}
	for ; x < n; x++ {
		var v uint64
		for k := range 8 {
			v |= uint64(rows[k][x]) << (8 * k)
		}
		turn[x] = v
	}
}
