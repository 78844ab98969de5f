package preprocess

import (
	"fmt"
	"image"
	"image/color"
)

// fromImage takes over the pixels of a decoder of the standard library or x/image. With keyed set, alpha other than 255 stems from a
// colour that the file names as transparent, and not from a channel of the picture.
func fromImage(dst *Picture, m image.Image, keyed bool) error {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= 0 || h <= 0 {
		return fmt.Errorf("it holds %d×%d pixels", w, h)
	}
	switch m := m.(type) {
	case *image.Gray:
		dst.reset(Grey, w, h)
		for y := range h {
			copy(dst.row(y), m.Pix[y*m.Stride:])
		}
	case *image.Gray16:
		dst.reset(Grey, w, h)
		takeHigh(dst, m.Pix, m.Stride)
	case *image.Paletted:
		dst.reset(Palette, w, h)
		dst.setPalette(m.Palette)
		for y := range h {
			copy(dst.row(y), m.Pix[y*m.Stride:])
		}
	case *image.CMYK:
		dst.reset(CMYK, w, h)
		for y := range h {
			copy(dst.row(y), m.Pix[y*m.Stride:])
		}
	case *image.RGBA:
		if m.Opaque() {
			dst.reset(RGB, w, h)
			takeColour(dst, m.Pix, m.Stride, 1)
			return nil
		}
		dst.reset(RGBA, w, h)
		for y := range h {
			row := dst.row(y)
			copy(row, m.Pix[y*m.Stride:])
			for x := 0; x < len(row); x += 4 {
				unpremultiply((*[3]uint8)(row[x:]), (*[4]uint8)(row[x:]))
			}
		}
	case *image.NRGBA:
		takeNRGBA(dst, w, h, m.Pix, m.Stride, 1, m.Opaque(), keyed)
	case *image.NRGBA64:
		takeNRGBA(dst, w, h, m.Pix, m.Stride, 2, m.Opaque(), keyed)
	case *image.RGBA64:
		if m.Opaque() {
			dst.reset(RGB, w, h)
			takeColour(dst, m.Pix, m.Stride, 2)
			return nil
		}
		dst.reset(RGBA, w, h)
		for y := range h {
			row := dst.row(y)
			for x := range w {
				c := color.NRGBA64Model.Convert(m.RGBA64At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA64)
				*(*[4]uint8)(row[4*x:]) = [4]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
			}
		}
	default:
		return fmt.Errorf("its pixels are of a kind that is not supported (%T)", m)
	}
	return nil
}

// takeHigh takes the high byte of each big-endian sample.
func takeHigh(dst *Picture, pix []uint8, stride int) {
	for y := range dst.Height {
		row, src := dst.row(y), pix[y*stride:]
		for i := range row {
			row[i] = src[2*i]
		}
	}
}

// takeNRGBA takes colour with alpha. Where all is opaque, RGB holds the same: premultiplying by 255 changes nothing.
func takeNRGBA(dst *Picture, w, h int, pix []uint8, stride, sample int, opaque, keyed bool) {
	switch {
	case opaque:
		dst.reset(RGB, w, h)
		takeColour(dst, pix, stride, sample)
		return
	case keyed:
		dst.reset(Keyed, w, h)
	default:
		dst.reset(RGBA, w, h)
	}
	for y := range h {
		row, src := dst.row(y), pix[y*stride:]
		for i := range row {
			row[i] = src[i*sample]
		}
	}
}

// takeColour takes the colours of four-sample pixels, the high byte of each sample.
func takeColour(dst *Picture, pix []uint8, stride, sample int) {
	for y := range dst.Height {
		row, src := dst.row(y), pix[y*stride:]
		for x := range dst.Width {
			d, s := (*[3]uint8)(row[3*x:]), src[4*sample*x:]
			d[0], d[1], d[2] = s[0], s[sample], s[2*sample]
		}
	}
}

// setPalette stores colours with alpha, not premultiplied; indices beyond the palette are black, as in Pillow.
func (p *Picture) setPalette(colours color.Palette) {
	p.palette = [256][4]uint8{}
	for i := range p.palette {
		p.palette[i][3] = 255
		if i < len(colours) {
			c := color.NRGBAModel.Convert(colours[i]).(color.NRGBA)
			p.palette[i] = [4]uint8{c.R, c.G, c.B, c.A}
		}
	}
}

// bilevel turns a picture of black and white into indices, since the open_clip pipeline treats 1-bit pictures as it does palettes.
func bilevel(p *Picture) {
	switch p.Mode {
	case Grey:
		p.Mode = Palette
		p.palette = [256][4]uint8{0: {0, 0, 0, 255}, 1: {255, 255, 255, 255}}
		for i, v := range p.pix {
			p.pix[i] = v >> 7
		}
	case Keyed:
		// One of the two is transparent.
		var palette [256][4]uint8
		for i := 0; i < len(p.pix); i += 4 {
			v := p.pix[i] >> 7
			palette[v] = [4]uint8(p.pix[i : i+4])
			p.pix[i/4] = v
		}
		p.Mode, p.palette, p.pix = Palette, palette, p.pix[:len(p.pix)/4]
	}
}

// unramp turns a palette whose every colour is the grey of its own index into grey, as Pillow does for GIF and BMP.
func unramp(p *Picture, colours int) {
	for i := range colours {
		if v := uint8(i); [3]uint8(p.palette[i][:3]) != [3]uint8{v, v, v} {
			return
		}
	}
	p.Mode = Grey
}
