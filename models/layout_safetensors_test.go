package models

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/models/fault"
)

// spoil copies a tiny model of the loaders' tests and lets edit change its configuration and the header of its weights. Tensors keep their
// bytes, so only names and shapes can change.
func spoil(t *testing.T, model string, edit func(config map[string]any, tensors map[string]map[string]any)) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "loaders", "testdata", "built", model))); err != nil {
		t.Fatal(err)
	}
	config, weights := "config.json", "model.safetensors"
	if strings.HasPrefix(model, "open_clip") {
		config, weights = "open_clip_config.json", "open_clip_model.safetensors"
	}
	var conf map[string]any
	if b, err := os.ReadFile(filepath.Join(dir, config)); err == nil {
		if err := json.Unmarshal(b, &conf); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, weights)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(b)
	var header map[string]map[string]any
	if err := json.Unmarshal(b[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	edit(conf, header)
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	out := append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h...), b[8+n:]...)
	if err := os.WriteFile(file, out, 0o644); err != nil {
		t.Fatal(err)
	}
	if conf != nil {
		c, err := json.Marshal(conf)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, config), c, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// part returns an object inside an object.
func part(conf map[string]any, names ...string) map[string]any {
	for _, n := range names {
		conf = conf[n].(map[string]any)
	}
	return conf
}

// A model that is not what its configuration says is refused with the tensor or key, what was found and what was wanted; never opened as
// something else.
func TestSafetensorsFaults(t *testing.T) {
	type edit = func(conf map[string]any, tensors map[string]map[string]any)
	rename := func(from, to string) edit {
		return func(_ map[string]any, tensors map[string]map[string]any) {
			tensors[to] = tensors[from]
			delete(tensors, from)
		}
	}
	set := func(key string, v any, at ...string) edit {
		return func(conf map[string]any, _ map[string]map[string]any) { part(conf, at...)[key] = v }
	}
	for _, c := range []struct {
		name, model string
		edit        edit
		want        []string // parts of the message; none: it opens
	}{
		{"whole", "hf_clip_legacy_fp16", func(map[string]any, map[string]map[string]any) {}, nil},
		{"a tensor of another name", "hf_clip_legacy_fp16", rename("text_projection.weight", "text_projections.weight"), []string{"text_projection.weight", "no such tensor", "[12,16]"}},
		{"a tensor of another shape", "hf_clip_legacy_fp16", func(_ map[string]any, ts map[string]map[string]any) {
			ts["text_projection.weight"]["shape"] = []int{16, 12}
		}, []string{"text_projection.weight of shape [16,12]", "wanted shape [12,16]"}},
		{"a tensor of integers", "hf_clip_legacy_fp16", func(_ map[string]any, ts map[string]map[string]any) {
			ts["text_projection.weight"]["dtype"] = "I16"
		}, []string{"text_projection.weight of type I16", "F16"}},
		{"fewer layers in the configuration", "hf_clip_gelu_bf16", set("num_hidden_layers", 1, "text_config"), []string{"text_model.encoder.layers.1.", "more tensors", "no place"}},
		{"more layers in the configuration", "hf_clip_gelu_bf16", set("num_hidden_layers", 3, "vision_config"), []string{"vision_model.encoder.layers.2.layer_norm1.weight", "no such tensor"}},
		{"layers without end", "hf_clip_gelu_bf16", set("num_hidden_layers", 1<<40, "vision_config"), []string{"vision layers 1099511627776"}},
		{"heads that do not divide", "hf_clip_gelu_bf16", set("num_attention_heads", 5, "vision_config"), []string{"vision heads 5", "24"}},
		{"no heads", "hf_clip_gelu_bf16", set("num_attention_heads", 0, "text_config"), []string{"text heads 0"}},
		{"another activation", "hf_siglip", set("hidden_act", "swish", "text_config"), []string{`hidden_act "swish"`, "quick_gelu"}},
		{"another family", "hf_siglip", set("model_type", "flava"), []string{"config.json", `"flava"`, "siglip"}},
		{"patches that do not divide", "hf_siglip", set("patch_size", 5, "vision_config"), []string{"patch_size 5", "image_size 16"}},
		{"an image size as text", "hf_siglip", set("image_size", "16", "vision_config"), []string{"config.json"}},
		{"no pooling head", "hf_siglip", set("vision_use_head", false, "vision_config"), []string{"vision_use_head false"}},
		{"an unknown key", "open_clip_quickgelu", set("quick_gelus", true, "model_cfg"), []string{"open_clip_config.json", "quick_gelus"}},
		{"custom blocks", "open_clip_quickgelu", set("qk_norm", true, "model_cfg", "text_cfg"), []string{"text_cfg", "custom attention"}},
		{"a text tower of transformers", "open_clip_quickgelu", set("hf_model_name", "roberta-base", "model_cfg", "text_cfg"), []string{"roberta-base"}},
		{"a timm tower", "open_clip_siglip", set("timm_model_name", "convnext_base", "model_cfg", "vision_cfg"), []string{"convnext_base", "SigLIP"}},
		{"CoCa's pooling", "open_clip_quickgelu", set("attentional_pool", true, "model_cfg", "vision_cfg"), []string{"attentional_pool"}},
		{"a pooling", "open_clip_quickgelu", set("pool_type", "none", "model_cfg", "text_cfg"), []string{`pool_type "none"`}},
		{"stages", "open_clip_resnet", set("layers", []int{1, 2, 1}, "model_cfg", "vision_cfg"), []string{"layers [1 2 1]"}},
		{"a head of no width", "open_clip_quickgelu", set("head_width", 0, "model_cfg", "vision_cfg"), []string{"head_width 0"}},
		{"a stretched picture", "open_clip_quickgelu", set("resize_mode", "longest", "preprocess_cfg"), []string{"resize_mode longest"}},
		{"text rules", "open_clip_quickgelu", set("tokenizer_kwargs", map[string]any{"strip_sep_token": true}, "model_cfg", "text_cfg"), []string{"strip_sep_token"}},
		{"no model_cfg", "open_clip_quickgelu", func(conf map[string]any, _ map[string]map[string]any) { delete(conf, "model_cfg") }, []string{"model_cfg"}},
		{"OpenAI's names, one missing", "openai", rename("visual.proj", "visual.projection"), []string{"model.safetensors", "neither visual.proj nor"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := spoil(t, c.model, c.edit)
			_, err := OpenWith(t.Context(), dir, Options{Tokenizer: "clip"})
			if c.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if kind, ok := fault.KindOf(err); !ok || kind != fault.Input {
				t.Fatalf("error %v, want a fault of the input", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the message lacks %q: %v", w, err)
				}
			}
		})
	}
}

// The digest follows the configuration too: the same weights with another activation are another model.
func TestSafetensorsDigest(t *testing.T) {
	digest := func(act string) string {
		cp, err := OpenWith(t.Context(), spoil(t, "hf_siglip", func(conf map[string]any, _ map[string]map[string]any) {
			part(conf, "text_config")["hidden_act"] = act
		}), Options{Tokenizer: "clip"})
		if err != nil {
			t.Fatal(err)
		}
		d, err := cp.TextDigest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if digest("gelu") == digest("gelu_pytorch_tanh") {
		t.Error("another activation, the same digest")
	}
}
