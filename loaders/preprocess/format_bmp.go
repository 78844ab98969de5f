package preprocess

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"

	"golang.org/x/image/bmp"
)

func configBMP(data []byte) (int, int, error) {
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeBMP(dst *Picture, data []byte) error {
	w, h, err := configBMP(data)
	if err != nil {
		return err
	}
	// Only uncompressed files are read, so that the size can be checked before memory is given.
	bits := int(binary.LittleEndian.Uint16(data[28:]))
	if int64(w)*int64(h)*int64(bits)/8 > int64(len(data)) {
		return errCut
	}
	m, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if err := fromImage(dst, m, false); err != nil {
		return err
	}
	if p, ok := m.(*image.Paletted); ok {
		if len(p.Palette) == 2 && p.Palette[0] == (color.RGBA{0, 0, 0, 255}) && p.Palette[1] == (color.RGBA{255, 255, 255, 255}) {
			return nil // black and white: stays a palette, as Pillow's 1-bit mode
		}
		unramp(dst, len(p.Palette))
	}
	return nil
}
