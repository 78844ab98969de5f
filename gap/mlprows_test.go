package gap

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// Rows is the network whose cosines MeanCosines measures: on its inputs, the last mean is that of the rows, to the last bit.
func TestMLPRowsAreMeanCosines(t *testing.T) {
	for _, a := range Activations() {
		m := RandomMLP{Width: 24, Batch: 16, Depth: 3, Activation: a, Bias: NormalBias}
		means, err := m.MeanCosines(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		inputs := m.Inputs(7)
		before := slices.Clone(inputs.Data)
		rows, err := m.Rows(t.Context(), inputs, 7)
		if err != nil {
			t.Fatal(err)
		}
		if got := MeanCosine(rows); got != means[3] {
			t.Errorf("%s: mean cosine %v of the rows, %v by MeanCosines", a, got, means[3])
		}
		if !slices.Equal(inputs.Data, before) {
			t.Errorf("%s: the inputs were changed", a)
		}
		other, err := m.Rows(t.Context(), inputs, 8)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(other.Data, rows.Data) {
			t.Errorf("%s: two seeds give the same rows", a)
		}
		// Rows of some of the inputs are those rows: an input does not depend on the others.
		if some, err := m.Rows(t.Context(), inputs.Slice(0, 5), 7); err != nil || !slices.Equal(some.Data, rows.Slice(0, 5).Data) {
			t.Errorf("%s: five inputs alone give other rows, %v", a, err)
		}
	}
}

func TestMLPRowsFaults(t *testing.T) {
	m := RandomMLP{Width: 4, Batch: 2, Depth: 1, Activation: ReLU, Bias: NoBias}
	wrong := m
	wrong.Depth = -1
	if _, err := wrong.Rows(t.Context(), m.Inputs(1), 1); err == nil {
		t.Error("a negative depth is no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Rows(ctx, m.Inputs(1), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	defer func() {
		if got := recover(); got != ErrShape {
			t.Errorf("panic %v, want %q", got, ErrShape)
		}
	}()
	_, _ = m.Rows(t.Context(), NewEmbeddings(1, 3, make([]float32, 3)), 1)
}
