package jpeg

import "fmt"

// Tables of the fixed-point conversion Y'CbCr → RGB, as libjpeg builds them: 16 bits of fraction, rounded, the arithmetic shift for
// red and blue done once here and for green after the sum.
var (
	crToR, cbToB [256]int32
	crToG, cbToG [256]int32
)

func init() {
	const half = 1 << 15
	for i := range 256 {
		x := int32(i - 128)
		crToR[i] = (91881*x + half) >> 16  // 1.40200
		cbToB[i] = (116130*x + half) >> 16 // 1.77200
		crToG[i] = -46802 * x              // 0.71414
		cbToG[i] = -22554*x + half         // 0.34414
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

// yccToRGB converts a row.
func yccToRGB(dst, ys, cbs, crs []uint8) {
	n := len(ys)
	cbs, crs = cbs[:n], crs[:n]
	for x, yy := range ys {
		y, cb, cr := int32(yy), cbs[x], crs[x]
		r := y + crToR[cr]
		g := y + (crToG[cr]+cbToG[cb])>>16
		b := y + cbToB[cb]
		// One test for all three: any value outside 0…255 has a bit above the eighth.
		if uint32(r|g|b) > 255 {
			r, g, b = int32(clamp(r)), int32(clamp(g)), int32(clamp(b))
		}
		p := (*[3]uint8)(dst)
		p[0], p[1], p[2] = uint8(r), uint8(g), uint8(b)
		dst = dst[3:]
	}
}

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

// An upsampler gives the rows of one component at the picture's size. The row is valid until the next call.
type upsampler struct {
	c    *component
	h, v int // how many times the component is smaller, across and down
	// fancy: the triangle filter, else replication.
	fancy bool
	out   []uint8
	sum   []uint16
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
		d.sums = append(d.sums, make([][]uint16, i+1-len(d.sums))...)
	}
	d.rows[i] = grow(d.rows[i], c.width*u.h)
	d.sums[i] = grow(d.sums[i], c.width)
	u.out, u.sum = d.rows[i], d.sums[i]
	return u, nil
}

// row returns row y of the picture.
func (u *upsampler) row(y int) []uint8 {
	c := u.c
	at := func(y int) []uint8 {
		y = min(max(y, 0), c.height-1)
		return c.plane[y*c.stride:][:c.width]
	}
	if u.h == 1 && u.v == 1 {
		return at(y)
	}
	near := at(y / u.v)
	if !u.fancy {
		return u.replicate(near)
	}
	if u.v == 1 {
		triangleAcross(u.out, near)
		return u.out
	}
	// Of the two rows that a sample row becomes, the upper leans to the row above and the lower to the row below.
	far, bias := at(y/2-1), uint16(1)
	if y&1 == 1 {
		far, bias = at(y/2+1), 2
	}
	if u.h == 1 {
		for x, v := range near {
			u.out[x] = uint8((3*uint16(v) + uint16(far[x]) + bias) >> 2)
		}
		return u.out
	}
	for x, v := range near {
		u.sum[x] = 3*uint16(v) + uint16(far[x])
	}
	triangleSums(u.out, u.sum)
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

// triangleAcross doubles a row: each output is 3/4 of the nearer sample and 1/4 of the next, the left rounded with 1, the right with 2.
func triangleAcross(dst, src []uint8) {
	n := len(src)
	dst = dst[:2*n]
	dst[0], dst[2*n-1] = src[0], src[n-1]
	for x := 1; x < n; x++ {
		a, b := uint16(src[x-1]), uint16(src[x])
		dst[2*x-1] = uint8((3*a + b + 2) >> 2)
		dst[2*x] = uint8((3*b + a + 1) >> 2)
	}
}

// triangleSums doubles a row of vertical sums (weight 4): the left output is rounded with 8, the right with 7.
func triangleSums(dst []uint8, src []uint16) {
	n := len(src)
	dst = dst[:2*n]
	dst[0] = uint8((4*src[0] + 8) >> 4)
	dst[2*n-1] = uint8((4*src[n-1] + 7) >> 4)
	for x := 1; x < n; x++ {
		a, b := src[x-1], src[x]
		p := (*[2]uint8)(dst[2*x-1:])
		p[0] = uint8((3*a + b + 7) >> 4)
		p[1] = uint8((3*b + a + 8) >> 4)
	}
}
