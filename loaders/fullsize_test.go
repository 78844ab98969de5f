package loaders

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mindgap/gap"
	"mindgap/loaders/embfile"
	"mindgap/models"
)

// Full-size models with random weights, made by transformers and open_clip, against what these compute: unit rows differ by less than 1e-4
// in every number. MINDGAP_FULLSIZE names a folder of folders, each a model with px.npy [n, 3·side²], ids.npy [n, context] and the
// embeddings im.npy and tx.npy, as testdata/fullsize.py makes them; a folder NAME.onnx beside NAME is torch.onnx.export's of the same weights,
// whose time to the first embedding and speed are logged beside ours. They take gigabytes, so nothing of them is committed.
func TestReferenceFullSize(t *testing.T) {
	root := os.Getenv("MINDGAP_FULLSIZE")
	if root == "" {
		t.Skip("MINDGAP_FULLSIZE is not set")
	}
	found, err := filepath.Glob(filepath.Join(root, "*", "px.npy"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no models in %s: %v", root, err)
	}
	for _, px := range found {
		dir := filepath.Dir(px)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			f := readFullSize(t, dir)
			tw := f.open(t, dir)
			image, text := f.embed(t, tw)
			if diff := worstUnit(image, f.image); diff >= 1e-4 {
				t.Errorf("image embeddings differ by %g", diff)
			} else {
				t.Logf("images: %.2g", diff)
			}
			if diff := worstUnit(text, f.text); diff >= 1e-4 {
				t.Errorf("text embeddings differ by %g", diff)
			} else {
				t.Logf("texts: %.2g", diff)
			}
			if err := tw.Close(); err != nil {
				t.Error(err)
			}
			if other := dir + ".onnx"; exists(other) {
				f.race(t, dir, other)
			}
		})
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// fullSize is inputs and what the reference makes of them.
type fullSize struct {
	pixels, image, text *gap.Embeddings
	ids                 [][]int
}

func readFullSize(t *testing.T, dir string) *fullSize {
	t.Helper()
	read := func(name string) *gap.Embeddings {
		e, _, err := embfile.ReadRaw(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	f := &fullSize{pixels: read("px.npy"), image: read("im.npy"), text: read("tx.npy")}
	ids := read("ids.npy")
	for i := range ids.N {
		row := make([]int, ids.D)
		for k := range row {
			row[k] = int(ids.Row(i)[k])
		}
		f.ids = append(f.ids, row)
	}
	return f
}

func (f *fullSize) open(t *testing.T, dir string) *Towers {
	t.Helper()
	var o models.Options
	if !exists(filepath.Join(dir, "tokenizer.json")) {
		o.Tokenizer = "clip" // ids are given, so any tokenizer will do whose ids the table holds
	}
	cp, err := models.OpenWith(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	tw, err := Open(t.Context(), cp, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tw
}

func (f *fullSize) embed(t *testing.T, tw *Towers) (image, text []float32) {
	t.Helper()
	image, text = make([]float32, f.image.N*f.image.D), make([]float32, f.text.N*f.text.D)
	if err := tw.Image.Embed(t.Context(), image, f.pixels.Data, f.pixels.N); err != nil {
		t.Fatal(err)
	}
	if err := tw.Text.Embed(t.Context(), text, f.ids); err != nil {
		t.Fatal(err)
	}
	return image, text
}

// worstUnit is the greatest difference of two numbers after rows are brought to length 1.
func worstUnit(got []float32, want *gap.Embeddings) float64 {
	worst := 0.0
	for i := range want.N {
		g, w := got[i*want.D:(i+1)*want.D], want.Row(i)
		var ng, nw float64
		for k := range w {
			ng, nw = ng+float64(g[k])*float64(g[k]), nw+float64(w[k])*float64(w[k])
		}
		for k := range w {
			diff := math.Abs(float64(g[k])/math.Sqrt(ng) - float64(w[k])/math.Sqrt(nw))
			if math.IsNaN(diff) {
				return math.Inf(1)
			}
			worst = max(worst, diff)
		}
	}
	return worst
}

// race logs, and judges nothing: other programs share the machine.
func (f *fullSize) race(t *testing.T, dirs ...string) {
	t.Helper()
	const rounds = 5
	first, image, text := make([][]time.Duration, 2), make([][]time.Duration, 2), make([][]time.Duration, 2)
	for range 3 {
		for k, dir := range dirs {
			start := time.Now()
			tw := f.open(t, dir)
			f.embed(t, tw)
			first[k] = append(first[k], time.Since(start))
			if err := tw.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	towers := []*Towers{f.open(t, dirs[0]), f.open(t, dirs[1])}
	const n = 16
	pixels := make([]float32, 0, n*f.pixels.D)
	var ids [][]int
	for i := range n {
		pixels = append(pixels, f.pixels.Row(i%f.pixels.N)...)
		ids = append(ids, f.ids[i%len(f.ids)])
	}
	out := make([]float32, n*f.image.D)
	for range rounds {
		for k, tw := range towers {
			start := time.Now()
			if err := tw.Image.Embed(t.Context(), out, pixels, n); err != nil {
				t.Fatal(err)
			}
			image[k] = append(image[k], time.Since(start))
			start = time.Now()
			if err := tw.Text.Embed(t.Context(), out, ids); err != nil {
				t.Fatal(err)
			}
			text[k] = append(text[k], time.Since(start))
		}
	}
	for _, tw := range towers {
		if err := tw.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, m := range []struct {
		what string
		d    [][]time.Duration
	}{{"to the first embeddings", first}, {"16 images", image}, {"16 texts", text}} {
		a, b := slices.MinFunc(m.d[0], cmp.Compare[time.Duration]), slices.MinFunc(m.d[1], cmp.Compare[time.Duration])
		t.Logf("%s: safetensors %v, export %v, ratio %.3f", m.what, a.Round(time.Millisecond), b.Round(time.Millisecond), float64(a)/float64(b))
	}
}
