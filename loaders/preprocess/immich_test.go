package preprocess

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"mindgap/models"
)

// Immich's pipeline is hf's on the picture without its alpha, whatever lies under it.
func TestImmichDropsAlpha(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const w, h = 37, 23
	rgba, palette := image.NewNRGBA(image.Rect(0, 0, w, h)), image.NewPaletted(image.Rect(0, 0, w, h), nil)
	for range 200 {
		palette.Palette = append(palette.Palette, color.NRGBA{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256))})
	}
	for i := range rgba.Pix {
		rgba.Pix[i] = uint8(rng.IntN(256))
	}
	for i := range palette.Pix {
		palette.Pix[i] = uint8(rng.IntN(200))
	}
	for name, m := range map[string]image.Image{"rgba": rgba, "palette": palette} {
		opaque := make([]uint8, 0, 3*w*h)
		for y := range h {
			for x := range w {
				c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
				if n, ok := m.(*image.NRGBA); ok { // At premultiplies nothing, and forgets nothing where alpha is 0
					c = n.NRGBAAt(x, y)
				}
				opaque = append(opaque, c.R, c.G, c.B)
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		pic, err := Decode(name, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		pixels := func(pipeline string, pic *Picture) []uint8 {
			p, err := New(models.Preprocess{Size: 16, Resize: "shortest", ResizeTo: 17, Interpolation: "bicubic", Crop: true, Std: [3]float32{1, 1, 1}, Pipeline: pipeline})
			if err != nil {
				t.Fatal(err)
			}
			out, err := p.Pixels(pic)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if !bytes.Equal(pixels("immich", pic), pixels("hf", FromRGB(w, h, opaque))) {
			t.Errorf("%s: the pixels are not those of the picture without alpha", name)
		}
	}
}
