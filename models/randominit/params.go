package randominit

import (
	"fmt"
	"math"

	"mindgap/models/fault"
)

// A Scheme is how weights are initialised.
type Scheme string

const (
	// OpenAI is CLIP.initialize_parameters of OpenAI's code, over PyTorch's defaults where it says nothing: the paper's models.
	OpenAI Scheme = "openai"
	// HF is CLIPPreTrainedModel._init_weights of transformers. It has no ResNet.
	HF Scheme = "hf"
	// Matched draws every tensor of an export from the normal law with the tensor's own mean and standard deviation.
	Matched Scheme = "matched"
	// Shuffle permutes the elements of every tensor of an export.
	Shuffle Scheme = "shuffle"
)

// ParseScheme reads the name of a scheme; "" is the default of what is drawn.
func ParseScheme(name string) (Scheme, error) {
	switch s := Scheme(name); s {
	case "", OpenAI, HF, Matched, Shuffle:
		return s, nil
	}
	return "", &fault.Error{Kind: fault.Usage, Op: "read", Thing: "the initialisation", Found: fmt.Sprintf("%q", name),
		Wanted: "openai, hf, matched or shuffle", Next: "correct it"}
}

// A Param is one tensor and the law of its elements.
type Param struct {
	Name  string
	Shape []int64
	Law   Law
	Count bool // a counter: int64 instead of float32
}

// Len returns the number of elements.
func (p Param) Len() int64 {
	n := int64(1)
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Params lists the tensors of the architecture with their laws: under transformers' names for a vision transformer, under open_clip's
// for a ResNet, which transformers does not know.
func (a *Arch) Params(s Scheme) ([]Param, error) {
	if s != OpenAI && s != HF {
		return nil, &fault.Error{Kind: fault.Usage, Op: "draw", Thing: a.Name, Found: fmt.Sprintf("init=%s", s), Wanted: "openai or hf",
			Next: "choose one of the two: matched and shuffle need a pretrained export"}
	}
	var l list
	if a.ResNet() {
		if s == HF {
			return nil, &fault.Error{Kind: fault.Usage, Op: "draw", Thing: a.Name, Found: "init=hf", Wanted: "openai", Next: "leave init out: transformers has no such tower"}
		}
		a.resnet(&l)
	} else {
		a.vit(&l, s)
	}
	return l.params, nil
}

// A list collects parameters.
type list struct{ params []Param }

func (l *list) add(name string, law Law, shape ...int) {
	dims := make([]int64, len(shape))
	for i, n := range shape {
		dims[i] = int64(n)
	}
	l.params = append(l.params, Param{Name: name, Shape: dims, Law: law})
}

// norm adds gain and bias of a normalisation.
func (l *list) norm(name string, width int) {
	l.add(name+".weight", Const(1), width)
	l.add(name+".bias", Const(0), width)
}

// isqrt is 1/√n: the deviation that keeps a sum of n products at the size of its terms, and the bound of PyTorch's default layers.
func isqrt(n int) float64 { return 1 / math.Sqrt(float64(n)) }

// blockLaws are the laws of a transformer block.
type blockLaws struct {
	qkv, out, fc1, fc2                 Law
	qkvBias, outBias, fc1Bias, fc2Bias Law
}

// vit adds both towers under transformers' names.
func (a *Arch) vit(l *list, s Scheme) {
	t, v := a.Text, a.Vision
	w, d := v.Width, t.Width
	tokens := v.Image / v.Patch * (v.Image / v.Patch)
	// The two schemes share the formulas and differ in which of the attention's two deviations goes where.
	formula := func(width, layers, hidden int, f float64) (plain, residual float64, b blockLaws) {
		plain, residual = isqrt(width)*f, isqrt(width)*isqrt(2*layers)*f
		b.fc1, b.fc2 = Normal(0, isqrt(2*width)*f), Normal(0, residual)
		b.qkv, b.out = Normal(0, plain), Normal(0, residual)
		if s == HF {
			b.qkv, b.out = b.out, b.qkv
		}
		return plain, residual, b
	}
	var (
		f                                  = 1.0
		class, visionPosition, patch       Law
		textPosition, visualProj, textProj Law
		vision                             blockLaws
		textPlain, _, text                 = formula(d, t.Layers, t.Hidden, 1)
		scale                              = math.Log(1 / 0.07)
		token                              = 0.02
	)
	switch s {
	case OpenAI:
		class, visionPosition, visualProj = Normal(0, isqrt(w)), Normal(0, isqrt(w)), Normal(0, isqrt(w))
		patch = Uniform(isqrt(3 * v.Patch * v.Patch))
		// nn.MultiheadAttention: Xavier over the packed [3w, w]; nn.Linear: Kaiming with a = √5, which is U(±1/√fan_in).
		vision = blockLaws{qkv: Uniform(math.Sqrt(6 / float64(4*w))), out: Uniform(isqrt(w)),
			fc1: Uniform(isqrt(w)), fc1Bias: Uniform(isqrt(w)), fc2: Uniform(isqrt(v.Hidden)), fc2Bias: Uniform(isqrt(v.Hidden))}
		text.fc1Bias, text.fc2Bias = Uniform(isqrt(d)), Uniform(isqrt(t.Hidden))
		textPosition, textProj = Normal(0, 0.01), Normal(0, textPlain)
	case HF:
		f, scale = a.Factor, 2.6592
		token *= f
		_, _, vision = formula(w, v.Layers, v.Hidden, f)
		textPlain, _, text = formula(d, t.Layers, t.Hidden, f)
		class, patch, visionPosition = Normal(0, isqrt(w)*f), Normal(0, a.Range*f), Normal(0, a.Range*f)
		visualProj, textProj, textPosition = Normal(0, isqrt(w)*f), Normal(0, textPlain), Normal(0, token)
	}
	l.add("vision_model.embeddings.class_embedding", class, w)
	l.add("vision_model.embeddings.patch_embedding.weight", patch, w, 3, v.Patch, v.Patch)
	l.add("vision_model.embeddings.position_embedding.weight", visionPosition, tokens+1, w)
	l.norm("vision_model.pre_layrnorm", w)
	l.blocks("vision_model.encoder.layers", v.Layers, w, v.Hidden, vision)
	l.norm("vision_model.post_layernorm", w)
	l.add("visual_projection.weight", visualProj, a.Embed, w)
	l.add("text_model.embeddings.token_embedding.weight", Normal(0, token), t.Vocab, d)
	l.add("text_model.embeddings.position_embedding.weight", textPosition, t.Context, d)
	l.blocks("text_model.encoder.layers", t.Layers, d, t.Hidden, text)
	l.norm("text_model.final_layer_norm", d)
	l.add("text_projection.weight", textProj, a.Embed, d)
	l.add("logit_scale", Const(scale)) // last, so that everything before it is aligned
}

// blocks adds a tower's transformer blocks.
func (l *list) blocks(prefix string, layers, width, hidden int, b blockLaws) {
	for i := range layers {
		p := fmt.Sprintf("%s.%d.", prefix, i)
		l.norm(p+"layer_norm1", width)
		for _, name := range []string{"q_proj", "k_proj", "v_proj"} {
			l.add(p+"self_attn."+name+".weight", b.qkv, width, width)
			l.add(p+"self_attn."+name+".bias", b.qkvBias, width)
		}
		l.add(p+"self_attn.out_proj.weight", b.out, width, width)
		l.add(p+"self_attn.out_proj.bias", b.outBias, width)
		l.norm(p+"layer_norm2", width)
		l.add(p+"mlp.fc1.weight", b.fc1, hidden, width)
		l.add(p+"mlp.fc1.bias", b.fc1Bias, hidden)
		l.add(p+"mlp.fc2.weight", b.fc2, width, hidden)
		l.add(p+"mlp.fc2.bias", b.fc2Bias, width)
	}
}
