package randominit_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/loaders"
	"mindgap/loaders/ort"
	"mindgap/models"
)

// pytorch is what testdata/reference.py froze of the models that mindgap init wrote.
type pytorch struct {
	Tokens       map[string][]int
	Transformers struct{ Image, Text [][]float64 }
	OpenCLIP     struct{ Image, Text [][]float64 } `json:"open_clip"`
}

func frozen(t *testing.T) (p pytorch) {
	t.Helper()
	b, err := os.ReadFile("testdata/embeddings.json")
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inputs are those of testdata/reference.py.
func inputs(side, context, vocab int) (pixels []float32, ids [][]int) {
	const n = 4
	pixels = make([]float32, n*3*side*side)
	for i := range pixels {
		pixels[i] = float32(math.Sin(float64(i)*0.37) * 2)
	}
	for r := range n {
		row := make([]int, context)
		for k := range row {
			if row[k] = (r*7919 + k*104729 + k*k*31) % (vocab - 2); k >= 5+3*r {
				row[k] = vocab - 1
			}
		}
		ids = append(ids, row)
	}
	return pixels, ids
}

// The same reference gives transformers and open_clip, which read the written files, and mindgap, which draws on the fly, the same
// embeddings within 1e-4 of their size, and the same tokens; and nothing is left in the cache.
func TestTowersAgainstPyTorch(t *testing.T) {
	want := frozen(t)
	for _, c := range []struct {
		ref                  string
		side, context, vocab int
		image, text          [][]float64
	}{
		{"random:testdata/tiny?seed=11", 48, 32, 1200, want.Transformers.Image, want.Transformers.Text},
		{"random:testdata/tiny-resnet?seed=11", 64, 32, 1200, want.OpenCLIP.Image, want.OpenCLIP.Text},
	} {
		t.Run(c.ref, func(t *testing.T) {
			cp, err := models.Open(t.Context(), c.ref)
			if err != nil {
				t.Fatal(err)
			}
			if cp.Trained == nil || *cp.Trained {
				t.Error("the model counts as trained")
			}
			o := loaders.Options{Batch: 4, Runtime: runtimeOptions(t)}
			towers, err := loaders.Open(t.Context(), cp, o)
			if err != nil {
				t.Fatal(err)
			}
			pixels, ids := inputs(c.side, c.context, c.vocab)
			image, text := make([]float32, 4*towers.Image.Width), make([]float32, 4*towers.Text.Width)
			if err := towers.Image.Embed(t.Context(), image, pixels, 4); err != nil {
				t.Fatal(err)
			}
			if err := towers.Text.Embed(t.Context(), text, ids); err != nil {
				t.Fatal(err)
			}
			compare(t, "image", image, c.image)
			compare(t, "text", text, c.text)
			for s, tokens := range want.Tokens {
				if got := towers.Tokenizer.Encode(s); !slices.Equal(got, tokens) {
					t.Errorf("%q: tokens %v, want %v", s, got, tokens)
				}
			}
			if err := towers.Close(); err != nil {
				t.Fatal(err)
			}
			left, err := filepath.Glob(filepath.Join(o.Runtime.CacheDir, "random", "*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left in the cache: %v (%v)", left, err)
			}
		})
	}
}

// runtimeOptions finds ONNX Runtime where this machine has it, and keeps everything else in a cache of the test's own.
func runtimeOptions(t *testing.T) ort.Options {
	t.Helper()
	lib, err := ort.Ensure(t.Context(), ort.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MINDGAP_ONNXRUNTIME", lib.Path)
	return ort.Options{CacheDir: t.TempDir()}
}

func compare(t *testing.T, what string, got []float32, want [][]float64) {
	t.Helper()
	flat := slices.Concat(want...)
	if len(got) != len(flat) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(flat))
	}
	most, size := 0.0, 0.0
	for i, w := range flat {
		most, size = max(most, math.Abs(float64(got[i])-w)), max(size, math.Abs(w))
	}
	t.Logf("%s: greatest difference %.2g of values up to %.2g", what, most, size)
	if !(most <= 1e-4*max(size, 1)) {
		t.Errorf("%s: greatest difference %v", what, most)
	}
}
