package loaders

import (
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
