package preprocess

import (
	"archive/zip"
	"fmt"
	"io"
	"testing"

	"mindgap/models"
)

// TestPillow: 200 pictures that Pillow wrote, in every format and mode, from 1×1 over 1×3000 to 8000×50, have its very pixels, and become the
// squares that both pipelines make of them in plain Pillow (testdata/pillow.py).
func TestPillow(t *testing.T) {
	var rows []struct {
		File, Mode, RGB       string
		Width, Height         int
		OnWhite               string `json:"on_white"`
		Resize, Interpolation string
		ResizeTo              int `json:"resize_to"`
		Size                  int
		Crop                  bool
		HF                    string
		OpenCLIP              string `json:"open_clip"`
	}
	readJSON(t, "testdata/pillow.json", &rows)
	archive, err := zip.OpenReader("testdata/pillow.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if len(rows) != 200 || len(archive.File) != 200 {
		t.Fatalf("pillow.json lists %d pictures, the archive %d, want 200", len(rows), len(archive.File))
	}
	half := func(b []uint8) string { return digest(b)[:32] }
	for i, row := range rows {
		t.Run(row.File, func(t *testing.T) {
			if archive.File[i].Name != row.File {
				t.Fatalf("the archive has %s here", archive.File[i].Name)
			}
			f, err := archive.File[i].Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			pic, err := Decode(row.File, data)
			if err != nil {
				t.Fatal(err)
			}
			if pic.Width != row.Width || pic.Height != row.Height {
				t.Fatalf("size %d×%d, want %d×%d", pic.Width, pic.Height, row.Width, row.Height)
			}
			if half(plainRGB(pic)) != row.RGB {
				t.Errorf("RGB pixels differ from Pillow's (%s, here %s)", row.Mode, pic.Mode)
			}
			if half(pic.RGB(nil)) != row.OnWhite {
				t.Errorf("RGB pixels on white differ from Pillow's (%s, here %s)", row.Mode, pic.Mode)
			}
			for pipeline, want := range map[string]string{"hf": row.HF, "open_clip": row.OpenCLIP} {
				p, err := New(models.Preprocess{Size: row.Size, Resize: row.Resize, ResizeTo: row.ResizeTo, Interpolation: row.Interpolation,
					Crop: row.Crop, Std: [3]float32{1, 1, 1}, Pipeline: pipeline})
				if err != nil {
					t.Fatal(err)
				}
				got, err := p.Pixels(pic)
				if err != nil {
					t.Fatal(err)
				}
				if half(got) != want {
					t.Errorf("%s of %s (%s) differs from Pillow's", fmt.Sprint(row.Resize, row.ResizeTo, row.Interpolation, row.Size), pipeline, row.Mode)
				}
			}
		})
	}
}
