package models

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"mindgap/models/onnxgraph"

	"mindgap/models/half"
)

// What nobody reads, or what contradicts itself, is an error: a misspelt key would change nothing and be seen by nobody.
func TestSpecRefuses(t *testing.T) {
	whole := `"help":"h","image":["a.onnx"],"text":["b.onnx"],"tokenizer":{"folders":["."]}`
	for name, c := range map[string]struct{ json, want string }{
		"whole":                {whole, ""},
		"unknown key":          {whole + `,"imgae":["x"]`, "imgae"},
		"unknown inner key":    {strings.Replace(whole, `"folders"`, `"folder"`, 1), "folder"},
		"no help":              {`"image":["a"],"text":["b"],"tokenizer":{"openai":true}`, "no help"},
		"half a pair":          {`"help":"h","image":["a"],"tokenizer":{"openai":true}`, "1 image files and 0 text files"},
		"no graphs":            {`"help":"h","tokenizer":{"openai":true}`, "no graphs"},
		"one projection":       {whole + `,"image_projection":["p"]`, "projection"},
		"unknown style":        {whole + `,"config":{"files":["c"],"style":"keras"}`, "keras"},
		"unknown preset":       {whole + `,"preprocess":{"assumed":"sepia"}`, "sepia"},
		"unknown pipeline":     {whole + `,"preprocess":{"pipeline":"cv2"}`, "cv2"},
		"no tokenizer":         {`"help":"h","image":["a"],"text":["b"]`, "no tokenizer"},
		"more than one object": {whole + `}{`, "more than one"},
	} {
		_, err := loadSpecs(fstest.MapFS{"layouts/x.json": {Data: []byte("{" + c.json + "}")}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "layouts/x.json")) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, err := loadFamilies(fstest.MapFS{"families/a.json": {Data: []byte(`{"model_types":["x"]}`)}, "families/b.json": {Data: []byte(`{"model_types":["x"]}`)}}); err == nil {
		t.Error("two families of one model_type load")
	}
	if _, err := loadPresets(fstest.MapFS{"presets.json": {Data: []byte(`{"a":{"size":224}}`)}}); err == nil {
		t.Error("a preset with an unknown key loads")
	}
}

// The files that the patterns of layouts name.
func TestMatches(t *testing.T) {
	fsys := fstest.MapFS{}
	for _, name := range []string{"onnx/model.onnx", "onnx/model_q4f16.onnx", "onnx/model_other.onnx", "vit.img.fp16.onnx", "b.img.fp16.onnx", "x-vision/model.onnx"} {
		fsys[name] = &fstest.MapFile{}
	}
	for pattern, want := range map[string]string{
		"onnx/model{suffix}.onnx": "onnx/model.onnx fp32 , onnx/model_q4f16.onnx q4f16 ",
		"*.img.{precision}.onnx":  "b.img.fp16.onnx fp16 b, vit.img.fp16.onnx fp16 vit",
		"*-vision*/model.onnx":    "x-vision/model.onnx  x",
		"absent.onnx":             "",
	} {
		var got []string
		for _, g := range matches(fsys, pattern) {
			got = append(got, g.name+" "+g.precision+" "+g.star)
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s matches %q, want %q", pattern, s, want)
		}
	}
}

// Several models of one layout in a folder are a question, not a guess.
func TestChooseAmbiguous(t *testing.T) {
	_, err := choose([]choice{{image: "a.img.fp32.onnx", precision: "fp32"}, {image: "b.img.fp32.onnx", precision: "fp32"}}, "", "dir/")
	if err == nil || !strings.Contains(err.Error(), "a.img.fp32.onnx, b.img.fp32.onnx") || !strings.Contains(err.Error(), "--image-model") {
		t.Errorf("error %v, want one that lists both and names the flags", err)
	}
}

// Every half-precision number against its definition: (−1)^s · 2^(e−15) · (1 + f/1024), or 2^−14 · f/1024 for e = 0.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		s, e, f := h>>15, h>>10&31, h&1023
		want := math.Ldexp(1+float64(f)/1024, e-15)
		switch {
		case e == 0:
			want = math.Ldexp(float64(f)/1024, -14)
		case e == 31 && f == 0:
			want = math.Inf(1)
		case e == 31:
			want = math.NaN()
		}
		if s == 1 {
			want = -want
		}
		got := float64(half.From(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != math.Signbit(want) && !math.IsNaN(want) {
			t.Fatalf("Half(%#04x) = %v, want %v", h, got, want)
		}
	}
}

// Options replace what the files say, one thing at a time.
func TestPreprocessOptions(t *testing.T) {
	base := Preprocess{Size: 224, Resize: "shortest", ResizeTo: 256, Interpolation: "bicubic", Crop: true, Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}, Pipeline: "hf"}
	for name, c := range map[string]struct {
		o    PreprocessOptions
		want func(*Preprocess)
	}{
		"nothing":       {PreprocessOptions{}, func(*Preprocess) {}},
		"size":          {PreprocessOptions{Size: 448}, func(p *Preprocess) { p.Size, p.ResizeTo = 448, 512 }},
		"mean":          {PreprocessOptions{Mean: []float32{.5}}, func(p *Preprocess) { p.Mean = [3]float32{.5, .5, .5} }},
		"std":           {PreprocessOptions{Std: []float32{1, 2, 3}}, func(p *Preprocess) { p.Std = [3]float32{1, 2, 3} }},
		"squash":        {PreprocessOptions{Resize: "squash"}, func(p *Preprocess) { p.Resize, p.Crop, p.ResizeTo = "squash", false, 224 }},
		"interpolation": {PreprocessOptions{Interpolation: "box"}, func(p *Preprocess) { p.Interpolation = "box" }},
		"preset": {PreprocessOptions{Base: "siglip", Size: 32}, func(p *Preprocess) {
			*p = Preprocess{Size: 32, Resize: "squash", ResizeTo: 32, Interpolation: "bicubic", Mean: [3]float32{.5, .5, .5}, Std: [3]float32{.5, .5, .5}, Pipeline: "hf"}
		}},
	} {
		want := base
		c.want(&want)
		got, err := c.o.apply(base)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
		if again, _ := c.o.apply(got); again != got {
			t.Errorf("%s: applied twice it gives %+v, once %+v", name, again, got)
		}
	}
	for name, o := range map[string]PreprocessOptions{"size": {Size: -1}, "mean": {Mean: []float32{1, 2}}, "resize": {Resize: "longest"}, "interpolation": {Interpolation: "area"}, "base": {Base: "absent.json"}} {
		if _, err := o.apply(base); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Locations of external data that leave the model's folder, in every spelling.
func TestExternalLocations(t *testing.T) {
	fsys := fstest.MapFS{"m/g.onnx": {}, "m/w": {Data: make([]byte, 10)}, "m/sub/w": {Data: make([]byte, 10)}, "w": {Data: make([]byte, 10)}}
	for loc, ok := range map[string]bool{"w": true, "./w": true, "sub/w": true, "sub/../w": true, "../w": false, "sub/../../w": false, `..\w`: false, "/w": false, `C:\w`: false, `\w`: false, "absent": false, "sub": false} {
		_, err := externalFiles(fsys, "m/g.onnx", "", external(loc, 10))
		if (err == nil) != ok {
			t.Errorf("%q: error %v", loc, err)
		}
	}
	if _, err := externalFiles(fsys, "m/g.onnx", "", external("w", 11)); err == nil {
		t.Error("a file shorter than the graph needs is taken")
	}
}

// A scale beside the graphs in safetensors is found, and damage there is passed over.
func TestScaleInSafetensors(t *testing.T) {
	file := func(header string, data ...byte) fstest.MapFS {
		b := append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...)
		return fstest.MapFS{"model.safetensors": {Data: append(b, data...)}}
	}
	for name, c := range map[string]struct {
		fsys  fstest.MapFS
		scale float64 // natural log; NaN: none
		bias  float64
	}{
		"float32 and bfloat16": {file(`{"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"logit_bias":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}}`, 0, 0, 0x40, 0x40, 0x40, 0xc0), 3, -3},
		"float16":              {file(`{"logit_scale":{"dtype":"F16","shape":[],"data_offsets":[0,2]}}`, 0, 0x42), 3, 0},
		"no such tensor":       {file(`{}`), math.NaN(), 0},
		"cut short":            {file(`{"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 0), math.NaN(), 0},
		"too wide":             {file(`{"logit_scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, make([]byte, 8)...), math.NaN(), 0},
		"a huge header":        {fstest.MapFS{"model.safetensors": {Data: []byte{0, 0, 0, 0, 0, 0, 0, 0x7f, '{'}}}, math.NaN(), 0},
		"not JSON":             {file(`{"logit_scale"`), math.NaN(), 0},
		"empty":                {fstest.MapFS{"model.safetensors": {}}, math.NaN(), 0},
	} {
		s, b, err := logitScale(c.fsys, "", "onnx", exportConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(c.scale) {
			if !s.Assumed() || s.Value != 100 {
				t.Errorf("%s: %+v, want an assumed scale", name, s)
			}
		} else if math.Abs(s.Value-math.Exp(c.scale)) > 1e-6*s.Value || b != c.bias || !strings.HasPrefix(s.From, "model.safetensors") {
			t.Errorf("%s: %+v, bias %v; want exp(%v) and %v", name, s, b, c.scale, c.bias)
		}
	}
}

func external(location string, end int64) []onnxgraph.External {
	return []onnxgraph.External{{Location: location, End: end}}
}
