package randominit

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mindgap/models/fault"
)

//go:embed archs
var archFiles embed.FS

// An Arch is the architecture of a CLIP: what decides the shapes of its tensors.
type Arch struct {
	Name       string // e.g. "ViT-B-32"
	Family     string // "clip" or "siglip"
	Embed      int    // width of the embeddings
	Activation string // "quick_gelu" or "gelu"
	Vision     Vision
	Text       Text
	// Factor and Range are transformers' initializer_factor and initializer_range, which scale its scheme alone: 1 and 0.02.
	Factor, Range float64

	config map[string]any // the config.json of transformers that the architecture was read from; nil: it is written from the above
}

// Vision is the image tower: a vision transformer, or a modified ResNet if Stages is not empty.
type Vision struct {
	Image  int // side of the picture
	Patch  int
	Width  int // of the transformer, or of the ResNet's stem
	Layers int
	Heads  int // of the transformer, or of the ResNet's attention pool
	Hidden int // width inside the transformer's MLP
	Stages []int
}

// Text is the text tower.
type Text struct {
	Context, Vocab, Width, Layers, Heads, Hidden int
	EOS                                          int // eos_token_id; 2: the end is the greatest id
}

// Names lists the embedded architectures, in open_clip's spelling. They are OpenAI's: their activation is QuickGELU.
func Names() []string {
	entries, err := archFiles.ReadDir("archs")
	if err != nil {
		panic(err) // the folder is embedded
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".json")
	}
	return names
}

// Named returns an embedded architecture. ViT-B/32 is the same as ViT-B-32.
func Named(name string) (*Arch, error) {
	spelt := strings.ReplaceAll(name, "/", "-")
	if i := slices.IndexFunc(Names(), func(n string) bool { return strings.EqualFold(n, spelt) }); i >= 0 {
		spelt = Names()[i]
	}
	b, err := archFiles.ReadFile(path.Join("archs", spelt+".json"))
	if err != nil {
		return nil, &fault.Error{Op: "draw a model of the architecture", Thing: name, Found: "no such name", Wanted: strings.Join(Names(), ", "),
			Next: "name one of these, or the config.json of another model"}
	}
	return ParseArch(spelt, b)
}

// ParseArch reads a configuration: open_clip's model_cfg, its open_clip_config.json, or transformers' config.json of a CLIPModel or SiglipModel. What
// it cannot build is an error that names the field.
func ParseArch(name string, b []byte) (*Arch, error) {
	bad := func(err error) (*Arch, error) {
		return nil, &fault.Error{Op: "read the architecture", Thing: name, Err: err,
			Wanted: "a CLIP or SigLIP of transformers (config.json with model_type clip or siglip) or a CLIP of open_clip (model_cfg)",
			Next:   "use one of the known architectures, or a configuration of these kinds"}
	}
	var kind struct {
		ModelType *string         `json:"model_type"`
		ModelCfg  json.RawMessage `json:"model_cfg"`
	}
	if err := json.Unmarshal(b, &kind); err != nil {
		return bad(err)
	}
	a, err := &Arch{}, error(nil)
	switch {
	case kind.ModelType != nil:
		switch *kind.ModelType {
		case "clip", "siglip":
			a, err = fromTransformers(*kind.ModelType, b)
		default:
			return bad(fmt.Errorf("model_type %q", *kind.ModelType))
		}
	case kind.ModelCfg != nil:
		a, err = fromOpenCLIP(kind.ModelCfg)
	default:
		a, err = fromOpenCLIP(b)
	}
	if err == nil {
		err = a.check()
	}
	if err != nil {
		return bad(err)
	}
	a.Name = name
	return a, nil
}

// transformersConfig is what decides shapes and initialisation in transformers' config.json.
type transformersConfig struct {
	Projection int     `json:"projection_dim"`
	Factor     float64 `json:"initializer_factor"`
	Text       struct {
		Hidden       int    `json:"hidden_size"`
		Intermediate int    `json:"intermediate_size"`
		Layers       int    `json:"num_hidden_layers"`
		Heads        int    `json:"num_attention_heads"`
		Context      int    `json:"max_position_embeddings"`
		Vocab        int    `json:"vocab_size"`
		Act          string `json:"hidden_act"`
		EOS          int    `json:"eos_token_id"`
		Projection   *int   `json:"projection_size"` // SigLIP's
	} `json:"text_config"`
	Vision struct {
		Hidden       int     `json:"hidden_size"`
		Intermediate int     `json:"intermediate_size"`
		Layers       int     `json:"num_hidden_layers"`
		Heads        int     `json:"num_attention_heads"`
		Image        int     `json:"image_size"`
		Patch        int     `json:"patch_size"`
		Channels     int     `json:"num_channels"`
		Act          string  `json:"hidden_act"`
		Range        float64 `json:"initializer_range"`
		Head         bool    `json:"vision_use_head"` // SigLIP's
	} `json:"vision_config"`
}

// fromTransformers reads a CLIPConfig or SiglipConfig; what the file leaves out has the default of transformers, which writes only what differs from it.
func fromTransformers(family string, b []byte) (*Arch, error) {
	var c transformersConfig
	c.Projection, c.Factor = 512, 1
	t, v := &c.Text, &c.Vision
	t.Hidden, t.Intermediate, t.Layers, t.Heads, t.Context, t.Vocab, t.Act, t.EOS = 512, 2048, 12, 8, 77, 49408, "quick_gelu", 49407
	v.Hidden, v.Intermediate, v.Layers, v.Heads, v.Image, v.Patch, v.Channels, v.Act, v.Range = 768, 3072, 12, 12, 224, 32, 3, "quick_gelu", 0.02
	v.Head = true
	if family == "siglip" {
		t.Hidden, t.Intermediate, t.Heads, t.Context, t.Vocab, t.Act = 768, 3072, 12, 64, 32000, "gelu_pytorch_tanh"
		v.Patch, v.Act = 16, "gelu_pytorch_tanh"
	}
	config, err := parseObject(b)
	if err := errors.Join(json.Unmarshal(b, &c), err); err != nil {
		return nil, err
	}
	a := &Arch{Family: family, config: config}
	switch {
	case v.Channels != 3:
		return nil, fmt.Errorf("num_channels %d instead of 3", v.Channels)
	case t.Act != v.Act:
		return nil, fmt.Errorf("hidden_act %q of the texts and %q of the images", t.Act, v.Act)
	}
	if family == "siglip" { // its images are not projected
		if c.Projection = t.Hidden; t.Projection != nil {
			c.Projection = *t.Projection
		}
		if c.Projection != v.Hidden || !v.Head {
			return nil, fmt.Errorf("texts of width %d and images of %d, vision_use_head %v", c.Projection, v.Hidden, v.Head)
		}
	}
	a.Embed, a.Activation, a.Factor, a.Range = c.Projection, t.Act, c.Factor, v.Range
	a.Vision = Vision{Image: v.Image, Patch: v.Patch, Width: v.Hidden, Layers: v.Layers, Heads: v.Heads, Hidden: v.Intermediate}
	a.Text = Text{Context: t.Context, Vocab: t.Vocab, Width: t.Hidden, Layers: t.Layers, Heads: t.Heads, Hidden: t.Intermediate, EOS: t.EOS}
	return a, nil
}

// openCLIPConfig is open_clip's model_cfg. Fields that are not here change the architecture in ways that this package cannot draw, so
// they are errors.
type openCLIPConfig struct {
	Embed      int     `json:"embed_dim"`
	QuickGELU  bool    `json:"quick_gelu"`
	InitScale  float64 `json:"init_logit_scale"`
	VisionPart struct {
		Image     int             `json:"image_size"`
		Layers    json.RawMessage `json:"layers"` // a number, or a list: a ResNet
		Width     int             `json:"width"`
		HeadWidth int             `json:"head_width"`
		MLPRatio  float64         `json:"mlp_ratio"`
		Patch     *int            `json:"patch_size"`
	} `json:"vision_cfg"`
	TextPart struct {
		Context  int     `json:"context_length"`
		Vocab    int     `json:"vocab_size"`
		Width    int     `json:"width"`
		Heads    int     `json:"heads"`
		Layers   int     `json:"layers"`
		MLPRatio float64 `json:"mlp_ratio"`
	} `json:"text_cfg"`
}

func fromOpenCLIP(b []byte) (*Arch, error) {
	var c openCLIPConfig
	v, t := &c.VisionPart, &c.TextPart
	v.Image, v.Layers, v.Width, v.HeadWidth, v.MLPRatio = 224, json.RawMessage("12"), 768, 64, 4
	t.Context, t.Vocab, t.Width, t.Heads, t.Layers, t.MLPRatio = 77, 49408, 512, 8, 12, 4
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	if v.HeadWidth <= 0 {
		return nil, fmt.Errorf("head_width %d", v.HeadWidth)
	}
	a := &Arch{Family: "clip", Embed: c.Embed, Activation: "gelu", Factor: 1, Range: 0.02}
	if c.QuickGELU {
		a.Activation = "quick_gelu"
	}
	a.Vision = Vision{Image: v.Image, Width: v.Width, Heads: v.Width / v.HeadWidth, Hidden: int(float64(v.Width) * v.MLPRatio)}
	a.Text = Text{Context: t.Context, Vocab: t.Vocab, Width: t.Width, Layers: t.Layers, Heads: t.Heads, Hidden: int(float64(t.Width) * t.MLPRatio), EOS: 2}
	if json.Unmarshal(v.Layers, &a.Vision.Stages) == nil {
		a.Vision.Heads = v.Width * 32 / v.HeadWidth
		return a, nil
	}
	if err := json.Unmarshal(v.Layers, &a.Vision.Layers); err != nil {
		return nil, fmt.Errorf("layers: %w", err)
	}
	if a.Vision.Patch = 16; v.Patch != nil {
		a.Vision.Patch = *v.Patch
	}
	return a, nil
}

// maxDim bounds every number of an architecture: far above any CLIP, and low enough that products of four stay below 2^63.
const maxDim = 1 << 17

// check refuses numbers that no tensor can have.
func (a *Arch) check() error {
	v, t := a.Vision, a.Text
	within := func(what string, ns ...int) error {
		for _, n := range ns {
			if n < 1 || n > maxDim {
				return fmt.Errorf("%s %d is not between 1 and %d", what, n, maxDim)
			}
		}
		return nil
	}
	err := errors.Join(within("the width of the embedding", a.Embed),
		within("vision width, heads or image size", v.Width, v.Heads, v.Image),
		within("text width, heads, context, vocabulary, layers or hidden width", t.Width, t.Heads, t.Context, t.Vocab, t.Layers, t.Hidden))
	switch {
	case err != nil:
		return err
	case t.Width%t.Heads != 0:
		return fmt.Errorf("text width %d is no multiple of %d heads", t.Width, t.Heads)
	case t.Layers > 1000 || v.Layers > 1000:
		return fmt.Errorf("%d and %d layers", v.Layers, t.Layers)
	case v.Stages != nil:
		if len(v.Stages) != 4 || v.Image%32 != 0 || v.Width%2 != 0 || v.Width > 4096 || slices.Max(v.Stages) > 1000 {
			return fmt.Errorf("a ResNet with stages %v, width %d and image size %d", v.Stages, v.Width, v.Image)
		}
		return within("stage", v.Stages...)
	case v.Width%v.Heads != 0:
		return fmt.Errorf("vision width %d is no multiple of %d heads", v.Width, v.Heads)
	}
	if err := within("vision patch, layers or hidden width", v.Patch, v.Layers, v.Hidden); err != nil {
		return err
	}
	if v.Patch > v.Image {
		return fmt.Errorf("patches of %d pixels in an image of %d", v.Patch, v.Image)
	}
	return nil
}

// ResNet reports whether the image tower is a modified ResNet.
func (a *Arch) ResNet() bool { return a.Vision.Stages != nil }
