package preprocess

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"mindgap/loaders/preprocess/internal/kernel"
	"mindgap/models"
)

// TestKernels: each kernel in C and the resampler in Go make the same bytes of a picture of noise, over lines longer than a strip, every mode
// of picture and every filter.
func TestKernels(t *testing.T) {
	defer func(k *kernel.Kernel) { fast = k }(fast)
	rng := rand.New(rand.NewPCG(5, 6))
	for trial := range 60 {
		mode := []Mode{Grey, RGB, RGBA, CMYK}[trial%4]
		pic := &Picture{Name: "noise"}
		pic.reset(mode, 1+rng.IntN(200), 1+rng.IntN(200))
		for i := range pic.pix {
			pic.pix[i] = uint8(rng.IntN(256)) & -uint8(rng.IntN(2)) // half of it black, so that edges overshoot
		}
		size := 1 + rng.IntN(90)
		how := models.Preprocess{Size: size, Resize: "shortest", ResizeTo: size, Crop: true, Std: [3]float32{1, 1, 1},
			Interpolation: []string{"bicubic", "lanczos", "bilinear", "box", "hamming"}[trial%5], Pipeline: []string{"hf", "open_clip"}[trial/2%2]}
		p, err := New(how)
		if err != nil {
			t.Fatal(err)
		}
		fast = nil
		want, err := p.Pixels(pic)
		if err != nil {
			t.Fatal(err)
		}
		for _, fast = range kernel.All() {
			if got, err := p.Pixels(pic); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: %s %d×%d to %+v differs from the plain resampler (%v)", fast.Name, mode, pic.Width, pic.Height, how, err)
			}
		}
	}
}
