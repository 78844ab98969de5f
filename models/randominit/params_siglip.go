package randominit

import "math"

// truncated is the standard deviation of a standard normal variable within ±2, by which the rule of LeCun as JAX has it divides. transformers
// truncates at ±2 itself, not at two deviations, so that what it draws is the plain normal law of the larger deviation.
const truncated = 0.87962566103423978

// lecun is the law of a layer that sums n products.
func lecun(n int) Law { return Normal(0, isqrt(n)/truncated) }

// xavier is Glorot's uniform law.
func xavier(in, out int) Law { return Uniform(math.Sqrt(6 / float64(in+out))) }

// siglip adds both towers of a SiglipModel. Temperature and bias of its loss start at 0, as transformers leaves them.
func (a *Arch) siglip(l *list) {
	t, v := a.Text, a.Vision
	grid := v.Image / v.Patch
	block := func(width, hidden int) blockLaws {
		attention, mlp, bias := xavier(width, width), xavier(width, hidden), Normal(0, 1e-6)
		return blockLaws{qkv: attention, out: attention, fc1: mlp, fc1Bias: bias, fc2: mlp, fc2Bias: bias}
	}
	text, vision := block(t.Width, t.Hidden), block(v.Width, v.Hidden)
	l.add("text_model.embeddings.token_embedding.weight", Normal(0, isqrt(t.Width)), t.Vocab, t.Width)
	l.add("text_model.embeddings.position_embedding.weight", Normal(0, isqrt(t.Width)), t.Context, t.Width)
	l.blocks("text_model.encoder.layers", t.Layers, t.Width, t.Hidden, text)
	l.norm("text_model.final_layer_norm", t.Width)
	l.add("text_model.head.weight", lecun(t.Width), a.Embed, t.Width)
	l.add("text_model.head.bias", Const(0), a.Embed)
	l.add("vision_model.embeddings.patch_embedding.weight", lecun(3*v.Patch*v.Patch), v.Width, 3, v.Patch, v.Patch)
	l.add("vision_model.embeddings.patch_embedding.bias", Const(0), v.Width)
	l.add("vision_model.embeddings.position_embedding.weight", Normal(0, isqrt(v.Width)), grid*grid, v.Width)
	l.blocks("vision_model.encoder.layers", v.Layers, v.Width, v.Hidden, vision)
	l.norm("vision_model.post_layernorm", v.Width)
	l.add("vision_model.head.probe", xavier(v.Width, v.Width), 1, 1, v.Width)
	l.add("vision_model.head.attention.in_proj_weight", xavier(v.Width, 3*v.Width), 3*v.Width, v.Width)
	l.add("vision_model.head.attention.in_proj_bias", Const(0), 3*v.Width)
	l.add("vision_model.head.attention.out_proj.weight", lecun(v.Width), v.Width, v.Width)
	l.add("vision_model.head.attention.out_proj.bias", Const(0), v.Width)
	l.norm("vision_model.head.layernorm", v.Width)
	l.mlp("vision_model.head.mlp", v.Width, v.Hidden, vision)
	l.add("logit_scale", Const(0), 1)
	l.add("logit_bias", Const(0), 1)
}
