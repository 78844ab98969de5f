package preprocess

import (
	"encoding/binary"

	"mindgap/loaders/preprocess/internal/kernel"
)

// The resampler is Pillow's: two passes, across and down, with the intermediate rounded to 8 bits. Each sample is
//
//	clamp((2²¹ + Σ coefficient·sample) >> 22)
//
// in 32-bit integers. Package kernel does that in vector instructions; what follows is its plain twin, which runs where there is no kernel.
//
// Two such sums share a 64-bit register here: eight samples are split over four words of two lanes, and each word is
// multiplied by the sign-extended coefficient. A coefficient may be negative, but a whole sum begins 2³⁰ too large, which no filter's
// undershoot uses up, so that no lane borrows from the other in the end. This needs eight samples that take the same coefficients.
// Down the picture they are neighbours in a row; across it they are eight rows of one column, which transposing a strip brings together.

const (
	lanes = 0x000000ff000000ff
	// each has a one in each lane.
	each = 1<<32 | 1
	// Sums begin with half a level, to round, and 256 levels, to stay positive.
	begin = (1<<(precision-1) + 256<<precision) * each
)

// An octet is eight samples, split for multiplying: word k has sample k in its low lane and sample k+4 in its high one.
type octet [4]uint64

// set splits a word of eight bytes.
func (o *octet) set(v uint64) {
	o[0], o[1], o[2], o[3] = v&lanes, v>>8&lanes, v>>16&lanes, v>>24&lanes
}

// pack returns the eight samples that four words of sums come to, in the order of their bytes.
func pack(s0, s1, s2, s3 uint64) uint64 {
	s0, s1, s2, s3 = s0>>precision, s1>>precision, s2>>precision, s3>>precision
	// A sample, still 256 too large, lies in 0…255 where the two bits above its byte are 01.
	const above, inside = 0x300 * each, 0x100 * each
	if ((s0^inside)|(s1^inside)|(s2^inside)|(s3^inside))&above != 0 {
		s0, s1, s2, s3 = clampPair(s0), clampPair(s1), clampPair(s2), clampPair(s3)
	}
	return s0&lanes | s1&lanes<<8 | s2&lanes<<16 | s3&lanes<<24
}

// clampPair limits both samples of a word, 256 too large and with ten bits each, to 0…255.
func clampPair(s uint64) uint64 {
	limit := func(v uint64) uint64 { return min(max(v&0x3ff, 256), 511) - 256 }
	return limit(s) | limit(s>>32)<<32
}

// fast is what does the arithmetic in C, nil where this build or processor has nothing faster than Go.
var fast = kernel.Fastest()

// A resampler holds the plans and buffers of one resize.
type resampler struct {
	x, y  axis
	strip [8][]uint8 // eight rows as the pipeline wants them, before resizing
	turn  []octet    // a strip transposed, channel after channel; or eight columns, octet y being their bytes in row y
	mid   []uint8    // the rows that go down: resized across, or as they come where down is first
	low   []uint8    // resized down, not yet across
	work  []uint8    // of the kernel
}

// A rowSource gives the picture in the form that is resized.
type rowSource struct {
	// row returns pixels x0 to x1 of row y, in dst or where they are.
	row func(dst []uint8, y, x0, x1 int) []uint8
	// stored is the picture whose own rows these are; nil where row makes them.
	stored *Picture
}

// lines are rows to be resized across.
type lines struct {
	n      int
	row    func(dst []uint8, y int) []uint8 // in dst or where it is
	pix    []uint8                          // all of them, stride apart, where they lie so; else nil
	stride int
}

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
			copy(row, source.row(row, r.y.lo+y, r.x.lo, r.x.hi))
		}
		n := len(r.y.start)
		r.low = grow(r.low, n*in)
		r.down(r.low, in, stride)
		r.across(dst, width, channels, lines{n: n, row: func(_ []uint8, y int) []uint8 { return r.low[y*in:][:in] }, pix: r.low, stride: in})
		return
	}
	stride := padded(width)
	r.mid = grow(r.mid, rows*stride)
	from := lines{n: rows, row: func(dst []uint8, y int) []uint8 { return source.row(dst, r.y.lo+y, r.x.lo, r.x.hi) }}
	if p := source.stored; p != nil {
		from.stride = p.Width * channels
		from.pix = p.pix[r.y.lo*from.stride+r.x.lo*channels:]
	}
	r.across(r.mid, stride, channels, from)
	r.down(dst, width, stride)
}

// downFirst says whether Pillow resizes down before across. From version 13 on it does where the height shrinks by more than twice
// what the width does; before, never. The intermediate is rounded to 8 bits, so the order is seen in the result.
func (r *resampler) downFirst() bool {
	return !r.x.copies && !r.y.copies && r.y.out < r.y.in && r.y.in-r.y.out > 2*(r.x.in-r.x.out)
}

// padded returns a row's length with room to read whole words beyond its end.
func padded(n int) int { return (n + 15) &^ 7 }

// across resizes rows into dst, where they lie stride apart.
func (r *resampler) across(dst []uint8, stride, channels int, from lines) {
	n := from.n
	if r.x.copies {
		for y := range n {
			r.pick(dst[y*stride:][:len(r.x.start)*channels], from.row(r.strip[0], y), channels)
		}
		return
	}
	if fast != nil {
		r.acrossFast(dst, stride, channels, from)
		return
	}
	r.turn = grow(r.turn, len(r.strip[0]))
	for y := 0; y < n; y += 8 {
		var strip [8][]uint8
		for k := range strip {
			// The last strip repeats its last row; what that yields is not stored.
			strip[k] = from.row(r.strip[k], min(y+k, n-1))
		}
		transpose(r.turn, &strip, channels)
		r.acrossStrip(dst[y*stride:], stride, min(8, n-y), channels)
	}
}

// acrossFast is across in C.
func (r *resampler) acrossFast(dst []uint8, stride, channels int, from lines) {
	w, in := r.x.weights(), len(r.strip[0])
	own := w.WorkAcross(in, channels)
	r.work = grow(r.work, own+kernel.Rows*in)
	work, strip := r.work[:own], r.work[own:]
	for y := 0; y < from.n; y += kernel.Rows {
		// The last strip begins within the one before it where it can: a whole one is faster.
		first := max(0, min(y, from.n-kernel.Rows))
		rows := min(kernel.Rows, from.n-first)
		if from.pix != nil {
			fast.Across(dst[first*stride:], stride, from.pix[first*from.stride:], from.stride, in, rows, channels, w, work)
			continue
		}
		for k := range rows {
			line := strip[k*in : (k+1)*in]
			copy(line, from.row(line, first+k))
		}
		fast.Across(dst[first*stride:], stride, strip, in, in, rows, channels, w, work)
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
	taps, width := r.x.taps, len(r.turn)/channels
	for c := range channels {
		plane := r.turn[c*width:][:width]
		for i, start := range r.x.start {
			v := weigh(plane[int(start)-r.x.lo:], r.x.coef[i*taps:][:taps])
			to := i*channels + c
			for range n {
				dst[to] = uint8(v)
				v >>= 8
				to += stride
			}
		}
	}
}

// weigh returns the eight samples that consecutive octets come to with the coefficients. It stands alone because its sums then keep to
// registers.
func weigh(src []octet, coef []uint64) uint64 {
	s0, s1, s2, s3 := uint64(begin), uint64(begin), uint64(begin), uint64(begin)
	src = src[:len(coef)]
	for i, k := range coef {
		p := &src[i]
		s0 += p[0] * k
		s1 += p[1] * k
		s2 += p[2] * k
		s3 += p[3] * k
	}
	return pack(s0, s1, s2, s3)
}

// down resizes the rows of mid, which lie stride apart, into dst, whose rows have width bytes: eight columns at a time.
func (r *resampler) down(dst []uint8, width, stride int) {
	if r.y.copies {
		for i, start := range r.y.start {
			copy(dst[i*width:][:width], r.mid[(int(start)-r.y.lo)*stride:])
		}
		return
	}
	if fast != nil {
		fast.Down(dst, r.mid, stride, width, r.y.weights())
		return
	}
	r.turn = grow(r.turn, r.y.hi-r.y.lo)
	taps := r.y.taps
	for x := 0; x < width; x += 8 {
		for y := range r.turn {
			r.turn[y].set(binary.LittleEndian.Uint64(r.mid[y*stride+x:]))
		}
		for i, start := range r.y.start {
			v := weigh(r.turn[int(start)-r.y.lo:], r.y.coef[i*taps:][:taps])
			out := dst[i*width+x : (i+1)*width]
			if len(out) >= 8 {
				binary.LittleEndian.PutUint64(out, v)
				continue
			}
			for k := range out {
				out[k] = uint8(v)
				v >>= 8
			}
		}
	}
}

// transpose fills turn with the columns of eight rows of equal length, channel after channel.
func transpose(turn []octet, rows *[8][]uint8, channels int) {
	n := len(rows[0])
	width := n / channels
	c, at := 0, 0 // the channel, and where it puts the next column
	put := func(v uint64) {
		turn[at].set(v)
		if c++; c < channels {
			at += width
		} else {
			c, at = 0, at-(channels-1)*width+1
		}
	}
	x := 0
	for ; x+8 <= n; x += 8 {
		var w [8]uint64
		for k := range w {
			w[k] = binary.LittleEndian.Uint64(rows[k][x:])
		}
		// Swap off-diagonal quarters of 8×8, then of 4×4, then of 2×2.
		for k := range 4 {
			a, b := w[k], w[k+4]
			w[k], w[k+4] = a&0x00000000ffffffff|b<<32, a>>32|b&0xffffffff00000000
		}
		for _, k := range [...]int{0, 1, 4, 5} {
			a, b := w[k], w[k+2]
			w[k] = a&0x0000ffff0000ffff | b&0x0000ffff0000ffff<<16
			w[k+2] = a>>16&0x0000ffff0000ffff | b&0xffff0000ffff0000
		}
		for k := 0; k < 8; k += 2 {
			a, b := w[k], w[k+1]
			put(a&0x00ff00ff00ff00ff | b&0x00ff00ff00ff00ff<<8)
			put(a>>8&0x00ff00ff00ff00ff | b&0xff00ff00ff00ff00)
		}
	}
	for ; x < n; x++ {
		var v uint64
		for k := range 8 {
			v |= uint64(rows[k][x]) << (8 * k)
		}
		put(v)
	}
}
