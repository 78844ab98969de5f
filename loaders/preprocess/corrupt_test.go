package preprocess

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/models/fault"
)

// stricter lists the files that Pillow decodes and this package refuses, and why.
var stricter = map[string]string{
	"bad_crc_idat.png": "Pillow does not check the sums of picture data; the file says itself that it is damaged",
	"sof_too_tall.jpg": "libjpeg fills what is missing with grey; nine tenths of such a picture are invented",
	"sof_too_wide.jpg": "the same, and the rows that are there are scrambled",
}

// TestCorrupt: each damaged or hostile file decodes to Pillow's pixels where Pillow decodes it, and otherwise gives an error that names
// it, apart from those of stricter.
func TestCorrupt(t *testing.T) {
	var g struct {
		Files []struct {
			File   string
			Pillow struct {
				Failed string `json:"failed_at"`
				RGB    string `json:"rgb_sha256"`
			}
		}
	}
	readJSON(t, "testdata/corrupt.json", &g)
	if len(g.Files) != 25 {
		t.Fatalf("corrupt.json lists %d files, want 25", len(g.Files))
	}
	for _, f := range g.Files {
		name := filepath.Base(f.File)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", f.File))
			if err != nil {
				t.Fatal(err)
			}
			p, err := Decode("album!"+name, data)
			if f.Pillow.Failed != "" || stricter[name] != "" {
				checkFault(t, err, "album!"+name)
				t.Log(err)
				return
			}
			if err != nil {
				t.Fatalf("Pillow decodes it: %v", err)
			}
			if p.Width*p.Height > 1e8 && testing.Short() {
				return // the digest of the 144-megapixel picture takes a second
			}
			if digest(plainRGB(p)) != f.Pillow.RGB {
				t.Errorf("RGB pixels differ from Pillow's")
			}
		})
	}
}

// checkFault checks that err is a whole fault that names the item.
func checkFault(t *testing.T, err error, item string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *fault.Error", err)
	}
	if e.Thing != item || e.Op == "" || e.Found == "" || e.Wanted == "" || e.Next == "" {
		t.Errorf("incomplete fault %+v for %s", *e, item)
	}
}

// TestNotAPicture: the error says what is there instead and what to do about it.
func TestNotAPicture(t *testing.T) {
	for _, c := range []struct{ name, data, found, next string }{
		{"empty", "", "an empty file", "get the file again"},
		{"lfs", "version https://git-lfs.example/spec/v1\noid sha256:12", "a Git LFS pointer", "git lfs pull"},
		{"text", "Hällo, world", `text "Hällo, world"`, "leave it out"},
		{"long text", strings.Repeat("é", 100), "text \"" + strings.Repeat("é", 24) + `…"`, "leave it out"},
		{"html", "\n<!DOCTYPE html><title>404</title>", "a web page", "download the file itself"},
		{"heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", `an ISO media file ("heic"`, "convert it to PNG or JPEG"},
		{"gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00", "gzip-compressed data (bytes 1f 8b 08 00 00 00 00 00)", "unpack it"},
		{"zeros", "\x00\x00\x00\x00\x00", "bytes 00 00 00 00 00", "leave it out"},
		{"half a rune", "abc\xc3", "bytes 61 62 63 c3", "leave it out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode("a/b.jpg", []byte(c.data))
			checkFault(t, err, "a/b.jpg")
			for _, want := range []string{"decode picture a/b.jpg: found " + c.found, c.next} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

// TestTruncated: no file cut anywhere gives a picture, except where only what follows the pixels is missing.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"v02_jpeg_420.jpg", "v07_jpeg_progressive_420.jpg", "v22_png_rgb.png", "v30_webp_lossless.webp", "v29_webp_lossy.webp",
		"v31_webp_lossy_alpha.webp", "v32_gif_plain.gif", "v34_bmp_rgb.bmp", "v35_tiff_lzw.tif"} {
		data, err := os.ReadFile(filepath.Join("testdata/images", name))
		if err != nil {
			t.Fatal(err)
		}
		for k := range 40 {
			cut := len(data) * k / 40
			if _, err := Decode(name, data[:cut:cut]); err == nil {
				t.Errorf("%s cut to %d of %d bytes decodes", name, cut, len(data))
			} else {
				checkFault(t, err, name)
			}
		}
	}
}
