package onnxgraph

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

func field(num protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), body)
}

func value(num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// port writes a ValueInfoProto; dimension 0 stands for a named, dynamic one.
func port(name string, elem uint64, dims ...uint64) []byte {
	var shape []byte
	for _, d := range dims {
		dim := value(1, d)
		if d == 0 {
			dim = field(2, []byte("batch"))
		}
		shape = append(shape, field(1, dim)...)
	}
	return join(field(1, []byte(name)), field(2, field(1, join(value(1, elem), field(2, shape)))))
}

// outside writes an initializer whose data lies in a file.
func outside(name, location, offset, length string) []byte {
	entry := func(k, v string) []byte {
		if v == "" {
			return nil
		}
		return field(13, join(field(1, []byte(k)), field(2, []byte(v))))
	}
	return field(5, join(value(1, 4), value(2, 1), field(8, []byte(name)), entry("location", location), entry("offset", offset), entry("length", length), value(14, 1)))
}

// A place in external data that no file can have is an error.
func TestReadExternalNumbers(t *testing.T) {
	for _, bad := range []string{"-1", "x", "9223372036854775807"} {
		m := field(7, join(outside("a", "w", bad, "1"), field(12, port("y", 1, 0, 4))))
		if _, err := Read(t.Context(), fstest.MapFS{"m": {Data: m}}, "m"); err == nil {
			t.Errorf("offset %s: no error", bad)
		}
	}
}

func model() []byte {
	weights := make([]byte, 200_000) // longer than any buffer, so that skipping is real
	graph := join(
		field(1, join(field(1, []byte("x")), field(4, []byte("DynamicQuantizeLinear")))),
		field(1, join(field(4, []byte("Constant")), field(5, weights))),
		outside("b", "weights.bin", "0", "40"),
		outside("c", "other.bin", "", ""),
		outside("d", "weights.bin", "4096", "1000"),
		field(5, join(value(1, 4), value(1, 3), value(2, 1), field(8, []byte("w")), field(9, weights))),
		field(11, port("w", 1, 4)),
		field(11, port("pixel_values", 1, 0, 3, 32, 32)),
		field(12, port("image_embeds", 1, 0, 64)),
		field(12, port("half", 10, 0, 64)),
	)
	return join(value(1, 8), field(2, []byte("test")), field(7, graph), field(8, value(2, 17)))
}

func TestRead(t *testing.T) {
	got, err := Read(t.Context(), fstest.MapFS{"m.onnx": {Data: model()}}, "m.onnx")
	if err != nil {
		t.Fatal(err)
	}
	want := &Graph{
		Inputs:      []Port{{"pixel_values", Float, []int64{-1, 3, 32, 32}}},
		Outputs:     []Port{{"image_embeds", Float, []int64{-1, 64}}, {"half", Float16, []int64{-1, 64}}},
		External:    []External{{"weights.bin", 5096}, {"other.bin", 0}},
		BatchScaled: true,
		Parameters:  24,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	if s := got.Inputs[0].String(); s != "pixel_values float32[?,3,32,32]" {
		t.Errorf("String() = %q", s)
	}
}

// Every cut of a model is an error, never a panic and never a graph.
func TestReadCut(t *testing.T) {
	m := model()
	for n := 0; n < len(m); n++ {
		if n > 400 && n < len(m)-400 {
			n = min(n+997, len(m)-400)
		}
		// The last field of the file is the opset: a cut before it leaves a whole graph.
		if g, err := Read(t.Context(), fstest.MapFS{"m": {Data: m[:n]}}, "m"); err == nil && n < len(m)-len(field(8, value(2, 17))) {
			t.Fatalf("cut at %d of %d bytes: read %+v", n, len(m), g)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(model())
	f.Add([]byte("version https://example.org/spec/v1\noid sha256:00\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := Read(t.Context(), fstest.MapFS{"m": {Data: b}}, "m")
		if err == nil && len(g.Outputs) == 0 {
			t.Fatal("a graph without outputs")
		}
	})
}
