package graph

import (
	"math"

	"mindgap/models/onnxgraph"
)

// A pooling says which row of the text is its embedding.
type pooling struct {
	kind string // "first", "last", "argmax" (the greatest id, CLIP's end of text), "eos" (the first id equal to eos)
	eos  int64
}

// A text is a text transformer: tokens and positions, blocks, one row, a projection.
type text struct {
	transformer
	context, vocab, embed int64
	tokens, positions     string
	lnFinal               string
	causal                bool
	pool                  pooling
	projection            linear // with a weight "": none
	output                string
}

// build writes input_ids [batch, sequence] → output [batch, embed]. The sequence is dynamic where padding cannot change the embedding:
// under a causal mask with an end of text to find. Else it is fixed to the context.
func (t text) build(b *builder) (*Graph, error) {
	ids := Port{Name: "input_ids", Type: onnxgraph.Int64, Shape: []int64{-1, t.context}}
	out := Port{Name: t.output, Type: onnxgraph.Float, Shape: []int64{-1, t.embed}}
	found := t.pool.kind == "argmax" || t.pool.kind == "eos"
	s := sequence{n: t.context}
	if t.causal && found {
		ids.Shape[1], s.n = -1, 0
	}
	in := b.input(ids, "batch", "sequence")
	if s.n == 0 {
		s.size = b.node("Shape", of(in), attrInt("start", 1), attrInt("end", 2))
	}

	// Rows are taken out of the table as they are stored, and only they are made float32.
	table, dtype := b.raw(tensor{name: t.tokens, stored: []int64{t.vocab, t.width}})
	x := b.node("Gather", of(table, in), attrInt("axis", 0))
	if b.err == nil {
		x = b.toFloat(x, dtype)
	}
	x = b.node("Add", of(x, b.first(b.weight(t.positions, t.context, t.width), s, 0)))
	x = b.reshape(x, -1, t.width)

	var mask value
	if t.causal && b.err == nil { // the positions' shape has shown that the context is no larger than the file
		mask = b.first(b.first(b.causalMask(t.context), s, 0), s, 1)
	}
	x = t.run(b, x, s, mask, t.pick(b, in, s))
	x = b.norm(x, t.lnFinal, t.width, t.eps)
	if t.projection.weight != "" {
		x = b.linear(x, t.projection, t.embed, t.width)
	}
	b.output(x, out, "batch")
	return b.finish(ids, out)
}

// first cuts a constant of the context's length down to the sequence's along one axis.
func (b *builder) first(x value, s sequence, axis int64) value {
	if s.n > 0 {
		return x
	}
	return b.node("Slice", of(x, b.ints(0), s.size, b.ints(axis)))
}

// causalMask is what is added to scores [n, n]: nothing to a token itself and those before it, the least float32 to those behind it.
func (b *builder) causalMask(n int64) value {
	m := make([]float32, n*n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			m[i*n+j] = -math.MaxFloat32
		}
	}
	return b.floats([]int64{n, n}, m)
}

// pick takes the pooled row of each text.
func (t text) pick(b *builder, ids value, s sequence) *pick {
	switch t.pool.kind {
	case "first":
		return pickAt(b, s, t.width, 0)
	case "last":
		return pickAt(b, s, t.width, s.n-1)
	}
	// The position of the end of text: where the ids are greatest, or the first that equals it; ArgMax takes the first of equals.
	small := b.castTo32(ids)
	if t.pool.kind == "eos" {
		small = b.castTo32(b.node("Equal", of(ids, b.integer(t.pool.eos))))
	}
	at := b.node("ArgMax", of(small), attrInt("axis", 1), attrInt("keepdims", 0))
	// Its row among all rows of the batch: text · length + position.
	length := s.size
	if s.n > 0 {
		length = b.ints(s.n)
	}
	batch := b.node("Shape", of(ids), attrInt("start", 0), attrInt("end", 1))
	numbers := b.node("Range", of(b.integer(0), b.node("Squeeze", of(batch)), b.integer(1)))
	row := b.node("Add", of(b.node("Mul", of(numbers, length)), at))
	return &pick{
		rows: func(rows value) value { return b.node("Gather", of(rows, row), attrInt("axis", 0)) },
		mask: func(mask value) value {
			return b.node("Unsqueeze", of(b.node("Gather", of(mask, at), attrInt("axis", 0)), b.ints(1, 2)))
		},
	}
}
