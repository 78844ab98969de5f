package graph

import "mindgap/models/onnxgraph"

// A vit is a vision transformer: patches by a convolution, a class token or none, positions, blocks, a pooled row, a projection.
type vit struct {
	transformer
	size, patch, embed int64
	patches            string // weight of the convolution
	patchBias          string // "": none
	class              string // class token; "": none
	positions          string
	lead               []int64 // axes of length 1 that the positions are stored with
	lnPre              string  // "": none
	lnPost             string
	average            bool // pool by the mean over the patches instead of the class token
	lnFirst            bool // with average: normalise the tokens, then take the mean
	head               *mapHead
	projection         linear // with a weight "": none
	output             string
}

// build writes pixel_values [batch, 3, size, size] → output [batch, embed].
func (v vit) build(b *builder) (*Graph, error) {
	in := Port{Name: "pixel_values", Type: onnxgraph.Float, Shape: []int64{-1, 3, v.size, v.size}}
	out := Port{Name: v.output, Type: onnxgraph.Float, Shape: []int64{-1, v.embed}}
	px := b.input(in, "batch")

	side := v.size / v.patch
	s := sequence{n: side * side}
	conv := of(px, b.weight(v.patches, v.width, 3, v.patch, v.patch))
	if v.patchBias != "" {
		conv = append(conv, b.weight(v.patchBias, v.width))
	}
	x := b.node("Conv", conv, attrInts("kernel_shape", v.patch, v.patch), attrInts("strides", v.patch, v.patch))
	x = b.transpose(b.reshape(x, 0, v.width, s.n), 0, 2, 1)
	if v.class != "" {
		batch := b.node("Shape", of(px), attrInt("start", 0), attrInt("end", 1))
		class := b.use(tensor{name: v.class, stored: []int64{v.width}, as: []int64{1, 1, v.width}})
		class = b.node("Expand", of(class, b.node("Concat", of(batch, b.ints(1, v.width)), attrInt("axis", 0))))
		x = b.node("Concat", of(class, x), attrInt("axis", 1))
		s.n++
	}
	positions := tensor{name: v.positions, stored: append(append([]int64{}, v.lead...), s.n, v.width), as: []int64{s.n, v.width}}
	x = b.reshape(b.node("Add", of(x, b.use(positions))), -1, v.width)
	if v.lnPre != "" {
		x = b.norm(x, v.lnPre, v.width, v.eps)
	}
	switch {
	case v.head != nil:
		x = b.norm(v.run(b, x, s, "", nil), v.lnPost, v.width, v.eps)
		x = v.head.build(b, x, s, v.transformer)
	case v.average:
		x = v.run(b, x, s, "", nil)
		if v.lnFirst {
			x = b.norm(x, v.lnPost, v.width, v.eps)
		}
		x = b.node("Slice", of(b.sequences(x, s, v.width), b.ints(1), b.ints(s.n), b.ints(1)))
		x = b.node("ReduceMean", of(x, b.ints(1)), attrInt("keepdims", 0))
		if !v.lnFirst {
			x = b.norm(x, v.lnPost, v.width, v.eps)
		}
	default:
		x = b.norm(v.run(b, x, s, "", pickAt(b, s, v.width, 0)), v.lnPost, v.width, v.eps)
	}
	if v.projection.weight != "" {
		x = b.linear(x, v.projection, v.embed, v.width)
	}
	b.output(x, out, "batch")
	return b.finish(in, out)
}

// A mapHead is SigLIP's multihead attention pooling: one learnt query looks at all tokens; out = r + mlp(LN r), with r what it saw.
type mapHead struct {
	probe        string // [1, 1, width]
	q, k, v, out linear
	ln           string
	fc1, fc2     linear
}

func (h *mapHead) build(b *builder, x value, s sequence, t transformer) value {
	probe := b.use(tensor{name: h.probe, stored: []int64{1, 1, t.width}, as: []int64{1, t.width}})
	q := b.linear(probe, h.q, t.width, t.width)
	k, v := b.linear(x, h.k, t.width, t.width), b.linear(x, h.v, t.width, t.width)
	// The one query's [1, heads, 1, d] is broadcast over the batch.
	r := b.linear(b.attend(q, k, v, sequence{n: 1}, s, t.heads, t.width, ""), h.out, t.width, t.width)
	return b.node("Add", of(r, t.feed(b, b.norm(r, h.ln, t.width, t.eps), h.fc1, h.fc2)))
}
