package jpeg

import "mindgap/loaders/preprocess/internal/kernel"

// Tables of the fixed-point conversion Y'CbCr → RGB, as libjpeg builds them: 16 bits of fraction, rounded, the arithmetic shift for
// red and blue done once here and for green after the sum.
var (
	crToR, cbToB [256]int32
	crToG, cbToG [256]int32
	// The same for yccToRGB, all three colours in one word; see there.
	crPacked, cbPacked [256]uint64
)

// Where the colours of a packed word begin. Below green's place lie its 16 bits of fraction.
const (
	packR = 0
	packB = 16
	packG = 48
	// packEach has a one in each colour's place.
	packEach = 1<<packR | 1<<packB | 1<<packG
)

func init() {
	const rounding = 1 << 15
	for i := range 256 {
		x := int32(i - 128)
		crToR[i] = (91881*x + rounding) >> 16  // 1.40200
		cbToB[i] = (116130*x + rounding) >> 16 // 1.77200
		crToG[i] = -46802 * x                  // 0.71414
		cbToG[i] = -22554*x + rounding         // 0.34414
		// Terms may be negative; the sum of luma, these two and the 256 in each place is not, so that borrows cancel out.
		crPacked[i] = 256*packEach + uint64(int64(crToR[i])<<packR+int64(crToG[i])<<(packG-16))
		cbPacked[i] = uint64(int64(cbToB[i])<<packB + int64(cbToG[i])<<(packG-16))
	}
}

// A coding is the colour space of the components as stored.
type coding uint8

const (
	codedGrey coding = iota
	codedRGB
	codedYCC
	codedCMYK
	codedYCCK
)

// coding follows libjpeg's default_decompress_parms: a JFIF marker decides, then Adobe's, then the components' identifiers.
func (d *Decoder) coding() coding {
	switch d.nComp {
	case 1:
		return codedGrey
	case 4:
		if !d.adobe || d.transform == 0 {
			return codedCMYK
		}
		return codedYCCK
	}
	switch {
	case d.jfif:
		return codedYCC
	case d.adobe:
		if d.transform == 0 {
			return codedRGB
		}
		return codedYCC
	case d.comp[0].id == 'R' && d.comp[1].id == 'G' && d.comp[2].id == 'B':
		return codedRGB
	}
	return codedYCC
}

// finish upsamples and converts the planes into img.
func (d *Decoder) finish(img *Image) error {
	if d.progressive {
		d.reconstruct()
	}
	kind := d.coding()
	channels := d.nComp
	img.Width, img.Height = d.width, d.height
	img.Color = [...]Color{codedGrey: Grey, codedRGB: RGB, codedYCC: RGB, codedCMYK: CMYK, codedYCCK: CMYK}[kind]
	img.Pix = grow(img.Pix, d.width*d.height*channels)
	if kind == codedGrey {
		c := &d.comp[0]
		for y := range d.height {
			copy(img.Pix[y*d.width:(y+1)*d.width], c.plane[y*c.stride:])
		}
		return nil
	}
	if kind == codedYCC && d.fastYCC(img.Pix) {
		return nil
	}
	var up [4]upsampler
	for i := range d.nComp {
		var err error
		if up[i], err = d.upsampler(i); err != nil {
			return err
		}
	}
	var row [4][]uint8
	for y := range d.height {
		for i := range d.nComp {
			row[i] = up[i].row(y)[:d.width]
		}
		dst := img.Pix[y*d.width*channels : (y+1)*d.width*channels]
		switch kind {
		case codedYCC:
			yccToRGB(dst, row[0], row[1], row[2])
		case codedYCCK:
			ycckToCMYK(dst, row[0], row[1], row[2], row[3])
		default:
			for i := range d.nComp {
				for x, v := range row[i] {
					dst[x*channels+i] = v
				}
			}
		}
	}
	return nil
}

// fastYCC upsamples and converts in C. It reports whether it could: the usual samplings, those of the triangle filter or none.
func (d *Decoder) fastYCC(dst []uint8) bool {
	y, cb, cr := &d.comp[0], &d.comp[1], &d.comp[2]
	h, v := d.hMax/cb.h, d.vMax/cb.v
	if fast == nil || y.h != d.hMax || y.v != d.vMax || cb.h != cr.h || cb.v != cr.v || h > 2 || v > 2 || h == 2 && cb.width <= 2 {
		return false
	}
	c := &d.chroma
	*c = kernel.Chroma{Cb: cb.plane, Cr: cr.plane, Stride: cb.stride, Width: cb.width, Height: cb.height, H: h, V: v}
	d.work = grow(d.work, c.WorkYCC())
	fast.YCC(dst, d.width, d.height, y.plane, y.stride, c, d.work)
	return true
}

// yccToRGB converts a row. The three colours are summed in one word, each 256 too large, so that one test tells whether all lie in
// 0…255: then the two bits above each byte are 01.
func yccToRGB(dst, ys, cbs, crs []uint8) {
	n := len(ys)
	cbs, crs, dst = cbs[:n], crs[:n], dst[:3*n]
	for x, y := range ys {
		v := uint64(y)*packEach + crPacked[crs[x]] + cbPacked[cbs[x]]
		if v&(0x300*packEach) != 0x100*packEach {
			v = uint64(clampBiased(v>>packR))<<packR | uint64(clampBiased(v>>packB))<<packB | uint64(clampBiased(v>>packG))<<packG
		}
		p := (*[3]uint8)(dst[3*x:])
		p[0], p[1], p[2] = uint8(v>>packR), uint8(v>>packG), uint8(v>>packB)
	}
}

// clampBiased limits the low ten bits of v, less 256, to 0…255.
func clampBiased(v uint64) uint8 { return clamp(int32(v&0x3ff) - 256) }

// ycckToCMYK converts a row: the first three inks are the complement of RGB, black is stored as it is.
func ycckToCMYK(dst, ys, cbs, crs, ks []uint8) {
	for x := range ys {
		y, cb, cr := int32(ys[x]), cbs[x], crs[x]
		p := (*[4]uint8)(dst[4*x:])
		p[0] = clamp(255 - (y + crToR[cr]))
		p[1] = clamp(255 - (y + (crToG[cr]+cbToG[cb])>>16))
		p[2] = clamp(255 - (y + cbToB[cb]))
		p[3] = ks[x]
	}
}
