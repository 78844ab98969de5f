package jpeg

import (
	"encoding/binary"
	"fmt"
)

// An upsampler gives the rows of one component at the picture's size. The row is valid until the next call.
type upsampler struct {
	c    *component
	h, v int // how many times the component is smaller, across and down
	// fancy: the triangle filter, else replication.
	fancy bool
	out   []uint8
}

// upsampler chooses the method as libjpeg-turbo does: the triangle filter for factors 2×1, 1×2 and 2×2, except across components of
// at most two columns; replication for every other whole factor.
func (d *Decoder) upsampler(i int) (upsampler, error) {
	c := &d.comp[i]
	u := upsampler{c: c, h: d.hMax / c.h, v: d.vMax / c.v}
	switch {
	case u.h == 1 && u.v == 1:
		return u, nil
	case u.h == 2 && u.v <= 2:
		u.fancy = c.width > 2
	case u.h == 1 && u.v == 2:
		u.fancy = true
	}
	if u.h > 4 || u.v > 4 {
		return u, fmt.Errorf("component %d is %d×%d times smaller", c.id, u.h, u.v)
	}
	// Each component has its own row: two of them are wanted at once.
	if len(d.rows) <= i {
		d.rows = append(d.rows, make([][]uint8, i+1-len(d.rows))...)
	}
	d.rows[i] = grow(d.rows[i], c.stride*u.h)
	u.out = d.rows[i]
	return u, nil
}

// row returns row y of the picture.
func (u *upsampler) row(y int) []uint8 {
	c := u.c
	at := func(y int) []uint8 {
		y = min(max(y, 0), c.height-1)
		return c.plane[y*c.stride:][:c.stride]
	}
	if u.h == 1 && u.v == 1 {
		return at(y)
	}
	near := at(y / u.v)
	if !u.fancy {
		return u.replicate(near[:c.width])
	}
	if u.v == 1 {
		triangle(u.out, near, near, c.width, 4, 8)
		return u.out
	}
	// Of the two rows that a sample row becomes, the upper leans to the row above and the lower to the row below.
	far, bias := at(y/2-1), uint16(1)
	if y&1 == 1 {
		far, bias = at(y/2+1), 2
	}
	if u.h == 2 {
		triangle(u.out, near, far, c.width, 8, 7)
		return u.out
	}
	for x, v := range near[:c.width] {
		u.out[x] = uint8((3*uint16(v) + uint16(far[x]) + bias) >> 2)
	}
	return u.out
}

// replicate repeats each sample h times.
func (u *upsampler) replicate(src []uint8) []uint8 {
	if u.h == 1 {
		return src
	}
	for x, v := range src {
		for k := range u.h {
			u.out[x*u.h+k] = v
		}
	}
	return u.out
}

// evenBytes selects every second byte of a word: four lanes of 16 bits.
const evenBytes = 0x00ff00ff00ff00ff

// triangle doubles n samples into dst. With s = 3·near + far, the outputs of sample x are
//
//	(3·s[x] + s[x−1] + left) >> 4 and (3·s[x] + s[x+1] + right) >> 4
//
// where the ends are repeated. Eight samples are done at once in 16-bit lanes, the largest sum being 4088; near and far are padded to
// whole words and dst to twice that.
func triangle(dst, near, far []uint8, n int, left, right uint64) {
	left, right = left*0x0001000100010001, right*0x0001000100010001
	words := (n + 7) / 8
	near, far, dst = near[:8*words], far[:8*words], dst[:16*words]
	sums := func(x int) (even, odd uint64) {
		a, b := binary.LittleEndian.Uint64(near[x:]), binary.LittleEndian.Uint64(far[x:])
		return 3*(a&evenBytes) + b&evenBytes, 3*(a>>8&evenBytes) + b>>8&evenBytes
	}
	even, odd := sums(0)
	before := even & 0xffff
	for x := 0; x < len(near); x += 8 {
		var nextEven, nextOdd uint64
		if x+16 <= len(near) {
			nextEven, nextOdd = sums(x + 8)
		}
		evenOut := (3*even+odd<<16+before+left)>>4&evenBytes | (3*even+odd+right)>>4&evenBytes<<8
		oddOut := (3*odd+even+left)>>4&evenBytes | (3*odd+even>>16+nextEven<<48+right)>>4&evenBytes<<8
		out := (*[16]uint8)(dst[2*x:])
		binary.LittleEndian.PutUint64(out[:8], spread(evenOut)|spread(oddOut)<<16)
		binary.LittleEndian.PutUint64(out[8:], spread(evenOut>>32)|spread(oddOut>>32)<<16)
		before = odd >> 48
		even, odd = nextEven, nextOdd
	}
	// The last sample's right neighbour was padding.
	dst[2*n-1] = uint8((4*(3*uint64(near[n-1])+uint64(far[n-1])) + right&0xffff) >> 4)
}

// spread moves the two low 16-bit lanes of v apart.
func spread(v uint64) uint64 {
	v &= 0xffffffff
	return (v | v<<16) & 0x0000ffff0000ffff
}
