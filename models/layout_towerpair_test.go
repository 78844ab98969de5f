package models

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/models/fault"
	"mindgap/models/weights"
)

// writeTower writes the tensors of one tower as a file of their own, without the tower's name in front of theirs.
func writeTower(t *testing.T, from, to, prefix, projection string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	set, err := weights.Read(bytes.NewReader(data), int64(len(data)), "")
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]any{}
	var body []byte
	for _, name := range set.Names() {
		short, ours := strings.CutPrefix(name, prefix)
		if x := set[name]; ours || strings.HasPrefix(name, projection) {
			header[short] = map[string]any{"dtype": x.DType, "shape": x.Shape, "data_offsets": []int{len(body), len(body) + int(x.Bytes)}}
			body = append(body, data[x.Offset:x.Offset+x.Bytes]...)
		}
	}
	h, err := json.Marshal(header)
	if err == nil {
		err = os.WriteFile(to, append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h...), body...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Towers that were saved one by one are the towers of the whole model, byte for byte.
func TestTowerPair(t *testing.T) {
	whole := filepath.Join("..", "loaders", "testdata", "built", "hf_clip_legacy_fp16")
	var conf map[string]any
	b, err := os.ReadFile(filepath.Join(whole, "config.json"))
	if err == nil {
		err = json.Unmarshal(b, &conf)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	configure := func(folder, key, modelType string) {
		c := part(conf, key)
		c["model_type"], c["projection_dim"] = modelType, conf["projection_dim"]
		b, err := json.Marshal(c)
		if err == nil {
			err = os.MkdirAll(filepath.Join(dir, folder), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, folder, "config.json"), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	configure("image_encoder", "vision_config", "clip_vision_model")
	configure("text_encoder", "text_config", "clip_text_model")
	weights := filepath.Join(whole, "model.safetensors")
	writeTower(t, weights, filepath.Join(dir, "image_encoder", "model.safetensors"), "vision_model.", "visual_projection.")
	writeTower(t, weights, filepath.Join(dir, "text_encoder", "model.safetensors"), "text_model.", "text_projection.")
	if err := os.CopyFS(filepath.Join(dir, "feature_extractor"), os.DirFS(whole)); err != nil { // its preprocessor_config.json
		t.Fatal(err)
	}

	inline := func(dir string) (image, text []byte) {
		cp, err := OpenWith(t.Context(), dir, Options{Tokenizer: "clip"})
		if err != nil {
			t.Fatal(err)
		}
		image, err = cp.Image.Graph(t.Context(), WeightPlacement{Inline: true})
		if err == nil {
			text, err = cp.Text.Graph(t.Context(), WeightPlacement{Inline: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		return image, text
	}
	image, text := inline(whole)
	gotImage, gotText := inline(dir)
	if !bytes.Equal(image, gotImage) || !bytes.Equal(text, gotText) {
		t.Error("towers saved one by one give other graphs than the whole model")
	}

	configure("text_encoder", "text_config", "siglip_text_model")
	_, err = Open(t.Context(), dir)
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Input || !strings.Contains(err.Error(), "siglip_text_model") {
		t.Errorf("towers of two models: error %v, want a fault that names the second", err)
	}
}
