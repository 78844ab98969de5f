package loaders

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/loaders/ort"
	"mindgap/models"
)

// built is what testdata/built/tiny.py knows of one model: the towers of transformers, open_clip and timm over the same weights.
type built struct {
	Size, Context int
	Scale, Bias   float64
	IDs           [][]int64
	Image, Text   [][]float64
}

// Every architecture and option that a graph is built for gives the reference's embeddings, |a − b| ≤ 1e-5·‖row‖, whether the weights stay in
// their file, are copied aligned as for CUDA, or stand in the model.
func TestBuiltTowers(t *testing.T) {
	dirs, err := filepath.Glob("testdata/built/*/expected.json")
	if err != nil || len(dirs) < 12 {
		t.Fatalf("%d models, %v; want 12 or more", len(dirs), err)
	}
	if _, err := ort.Start(t.Context(), ort.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var want built
			b, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(b, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			cp, err := models.OpenWith(t.Context(), dir, models.Options{Tokenizer: "clip"})
			if err != nil {
				t.Fatal(err)
			}
			if cp.Preprocess.Size != want.Size || cp.Tokenizer.Context != want.Context || math.Abs(cp.LogitScale.Value-want.Scale) > 1e-3*want.Scale || cp.LogitBias != want.Bias {
				t.Errorf("size %d, context %d, scale %v, bias %v; want %d, %d, %v, %v", cp.Preprocess.Size, cp.Tokenizer.Context, cp.LogitScale, cp.LogitBias,
					want.Size, want.Context, want.Scale, want.Bias)
			}
			pixels := make([]float32, len(want.Image)*3*want.Size*want.Size)
			for i := range pixels {
				x := float64(i)
				pixels[i] = float32(math.Sin(x*0.37 + math.Mod(0.001*x*x, 7)))
			}
			var ids []int64
			for _, row := range want.IDs {
				ids = append(ids, row...)
			}
			n := int64(len(want.IDs))
			for _, place := range []struct{ name, device, dir string }{{"in the file", "cpu", cp.Dir}, {"aligned", "cuda:0", cp.Dir}, {"inline", "cpu", ""}} {
				cp.Dir = place.dir
				px, err := tensor(pixels, n, 3, int64(want.Size), int64(want.Size))
				if err != nil {
					t.Fatal(err)
				}
				closeRows(t, "images, weights "+place.name, runTower(t, cp, &cp.Image, place.device, px, n), flat(want.Image), cp.Image.Width)
				in, err := tensor(ids, n, int64(want.Context))
				if err != nil {
					t.Fatal(err)
				}
				closeRows(t, "texts, weights "+place.name, runTower(t, cp, &cp.Text, place.device, in, n), flat(want.Text), cp.Text.Width)
			}
		})
	}
}

// runTower runs one tower once on the CPU, with its weights placed as for the device.
func runTower(t *testing.T, cp *models.Checkpoint, tower *models.Tower, place string, in onnx.Value, n int64) []float32 {
	t.Helper()
	opt, _, _, err := device{}.sessionOptions(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSession(t.Context(), cp, tower, []models.Port{tower.Input}, []models.Port{tower.Output}, &sessionOptions{opt, place})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]float32, n*int64(tower.Width))
	out, err := tensor(rows, n, int64(tower.Width))
	if err == nil {
		err = s.do(t.Context(), []onnx.Value{in}, []onnx.Value{out})
	}
	if err = errors.Join(err, in.Destroy(), out.Destroy(), s.close(), opt.Destroy()); err != nil {
		t.Fatal(err)
	}
	return rows
}

func flat(rows [][]float64) []float32 {
	var out []float32
	for _, row := range rows {
		for _, v := range row {
			out = append(out, float32(v))
		}
	}
	return out
}

// A hub's cache holds links to files elsewhere, which the runtime would refuse as a way out of the model's folder; shards may even lie in
// several folders. Both run.
func TestBuiltTowersBehindLinks(t *testing.T) {
	if _, err := ort.Start(t.Context(), ort.Options{}); err != nil {
		t.Fatal(err)
	}
	const model = "testdata/built/hf_clip_gelu_bf16"
	root := t.TempDir()
	dir := filepath.Join(root, "snapshots", "main")
	link := func(data []byte, blob, name string) {
		t.Helper()
		blob = filepath.Join(root, "blobs", blob)
		if err := errors.Join(os.MkdirAll(filepath.Dir(blob), 0o755), os.MkdirAll(dir, 0o755), os.WriteFile(blob, data, 0o644)); err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, blob)
		if err == nil {
			err = os.Symlink(rel, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var weights []byte
	for i, name := range []string{"config.json", "preprocessor_config.json", "model.safetensors"} {
		b, err := os.ReadFile(filepath.Join(model, name))
		if err != nil {
			t.Fatal(err)
		}
		link(b, string(rune('a'+i)), name)
		weights = b
	}
	ids := []int64{4, 5, 7}
	run := func(dir string) []float32 {
		t.Helper()
		cp, err := models.OpenWith(t.Context(), dir, models.Options{Tokenizer: "clip"})
		if err != nil {
			t.Fatal(err)
		}
		in, err := tensor(ids, 1, 3)
		if err != nil {
			t.Fatal(err)
		}
		return runTower(t, cp, &cp.Text, "cpu", in, 1)
	}
	want := run(model)
	closeRows(t, "behind a link", run(dir), want, len(want))

	// The same file under two names, each tensor taken from one of them.
	set := make(map[string]string)
	var header map[string]any
	n := binary.LittleEndian.Uint64(weights)
	if err := json.Unmarshal(weights[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	delete(header, "__metadata__")
	for name := range header {
		set[name] = []string{"1.safetensors", "2.safetensors"}[len(name)%2]
	}
	index, err := json.Marshal(map[string]any{"weight_map": set})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	link(weights, "one/d", "1.safetensors")
	link(weights, "two/e", "2.safetensors")
	link(index, "f", "model.safetensors.index.json")
	closeRows(t, "shards behind links", run(dir), want, len(want))
}
