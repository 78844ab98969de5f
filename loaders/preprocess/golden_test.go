package preprocess

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"mindgap/models"
)

// photographs is testdata/photographs.json, which digests.py makes.
type photographs struct {
	Mean, Std [3]float32
	Size      int
	Images    []struct {
		File            string
		Mode            string
		Width, Height   int
		RGB, RGBA, Grey string
		OpenCLIP        string `json:"open_clip"`
		HF              string
	}
	Resize []struct {
		Key, File, Mode, Filter string
		To                      [2]int
		SHA256                  string
	}
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func readPhotographs(t testing.TB) photographs {
	t.Helper()
	var g photographs
	readJSON(t, "testdata/photographs.json", &g)
	if len(g.Images) != 46 || len(g.Resize) != 60 {
		t.Fatalf("photographs.json has %d images and %d resized arrays, want 46 and 60", len(g.Images), len(g.Resize))
	}
	return g
}

func open(t testing.TB, path string) *Picture {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(path, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func digest(b []uint8) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// plainRGB returns the pixels as Pillow's convert("RGB") does: transparency dropped.
func plainRGB(p *Picture) []uint8 {
	out := make([]uint8, 0, 3*p.Width*p.Height)
	for y := range p.Height {
		row := p.row(y)
		for x := range p.Width {
			switch p.Mode {
			case Grey:
				out = append(out, row[x], row[x], row[x])
			case Palette:
				out = append(out, p.palette[row[x]][:3]...)
			case CMYK:
				var d [3]uint8
				cmykToRGB(&d, (*[4]uint8)(row[4*x:]))
				out = append(out, d[:]...)
			default:
				n := p.Mode.channels()
				out = append(out, row[n*x:n*x+3]...)
			}
		}
	}
	return out
}

// plainRGBA returns the pixels as Pillow's convert("RGBA") does.
func plainRGBA(p *Picture) []uint8 {
	rgb := plainRGB(p)
	out := make([]uint8, 0, 4*p.Width*p.Height)
	for i := range p.Width * p.Height {
		a := uint8(255)
		switch p.Mode {
		case RGBA, Keyed:
			a = p.pix[4*i+3]
		case Palette:
			a = p.palette[p.pix[i]][3]
		}
		out = append(out, rgb[3*i], rgb[3*i+1], rgb[3*i+2], a)
	}
	return out
}

// TestDecodedPixels: every photograph and variant has exactly Pillow's pixels.
func TestDecodedPixels(t *testing.T) {
	for _, g := range readPhotographs(t).Images {
		t.Run(filepath.Base(g.File), func(t *testing.T) {
			p := open(t, filepath.Join("testdata", g.File))
			if p.Width != g.Width || p.Height != g.Height {
				t.Fatalf("size %d×%d, want %d×%d", p.Width, p.Height, g.Width, g.Height)
			}
			if g.RGB != "" && digest(plainRGB(p)) != g.RGB {
				t.Errorf("RGB pixels differ from Pillow's")
			}
			if g.Grey != "" && digest(p.pix) != g.Grey {
				t.Errorf("the high bytes of the grey pixels differ from Pillow's")
			}
			if g.RGBA != "" && digest(plainRGBA(p)) != g.RGBA {
				t.Errorf("RGBA pixels differ from Pillow's")
			}
		})
	}
}

func clip(pipeline string, g photographs) models.Preprocess {
	return models.Preprocess{Size: g.Size, Resize: "shortest", ResizeTo: g.Size, Interpolation: "bicubic", Crop: true, Mean: g.Mean, Std: g.Std, Pipeline: pipeline}
}

// TestPipelines: the 224×224 crops of both pipelines are exactly the references'.
func TestPipelines(t *testing.T) {
	g := readPhotographs(t)
	for _, pipeline := range []string{"hf", "open_clip"} {
		p, err := New(clip(pipeline, g))
		if err != nil {
			t.Fatal(err)
		}
		for _, im := range g.Images {
			t.Run(pipeline+"/"+filepath.Base(im.File), func(t *testing.T) {
				got, err := p.Pixels(open(t, filepath.Join("testdata", im.File)))
				if err != nil {
					t.Fatal(err)
				}
				want := im.OpenCLIP
				if pipeline == "hf" {
					want = im.HF
				}
				if digest(got) != want {
					t.Errorf("the square differs from the reference")
				}
			})
		}
	}
}

// TestResize: 60 arrays, 0 differ. Each is the whole resized picture in the mode the file has.
func TestResize(t *testing.T) {
	for _, g := range readPhotographs(t).Resize {
		t.Run(g.Key, func(t *testing.T) {
			pic := open(t, filepath.Join("testdata", g.File))
			f := filters[g.Filter]
			var r resampler
			r.x.plan(f, pic.Width, g.To[0], 0, g.To[0])
			r.y.plan(f, pic.Height, g.To[1], 0, g.To[1])
			channels := map[string]int{"L": 1, "RGB": 3, "RGBA": 4}[g.Mode]
			premultiply := g.Mode == "RGBA" && f.kernel != nil
			got := make([]uint8, g.To[0]*g.To[1]*channels)
			r.run(got, channels, rowSource{row: func(dst []uint8, y, x0, x1 int) []uint8 {
				src := pic.row(y)[x0*pic.Mode.channels() : x1*pic.Mode.channels()]
				switch {
				case premultiply:
					rowPremultiplied(dst, src)
				case channels == 1 && pic.Mode == RGBA: // grey and alpha: Pillow's convert("L") drops the alpha
					for x := range x1 - x0 {
						dst[x] = src[4*x]
					}
				default:
					return src
				}
				return dst
			}})
			if premultiply {
				for i := 0; i < len(got); i += 4 {
					unpremultiply((*[3]uint8)(got[i:]), (*[4]uint8)(got[i:]))
				}
			}
			if digest(got) != g.SHA256 {
				t.Errorf("the resized picture differs from Pillow's")
			}
		})
	}
}
