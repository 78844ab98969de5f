package preprocess

import (
	"sync"

	"mindgap/loaders/preprocess/internal/jpeg"
)

// jpegDecoders holds decoders with their working memory, about three bytes a pixel.
var jpegDecoders = sync.Pool{New: func() any { return new(jpeg.Decoder) }}

func configJPEG(data []byte) (int, int, error) {
	d := jpegDecoders.Get().(*jpeg.Decoder)
	defer jpegDecoders.Put(d)
	return d.Config(data)
}

func decodeJPEG(dst *Picture, data []byte) error {
	d := jpegDecoders.Get().(*jpeg.Decoder)
	defer jpegDecoders.Put(d)
	m := jpeg.Image{Pix: dst.pix}
	if err := d.Decode(&m, data); err != nil {
		return err
	}
	dst.Mode, dst.Width, dst.Height, dst.pix = [...]Mode{jpeg.Grey: Grey, jpeg.RGB: RGB, jpeg.CMYK: CMYK}[m.Color], m.Width, m.Height, m.Pix
	if dst.Mode == CMYK {
		// Pillow takes every CMYK JPEG to be inverted, as Adobe writes them, whether or not it says so.
		for i, v := range dst.pix {
			dst.pix[i] = 255 - v
		}
	}
	return nil
}
