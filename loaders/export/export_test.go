package export

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/loaders"
	"mindgap/models"
	"mindgap/models/fault"
)

// config is a tiny architecture.
const config = `{"model_type": "clip", "projection_dim": 8,
 "text_config": {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 1200, "max_position_embeddings": 32,
  "hidden_act": "quick_gelu", "eos_token_id": 2},
 "vision_config": {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu"}}`

func tiny(t *testing.T) *models.Checkpoint {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cp, err := models.Open(t.Context(), "random:"+file)
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// embeddings opens a checkpoint and embeds three captions and a picture.
func embeddings(t *testing.T, cp *models.Checkpoint) (text, image []float32) {
	t.Helper()
	tw, err := loaders.Open(t.Context(), cp, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err = tw.EmbedTexts(t.Context(), []string{"a photo of a cat.", "two red cars", "x"}, nil); err != nil {
		t.Fatal(err)
	}
	pixels := make([]float32, tw.Image.Floats())
	for i := range pixels {
		pixels[i] = float32(math.Sin(float64(i)))
	}
	image = make([]float32, tw.Image.Width)
	if err := errors.Join(tw.Image.Embed(t.Context(), image, pixels, 1), tw.Close()); err != nil {
		t.Fatal(err)
	}
	return text, image
}

// An export opens with only its folder named, as a split export, and computes the bits that the model computes.
func TestWrite(t *testing.T) {
	for _, limit := range []int64{maxInline, 0} {
		cp := tiny(t)
		dir := filepath.Join(t.TempDir(), "exported")
		size, err := write(t.Context(), cp, dir, limit)
		if err != nil {
			t.Fatal(err)
		}
		if least := cp.Image.WeightBytes + cp.Text.WeightBytes; size < least {
			t.Errorf("%d bytes of graphs for %d of weights", size, least)
		}
		if _, err := os.Stat(filepath.Join(dir, "onnx", "text_model.onnx_data")); (err == nil) != (limit == 0) {
			t.Errorf("limit %d: data beside the graph: %v", limit, err)
		}
		got, err := models.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(got.Layout, "xenova") || got.Family != "clip" || *got.Trained {
			t.Errorf("layout %q, family %q, trained %v", got.Layout, got.Family, *got.Trained)
		}
		if math.Abs(got.LogitScale.Value-cp.LogitScale.Value) > 1e-9*cp.LogitScale.Value || got.LogitScale.Assumed() {
			t.Errorf("logit scale %+v, want %v", got.LogitScale, cp.LogitScale.Value)
		}
		if d := cmp.Diff(cp.Preprocess, got.Preprocess); d != "" {
			t.Errorf("preprocessing (-model +export):\n%s", d)
		}
		text, image := embeddings(t, cp)
		exportedText, exportedImage := embeddings(t, got)
		if !cmp.Equal(text, exportedText) || !cmp.Equal(image, exportedImage) {
			t.Errorf("limit %d: the export's embeddings are not the model's", limit)
		}
	}
}

// open_clip's models pad with 0 and may bring no tokenizer: the export says and brings both.
func TestWriteOpenCLIP(t *testing.T) {
	cp, err := models.OpenWith(t.Context(), filepath.Join("..", "testdata", "built", "open_clip_quickgelu"), models.Options{Tokenizer: "clip"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "exported")
	if _, err := Write(t.Context(), cp, dir); err != nil {
		t.Fatal(err)
	}
	got, err := models.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := loaders.OpenTokenizer(got)
	if err != nil {
		t.Fatal(err)
	}
	if tok.PadID() != 0 || tok.Context() != 9 || tok.VocabSize() != 49408 {
		t.Errorf("padding %d, context %d, vocabulary %d; want 0, 9, 49408", tok.PadID(), tok.Context(), tok.VocabSize())
	}
	if d := cmp.Diff([]int{49406, 320, 1125, 539, 320, 2368, 269, 49407}, tok.Encode("a photo of a cat.")); d != "" {
		t.Errorf("ids (-want +got):\n%s", d)
	}
	want := cp.Preprocess
	want.Pipeline = "hf" // whose words the export's configuration is in
	if d := cmp.Diff(want, got.Preprocess); d != "" {
		t.Errorf("preprocessing (-want +got):\n%s", d)
	}
}

func TestWriteRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var f *fault.Error
	if _, err := Write(t.Context(), tiny(t), full); !errors.As(err, &f) || f.Kind != fault.Input {
		t.Errorf("a full folder: error %v, want a fault of the command line", err)
	}
	onnx, err := models.Open(t.Context(), "builtin")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "exported")
	if _, err := Write(t.Context(), onnx, dir); !errors.As(err, &f) || f.Kind != fault.Input {
		t.Errorf("graphs: error %v, want a fault", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was left behind")
	}
}
