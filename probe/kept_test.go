package probe

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/datasets"
	"mindgap/loaders/preprocess"
	"mindgap/models"
)

// What is kept of a picture is fed as the picture itself, to the last bit, whatever its form and the pipeline; a second look needs no file.
func TestKeptPictures(t *testing.T) {
	dir := filepath.Join("..", "loaders", "preprocess", "testdata", "images")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, pipeline := range []string{"hf", "open_clip", "immich"} {
		for _, resize := range []string{"shortest", "squash"} {
			p := models.Preprocess{Size: 48, Resize: resize, Interpolation: "bicubic", Pipeline: pipeline, Mean: [3]float32{0.4, 0.5, 0.6}, Std: [3]float32{0.2, 0.3, 0.4}}
			if resize == "shortest" {
				p.ResizeTo, p.Crop = 48, true
			}
			k, err := keepPictures(p)
			if err != nil || k == nil {
				t.Fatal(k, err)
			}
			processor, err := preprocess.New(p)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, f := range files {
				reads := 0
				item := datasets.Item{ID: f.Name(), Image: datasets.Image{Name: f.Name(), Read: func(*[]byte) ([]byte, error) {
					reads++
					return os.ReadFile(filepath.Join(dir, f.Name()))
				}}}
				whole, err := Picture(item)
				if err != nil || whole.Width*whole.Height > 1<<21 {
					continue
				}
				want, got := make([]float32, 3*48*48), make([]float32, 3*48*48)
				if processor.Tensor(want, whole) != nil {
					continue
				}
				reads = 0
				for range 2 {
					kept, err := k.picture(new(preprocess.Picture), item)
					if err != nil {
						t.Fatal(f.Name(), err)
					}
					if err := processor.Tensor(got, kept); err != nil {
						t.Fatal(f.Name(), err)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s, %s, %s: the kept picture is fed otherwise", f.Name(), pipeline, resize)
					}
				}
				if seen++; reads != 1 {
					t.Errorf("%s was read %d times", f.Name(), reads)
				}
			}
			if seen < 20 {
				t.Errorf("%s, %s: only %d pictures were compared", pipeline, resize, seen)
			}
		}
	}
}

func TestKeptPicturesDecline(t *testing.T) {
	// Enlarged before the crop, a square would be cropped twice.
	if k, err := keepPictures(models.Preprocess{Size: 48, Resize: "shortest", ResizeTo: 56, Crop: true, Interpolation: "bicubic", Pipeline: "hf"}); k != nil || err != nil {
		t.Errorf("kept %v, %v", k, err)
	}
	// Without room a picture passes through as it is.
	k, err := keepPictures(models.Preprocess{Size: 4, Resize: "squash", Interpolation: "bicubic", Pipeline: "hf", Std: [3]float32{1, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	k.room = 3*4*4 + 1
	for i, want := range []int{4, 6} {
		item := datasets.Item{ID: string(rune('a' + i)), Image: datasets.Image{Pixels: &datasets.Pixels{Width: 6, Height: 6, RGB: make([]uint8, 3*6*6)}}}
		if pic, err := k.picture(new(preprocess.Picture), item); err != nil || pic.Width != want {
			t.Errorf("picture %d has width %d, want %d: %v", i, pic.Width, want, err)
		}
	}
}
