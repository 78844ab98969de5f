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
	// HF is the _init_weights of transformers' CLIPModel and SiglipModel. It has no ResNet.
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
	if a.Family == "siglip" {
		if s == OpenAI {
			return nil, &fault.Error{Kind: fault.Usage, Op: "draw", Thing: a.Name, Found: "init=openai", Wanted: "hf", Next: "leave init out: OpenAI's code has no SigLIP"}
		}
		a.siglip(&l)
	} else if a.ResNet() {
		if s == HF {
			return nil, &fault.Error{Kind: fault.Usage, Op: "draw", Thing: a.Name, Found: "init=hf", Wanted: "openai", Next: "leave init out: transformers has no such tower"}
		}
		a.resnet(&l)
	} else {
		a.vit(&l, s)
	}
	return l.params, nil
}

// usual is the scheme that is meant where none is named.
func (a *Arch) usual() Scheme {
	if a.Family == "siglip" {
		return HF
	}
	return OpenAI
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

// Where training starts: the natural logarithm of the factor of the cosines. transformers rounds OpenAI's.
const (
	logitScaleOpenAI = 2.659260036932778 // ln(1/0.07)
	logitScaleHF     = 2.6592
)

// blockLaws are the laws of a transformer block. The zero law is that of zeros.
type blockLaws struct {
	qkv, out, fc1, fc2                 Law
	qkvBias, outBias, fc1Bias, fc2Bias Law
}

// textBlock is OpenAI's rule for the text tower: what feeds the residual stream is smaller by the root of the number of layers that add
// to it, two a block.
func textBlock(width, layers, hidden int) blockLaws {
	plain, residual := isqrt(width), isqrt(width)*isqrt(2*layers)
	return blockLaws{qkv: Normal(0, plain), out: Normal(0, residual),
		fc1: Normal(0, isqrt(2*width)), fc1Bias: Uniform(isqrt(width)), fc2: Normal(0, residual), fc2Bias: Uniform(isqrt(hidden))}
}

// defaultBlock is what PyTorch gives a block that nothing else initialises, as OpenAI leaves the image tower: nn.MultiheadAttention draws
// the packed [3w, w] by Xavier's rule, nn.Linear by Kaiming's with a = √5, which is U(±1/√fan_in).
func defaultBlock(width, hidden int) blockLaws {
	fc1, fc2 := Uniform(isqrt(width)), Uniform(isqrt(hidden))
	return blockLaws{qkv: Uniform(math.Sqrt(6 / float64(4*width))), out: Uniform(isqrt(width)), fc1: fc1, fc1Bias: fc1, fc2: fc2, fc2Bias: fc2}
}

// hfBlock is the rule of transformers for both towers: OpenAI's formulas, the attention's two deviations exchanged, biases 0.
func hfBlock(width, layers int, factor float64) blockLaws {
	plain, residual := Normal(0, isqrt(width)*factor), Normal(0, isqrt(width)*isqrt(2*layers)*factor)
	return blockLaws{qkv: residual, out: plain, fc1: Normal(0, isqrt(2*width)*factor), fc2: residual}
}

// towerLaws are the laws of both towers outside of their normalisations.
type towerLaws struct {
	class, patch, visionPosition, visualProjection Law
	token, textPosition, textProjection            Law
	vision, text                                   blockLaws
	logitScale                                     float64
}

func (a *Arch) laws(s Scheme) towerLaws {
	v, t := a.Vision, a.Text
	if s == HF {
		f := a.Factor
		return towerLaws{
			class: Normal(0, isqrt(v.Width)*f), patch: Normal(0, a.Range*f), visionPosition: Normal(0, a.Range*f), visualProjection: Normal(0, isqrt(v.Width)*f),
			token: Normal(0, 0.02*f), textPosition: Normal(0, 0.02*f), textProjection: Normal(0, isqrt(t.Width)*f),
			vision: hfBlock(v.Width, v.Layers, f), text: hfBlock(t.Width, t.Layers, f), logitScale: logitScaleHF,
		}
	}
	w := Normal(0, isqrt(v.Width))
	return towerLaws{
		class: w, patch: Uniform(isqrt(3 * v.Patch * v.Patch)), visionPosition: w, visualProjection: w,
		token: Normal(0, 0.02), textPosition: Normal(0, 0.01), textProjection: Normal(0, isqrt(t.Width)),
		vision: defaultBlock(v.Width, v.Hidden), text: textBlock(t.Width, t.Layers, t.Hidden), logitScale: logitScaleOpenAI,
	}
}

// vit adds both towers under transformers' names.
func (a *Arch) vit(l *list, s Scheme) {
	t, v, laws := a.Text, a.Vision, a.laws(s)
	grid := v.Image / v.Patch
	l.add("vision_model.embeddings.class_embedding", laws.class, v.Width)
	l.add("vision_model.embeddings.patch_embedding.weight", laws.patch, v.Width, 3, v.Patch, v.Patch)
	l.add("vision_model.embeddings.position_embedding.weight", laws.visionPosition, grid*grid+1, v.Width)
	l.norm("vision_model.pre_layrnorm", v.Width)
	l.blocks("vision_model.encoder.layers", v.Layers, v.Width, v.Hidden, laws.vision)
	l.norm("vision_model.post_layernorm", v.Width)
	l.add("visual_projection.weight", laws.visualProjection, a.Embed, v.Width)
	l.add("text_model.embeddings.token_embedding.weight", laws.token, t.Vocab, t.Width)
	l.add("text_model.embeddings.position_embedding.weight", laws.textPosition, t.Context, t.Width)
	l.blocks("text_model.encoder.layers", t.Layers, t.Width, t.Hidden, laws.text)
	l.norm("text_model.final_layer_norm", t.Width)
	l.add("text_projection.weight", laws.textProjection, a.Embed, t.Width)
	l.add("logit_scale", Const(laws.logitScale)) // last, so that everything before it is aligned
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
		l.mlp(p+"mlp", width, hidden, b)
	}
}

// mlp adds the two layers of a block's MLP.
func (l *list) mlp(p string, width, hidden int, b blockLaws) {
	l.add(p+".fc1.weight", b.fc1, hidden, width)
	l.add(p+".fc1.bias", b.fc1Bias, hidden)
	l.add(p+".fc2.weight", b.fc2, width, hidden)
	l.add(p+".fc2.bias", b.fc2Bias, width)
}
