package builtin

import (
	"bytes"
	"testing"
)

func TestApplyDelta(t *testing.T) {
	for _, c := range []struct {
		name, base string
		delta      []byte
		want       string
	}{
		{"nothing", "abcdef", nil, "abcdef"},
		{"two runs", "abcdef", []byte{1, 2, 'X', 'Y', 1, 1, 'Z'}, "aXYdZf"},
		{"all", "abc", []byte{0, 3, 'x', 'y', 'z'}, "xyz"},
		{"keep to the end", "abc", []byte{3, 0}, "abc"},
	} {
		b := []byte(c.base)
		if err := applyDelta(b, c.delta); err != nil || string(b) != c.want {
			t.Errorf("%s: %q, %v, wanted %q", c.name, b, err, c.want)
		}
	}
	for name, delta := range map[string][]byte{
		"keeps past the end":    {7, 0},
		"replaces past the end": {5, 2, 'x', 'y'},
		"cut off in the bytes":  {1, 2, 'x'},
		"cut off after keep":    {1},
		"cut off in a varint":   {0x80},
		"varint too long":       bytes.Repeat([]byte{0xff}, 11),
	} {
		if err := applyDelta([]byte("abcdef"), delta); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzApplyDelta(f *testing.F) {
	f.Add([]byte("abcdef"), []byte{1, 2, 'X', 'Y', 1, 1, 'Z'})
	f.Add([]byte("abcdef"), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		_ = applyDelta(base, delta) // must not panic
	})
}

func TestInitializers(t *testing.T) {
	model, tensors, err := skeleton("twin/text_model.onnx.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(tensors) != 46 || len(tensors["token.codes"]) != vocabulary*textWidth || len(tensors["pos"]) != 4*context*textWidth {
		t.Errorf("%d tensors, token.codes of %d bytes, pos of %d", len(tensors), len(tensors["token.codes"]), len(tensors["pos"]))
	}
	// The slices lie in the model.
	tensors["pos"][0] = 0x5a
	if again, err := initializers(model); err != nil || again["pos"][0] != 0x5a {
		t.Errorf("writing to a tensor did not change the model (%v)", err)
	}
	if _, err := initializers(model[:len(model)-1]); err == nil {
		t.Error("cut off model: no error")
	}
}

func FuzzInitializers(f *testing.F) {
	f.Add([]byte{modelGraph<<3 | 2, 8, graphInitializer<<3 | 2, 6, tensorName<<3 | 2, 1, 'a', tensorRawData<<3 | 2, 1, 'b'})
	f.Fuzz(func(t *testing.T, model []byte) {
		_, _ = initializers(model) // must not panic
	})
}

func TestTensorOfAnotherSizeIsRefused(t *testing.T) {
	set := tensorSet{"a": make([]byte, 8)}
	if err := set.put("a", make([]float32, 2)); err != nil {
		t.Error(err)
	}
	if err := set.put("a", make([]float32, 3)); err == nil {
		t.Error("tensor of another size: no error")
	}
	if err := set.put("b", make([]float32, 1)); err == nil {
		t.Error("missing tensor: no error")
	}
}
