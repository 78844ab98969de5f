package randominit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// New returns a model of the architecture with weights drawn by the scheme: for a vision transformer the files that transformers'
// CLIPModel.from_pretrained opens (model.safetensors, config.json, preprocessor_config.json, tokenizer), for a ResNet those that
// open_clip opens (open_clip_model.safetensors, open_clip_config.json, tokenizer).
func New(a *Arch, s Scheme, seed uint64) (*FS, error) {
	params, err := a.Params(s)
	if err != nil {
		return nil, err
	}
	m := &FS{Name: modelName(a.Name, s, a.usual(), seed), Arch: a, Scheme: s, Seed: seed, made: map[string]*file{}}
	weights, files := "model.safetensors", a.transformersFiles
	if a.ResNet() {
		weights, files = "open_clip_model.safetensors", a.openCLIPFiles
	}
	f, err := safetensorsFile(weights, params, seed)
	if err != nil {
		return nil, err
	}
	// Shapes and laws decide every byte, so their digest is the file's name in all caches; reading 600 MB would say no more.
	h := sha256.New()
	fmt.Fprintf(h, "mindgap random %s seed %d\n", Version, seed)
	for _, p := range params {
		fmt.Fprintf(h, "%q %v %v\n", p.Name, p.Shape, p.Law)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	f.sum = func() (string, error) { return sum, nil }
	m.made[weights] = f
	if err := files(m); err != nil {
		return nil, err
	}
	return m, nil
}

// modelName names a model in tables: ViT-B-32-random7, and where the scheme is not the usual one, ViT-B-32-random7-hf.
func modelName(of string, s, usual Scheme, seed uint64) string {
	name := fmt.Sprintf("%s-random%d", of, seed)
	if s != usual {
		name += "-" + string(s)
	}
	return name
}

// Mean and deviation of CLIP's training images, per channel.
var (
	clipMean = []float64{0.48145466, 0.4578275, 0.40821073}
	clipStd  = []float64{0.26862954, 0.26130258, 0.27577711}
)

type object = map[string]any

// real writes a number as Python does: 1 as 1.0. transformers refuses an integer where it wants a float.
func real(v float64) json.Number {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return json.Number(s)
}

// parseObject reads a JSON object and keeps every number as it is written.
func parseObject(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var o object
	err := d.Decode(&o)
	return o, err
}

// transformersFiles adds the files beside the weights as transformers writes them.
func (a *Arch) transformersFiles(m *FS) error {
	config := maps.Clone(a.config)
	if config == nil {
		v, t := a.Vision, a.Text
		common := func(o object) object {
			maps.Copy(o, object{"hidden_act": a.Activation, "layer_norm_eps": real(1e-5), "projection_dim": a.Embed, "attention_dropout": real(0),
				"initializer_factor": real(a.Factor), "initializer_range": real(a.Range)})
			return o
		}
		config = object{
			"model_type": "clip", "projection_dim": a.Embed, "initializer_factor": real(a.Factor), "logit_scale_init_value": real(2.6592),
			"text_config": common(object{"model_type": "clip_text_model", "vocab_size": t.Vocab, "hidden_size": t.Width,
				"intermediate_size": t.Hidden, "num_hidden_layers": t.Layers, "num_attention_heads": t.Heads,
				"max_position_embeddings": t.Context, "bos_token_id": 0, "eos_token_id": t.EOS, "pad_token_id": 1}),
			"vision_config": common(object{"model_type": "clip_vision_model", "image_size": v.Image, "patch_size": v.Patch, "num_channels": 3,
				"hidden_size": v.Width, "intermediate_size": v.Hidden, "num_hidden_layers": v.Layers, "num_attention_heads": v.Heads}),
		}
	}
	class, processor := "CLIPModel", object{
		"image_processor_type": "CLIPImageProcessor", "do_resize": true, "size": object{"shortest_edge": a.Vision.Image}, "resample": 3,
		"do_center_crop": true, "crop_size": object{"height": a.Vision.Image, "width": a.Vision.Image}, "do_rescale": true, "rescale_factor": 1.0 / 255,
		"do_normalize": true, "image_mean": clipMean, "image_std": clipStd, "do_convert_rgb": true,
	}
	if a.Family == "siglip" {
		half := []float64{0.5, 0.5, 0.5}
		class, processor = "SiglipModel", object{
			"image_processor_type": "SiglipImageProcessor", "do_resize": true, "size": object{"height": a.Vision.Image, "width": a.Vision.Image}, "resample": 3,
			"do_rescale": true, "rescale_factor": 1.0 / 255, "do_normalize": true, "image_mean": half, "image_std": half, "do_convert_rgb": true,
		}
	}
	maps.Copy(config, object{"architectures": []string{class}, "torch_dtype": "float32", "name": m.Name, "trained": false,
		"initialization": object{"scheme": m.Scheme, "seed": m.Seed, "version": Version}})
	files := map[string]any{"config.json": config, "preprocessor_config.json": processor}
	if a.Family == "siglip" { // its tokenizer is another, and nobody else's to make
		return m.addJSON(files)
	}
	return errors.Join(m.addJSON(files), m.addTokenizer(a.Text))
}

// openCLIPFiles adds the files beside the weights as open_clip writes them.
func (a *Arch) openCLIPFiles(m *FS) error {
	v, t := a.Vision, a.Text
	err := m.addJSON(map[string]any{"open_clip_config.json": object{
		"model_cfg": object{
			"embed_dim": a.Embed, "quick_gelu": a.Activation == "quick_gelu",
			"vision_cfg": object{"image_size": v.Image, "layers": v.Stages, "width": v.Width, "patch_size": nil, "head_width": v.Width * 32 / v.Heads},
			"text_cfg":   object{"context_length": t.Context, "vocab_size": t.Vocab, "width": t.Width, "heads": t.Heads, "layers": t.Layers},
		},
		"preprocess_cfg": object{"mean": clipMean, "std": clipStd, "interpolation": "bicubic", "resize_mode": "shortest"},
		"name":           m.Name, "trained": false,
		"initialization": object{"scheme": m.Scheme, "seed": m.Seed, "version": Version},
	}})
	return errors.Join(err, m.addTokenizer(t))
}

// addJSON adds configurations.
func (m *FS) addJSON(files map[string]any) error {
	for name, v := range files {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return err
		}
		m.made[name] = content(name, append(b, '\n'))
	}
	return nil
}

// addTokenizer adds CLIP's tokenizer.
func (m *FS) addTokenizer(t Text) error {
	merges, files, err := tokenizerFiles(t)
	if err != nil || files == nil {
		return err
	}
	m.made["merges.txt"] = content("merges.txt", []byte(merges))
	return m.addJSON(files)
}

// The ends of CLIP's byte-pair encoding.
const (
	startText = "<|startoftext|>"
	endText   = "<|endoftext|>"
	endWord   = "</w>"
)

// smallestVocab is 256 bytes, inside a word and at its end, and the two ends of a text.
const smallestVocab = 2*256 + 2

// tokenizerFiles makes CLIP's tokenizer for a vocabulary of any size: its merges come in the order of their usefulness, so a smaller
// vocabulary is the same with fewer merges. A vocabulary below 514 has none, and the model none but ids.
func tokenizerFiles(t Text) (mergesTxt string, files map[string]any, err error) {
	if t.Vocab < smallestVocab {
		return "", nil, nil
	}
	all, err := clipMerges()
	if err != nil {
		return "", nil, err
	}
	head, merges := all[0], all[1:]
	merges = merges[:min(len(merges), t.Vocab-smallestVocab)]
	symbols := byteSymbols()
	vocab := make(map[string]int, t.Vocab)
	add := func(s string) { vocab[s] = len(vocab) }
	for _, s := range symbols {
		add(s)
	}
	for _, s := range symbols {
		add(s + endWord)
	}
	for _, m := range merges {
		add(strings.Replace(m, " ", "", 1))
	}
	add(startText)
	add(endText)
	return head + "\n" + strings.Join(merges, "\n") + "\n", map[string]any{
		"vocab.json": vocab,
		"tokenizer_config.json": object{"tokenizer_class": "CLIPTokenizer", "model_max_length": t.Context, "do_lower_case": true, "errors": "replace",
			"bos_token": startText, "eos_token": endText, "pad_token": endText, "unk_token": endText, "add_prefix_space": false},
		"special_tokens_map.json": object{"bos_token": startText, "eos_token": endText, "pad_token": endText, "unk_token": endText},
	}, nil
}

// byteSymbols are the characters that stand for bytes, in the order of CLIP's vocabulary: the printable ones for themselves, then U+0100
// onwards for the others.
func byteSymbols() []string {
	printable := func(b rune) bool { return b >= '!' && b <= '~' || b >= '¡' && b <= '¬' || b >= '®' && b <= 'ÿ' }
	var first, rest []string
	for b := rune(0); b < 256; b++ {
		if printable(b) {
			first = append(first, string(b))
		} else {
			rest = append(rest, string(rune(256+len(rest))))
		}
	}
	return append(first, rest...)
}
