package preprocess

import (
	"bytes"
	"image"

	"github.com/disintegration/imaging"

	"mindgap/models/fault"
)

// Thumbnail returns the picture as a PNG whose longer side is at most side pixels, transparency on white, for reports. It is meant to
// be looked at: towers are fed by a Processor, whose resampling is another.
func Thumbnail(pic *Picture, side int) ([]byte, error) {
	if err := pic.check(); err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, pic.Width, pic.Height))
	row := make([]uint8, 3*pic.Width)
	for y := range pic.Height {
		rowOnWhite(row, pic, y, 0, pic.Width)
		out := m.Pix[y*m.Stride:]
		for x := range pic.Width {
			*(*[4]uint8)(out[4*x:]) = [4]uint8{row[3*x], row[3*x+1], row[3*x+2], 255}
		}
	}
	var b bytes.Buffer
	if err := imaging.Encode(&b, imaging.Fit(m, max(side, 1), max(side, 1), imaging.Lanczos), imaging.PNG); err != nil {
		return nil, &fault.Error{Kind: fault.System, Op: "make thumbnail", Thing: pic.Name, Err: err}
	}
	return b.Bytes(), nil
}
