package preprocess

import (
	"fmt"
	"path/filepath"
	"testing"

	"mindgap/models"
)

// TestExtras: the kinds of file that the photographs lack, through both pipelines, every filter, padding and squashing, are exactly what
// Pillow makes of them (testdata/extras.py).
func TestExtras(t *testing.T) {
	var files []struct {
		File, Mode, RGB string
		OnWhite         string `json:"on_white"`
		Cases           []struct {
			Resize, Interpolation string
			ResizeTo              int `json:"resize_to"`
			Size                  int
			Crop                  bool
			HF                    string
			OpenCLIP              string `json:"open_clip"`
		}
	}
	readJSON(t, "testdata/extras.json", &files)
	if len(files) < 40 {
		t.Fatalf("extras.json lists only %d files", len(files))
	}
	for _, f := range files {
		t.Run(f.File, func(t *testing.T) {
			pic := open(t, filepath.Join("testdata/extras", f.File))
			if digest(plainRGB(pic)) != f.RGB {
				t.Errorf("RGB pixels differ from Pillow's (%s, here %s)", f.Mode, pic.Mode)
			}
			if digest(pic.RGB(nil)) != f.OnWhite {
				t.Errorf("RGB pixels on white differ from Pillow's (%s, here %s)", f.Mode, pic.Mode)
			}
			for _, c := range f.Cases {
				for pipeline, want := range map[string]string{"hf": c.HF, "open_clip": c.OpenCLIP} {
					p, err := New(models.Preprocess{Size: c.Size, Resize: c.Resize, ResizeTo: c.ResizeTo, Interpolation: c.Interpolation,
						Crop: c.Crop, Std: [3]float32{1, 1, 1}, Pipeline: pipeline})
					if err != nil {
						t.Fatal(err)
					}
					got, err := p.Pixels(pic)
					if err != nil {
						t.Fatal(err)
					}
					if digest(got) != want {
						t.Errorf("%s of %s (%s) differs from Pillow's", fmt.Sprint(c.Resize, c.ResizeTo, c.Interpolation, c.Size), pipeline, f.Mode)
					}
				}
			}
		})
	}
}
