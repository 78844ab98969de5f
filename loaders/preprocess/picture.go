package preprocess

import (
	"fmt"

	"mindgap/models/fault"
)

// A Mode says how a Picture holds its pixels, which decides how a pipeline treats them.
type Mode uint8

const (
	// Grey: one byte a pixel (Pillow's L; 16-bit grey is its high byte).
	Grey Mode = iota
	// RGB: three bytes.
	RGB
	// Keyed: RGB and a byte of alpha that is 0 where the file's transparent colour stands, else 255 (Pillow's RGB or L with "transparency").
	Keyed
	// RGBA: four bytes, not premultiplied. Grey with alpha is held so too: its arithmetic is the same a channel.
	RGBA
	// Palette: one byte, an index into colours with alpha (Pillow's P; its 1-bit mode is a palette of black and white).
	Palette
	// CMYK: four bytes, 255 meaning full ink.
	CMYK
)

// String returns the mode's name.
func (m Mode) String() string {
	return [...]string{"grey", "RGB", "RGB with a transparent colour", "RGBA", "palette", "CMYK"}[m]
}

// channels returns the bytes a pixel.
func (m Mode) channels() int { return [...]int{1, 3, 4, 4, 1, 4}[m] }

// A Picture is a decoded picture, still as the file stores it. It may be used from several goroutines as long as none decodes into it.
type Picture struct {
	Name          string // for error messages
	Mode          Mode
	Width, Height int
	pix           []uint8 // Width*Height*channels, rows from the top
	palette       [256][4]uint8
	file          []byte // what ReadTo read
}

// FromRGB wraps w×h interleaved 8-bit RGB pixels, rows from the top, without copying them, so that DecodeTo must not be given the result.
// It panics if rgb has another length than 3wh.
func FromRGB(w, h int, rgb []uint8) *Picture {
	if w <= 0 || h <= 0 || len(rgb) != 3*w*h {
		panic(fmt.Sprintf("preprocess: %d bytes are not %d×%d RGB pixels", len(rgb), w, h))
	}
	return &Picture{Name: "pixels", Mode: RGB, Width: w, Height: h, pix: rgb}
}

// reset makes p a w×h picture of the given mode, reusing its memory where that is large enough. The pixels are not defined.
func (p *Picture) reset(mode Mode, w, h int) {
	p.Mode, p.Width, p.Height = mode, w, h
	p.pix = grow(p.pix, w*h*mode.channels())
}

// row returns row y as stored.
func (p *Picture) row(y int) []uint8 {
	n := p.Width * p.Mode.channels()
	return p.pix[y*n : (y+1)*n]
}

// RGB appends the pixels as interleaved RGB to dst, transparency composited onto white, and returns the result.
func (p *Picture) RGB(dst []uint8) []uint8 {
	n := len(dst)
	dst = append(dst, make([]uint8, 3*p.Width*p.Height)...)
	for y := range p.Height {
		rowOnWhite(dst[n+3*y*p.Width:][:3*p.Width], p, y, 0, p.Width)
	}
	return dst
}

// What the errors of this package say was being done.
const opDecode, opPrepare = "decode picture", "prepare picture"

// check reports whether the picture can be prepared at all.
func (p *Picture) check() error {
	if p == nil || p.Width <= 0 || p.Height <= 0 || len(p.pix) != p.Width*p.Height*p.Mode.channels() {
		return &fault.Error{Op: opPrepare, Thing: "(none)", Found: "a picture without pixels", Wanted: "a decoded picture",
			Next: "decode it first"}
	}
	return nil
}

// grow returns a slice of n elements, s itself where it is large enough. Its contents are not defined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
