package gap

import (
	"context"
	"math/rand/v2"
	"slices"
)

// Inputs draws the Batch×Width inputs x_0 ~ N(0, 1) that seed gives: those of MeanCosines. The sizes must be in range, as RandomMLP says.
func (m RandomMLP) Inputs(seed uint64) *Embeddings {
	x := NewEmbeddings(m.Batch, m.Width, make([]float32, m.Batch*m.Width))
	drawNormal(rand.New(rand.NewPCG(seed, 0)), x.Data, 1)
	return x
}

// Rows returns what the network that seed gives makes of the inputs x, a row an input: x_Depth of RandomMLP, whose weights and biases are
// those of MeanCosines. One set of inputs through the networks of several seeds shows the cones of Liang et al. 2022, Fig. 2c. x stays as it
// is, and need not have Batch rows. The error is ctx's, or says what of m is out of range. It panics with ErrShape if x is not Width wide.
func (m RandomMLP) Rows(ctx context.Context, x *Embeddings, seed uint64) (*Embeddings, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if x.D != m.Width {
		panic(ErrShape)
	}
	return m.forward(ctx, NewEmbeddings(x.N, x.D, slices.Clone(x.Data)), seed, func(*Embeddings) {})
}
