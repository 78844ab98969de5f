package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"mindgap/models/weights"
)

// openCLIPConfig is model_cfg of open_clip_config.json. A key that is not here is an error: it may change numbers.
type openCLIPConfig struct {
	EmbedDim    int64          `json:"embed_dim"`
	QuickGELU   bool           `json:"quick_gelu"`
	CustomText  bool           `json:"custom_text"`
	Vision      openCLIPVision `json:"vision_cfg"`
	Text        openCLIPText   `json:"text_cfg"`
	InitScale   float64        `json:"init_logit_scale"`
	InitBias    *float64       `json:"init_logit_bias"`
	VectorScale bool           `json:"nonscalar_logit_scale"`
}

// extras are options of a tower's blocks that no released model of these architectures sets.
type extras struct {
	BlockType   *string `json:"block_type"`
	QKNorm      bool    `json:"qk_norm"`
	Cosine      bool    `json:"scaled_cosine_attn"`
	ScaleHeads  bool    `json:"scale_heads"`
	ScaleInner  bool    `json:"scale_attn_inner"`
	ScaleAttn   bool    `json:"scale_attn"`
	ScaleFC     bool    `json:"scale_fc"`
	OutputToken bool    `json:"output_tokens"` // a second output, which does not change the first
}

func (e extras) check(c *configuration, part string) {
	if e.QKNorm || e.Cosine || e.ScaleHeads || e.ScaleInner || e.ScaleAttn || e.ScaleFC || e.BlockType != nil && *e.BlockType == "custom" {
		c.fail(part+" with custom attention blocks", "plain blocks", "export this model to ONNX: a graph for its blocks is not known")
	}
}

type openCLIPVision struct {
	Size            any      `json:"image_size"`
	Layers          any      `json:"layers"` // a number, or the four stages of a ResNet
	Width           int64    `json:"width"`
	HeadWidth       int64    `json:"head_width"`
	MLPRatio        float64  `json:"mlp_ratio"`
	Patch           *int64   `json:"patch_size"`
	LayerScale      *float64 `json:"ls_init_value"`
	PatchDropout    float64  `json:"patch_dropout"` // training alone
	AttentionalPool any      `json:"attentional_pool"`
	PoolerQueries   int64    `json:"attn_pooler_queries"`
	PoolerHeads     int64    `json:"attn_pooler_heads"`
	NoLNPre         bool     `json:"no_ln_pre"`
	PositionType    string   `json:"pos_embed_type"` // learnt or not, the positions stand in the file
	LNAfterPool     bool     `json:"final_ln_after_pool"`
	Pool            string   `json:"pool_type"`
	kwargs
	extras
	Timm           *string  `json:"timm_model_name"`
	TimmPretrained bool     `json:"timm_model_pretrained"`
	TimmPool       *string  `json:"timm_pool"`
	TimmProj       *string  `json:"timm_proj"`
	TimmProjBias   bool     `json:"timm_proj_bias"`
	TimmDrop       *float64 `json:"timm_drop"`
	TimmDropPath   *float64 `json:"timm_drop_path"`
}

type openCLIPText struct {
	Context         int64          `json:"context_length"`
	Vocab           int64          `json:"vocab_size"`
	HFTokenizer     *string        `json:"hf_tokenizer_name"`
	TokenizerMode   *string        `json:"tokenizer_mode"`
	TokenizerKwargs map[string]any `json:"tokenizer_kwargs"`
	Width           int64          `json:"width"`
	Heads           int64          `json:"heads"`
	Layers          int64          `json:"layers"`
	MLPRatio        float64        `json:"mlp_ratio"`
	LayerScale      *float64       `json:"ls_init_value"`
	EmbedClass      bool           `json:"embed_cls"`
	PadID           int64          `json:"pad_id"`
	EOS             int64          `json:"eos_id"`
	NoCausalMask    bool           `json:"no_causal_mask"`
	LNAfterPool     bool           `json:"final_ln_after_pool"` // of one row, which comes to the same
	Pool            string         `json:"pool_type"`
	ProjBias        bool           `json:"proj_bias"`
	ProjType        string         `json:"proj_type"`
	kwargs
	extras
	HFModel      *string `json:"hf_model_name"`
	HFPretrained bool    `json:"hf_model_pretrained"`
	HFProj       string  `json:"hf_proj_type"`
	HFPooler     string  `json:"hf_pooler_type"`
}

// kwargs are the arguments of a tower's activation and norms.
type kwargs struct {
	Act  map[string]any `json:"act_kwargs"`
	Norm map[string]any `json:"norm_kwargs"`
}

// activation and epsilon of a tower.
func (k kwargs) settle(c *configuration, part string, quick bool) (activation, float64) {
	act, eps := erfGELU, 1e-5
	if quick {
		act = quickGELU
	}
	for name, v := range k.Act {
		switch {
		case name == "approximate" && v == "tanh" && !quick:
			act = tanhGELU
		case name == "approximate" && v == "none" && !quick:
		default:
			c.fail(fmt.Sprintf("%s act_kwargs %s %v", part, name, v), `approximate "tanh"`, "export this model to ONNX: its activation is not known")
		}
	}
	for name, v := range k.Norm {
		if e, ok := v.(float64); ok && name == "eps" {
			eps = e
			continue
		}
		c.fail(fmt.Sprintf("%s norm_kwargs %s %v", part, name, v), "eps, a number", "export this model to ONNX: its normalisation is not known")
	}
	return act, eps
}

// OpenCLIP describes the towers that model_cfg of an open_clip_config.json defines: a vision transformer, a ModifiedResNet or timm's SigLIP
// tower, and open_clip's own text transformer. The string name is the file's, where begins names in messages.
func OpenCLIP(config []byte, name, where string, set weights.Set) (*Towers, error) {
	c := configuration{thing: where + name}
	conf := openCLIPConfig{
		Vision: openCLIPVision{Size: 224., Layers: 12., Width: 768, HeadWidth: 64, MLPRatio: 4, Pool: "tok"},
		Text:   openCLIPText{Context: 77, Vocab: 49408, Width: 512, Heads: 8, Layers: 12, MLPRatio: 4, EOS: 2, Pool: "argmax", ProjType: "linear"},
	}
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(&conf); err != nil {
		c.fail("model_cfg: "+err.Error(), "what open_clip writes for its own architectures", "export this model to ONNX, or correct the file")
		return nil, c.err
	}
	embed := c.size("embed_dim", conf.EmbedDim)
	prefix := ""
	if conf.CustomText || conf.Vision.Timm != nil {
		prefix = "text."
	} else if _, ok := set["text.token_embedding.weight"]; ok {
		prefix = "text."
	}
	x := conf.Text.tower(&c, prefix, conf.QuickGELU, embed)
	size, image := conf.Vision.tower(&c, conf.QuickGELU, embed)
	if c.err != nil {
		return nil, c.err
	}
	t := &Towers{Family: "clip", Size: int(size), Context: int(conf.Text.Context), Vocabulary: int(conf.Text.Vocab)}
	if conf.InitBias != nil {
		t.Family = "siglip" // trained with SigLIP's loss
	}
	t.Description = fmt.Sprintf("%s text, end of text by %s", x.act, x.pool.kind)
	return t, t.build(set, where, image, x)
}

// side reads image_size, a number or two equal ones.
func side(c *configuration, v any) int64 {
	if pair, ok := v.([]any); ok && len(pair) == 2 && pair[0] == pair[1] {
		v = pair[0]
	}
	if f, ok := v.(float64); ok && f == math.Trunc(f) && f > 0 && f <= maxSize {
		return int64(f)
	}
	c.fail(fmt.Sprintf("image_size %v", v), "the side of a square", "use a model of square pictures")
	return 1
}

// resblocks names the blocks of OpenAI's and open_clip's transformers.
func resblocks(prefix string, layerScale bool) func(int64) block {
	return func(i int64) block {
		p := fmt.Sprintf("%s%d.", prefix, i)
		packed := func(k int64) linear {
			return linear{weight: p + "attn.in_proj_weight", bias: p + "attn.in_proj_bias", part: k, parts: 3}
		}
		l := block{ln1: p + "ln_1", ln2: p + "ln_2", q: packed(0), k: packed(1), v: packed(2), out: pair(p + "attn.out_proj"),
			fc1: pair(p + "mlp.c_fc"), fc2: pair(p + "mlp.c_proj")}
		if layerScale {
			l.scale1, l.scale2 = p+"ls_1.gamma", p+"ls_2.gamma"
		}
		return l
	}
}

func (o openCLIPText) tower(c *configuration, prefix string, quick bool, embed int64) text {
	if o.HFModel != nil {
		c.fail("hf_model_name "+*o.HFModel, "open_clip's own text transformer", "export this model to ONNX: a graph for its text tower is not known")
	}
	if o.EmbedClass {
		c.fail("embed_cls true", "a text tower without a class token", "export this model to ONNX: a graph for CoCa's text tower is not known")
	}
	o.check(c, "text_cfg")
	act, eps := o.settle(c, "text_cfg", quick)
	t := text{transformer: transformer{width: o.Width, layers: o.Layers, heads: o.Heads, mlp: int64(float64(o.Width) * o.MLPRatio), act: act, eps: eps,
		block: resblocks(prefix+"transformer.resblocks.", o.LayerScale != nil)},
		context: c.size("context_length", o.Context), vocab: c.size("vocab_size", o.Vocab), embed: embed, tokens: prefix + "token_embedding.weight",
		positions: prefix + "positional_embedding", lnFinal: prefix + "ln_final", causal: !o.NoCausalMask,
		pool: pooling{kind: o.Pool, eos: o.EOS}, output: "text_embeds"}
	c.transformer("text_cfg", &t.transformer)
	switch o.Pool {
	case "first", "last", "argmax", "eos":
	default:
		c.fail(fmt.Sprintf("text_cfg pool_type %q", o.Pool), "first, last, argmax or eos", "export this model to ONNX: its pooling is not known")
	}
	switch {
	case o.ProjType == "none":
		t.embed = o.Width
	case o.ProjType != "linear":
		c.fail(fmt.Sprintf("text_cfg proj_type %q", o.ProjType), "linear or none", "export this model to ONNX: its projection is not known")
	case o.ProjBias:
		t.projection = pair(prefix + "text_projection")
	default:
		t.projection = linear{weight: prefix + "text_projection", transposed: true}
	}
	return t
}

// tower returns the side of the picture and the image tower.
func (o openCLIPVision) tower(c *configuration, quick bool, embed int64) (int64, interface {
	build(*builder) (*Graph, error)
}) {
	size := side(c, o.Size)
	o.check(c, "vision_cfg")
	if o.AttentionalPool != nil && o.AttentionalPool != false {
		c.fail("attentional_pool", "a pooled class token or mean", "export this model to ONNX: a graph for CoCa's pooling is not known")
	}
	if o.Timm != nil {
		return size, o.timm(c, size, embed)
	}
	if stages, ok := o.Layers.([]any); ok {
		return size, o.resnet(c, stages, size, embed)
	}
	layers, _ := o.Layers.(float64)
	act, eps := o.settle(c, "vision_cfg", quick)
	patch := int64(16)
	if o.Patch != nil {
		patch = *o.Patch
	}
	c.size("vision_cfg head_width", o.HeadWidth)
	if c.err != nil {
		return size, nil
	}
	v := vit{transformer: transformer{width: o.Width, layers: int64(layers), heads: o.Width / o.HeadWidth, mlp: int64(float64(o.Width) * o.MLPRatio), act: act, eps: eps,
		block: resblocks("visual.transformer.resblocks.", o.LayerScale != nil)},
		size: size, patch: patch, embed: embed, patches: "visual.conv1.weight", class: "visual.class_embedding", positions: "visual.positional_embedding",
		lnPre: "visual.ln_pre", lnPost: "visual.ln_post", projection: linear{weight: "visual.proj", transposed: true}, output: "image_embeds"}
	if o.NoLNPre {
		v.lnPre = ""
	}
	c.transformer("vision_cfg", &v.transformer)
	c.divides(patch, "patch_size", size, "image_size")
	switch o.Pool {
	case "tok":
	case "avg":
		v.average, v.lnFirst = true, !o.LNAfterPool
	default:
		c.fail(fmt.Sprintf("vision_cfg pool_type %q", o.Pool), "tok or avg", "export this model to ONNX: its pooling is not known")
	}
	return size, v
}

func (o openCLIPVision) resnet(c *configuration, stages []any, size, embed int64) resnet {
	r := resnet{width: c.size("vision_cfg width", o.Width), size: size, embed: embed, prefix: "visual.", output: "image_embeds"}
	if len(stages) != len(r.stages) {
		c.fail(fmt.Sprintf("layers %v", stages), "a number, or four", "correct the configuration, or fetch it again")
		return r
	}
	for i, s := range stages {
		f, _ := s.(float64)
		r.stages[i] = c.size("layers", int64(f))
	}
	r.heads = o.Width * 32 / c.size("vision_cfg head_width", o.HeadWidth)
	c.divides(2, "2", r.width, "vision_cfg width")
	c.divides(r.heads, "heads of the pooling", r.width*32, "its width")
	c.divides(32, "32, the ResNet's stride,", size, "image_size")
	return r
}

// timmTanh are timm's SigLIP towers whose GELU is the tanh approximation; the others' is exact.
var timmTanh = []string{"vit_base_patch32_siglip_256", "vit_large_patch16_siglip_512", "vit_so400m_patch16_siglip", "vit_giantopt_patch16_siglip"}

// timm is the image tower of SigLIP models that open_clip holds: timm's names for what transformers calls SiglipVisionModel. Sizes that
// timm keeps in code stand in the shapes of the file.
func (o openCLIPVision) timm(c *configuration, size, embed int64) timmSigLIP {
	name := *o.Timm
	family, rest, ok := strings.Cut(strings.TrimPrefix(name, "vit_"), "_patch")
	heads := map[string]int64{"base": 12, "large": 16, "so400m": 16, "giantopt": 16}[family]
	if !ok || heads == 0 || !strings.Contains(rest, "_siglip_") || strings.Contains(rest, "gap") || !strings.HasPrefix(name, "vit_") {
		c.fail("timm_model_name "+name, "a SigLIP tower, as vit_base_patch16_siglip_224", "export this model to ONNX: a graph for its image tower is not known")
	}
	if o.TimmPool == nil || *o.TimmPool != "map" || o.TimmProj != nil && *o.TimmProj != "none" && *o.TimmProj != "" {
		c.fail("timm_pool and timm_proj of another kind", `"map" and "none"`, "export this model to ONNX: its pooling is not known")
	}
	t := timmSigLIP{size: size, heads: heads, embed: embed, act: erfGELU}
	for _, p := range timmTanh {
		if strings.HasPrefix(name, p) {
			t.act = tanhGELU
		}
	}
	return t
}

// A timmSigLIP is a vit whose sizes are read off its tensors.
type timmSigLIP struct {
	size, heads, embed int64
	act                activation
}

func (t timmSigLIP) build(b *builder) (*Graph, error) {
	const p = "visual.trunk."
	pool := p + "attn_pool."
	conv := b.set[p+"patch_embed.proj.weight"].Shape
	fc1 := b.set[p+"blocks.0.mlp.fc1.weight"].Shape
	if len(conv) != 4 || len(fc1) != 2 || conv[3] < 1 || t.size%conv[3] != 0 || conv[0]%t.heads != 0 {
		b.fail(p+"patch_embed.proj.weight and "+p+"blocks.0.mlp.fc1.weight", fmt.Sprintf("shapes %s and %s", shape(conv), shape(fc1)),
			fmt.Sprintf("[width,3,patch,patch] and [mlp,width] of a tower with %d heads for pictures of side %d", t.heads, t.size),
			"check that the configuration and the weights are of the same model")
		return nil, b.err
	}
	kv := func(i int64) linear {
		return linear{weight: pool + "kv.weight", bias: pool + "kv.bias", part: i, parts: 2}
	}
	layers := int64(0)
	for b.has(fmt.Sprintf("%sblocks.%d.norm1.weight", p, layers)) {
		layers++
	}
	v := vit{size: t.size, patch: conv[3], embed: t.embed, patches: p + "patch_embed.proj.weight", patchBias: p + "patch_embed.proj.bias",
		positions: p + "pos_embed", lead: []int64{1}, lnPost: p + "norm", output: "image_embeds",
		head: &mapHead{probe: pool + "latent", q: pair(pool + "q"), k: kv(0), v: kv(1), out: pair(pool + "proj"), ln: pool + "norm",
			fc1: pair(pool + "mlp.fc1"), fc2: pair(pool + "mlp.fc2")},
		transformer: transformer{width: conv[0], layers: layers, heads: t.heads, mlp: fc1[0], act: t.act, eps: 1e-6, block: func(i int64) block {
			p := fmt.Sprintf("%sblocks.%d.", p, i)
			packed := func(k int64) linear {
				return linear{weight: p + "attn.qkv.weight", bias: p + "attn.qkv.bias", part: k, parts: 3}
			}
			return block{ln1: p + "norm1", ln2: p + "norm2", q: packed(0), k: packed(1), v: packed(2), out: pair(p + "attn.proj"),
				fc1: pair(p + "mlp.fc1"), fc2: pair(p + "mlp.fc2")}
		}},
	}
	if v.width != t.embed {
		b.fail(p+"patch_embed.proj.weight", fmt.Sprintf("width %d", v.width), fmt.Sprintf("embed_dim %d", t.embed), "check that the configuration and the weights are of the same model")
	}
	return v.build(b)
}
