package randominit

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every precision of a real export, and its weights by the schemes, which know the parameters behind the exporter's names.
func TestReferenceRedraw(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE is not set")
	}
	dir := filepath.Join(root, "exports", "xenova_clip_split")
	for _, s := range []Scheme{Matched, Shuffle} {
		m, err := OpenAs(dir, s, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range onnxFiles(os.DirFS(dir)) {
			if n := checkRedrawn(t, dir, name, s, m); n < 15 {
				t.Errorf("%s: %d tensors drawn", name, n)
			}
		}
	}
	for _, s := range []Scheme{OpenAI, HF} {
		m, err := OpenAs(dir, s, 4)
		if err != nil {
			t.Fatal(err)
		}
		qkv, fc2 := 1/math.Sqrt(64), 1/math.Sqrt(64*4)
		if s == HF {
			qkv = fc2 // the attention's two deviations change places
		}
		for _, name := range []string{"onnx/text_model.onnx", "onnx/text_model_fp16.onnx"} {
			what, raw := tensorsOf(t, m, name)
			for tensor, std := range map[string]float64{"onnx::MatMul_394": qkv, "onnx::MatMul_406": fc2, "m.text_model.embeddings.token_embedding.weight": 0.02} {
				var g moments
				g.add(floats(what[tensor], raw[tensor]))
				g.finish()
				if math.Abs(g.Mean) > 5*std/math.Sqrt(g.N) || math.Abs(g.Std-std) > 5*std/math.Sqrt(2*g.N) {
					t.Errorf("%s %s %s: N(%v, %v), want N(0, %v)", s, name, tensor, g.Mean, g.Std, std)
				}
			}
			for _, v := range floats(what["m.text_model.encoder.layers.0.layer_norm1.weight"], raw["m.text_model.encoder.layers.0.layer_norm1.weight"]) {
				if v != 1 {
					t.Fatalf("%s: a LayerNorm starts with %v", s, v)
				}
			}
		}
	}
	// Beside quantised graphs, which no scheme can draw, the others are drawn.
	m, err := OpenAs(dir, OpenAI, 4)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"onnx/vision_model.onnx": true, "onnx/vision_model_fp16.onnx": true, "onnx/vision_model_quantized.onnx": false} {
		_, err := fs.ReadFile(m, name)
		if (err == nil) != want || !want && !strings.Contains(err.Error(), "quantised") {
			t.Errorf("%s by a scheme: %v", name, err)
		}
	}
	if len(m.LeftOut) != 2 {
		t.Errorf("left out %v, want the two quantised graphs", m.LeftOut)
	}
}

// Towers that were exported alone lack their names' first part.
func TestReferenceRedrawSigLIP(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE is not set")
	}
	dir := filepath.Join(root, "exports", "xenova_siglip_split")
	m, err := OpenAs(dir, HF, 1)
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseArch("x", config)
	if err != nil {
		t.Fatal(err)
	}
	for name, bound := range map[string]float64{"onnx/text_model.onnx": math.Sqrt(3 / float64(a.Text.Width)), "onnx/vision_model.onnx": math.Sqrt(3 / float64(a.Vision.Width))} {
		what, raw := tensorsOf(t, m, name)
		n := 0
		for tensor, u := range usesOf(readGraph(t, m, name)) {
			if len(u.names) == 0 || !strings.HasSuffix(u.names[0], "encoder.layers.0.self_attn.q_proj.weight") {
				continue
			}
			n++
			var g moments
			g.add(floats(what[tensor], raw[tensor]))
			g.finish()
			// Xavier's rule: uniform on ±√(6/2w), the extremes within 15·2b/n of the bound.
			if edge := bound * (1 - 30/g.N); g.Max > bound || g.Max < edge || g.Min < -bound || g.Min > -edge {
				t.Errorf("%s %s: from %v to %v, want ±%v", name, tensor, g.Min, g.Max, bound)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d tensors are the first layer's queries", name, n)
		}
	}
}

func readGraph(t *testing.T, fsys fs.FS, name string) *graph {
	t.Helper()
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := scanGraph(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}
