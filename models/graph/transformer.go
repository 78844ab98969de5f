package graph

// A transformer is a stack of pre-norm blocks: x += out(attend(LN1 x)); x += fc2(act(fc1(LN2 x))).
type transformer struct {
	width, layers, heads, mlp int64
	act                       activation
	eps                       float64
	block                     func(i int64) block // where the weights of block i are
}

// A block names the weights of one block.
type block struct {
	ln1, ln2       string
	q, k, v, out   linear
	fc1, fc2       linear
	scale1, scale2 string // layer scale: what each branch is multiplied by; "": nothing
}

// A pick takes one row of each sequence, the one that the embedding is made of.
type pick struct {
	rows func(rows value) value // [B·S, width] → [B, width]
	mask func(mask value) value // the rows of the attention mask that belong to them, to be added to [B, heads, 1, S]
}

// run applies all blocks to rows [B·S, width]. With a pick, the last block computes that row alone, from the keys and values of all, and
// the result is [B, width]. The mask "" is none.
func (t transformer) run(b *builder, x value, s sequence, mask value, last *pick) value {
	for i := int64(0); i < t.layers && b.err == nil; i++ {
		l := t.block(i)
		y := b.norm(x, l.ln1, t.width, t.eps)
		k, v := b.linear(y, l.k, t.width, t.width), b.linear(y, l.v, t.width, t.width)
		queries, m := s, mask
		if last != nil && i == t.layers-1 {
			x, y, queries = last.rows(x), last.rows(y), sequence{n: 1}
			if mask != "" {
				m = last.mask(mask)
			}
		}
		q := b.linear(y, l.q, t.width, t.width)
		a := b.linear(b.attend(q, k, v, queries, s, t.heads, t.width, m), l.out, t.width, t.width)
		x = b.node("Add", of(x, t.scaled(b, a, l.scale1)))
		m2 := t.feed(b, b.norm(x, l.ln2, t.width, t.eps), l.fc1, l.fc2)
		x = b.node("Add", of(x, t.scaled(b, m2, l.scale2)))
	}
	return x
}

// feed is the MLP.
func (t transformer) feed(b *builder, x value, fc1, fc2 linear) value {
	return b.linear(b.activate(b.linear(x, fc1, t.mlp, t.width), t.act), fc2, t.width, t.mlp)
}

func (t transformer) scaled(b *builder, x value, scale string) value {
	if scale == "" {
		return x
	}
	return b.node("Mul", of(x, b.weight(scale, t.width)))
}

// pickAt takes the row at a position that is the same for all sequences.
func pickAt(b *builder, s sequence, width, at int64) *pick {
	return &pick{
		rows: func(rows value) value {
			return b.node("Gather", of(b.sequences(rows, s, width), b.integer(at)), attrInt("axis", 1))
		},
		mask: func(mask value) value { return b.node("Gather", of(mask, b.ints(at)), attrInt("axis", 0)) },
	}
}
