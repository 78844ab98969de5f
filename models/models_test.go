package models

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/models/builtin"
	"mindgap/models/fault"
)

// Every layout must recognise a model, describe it in full, and say what is missing of one that is not whole. The fixture is the
// built-in model, which has the layout of transformers.js.
func TestLayoutSplit(t *testing.T) {
	for _, name := range builtin.Names() {
		cp, err := Open(t.Context(), "builtin:"+name)
		if err != nil {
			t.Fatal(err)
		}
		if cp.Layout != "xenova-split" || cp.Image.Width != 64 || cp.Text.Width != 64 || cp.Image.Input.Name != "pixel_values" || cp.Image.Output.Name != "image_embeds" ||
			cp.Text.Input.Name != "input_ids" || cp.Text.Output.Name != "text_embeds" || cp.Text.Mask != nil || cp.Tokenizer.Context != 77 || cp.Preprocess.Size != 32 {
			t.Errorf("%s: described as %+v", name, cp)
		}
		if cp.Trained == nil || *cp.Trained == strings.Contains(name, "random") {
			t.Errorf("%s: trained = %v", name, cp.Trained)
		}
	}
	cp, err := Open(t.Context(), "builtin")
	if err != nil {
		t.Fatal(err)
	}
	// The factor that config.json states beside its logarithm.
	if want := 37.793272088261325; math.Abs(cp.LogitScale.Value-want) > 1e-12*want {
		t.Errorf("logit scale %v, want %v", cp.LogitScale.Value, want)
	}
}

// unpack writes the built-in model into a directory and lets edit spoil it.
func unpack(t *testing.T, edit func(dir string)) string {
	t.Helper()
	fsys, err := builtin.Open("emoji")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	edit(dir)
	return dir
}

func TestOpenDirectory(t *testing.T) {
	remove := func(names ...string) func(string) {
		return func(dir string) {
			for _, n := range names {
				if err := os.Remove(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	write := func(name, text string) func(string) {
		return func(dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		edit func(string)
		want string // part of the message; "" = it opens
	}{
		{"whole", func(string) {}, ""},
		{"towers beside the configuration", func(dir string) {
			for _, f := range []string{"vision_model.onnx", "text_model.onnx"} {
				if err := os.Rename(filepath.Join(dir, "onnx", f), filepath.Join(dir, f)); err != nil {
					t.Fatal(err)
				}
			}
		}, ""},
		{"no scale", write("config.json", `{"model_type":"clip"}`), ""},
		{"one tower", remove("onnx/text_model.onnx"), "vision_model.onnx alone"},
		{"no towers", remove("onnx/text_model.onnx", "onnx/vision_model.onnx"), "one of the layouts"},
		{"no configuration", remove("config.json"), "config.json"},
		{"configuration that is none", write("config.json", "[1,2"), "config.json"},
		{"no preprocessing", remove("preprocessor_config.json"), "preprocessor_config.json"},
		{"no tokenizer", remove("merges.txt", "tokenizer_config.json", "special_tokens_map.json"), "tokenizer.json"},
		{"tower cut short", func(dir string) {
			if err := os.Truncate(filepath.Join(dir, "onnx/vision_model.onnx"), 100_000); err != nil {
				t.Fatal(err)
			}
		}, "cut short"},
		{"tower that is a pointer", write("onnx/text_model.onnx", "version https://example.org/spec/v1\noid sha256:0\nsize 1\n"), "not an ONNX model"},
		{"the image tower twice", func(dir string) {
			b, err := os.ReadFile(filepath.Join(dir, "onnx/vision_model.onnx"))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "onnx/text_model.onnx"), b, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "one integer input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := unpack(t, c.edit)
			cp, err := Open(t.Context(), dir)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if cp.Dir != dir || cp.Ref != dir {
					t.Errorf("Dir %q, Ref %q, want %q", cp.Dir, cp.Ref, dir)
				}
				return
			}
			if kind, ok := fault.KindOf(err); !ok || kind != fault.Input || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.ToSlash(dir)) {
				t.Errorf("error %v, want a fault that names the folder and says %q", err, c.want)
			}
		})
	}
	for _, ref := range []string{filepath.Join(t.TempDir(), "absent"), "builtin:none"} {
		if _, err := Open(t.Context(), ref); err == nil {
			t.Errorf("Open(%q): no error", ref)
		}
	}
}

// A checkpoint without a stated scale assumes 100 and says so.
func TestAssumedScale(t *testing.T) {
	dir := unpack(t, func(dir string) {
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"model_type":"clip","logit_scale_init_value":2.6}`), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	cp, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if cp.LogitScale.Value != 100 || !strings.HasPrefix(cp.LogitScale.From, "assumed") {
		t.Errorf("logit scale %+v, want 100, assumed", cp.LogitScale)
	}
}

// The digest follows every file that decides a number, and only those; files known by hash and files read give the same.
func TestDigest(t *testing.T) {
	digest := func(cp *Checkpoint, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		d, err := cp.Digest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base := digest(Open(t.Context(), "builtin"))
	if got := digest(Open(t.Context(), unpack(t, func(string) {}))); got != base {
		t.Errorf("the unpacked model has digest %s, the embedded one %s", got, base)
	}
	touch := func(name string) string {
		return digest(Open(t.Context(), unpack(t, func(dir string) {
			f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteString("\n")
			if cerr := f.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				t.Fatal(err)
			}
		})))
	}
	if touch("merges.txt") == base {
		t.Error("another tokenizer, the same digest")
	}
	if touch("README.md") != base {
		t.Error("a file beside the model changes its digest")
	}
}
