package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mindgap/models/weights"
)

// hfConfig is config.json of transformers. A field that a file leaves out has its class's default.
type hfConfig struct {
	ModelType     string          `json:"model_type"`
	Architectures []string        `json:"architectures"`
	ProjectionDim int64           `json:"projection_dim"`
	Text          json.RawMessage `json:"text_config"`
	TextDict      json.RawMessage `json:"text_config_dict"` // of old files: what stands here counts
	Vision        json.RawMessage `json:"vision_config"`
	VisionDict    json.RawMessage `json:"vision_config_dict"`
}

// hfTower is text_config or vision_config.
type hfTower struct {
	Hidden     int64   `json:"hidden_size"`
	MLP        int64   `json:"intermediate_size"`
	Layers     int64   `json:"num_hidden_layers"`
	Heads      int64   `json:"num_attention_heads"`
	Act        string  `json:"hidden_act"`
	Eps        float64 `json:"layer_norm_eps"`
	Vocab      int64   `json:"vocab_size"`
	Positions  int64   `json:"max_position_embeddings"`
	EOS        int64   `json:"eos_token_id"`
	Projection *int64  `json:"projection_size"`
	Image      int64   `json:"image_size"`
	Patch      int64   `json:"patch_size"`
	Channels   int64   `json:"num_channels"`
	UseHead    bool    `json:"vision_use_head"`
}

// HFModelTypes are the values of model_type in config.json that HF knows.
func HFModelTypes() []string { return []string{"clip", "metaclip_2", "siglip"} }

// CheckHF reports whether HF knows the architecture of a config.json, before any weights are looked at.
func CheckHF(config []byte, name, where string) error {
	c := configuration{thing: where + name}
	var conf hfConfig
	c.unmarshal(config, &conf)
	conf.check(&c)
	return c.err
}

func (conf hfConfig) check(c *configuration) {
	if !slices.Contains(HFModelTypes(), conf.ModelType) {
		c.fail(fmt.Sprintf("model_type %q, architectures %q", conf.ModelType, conf.Architectures), "model_type "+strings.Join(HFModelTypes(), ", "),
			"export this model to ONNX, or use one of these architectures: a graph for its weights is not known")
	}
}

// HF describes the towers of transformers' CLIPModel, MetaClip2Model or SiglipModel from its config.json. The string name is the
// file's, where begins names in messages.
func HF(config []byte, name, where string, set weights.Set) (*Towers, error) {
	c := configuration{thing: where + name}
	conf := hfConfig{ProjectionDim: 512}
	c.unmarshal(config, &conf)
	if conf.check(&c); c.err != nil {
		return nil, c.err
	}
	clip := hfTower{Act: string(quickGELU), Eps: 1e-5, EOS: 49407, Positions: 77, Vocab: 49408, Channels: 3, Image: 224, Patch: 32}
	siglip := hfTower{Act: string(tanhGELU), Eps: 1e-6, Positions: 64, Vocab: 32000, Channels: 3, Image: 224, Patch: 16, UseHead: true,
		Hidden: 768, MLP: 3072, Layers: 12, Heads: 12}
	text, vision := clip, clip
	text.Hidden, text.MLP, text.Layers, text.Heads = 512, 2048, 12, 8
	vision.Hidden, vision.MLP, vision.Layers, vision.Heads = 768, 3072, 12, 12
	if conf.ModelType == "siglip" {
		text, vision = siglip, siglip
	}
	for _, part := range []struct {
		into *hfTower
		from json.RawMessage
	}{{&text, conf.Text}, {&text, conf.TextDict}, {&vision, conf.Vision}, {&vision, conf.VisionDict}} {
		if len(part.from) > 0 {
			c.unmarshal(part.from, part.into)
		}
	}
	tt := text.transformer(&c, "text", "text_model.encoder.layers.")
	vt := vision.transformer(&c, "vision", "vision_model.encoder.layers.")
	c.size("max_position_embeddings", text.Positions)
	c.size("vocab_size", text.Vocab)
	c.size("image_size", vision.Image)
	c.divides(vision.Patch, "patch_size", vision.Image, "image_size")
	c.size("projection_dim", conf.ProjectionDim)
	if vision.Channels != 3 {
		c.fail(fmt.Sprintf("num_channels %d", vision.Channels), "3", "use a model of colour pictures")
	}
	if conf.ModelType == "siglip" && !vision.UseHead {
		c.fail("vision_use_head false", "true", "use a model with the pooling head: without it there are no image embeddings")
	}
	if c.err != nil {
		return nil, c.err
	}
	t := &Towers{Family: conf.ModelType, Size: int(vision.Image), Context: int(text.Positions), Vocabulary: int(text.Vocab)}
	v := vit{transformer: vt, size: vision.Image, patch: vision.Patch, patches: "vision_model.embeddings.patch_embedding.weight",
		positions: "vision_model.embeddings.position_embedding.weight", lnPost: "vision_model.post_layernorm"}
	x := textTower(tt, text)
	if conf.ModelType == "siglip" {
		hfSigLIP(&v, &x, text)
	} else {
		hfCLIP(&v, &x, text, conf)
	}
	t.Description = fmt.Sprintf("%s image, %s text, end of text by %s", v.act, x.act, x.pool.kind)
	return t, t.build(set, where, v, x)
}

// transformer is the stack of blocks, which all these models name alike.
func (h hfTower) transformer(c *configuration, name, prefix string) transformer {
	t := transformer{width: h.Hidden, layers: h.Layers, heads: h.Heads, mlp: h.MLP, act: c.activation(name+" hidden_act", h.Act), eps: h.Eps,
		block: func(i int64) block {
			p := fmt.Sprintf("%s%d.", prefix, i)
			return block{ln1: p + "layer_norm1", ln2: p + "layer_norm2",
				q: pair(p + "self_attn.q_proj"), k: pair(p + "self_attn.k_proj"), v: pair(p + "self_attn.v_proj"), out: pair(p + "self_attn.out_proj"),
				fc1: pair(p + "mlp.fc1"), fc2: pair(p + "mlp.fc2")}
		}}
	c.transformer(name, &t)
	return t
}

func textTower(t transformer, h hfTower) text {
	return text{transformer: t, context: h.Positions, vocab: h.Vocab, tokens: "text_model.embeddings.token_embedding.weight",
		positions: "text_model.embeddings.position_embedding.weight", lnFinal: "text_model.final_layer_norm"}
}

// hfCLIP adds what CLIPModel has: a class token, a norm before the blocks, projections without bias.
func hfCLIP(v *vit, x *text, h hfTower, conf hfConfig) {
	v.class, v.lnPre = "vision_model.embeddings.class_embedding", "vision_model.pre_layrnorm" // spelt so
	v.embed, v.projection, v.output = conf.ProjectionDim, linear{weight: "visual_projection.weight"}, "image_embeds"
	x.embed, x.projection, x.output = conf.ProjectionDim, linear{weight: "text_projection.weight"}, "text_embeds"
	x.causal, x.pool = true, pooling{kind: "eos", eos: h.EOS}
	if h.EOS == 2 && conf.ModelType == "clip" {
		// transformers wrote a wrong eos_token_id into every configuration before 2023 and keeps the old rule for these.
		x.pool = pooling{kind: "argmax"}
	}
}

// hfSigLIP adds what SiglipModel has: a biased patch convolution, attention pooling, the text's last position and a biased head.
func hfSigLIP(v *vit, x *text, h hfTower) {
	const p = "vision_model.head."
	packed := func(i int64) linear {
		return linear{weight: p + "attention.in_proj_weight", bias: p + "attention.in_proj_bias", part: i, parts: 3}
	}
	v.patchBias = "vision_model.embeddings.patch_embedding.bias"
	v.embed, v.output = v.width, "pooler_output"
	v.head = &mapHead{probe: p + "probe", q: packed(0), k: packed(1), v: packed(2), out: pair(p + "attention.out_proj"),
		ln: p + "layernorm", fc1: pair(p + "mlp.fc1"), fc2: pair(p + "mlp.fc2")}
	x.embed, x.output = x.width, "pooler_output"
	if h.Projection != nil {
		x.embed = *h.Projection
	}
	x.pool, x.projection = pooling{kind: "last"}, pair("text_model.head")
}
