package main

import (
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/disintegration/imaging"
)

func pictureFile(dir string, i int) string { return filepath.Join(dir, fmt.Sprintf("%05d.jpg", i)) }

const captionsFile = "captions.txt"

// makePictures cuts n pictures of about 500×375 out of the photographs, each at another place and scale, every second one mirrored or
// upright, and writes them as JPEG, 4:2:0, quality 80 to 95. The same n gives the same files.
func makePictures(dir, photographs string, n int) error {
	names, err := filepath.Glob(filepath.Join(photographs, "o*"))
	if err != nil || len(names) == 0 && n > 0 {
		return fmt.Errorf("no photographs in %s: run from the root of the repository", photographs)
	}
	var sources []image.Image
	for _, name := range names {
		if n == 0 {
			break
		}
		img, err := imaging.Open(name)
		if err != nil {
			return err
		}
		sources = append(sources, img)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		src := sources[i%len(sources)]
		w, h := 480+rng.IntN(41), 355+rng.IntN(41)
		if i%4 == 3 {
			w, h = h, w
		}
		b := src.Bounds()
		side := min(float64(b.Dx())/float64(w), float64(b.Dy())/float64(h)) * (0.6 + 0.4*rng.Float64())
		cw, ch := max(1, int(float64(w)*side)), max(1, int(float64(h)*side))
		x, y := b.Min.X+rng.IntN(b.Dx()-cw+1), b.Min.Y+rng.IntN(b.Dy()-ch+1)
		cut := imaging.Resize(imaging.Crop(src, image.Rect(x, y, x+cw, y+ch)), w, h, imaging.Linear)
		if i%2 == 1 {
			cut = imaging.FlipH(cut)
		}
		if err := writeJPEG(pictureFile(dir, i), cut, 80+rng.IntN(16)); err != nil {
			return err
		}
	}
	return nil
}

func writeJPEG(name string, img image.Image, quality int) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	return jpeg.Encode(f, img, &jpeg.Options{Quality: quality})
}

// makeCaptions writes n captions, a line each, as long as people write them: 5 to 25 words.
func makeCaptions(dir string, n int) error {
	const words = "a the two small large red old young dog man woman child bicycle train plate table window street beach field with on near under beside " +
		"holding riding looking sitting standing wearing hat umbrella grass snow water evening kitchen sandwich giraffe skateboard photograph"
	list := strings.Fields(words)
	rng := rand.New(rand.NewPCG(2, 2))
	var b strings.Builder
	for i := range n {
		b.WriteString("a photo of")
		for range 2 + min(rng.IntN(11), rng.IntN(21)) + rng.IntN(3) {
			b.WriteString(" " + list[rng.IntN(len(list))])
		}
		fmt.Fprintf(&b, " %d.\n", i) // no two are equal
	}
	return os.WriteFile(filepath.Join(dir, captionsFile), []byte(b.String()), 0o600)
}
