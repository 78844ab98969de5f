package graph

import (
	"math"

	"mindgap/models/onnxpb"
)

// An activation is what stands between the two layers of an MLP, in the words of transformers' hidden_act.
type activation string

const (
	quickGELU activation = "quick_gelu"        // x·σ(1.702x)
	erfGELU   activation = "gelu"              // x·Φ(x)
	tanhGELU  activation = "gelu_pytorch_tanh" // the tanh approximation of it
	relu      activation = "relu"
)

func (b *builder) activate(x value, a activation) value {
	switch a {
	case quickGELU:
		return b.node("Mul", of(x, b.node("Sigmoid", of(b.node("Mul", of(x, b.float(1.702)))))))
	case erfGELU:
		return b.node("Gelu", of(x), attrString("approximate", "none"))
	case tanhGELU:
		return b.node("Gelu", of(x), attrString("approximate", "tanh"))
	case relu:
		return b.node("Relu", of(x))
	}
	panic("graph: activation " + string(a) + " was not checked")
}

// A linear layer: y = x·Wᵀ + bias with W of shape [out, in].
type linear struct {
	weight, bias string // bias "": none
	part, parts  int64  // one of several layers packed one above the other, as PyTorch's in_proj_weight is; parts 0: alone
	transposed   bool   // stored as [in, out], as open_clip stores its projections
}

// pair is a layer that transformers and timm name "prefix.weight" and "prefix.bias".
func pair(prefix string) linear { return linear{weight: prefix + ".weight", bias: prefix + ".bias"} }

func (b *builder) linear(x value, l linear, out, in int64) value {
	stored := []int64{out, in}
	transB := int64(1)
	if l.transposed {
		stored, transB = []int64{in, out}, 0
	}
	n := max(l.parts, 1)
	stored[0] *= n
	ins := of(x, b.use(tensor{name: l.weight, stored: stored, part: l.part, parts: n}))
	if l.bias != "" {
		ins = append(ins, b.use(tensor{name: l.bias, stored: []int64{out * n}, part: l.part, parts: n}))
	}
	return b.node("Gemm", ins, attrInt("transB", transB))
}

// norm is a layer normalisation over the last axis.
func (b *builder) norm(x value, prefix string, width int64, eps float64) value {
	return b.node("LayerNormalization", of(x, b.weight(prefix+".weight", width), b.weight(prefix+".bias", width)), attrInt("axis", -1), attrFloat("epsilon", eps))
}

func (b *builder) reshape(x value, dims ...int64) value {
	return b.node("Reshape", of(x, b.ints(dims...)))
}

func (b *builder) transpose(x value, perm ...int64) value {
	return b.node("Transpose", of(x), attrInts("perm", perm...))
}

// A sequence says how many tokens the rows of a batch are made of.
type sequence struct {
	n    int64 // 0: as many as size says
	size value // int64[1], where n is 0
}

// split turns rows [B·S, width] into [B, S, heads, width/heads].
func (b *builder) split(rows value, s sequence, heads, width int64) value {
	if s.n > 0 {
		return b.reshape(rows, -1, s.n, heads, width/heads)
	}
	key := "split shape"
	if _, ok := b.made[key]; !ok {
		b.made[key] = b.node("Concat", of(b.ints(-1), s.size, b.ints(heads, width/heads)), attrInt("axis", 0))
	}
	return b.node("Reshape", of(rows, b.made[key]))
}

// sequences turns rows [B·S, width] into [B, S, width].
func (b *builder) sequences(rows value, s sequence, width int64) value {
	if s.n > 0 {
		return b.reshape(rows, -1, s.n, width)
	}
	return b.node("Reshape", of(rows, b.node("Concat", of(b.ints(-1), s.size, b.ints(width)), attrInt("axis", 0))))
}

// attend is softmax(q·kᵀ/√d + mask)·v for every head. Queries q are [B·Q, width], keys and values [B·S, width]; the result has q's rows.
// A mask "" is none, any other is added to [B, heads, Q, S].
func (b *builder) attend(q, k, v value, queries, keys sequence, heads, width int64, mask value) value {
	q = b.transpose(b.split(q, queries, heads, width), 0, 2, 1, 3)
	k = b.transpose(b.split(k, keys, heads, width), 0, 2, 3, 1)
	v = b.transpose(b.split(v, keys, heads, width), 0, 2, 1, 3)
	s := b.node("Mul", of(b.node("MatMul", of(q, k)), b.float(1/math.Sqrt(float64(width/heads)))))
	if mask != "" {
		s = b.node("Add", of(s, mask))
	}
	s = b.node("Softmax", of(s), attrInt("axis", -1))
	return b.reshape(b.transpose(b.node("MatMul", of(s, v)), 0, 2, 1, 3), -1, width)
}

// castTo32 is for token ids, of which ArgMax takes 32-bit ones on every provider.
func (b *builder) castTo32(x value) value {
	return b.node("Cast", of(x), attrInt("to", int64(onnxpb.TensorProto_INT32)))
}
