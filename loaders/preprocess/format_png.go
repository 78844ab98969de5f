package preprocess

import (
	"bytes"
	"image/png"
)

// Places in a PNG file: the IHDR chunk always comes first.
const (
	pngDepth = 24
	pngColor = 25
)

func configPNG(data []byte) (int, int, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodePNG(dst *Picture, data []byte) error {
	w, h, err := configPNG(data)
	if err != nil {
		return err
	}
	// Deflate expands at most 1032 times, so that a header which claims more than the file can hold is refused before memory is given.
	depth, kind := int(data[pngDepth]), data[pngColor]
	samples := [...]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
	if (int64(w)*int64(samples*depth)+7)/8*int64(h)/1032 > int64(len(data)) {
		return errCut
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	opaque := kind == 0 || kind == 2 // colour types without a channel of alpha; a transparent colour may still be named
	if err := fromImage(dst, m, opaque); err != nil {
		return err
	}
	if kind == 0 && depth == 1 {
		bilevel(dst)
	}
	return nil
}
