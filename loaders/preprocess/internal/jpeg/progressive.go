package jpeg

// progressiveBlock decodes what one scan brings to a block (ITU-T T.81, G.1.2 and G.2).
func (d *Decoder) progressiveBlock(s *scanHeader, c *component, b *[64]int16) error {
	switch {
	case s.from == 0 && s.high == 0:
		dc, err := d.readDC(c)
		if err != nil {
			return err
		}
		b[0] = int16(dc << s.low)
		return nil
	case s.from == 0:
		if d.bits.bit() != 0 {
			b[0] |= 1 << s.low
		}
		return nil
	case s.high == 0:
		return d.firstAC(s, c, b)
	default:
		return d.refineAC(s, c, b)
	}
}

// firstAC decodes the first scan of a band of AC coefficients.
func (d *Decoder) firstAC(s *scanHeader, c *component, b *[64]int16) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	r, table := &d.bits, &d.huff[1][c.ac]
	for k := s.from; k <= s.to; k++ {
		if r.n < 32 {
			r.fill()
		}
		symbol, ok := r.decode(table)
		if !ok {
			return d.bad()
		}
		run, size := int(symbol>>4), uint32(symbol&15)
		if size == 0 {
			if run == 15 {
				k += 15
				continue
			}
			d.eobRun = 1<<run + r.bits(uint32(run)) - 1
			return nil
		}
		if k += run; k > s.to {
			return d.bad()
		}
		b[k] = int16(extend(r.bits(size), size) << s.low)
	}
	return nil
}

// refineAC decodes one more bit of a band of AC coefficients: a correction bit for each that is already other than zero, and the
// coefficients that become so.
func (d *Decoder) refineAC(s *scanHeader, c *component, b *[64]int16) error {
	r, table := &d.bits, &d.huff[1][c.ac]
	one := int16(1) << s.low
	k := s.from
	if d.eobRun == 0 {
		for k <= s.to {
			if r.n < 32 {
				r.fill()
			}
			symbol, ok := r.decode(table)
			if !ok {
				return d.bad()
			}
			run, size := int(symbol>>4), symbol&15
			fresh := int16(0)
			switch {
			case size == 1:
				fresh = -one
				if r.bits(1) != 0 {
					fresh = one
				}
			case size != 0:
				return d.bad()
			case run != 15:
				d.eobRun = 1<<run + r.bits(uint32(run))
			}
			if d.eobRun > 0 {
				break
			}
			k = d.refineRun(b, k, s.to, run, one)
			if fresh != 0 {
				if k > s.to {
					return d.bad()
				}
				b[k] = fresh
			}
			k++
		}
	}
	if d.eobRun > 0 {
		d.eobRun--
		d.refineRun(b, k, s.to, 64, one)
	}
	return nil
}

// refineRun passes over zeros coefficients that are zero, corrects the others on the way, and returns the place after them.
func (d *Decoder) refineRun(b *[64]int16, k, to, zeros int, one int16) int {
	for ; k <= to; k++ {
		if b[k] == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		if d.bits.bit() != 0 && b[k]&one == 0 {
			if b[k] > 0 {
				b[k] += one
			} else {
				b[k] -= one
			}
		}
	}
	return k
}

// reconstruct turns the gathered coefficients into samples.
func (d *Decoder) reconstruct() {
	for i := range d.nComp {
		c := &d.comp[i]
		quant := &d.quant[c.quant]
		for by := range c.blocksY {
			for bx := range c.blocksX {
				b := (*[64]int16)(c.coeff[64*(by*c.blocksX+bx):])
				block := (*[64]int16)(c.row[64*bx:])
				*block = [64]int16{}
				last := 0
				for k, v := range b {
					if v != 0 {
						block[zigzag[k]] = v * int16(quant[k])
						last = k
					}
				}
				c.last[bx] = uint8(last)
			}
			reconstructRow(c.plane[8*by*c.stride:], c.stride, c.row, c.last[:c.blocksX])
		}
	}
}
