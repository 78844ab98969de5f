package preprocess

import (
	"bytes"
	"errors"
	"image/color"
	"image/gif"
)

// configGIF reads the size of the logical screen, which is the size of the picture.
func configGIF(data []byte) (int, int, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeGIF(dst *Picture, data []byte) error {
	w, h, err := configGIF(data)
	if err != nil {
		return err
	}
	m, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	frame, ok := firstFrame(data)
	if !ok {
		return errors.New("its first frame is not where the blocks say")
	}
	p, ok := m.(interface {
		ColorIndexAt(x, y int) uint8
	})
	if !ok {
		return errors.New("its first frame is no palette picture")
	}
	dst.reset(Palette, w, h)
	dst.setPalette(frame.palette)
	// Where the first frame does not cover the screen, the screen is transparent, or else index 0.
	clear(dst.pix)
	if frame.transparent >= 0 {
		for i := range dst.pix {
			dst.pix[i] = uint8(frame.transparent)
		}
		dst.palette[frame.transparent][3] = 0
	}
	b := m.Bounds()
	for y := b.Min.Y; y < min(b.Max.Y, h); y++ {
		row := dst.row(y)
		for x := b.Min.X; x < min(b.Max.X, w); x++ {
			row[x] = p.ColorIndexAt(x, y)
		}
	}
	if frame.transparent < 0 {
		unramp(dst, len(frame.palette))
	}
	return nil
}

// A gifFrame is what image/gif does not pass on: it clears the colour of the transparent index, which open_clip still sees.
type gifFrame struct {
	palette     color.Palette
	transparent int // index, or -1
}

// firstFrame walks the blocks up to the first frame.
func firstFrame(data []byte) (f gifFrame, ok bool) {
	f.transparent = -1
	if len(data) < 13 {
		return f, false
	}
	at := 13
	table := func(flags byte) bool {
		n := 3 << (flags&7 + 1)
		if at+n > len(data) {
			return false
		}
		f.palette = make(color.Palette, n/3)
		for i := range f.palette {
			c := data[at+3*i:]
			f.palette[i] = color.NRGBA{c[0], c[1], c[2], 255}
		}
		at += n
		return true
	}
	if data[10]&0x80 != 0 && !table(data[10]) {
		return f, false
	}
	for at < len(data) {
		switch data[at] {
		case 0x21: // an extension: label, then sub-blocks
			if at+7 < len(data) && data[at+1] == 0xf9 && data[at+2] >= 4 {
				// A later graphic control without a transparent index does not undo an earlier one; Pillow reads it so too.
				if data[at+3]&1 != 0 {
					f.transparent = int(data[at+6])
				}
			}
			for at += 2; at < len(data) && data[at] != 0; at += int(data[at]) + 1 {
			}
			at++
		case 0x2c: // a frame
			if at+10 > len(data) {
				return f, false
			}
			flags := data[at+9]
			at += 10
			if flags&0x80 != 0 && !table(flags) {
				return f, false
			}
			return f, len(f.palette) > 0
		default:
			at++
		}
	}
	return f, false
}
