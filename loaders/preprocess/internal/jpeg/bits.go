package jpeg

import (
	"encoding/binary"
	"errors"
)

var (
	errShort   = errors.New("the picture data ends early")
	errHuffman = errors.New("a code in the picture data is in no Huffman table")
)

// lookBits is the width of the direct look-up: nearly every symbol of a photograph has a code this short.
const lookBits = 10

// A huffman holds one decoding table.
type huffman struct {
	defined bool
	// look maps the next lookBits bits to symbol<<8 | code length, or to 0 if the code is longer (or invalid).
	look [1 << lookBits]uint16
	// direct maps the next lookBits bits to value<<16 | run<<8 | total length where code and the value's own bits both fit, else 0.
	direct [1 << lookBits]int32
	// For longer codes: the largest code of each length, left-aligned to 16 bits plus one, and where its symbols begin.
	limit  [18]uint32
	offset [18]int32
	symbol [256]uint8
}

// build fills the table from the 16 counts and the symbols of a DHT segment.
func (h *huffman) build(counts []uint8, symbols []uint8) error {
	*h = huffman{defined: true}
	copy(h.symbol[:], symbols)
	code, index := uint32(0), 0
	for length := 1; length <= 16; length++ {
		h.offset[length] = int32(index) - int32(code)
		for range int(counts[length-1]) {
			if code >= 1<<length {
				return errors.New("a Huffman table has more codes than bits for them")
			}
			if length <= lookBits {
				first := code << (lookBits - length)
				for fill := range uint32(1) << (lookBits - length) {
					h.look[first+fill] = uint16(symbols[index])<<8 | uint16(length)
				}
			}
			code++
			index++
		}
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
	h.limit[17] = ^uint32(0)
	for bits := range uint32(1 << lookBits) {
		e := h.look[bits]
		length, run, size := uint32(e&0xff), uint32(e>>12), uint32(e>>8&0xf)
		if e == 0 || size == 0 || length+size > lookBits {
			continue
		}
		raw := bits >> (lookBits - length - size) & (1<<size - 1)
		h.direct[bits] = extend(raw, size)<<16 | int32(run<<8|(length+size))
	}
	return nil
}

// extend turns the size bits that follow a symbol into the signed value they stand for (ITU-T T.81, F.2.2.1).
func extend(raw, size uint32) int32 {
	if raw < 1<<(size-1) {
		return int32(raw) - 1<<size + 1
	}
	return int32(raw)
}

// A bitReader reads entropy-coded bits. The next bit is the top bit of acc; n bits of acc are valid. Once the segment is over it
// supplies zeros and counts them in pad, so that one comparison a block tells whether any was used.
type bitReader struct {
	data []byte
	pos  int
	acc  uint64
	n    int
	pad  int
}

// fill brings at least 56 bits into acc.
func (r *bitReader) fill() { r.acc, r.n = r.refill(r.acc, r.n) }

// refill is fill for a caller that keeps acc and n itself.
func (r *bitReader) refill(acc uint64, n int) (uint64, int) {
	if r.pos+8 <= len(r.data) {
		v := binary.BigEndian.Uint64(r.data[r.pos:])
		// Without a byte 0xFF among the eight there is neither stuffing nor a marker, and they can be taken as they are. The bits
		// below the whole bytes that are counted are right too, and are or-ed over with the same values the next time.
		if v&0x8080808080808080&(^v-0x0101010101010101) == 0 {
			took := (64 - n) >> 3
			r.pos += took
			return acc | v>>uint(n&63), n + took<<3
		}
	}
	return r.refillSlow(acc, n)
}

// refillSlow takes single bytes, removes stuffing and stops at a marker.
func (r *bitReader) refillSlow(acc uint64, n int) (uint64, int) {
	for n <= 56 {
		var b byte
		switch {
		case r.pos < len(r.data) && r.data[r.pos] != 0xff:
			b = r.data[r.pos]
			r.pos++
		case r.pos+1 < len(r.data) && r.data[r.pos+1] == 0:
			b = 0xff
			r.pos += 2
		default:
			r.pad += 8
		}
		acc |= uint64(b) << (56 - uint(n))
		n += 8
	}
	return acc, n
}

// overrun reports whether bits beyond the end of the segment have been used.
func (r *bitReader) overrun() bool { return r.n < r.pad }

// reset forgets what is buffered: the position stands at a marker or beyond the data.
func (r *bitReader) reset() { r.acc, r.n, r.pad = 0, 0, 0 }

// bits returns the next k bits, k ≤ 16. The caller has filled.
func (r *bitReader) bits(k uint32) uint32 {
	v := uint32(r.acc >> 32 >> (32 - k))
	r.acc <<= k
	r.n -= int(k)
	return v
}

// bit returns one bit, filling first if there is none.
func (r *bitReader) bit() uint32 {
	if r.n < 1 {
		r.fill()
	}
	return r.bits(1)
}

// decode returns the next symbol. The caller has filled. A code that no table holds gives ok false.
func (r *bitReader) decode(h *huffman) (symbol uint8, ok bool) {
	if e := h.look[r.acc>>(64-lookBits)]; e != 0 {
		r.acc <<= e & 0xff
		r.n -= int(e & 0xff)
		return uint8(e >> 8), true
	}
	symbol32, length := h.long(uint32(r.acc >> 48))
	r.acc <<= length
	r.n -= int(length)
	return uint8(symbol32), length > 0
}

// long finds the symbol of a code longer than lookBits among the next 16 bits. Its length is 0 if there is none.
func (h *huffman) long(top uint32) (symbol, length uint32) {
	for length := uint32(lookBits + 1); length <= 16; length++ {
		if top < h.limit[length] {
			index := int32(top>>(16-length)) + h.offset[length]
			return uint32(h.symbol[index&255]), length
		}
	}
	return 0, 0
}
