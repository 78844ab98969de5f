package jpeg

import (
	"errors"
	"fmt"
)

// zigzag maps the order of the file to the natural order, rows from the top.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// A scanHeader says which coefficients of which components a scan brings.
type scanHeader struct {
	comp      [4]*component
	n         int
	from, to  int  // coefficients, in zigzag order
	high, low uint // successive approximation: bit above, bit brought
}

// scan reads one scan: its header and its entropy-coded data.
func (d *Decoder) scan(b []byte) error {
	if !d.frame {
		return errors.New("a scan comes before the frame header")
	}
	if d.scans++; d.scans > maxScans {
		return fmt.Errorf("there are more than %d scans", maxScans)
	}
	s, err := d.readScan(b)
	if err != nil {
		return err
	}
	for _, c := range s.comp[:s.n] {
		c.pred = 0
	}
	d.eobRun = 0
	d.bits = bitReader{data: d.data, pos: d.pos}
	if d.progressive {
		err = d.eachBlock(s, func(c *component, bx, by, _ int) error {
			return d.progressiveBlock(s, c, (*[64]int16)(c.coeff[64*(by*c.blocksX+bx):]))
		})
	} else {
		err = d.eachBlock(s, func(c *component, bx, _, v int) error { return d.baselineBlock(c, v*c.blocksX+bx) })
	}
	d.pos = d.bits.pos
	return err
}

// readScan reads a scan header and checks that the tables it needs are there.
func (d *Decoder) readScan(b []byte) (*scanHeader, error) {
	if len(b) < 1 || len(b) < 4+2*int(b[0]) {
		return nil, errors.New("a scan header is cut short")
	}
	s := &scanHeader{n: int(b[0])}
	if s.n < 1 || s.n > d.nComp {
		return nil, fmt.Errorf("a scan has %d components of %d", s.n, d.nComp)
	}
	blocks := 0
	for i := range s.n {
		id, tables := b[1+2*i], b[2+2*i]
		for k := range d.nComp {
			if d.comp[k].id == id {
				s.comp[i] = &d.comp[k]
			}
		}
		c := s.comp[i]
		if c == nil {
			return nil, fmt.Errorf("a scan has a component %d that the frame lacks", id)
		}
		for _, other := range s.comp[:i] {
			if other == c {
				return nil, fmt.Errorf("a scan has component %d twice", id)
			}
		}
		c.dc, c.ac = tables>>4, tables&15
		if c.dc > 3 || c.ac > 3 {
			return nil, fmt.Errorf("component %d wants Huffman tables %d and %d", id, c.dc, c.ac)
		}
		blocks += c.h * c.v
	}
	if s.n > 1 && blocks > 10 {
		return nil, fmt.Errorf("an MCU has %d blocks", blocks)
	}
	t := b[1+2*s.n:]
	s.from, s.to, s.high, s.low = int(t[0]), int(t[1]), uint(t[2]>>4), uint(t[2]&15)
	if !d.progressive {
		s.from, s.to, s.high, s.low = 0, 63, 0, 0
	} else if s.to > 63 || s.from > s.to || s.from == 0 && s.to != 0 || s.from > 0 && s.n != 1 || s.low > 13 || s.high != 0 && s.high != s.low+1 {
		return nil, fmt.Errorf("a scan brings coefficients %d to %d, bits %d to %d, of %d components", s.from, s.to, s.high, s.low, s.n)
	}
	for _, c := range s.comp[:s.n] {
		if !d.quantSet[c.quant] {
			return nil, fmt.Errorf("quantisation table %d is missing", c.quant)
		}
		if s.from == 0 && s.high == 0 && !d.huff[0][c.dc].defined {
			return nil, fmt.Errorf("DC Huffman table %d is missing", c.dc)
		}
		if s.to > 0 && !d.huff[1][c.ac].defined {
			return nil, fmt.Errorf("AC Huffman table %d is missing", c.ac)
		}
	}
	return s, nil
}

// eachBlock calls f for each block of the scan in the order of the file, and reads the restart markers between them; v is the block's row
// within its MCU. Of a sequential picture it writes the samples after each row of MCUs.
func (d *Decoder) eachBlock(s *scanHeader, f func(c *component, bx, by, v int) error) error {
	mx, my := d.mcusX, d.mcusY
	single := s.n == 1
	if single {
		// A scan of one component has a block for an MCU, and only the blocks that the picture covers.
		c := s.comp[0]
		mx, my = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
	}
	left, next := d.restart, uint8(0)
	for y := range my {
		for x := range mx {
			if d.restart > 0 {
				if left == 0 {
					if err := d.readRestart(s, next); err != nil {
						return err
					}
					left, next = d.restart, (next+1)&7
				}
				left--
			}
			if single {
				if err := f(s.comp[0], x, y, 0); err != nil {
					return err
				}
			} else {
				for _, c := range s.comp[:s.n] {
					for v := range c.v {
						for h := range c.h {
							if err := f(c, x*c.h+h, y*c.v+v, v); err != nil {
								return err
							}
						}
					}
				}
			}
		}
		if d.bits.overrun() {
			return errShort
		}
		if d.progressive {
			continue
		}
		for _, c := range s.comp[:s.n] {
			rows, n := c.v, mx*c.h
			if single {
				rows, n = 1, mx
			}
			for v := range rows {
				at := v * c.blocksX
				reconstructRow(c.plane[8*(y*rows+v)*c.stride:], c.stride, c.row[64*at:], c.last[at:at+n])
			}
		}
	}
	return nil
}

// readRestart passes to the restart marker that is due.
func (d *Decoder) readRestart(s *scanHeader, want uint8) error {
	r := &d.bits
	if r.overrun() {
		return errShort
	}
	// Whole bytes that were buffered but not used lie before the marker only in damaged files; the search below passes over them too.
	for r.pos+1 < len(r.data) && (r.data[r.pos] != 0xff || r.data[r.pos+1] == 0 || r.data[r.pos+1] == 0xff) {
		r.pos++
	}
	if r.pos+1 >= len(r.data) {
		return errShort
	}
	if m := r.data[r.pos+1]; m != mRST0+want {
		return fmt.Errorf("marker %#02x stands where restart %d is due", m, want)
	}
	r.pos += 2
	r.reset()
	d.eobRun = 0
	for _, c := range s.comp[:s.n] {
		c.pred = 0
	}
	return nil
}

// readDC reads the difference of a DC coefficient and returns the coefficient.
func (d *Decoder) readDC(c *component) (int32, error) {
	r := &d.bits
	if r.n < 32 {
		r.fill()
	}
	size, ok := r.decode(&d.huff[0][c.dc])
	if !ok || size > 15 {
		return 0, d.bad()
	}
	if size > 0 {
		c.pred += extend(r.bits(uint32(size)), uint32(size))
	}
	return c.pred, nil
}

// bad says why a code made no sense: because the data had ended, or because it is damaged.
func (d *Decoder) bad() error {
	if d.bits.pad > 0 {
		return errShort
	}
	return errHuffman
}

// baselineBlock decodes a block of a sequential scan into the component's row of coefficients, at the given place.
func (d *Decoder) baselineBlock(c *component, at int) error {
	dc, err := d.readDC(c)
	if err != nil {
		return err
	}
	quant, ac := &d.quant[c.quant], &d.huff[1][c.ac]
	block := (*[64]int16)(c.row[64*at:])
	*block = [64]int16{}
	block[0] = int16(dc) * int16(quant[0])
	// The state of the reader stays in registers: its methods would keep it in memory.
	acc, n, last := d.bits.acc, d.bits.n, 0
	bad := func() error {
		d.bits.acc, d.bits.n = acc, n
		return d.bad()
	}
	for k := 1; k < 64; k++ {
		if n < 32 {
			acc, n = d.bits.refill(acc, n)
		}
		bits := acc >> (64 - lookBits)
		if e := ac.direct[bits]; e != 0 {
			length := uint(e & 0xff)
			acc <<= length & 63
			n -= int(length)
			if k += int(e >> 8 & 0xf); k > 63 {
				return bad()
			}
			block[zigzag[k&63]&63] = int16(e>>16) * int16(quant[k&63])
			last = k
			continue
		}
		var symbol, length uint32
		if e := uint32(ac.look[bits]); e != 0 {
			symbol, length = e>>8, e&0xff
		} else if symbol, length = ac.long(uint32(acc >> 48)); length == 0 {
			return bad()
		}
		acc <<= length & 63
		n -= int(length)
		run, size := int(symbol>>4), symbol&15
		if size == 0 {
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return bad()
		}
		raw := uint32(acc >> 32 >> (32 - size))
		acc <<= size
		n -= int(size)
		block[zigzag[k&63]&63] = int16(extend(raw, size)) * int16(quant[k&63])
		last = k
	}
	d.bits.acc, d.bits.n = acc, n
	c.last[at] = uint8(last)
	return nil
}
