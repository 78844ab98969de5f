package randominit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/models/fault"
)

func TestOpenReference(t *testing.T) {
	for ref, want := range map[string]*FS{
		"ViT-B-32":                              {Name: "ViT-B-32-random1", Scheme: OpenAI, Seed: 1},
		"ViT-B/32?seed=7":                       {Name: "ViT-B-32-random7", Scheme: OpenAI, Seed: 7},
		"vit-l/14?init=hf&seed=0":               {Name: "ViT-L-14-random0-hf", Scheme: HF, Seed: 0},
		"RN50?seed=18446744073709551615":        {Name: "RN50-random18446744073709551615", Scheme: OpenAI, Seed: 1<<64 - 1},
		"testdata/tiny":                         {Name: "tiny-random1", Scheme: OpenAI, Seed: 1},
		"testdata/tiny/config.json?init=openai": {Name: "tiny-random1", Scheme: OpenAI, Seed: 1},
		"testdata/tiny-siglip":                  {Name: "tiny-siglip-random1", Scheme: HF, Seed: 1},
		"testdata/tiny-resnet?seed=3":           {Name: "tiny-resnet-random3", Scheme: OpenAI, Seed: 3},
	} {
		m, err := Open(ref)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if m.Name != want.Name || !strings.HasSuffix(m.Ref, fmt.Sprintf("?init=%s&seed=%d", want.Scheme, want.Seed)) || m.Scheme != want.Scheme || m.Seed != want.Seed {
			t.Errorf("%s: %s by %s with seed %d, reference %s", ref, m.Name, m.Scheme, m.Seed, m.Ref)
		}
	}
}

// Every mistake in a reference or a configuration is a fault that says what is wrong.
func TestOpenRefuses(t *testing.T) {
	empty := t.TempDir()
	for ref, want := range map[string]string{
		"":                                 "no architecture",
		"?seed=1":                          "no architecture",
		"ViT-B-33":                         "ViT-B-16, ViT-B-32",
		"ViT-B-32?seed=x":                  "seed x",
		"ViT-B-32?seed=-1":                 "seed -1",
		"ViT-B-32?seed=1&seed=2":           "seed twice",
		"ViT-B-32?sed=1":                   "found sed",
		"ViT-B-32?init=xavier":             "xavier",
		"ViT-B-32?init=matched":            "openai or hf",
		"RN50?init=hf":                     "init=hf",
		"testdata/tiny-siglip?init=openai": "init=openai",
		"ViT-B-32?%zz":                     "%zz",
		empty:                              "config.json or open_clip_config.json",
		"testdata/statistics.json":         "testdata/statistics.json",
	} {
		_, err := Open(ref)
		if _, ok := fault.KindOf(err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want a fault about %q", ref, err, want)
		}
	}
}

func TestParseArchRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`[`: "unexpected end",
		`{"model_type":"siglip","vision_config":{"hidden_size":1152,"num_attention_heads":16}}`: "images of 1152",
		`{"model_type":"siglip","vision_config":{"vision_use_head":false}}`:                     "vision_use_head false",
		`{"model_type":"blip"}`:                                                             `model_type "blip"`,
		`{"embed_dim":512,"vision_cfg":{"timm_model_name":"x"}}`:                            "timm_model_name",
		`{"embed_dim":512,"vision_cfg":{"layers":"many"}}`:                                  "layers",
		`{"embed_dim":512,"vision_cfg":{"head_width":0}}`:                                   "head_width 0",
		`{"vision_cfg":{}}`:                                                                 "the embedding 0",
		`{"embed_dim":512,"vision_cfg":{"layers":[1,2]}}`:                                   "stages [1 2]",
		`{"embed_dim":512,"vision_cfg":{"layers":[1,2,3,0]}}`:                               "stage 0",
		`{"embed_dim":512,"vision_cfg":{"patch_size":300}}`:                                 "patches of 300",
		`{"embed_dim":512,"text_cfg":{"vocab_size":99999999}}`:                              "99999999",
		`{"embed_dim":512,"text_cfg":{"heads":7}}`:                                          "7 heads",
		`{"model_type":"clip","text_config":{"hidden_act":"gelu"}}`:                         "hidden_act",
		`{"model_type":"clip","vision_config":{"num_channels":1}}`:                          "num_channels 1",
		`{"model_type":"clip","vision_config":{"hidden_size":"wide"}}`:                      "hidden_size",
		`{"model_type":"clip","text_config":{"num_hidden_layers":100000}}`:                  "100000",
		`{"model_type":"clip","vision_config":{"hidden_size":768,"num_attention_heads":5}}`: "5 heads",
	} {
		_, err := ParseArch("x.json", []byte(text))
		var f *fault.Error
		if !errors.As(err, &f) || !strings.Contains(err.Error(), want) || f.Thing != "x.json" {
			t.Errorf("%s: error %v, want a fault about %q", text, err, want)
		}
	}
}

// CopyTo writes every file, and a ResNet is written as open_clip reads it.
func TestCopyTo(t *testing.T) {
	for arch, files := range map[string]string{
		"testdata/tiny":        "config.json merges.txt model.safetensors preprocessor_config.json special_tokens_map.json tokenizer_config.json vocab.json",
		"testdata/tiny-resnet": "merges.txt open_clip_config.json open_clip_model.safetensors special_tokens_map.json tokenizer_config.json vocab.json",
	} {
		m, err := OpenAs(arch, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		size, err := m.CopyTo(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			size -= info.Size()
			names = append(names, e.Name())
		}
		if got := strings.Join(names, " "); got != files || size != 0 {
			t.Errorf("%s: wrote %s (%d bytes more than said), want %s", arch, got, -size, files)
		}
		// What was written is itself an architecture.
		if again, err := OpenAs(dir, "", 1); err != nil || again.Name != filepath.Base(dir)+"-random1" {
			t.Errorf("the written folder opens as %+v (%v)", again, err)
		}
	}
}

// Tokenizer and preprocessing beside a configuration are kept.
func TestAdopt(t *testing.T) {
	config, err := os.ReadFile("testdata/tiny/config.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := writeFiles(t, map[string][]byte{"config.json": config, "tokenizer.json": []byte("{}"), "preprocessor_config.json": []byte("[]"), "model.safetensors": []byte("trained")})
	m, err := OpenAs(dir, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range m.entries() {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "config.json model.safetensors preprocessor_config.json tokenizer.json" {
		t.Errorf("files %s", got)
	}
	for name, want := range map[string]string{"tokenizer.json": "{}", "preprocessor_config.json": "[]"} {
		if b, err := fs.ReadFile(m, name); err != nil || string(b) != want {
			t.Errorf("%s is %q (%v)", name, b, err)
		}
	}
	if info, err := fs.Stat(m, "model.safetensors"); err != nil || info.Size() < 1_000_000 {
		t.Errorf("weights: %v (%v)", info, err)
	}
}

func FuzzParseArch(f *testing.F) {
	for _, name := range Names() {
		b, err := archFiles.ReadFile("archs/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"model_type":"clip","text_config":{"vocab_size":1200},"vision_config":{"image_size":48}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseArch("x", b)
		if err != nil {
			return
		}
		params, err := a.Params(OpenAI)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range params {
			if p.Len() < 1 {
				t.Errorf("%s has shape %v", p.Name, p.Shape)
			}
		}
	})
}
