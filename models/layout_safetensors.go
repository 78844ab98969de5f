package models

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"mindgap/models/fault"
	"mindgap/models/graph"
	"mindgap/models/weights"
)

// The layouts of models without an export: weights in safetensors, over which package graph builds both towers. They are tried after
// everything that holds graphs of its own.
func init() {
	add := func(order int, name, help string, with func(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error)) {
		layouts = append(layouts, Layout{Name: name, Help: help, order: order, with: with,
			Recognise: func(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
				return with(ctx, fsys, where, Options{})
			}})
	}
	add(1100, "hf-safetensors", "transformers' CLIPModel, MetaClip2Model or SiglipModel without an export: config.json, model.safetensors, preprocessor_config.json, a tokenizer", recogniseHF)
	add(1101, "open_clip-safetensors", "open_clip without an export: open_clip_config.json, open_clip_model.safetensors or model.safetensors, maybe a tokenizer", recogniseOpenCLIP)
	add(1102, "openai-safetensors", "openai/CLIP's state dict as model.safetensors, without a configuration", recogniseOpenAI)
}

// openAIVocabulary is the number of tokens of OpenAI's CLIP, whose tokenizer ships with mindgap.
const openAIVocabulary = 49408

// openWeights reads the headers of the first of the files that is there; an index stands for the files that it names.
func openWeights(ctx context.Context, fsys fs.FS, where string, names ...string) (weights.Set, string, error) {
	for _, name := range names {
		if exists(fsys, name) {
			set, err := weights.Open(ctx, fsys, name, where)
			return set, name, err
		}
		if index := name + ".index.json"; exists(fsys, index) {
			set, err := weights.OpenSharded(ctx, fsys, index, where)
			return set, index, err
		}
	}
	return nil, "", notThis("no " + names[0])
}

func recogniseHF(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	const config = "config.json"
	if !exists(fsys, config) || !exists(fsys, "model.safetensors") && !exists(fsys, "model.safetensors.index.json") {
		return nil, notThis("no config.json and model.safetensors")
	}
	conf, err := readConfig(fsys, config, where)
	if err != nil {
		return nil, err
	}
	if conf.ModelType == "" {
		return nil, notThis("config.json without model_type")
	}
	b, err := fs.ReadFile(fsys, config)
	if err != nil {
		return nil, err
	}
	if err := graph.CheckHF(b, config, where); err != nil {
		return nil, err
	}
	set, file, err := openWeights(ctx, fsys, where, "model.safetensors")
	if err != nil {
		return nil, err
	}
	towers, err := graph.HF(b, config, where, set)
	if err != nil {
		return nil, err
	}
	cp := checkpointOf(towers, fsys)
	cp.Name, cp.Trained = conf.Name, conf.Trained
	if err := cp.readScale(set, file); err != nil {
		return nil, err
	}
	const pre = "preprocessor_config.json"
	if o.Preprocess.Base != "" && !exists(fsys, pre) {
		cp.Preprocess.Size = towers.Size // the user's choice says the rest
	} else if cp.Preprocess, err = readPreprocessor(fsys, pre, where); err != nil {
		return nil, err
	}
	return cp, cp.findTokenizer(towers, where, o, "")
}

func recogniseOpenCLIP(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	const config = "open_clip_config.json"
	if !exists(fsys, config) {
		return nil, notThis("no " + config)
	}
	var conf struct {
		Model      json.RawMessage `json:"model_cfg"`
		Preprocess preprocessCfg   `json:"preprocess_cfg"`
	}
	b, err := fs.ReadFile(fsys, config)
	if err == nil {
		err = json.Unmarshal(b, &conf)
	}
	if err == nil && len(conf.Model) == 0 {
		err = fmt.Errorf("no model_cfg")
	}
	if err != nil {
		return nil, &fault.Error{Op: "read the model's configuration", Thing: where + config, Err: err, Wanted: "a JSON object as open_clip writes it",
			Next: "copy the file from the model's repository into the folder"}
	}
	set, file, err := openWeights(ctx, fsys, where, "open_clip_model.safetensors", "model.safetensors")
	if err != nil {
		return nil, err
	}
	towers, err := graph.OpenCLIP(conf.Model, config, where, set)
	if err != nil {
		return nil, err
	}
	cp := checkpointOf(towers, fsys)
	if err := cp.readScale(set, file); err != nil {
		return nil, err
	}
	p := conf.Preprocess
	if len(p.Size) == 0 || bytes.Equal(p.Size, []byte("null")) { // open_clip takes it from the architecture
		p.Size = json.RawMessage(fmt.Sprint(towers.Size))
	}
	p.Mean, p.Std = orCLIP(p.Mean, p.Std)
	if cp.Preprocess, err = p.settle(where + config); err != nil {
		return nil, err
	}
	var text struct {
		Text struct {
			HFTokenizer string         `json:"hf_tokenizer_name"`
			Kwargs      map[string]any `json:"tokenizer_kwargs"`
		} `json:"text_cfg"`
	}
	if err := json.Unmarshal(conf.Model, &text); err != nil {
		return nil, err
	}
	cp.Tokenizer.Clean = "open_clip"
	for key, v := range text.Text.Kwargs {
		if key == "clean" && v == "canonicalize" {
			cp.Tokenizer.Clean = "open_clip_canonicalize"
		} else if v != nil && v != false && (key != "clean" || v != "lower" && v != "whitespace") {
			return nil, &fault.Error{Op: "read the text rules", Thing: where + config, Found: fmt.Sprintf("tokenizer_kwargs %s %v", key, v), Wanted: "clean alone",
				Next: "export this model to ONNX with its tokenizer: mindgap does not know this rule"}
		}
	}
	if text.Text.HFTokenizer == "" {
		cp.Tokenizer.PadID = new(int) // open_clip's own tokenizer pads with 0
	}
	return cp, cp.findTokenizer(towers, where, o, text.Text.HFTokenizer)
}

func recogniseOpenAI(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	set, file, err := openWeights(ctx, fsys, where, "model.safetensors")
	if err != nil {
		return nil, err
	}
	if !graph.IsOpenAI(set) {
		return nil, notThis(file + " without the tensors of openai/CLIP")
	}
	towers, err := graph.OpenAI(file, where, set)
	if err != nil {
		return nil, err
	}
	cp := checkpointOf(towers, fsys)
	if err := cp.readScale(set, file); err != nil {
		return nil, err
	}
	p := preprocessCfg{Size: json.RawMessage(fmt.Sprint(towers.Size))}
	p.Mean, p.Std = orCLIP(nil, nil)
	if cp.Preprocess, err = p.settle(where + file); err != nil {
		return nil, err
	}
	cp.Tokenizer.PadID, cp.Tokenizer.Clean = new(int), "open_clip"
	return cp, cp.findTokenizer(towers, where, o, "")
}

// orCLIP replaces absent statistics of colours by OpenAI's, as open_clip does.
func orCLIP(mean, std []float32) ([]float32, []float32) {
	if len(mean) == 0 {
		mean = []float32{0.48145466, 0.4578275, 0.40821073}
	}
	if len(std) == 0 {
		std = []float32{0.26862954, 0.26130258, 0.27577711}
	}
	return mean, std
}

// checkpointOf describes towers whose graphs are built.
func checkpointOf(t *graph.Towers, fsys fs.FS) *Checkpoint {
	tower := func(g *graph.Graph) Tower {
		return Tower{File: g.Files[0], Data: g.Files[1:], Input: g.Input, Output: g.Output, Width: g.Width, WeightBytes: g.WeightBytes(),
			Graph: func(ctx context.Context, p WeightPlacement) ([]byte, error) { return g.Bytes(ctx, fsys, p) }}
	}
	cp := &Checkpoint{Family: t.Family, FS: fsys, Image: tower(t.Image), Text: tower(t.Text), Tokenizer: Tokenizer{Dir: ".", Context: t.Context}}
	if seq := int(t.Text.Input.Shape[1]); seq > 0 {
		cp.Tokenizer.Context = seq
	}
	return cp
}

// readScale reads the logit scale and bias, which the weights hold.
func (c *Checkpoint) readScale(set weights.Set, file string) error {
	if t, ok := set["logit_scale"]; ok {
		file = t.File
	}
	v, bias, ok := scaleInSafetensors(c.FS, file)
	if !ok {
		c.LogitScale = Scale{Value: assumedScale, From: "assumed: no file of the model states it"}
		return nil
	}
	c.LogitScale, c.LogitBias = scaleOf(v, file), bias
	return nil
}

// findTokenizer takes the tokenizer's files beside the weights, else OpenAI's vocabulary where the token table has its size.
func (c *Checkpoint) findTokenizer(t *graph.Towers, where string, o Options, hub string) error {
	if c.Tokenizer.Files = tokenizerIn(c.FS, "."); len(c.Tokenizer.Files) > 0 || o.Tokenizer != "" || hub == "" && t.Vocabulary == openAIVocabulary {
		return nil
	}
	return &fault.Error{Op: "find the tokenizer of", Thing: where, Found: fmt.Sprintf("none of %s, and a table of %d tokens", list(slices.Clone(tokenizerFiles[:6])), t.Vocabulary),
		Wanted: "tokenizer.json", Next: "copy the tokenizer's files of " + cmp.Or(hub, "the model's repository") + " into the folder, or name them by --tokenizer DIR"}
}
