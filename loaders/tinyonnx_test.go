package loaders

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"mindgap/models/onnxgraph"
	"mindgap/models/onnxpb"
)

// The graphs below are towers small enough to be computed again in a few lines of Go. An image's embedding is its pixels times a matrix; a
// text's is the sum of a row of a table for each id, weighted by the mask where the graph has one.

// weight is the i-th number of the matrix or table named by salt, in [−0.5, 0.5).
func weight(salt, i int) float32 {
	x := uint32(i+1)*2654435761 ^ uint32(salt)*2246822519
	x ^= x >> 15
	x *= 2246822519
	x ^= x >> 13
	return float32(x>>8)/(1<<24) - 0.5
}

// Salts of the parts.
const (
	saltPixels = iota
	saltTable
	saltPositions
	saltTypes
	saltImageProjection
	saltTextProjection
)

// A tiny describes one graph; zero values leave a part out.
type tiny struct {
	image, text *tinyTower
	logits      bool // logits = 12·cos − 3 of both towers
	external    string
}

// A tinyTower is one half.
type tinyTower struct {
	input, mask, positions, types string
	output                        string
	extra                         string // another, three-dimensional output before it
	size, vocab, width            int
	batch, length                 int64 // fixed dimensions, 0 = dynamic
	ints, floats                  onnxgraph.ElemType
	unit                          bool
	unshaped                      bool // the output states no shape
}

type builder struct {
	g   *onnxpb.GraphProto
	ext []byte
	at  string // external data's file, "" = none
}

func (b *builder) node(op string, in []string, out string, attrs ...*onnxpb.AttributeProto) string {
	b.g.Node = append(b.g.Node, &onnxpb.NodeProto{OpType: proto.String(op), Input: in, Output: []string{out}, Attribute: attrs})
	return out
}

func attrInt(name string, v int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(v)}
}

func (b *builder) ints(name string, v ...int64) string {
	b.g.Initializer = append(b.g.Initializer, &onnxpb.TensorProto{Name: proto.String(name), DataType: proto.Int32(int32(onnxgraph.Int64)), Dims: []int64{int64(len(v))}, Int64Data: v})
	return name
}

func (b *builder) weights(name string, salt int, dims ...int64) string {
	n := 1
	for _, d := range dims {
		n *= int(d)
	}
	raw := make([]byte, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(weight(salt, i)))
	}
	t := &onnxpb.TensorProto{Name: proto.String(name), DataType: proto.Int32(int32(onnxgraph.Float)), Dims: dims, RawData: raw}
	if b.at != "" {
		entry := func(k, v string) *onnxpb.StringStringEntryProto {
			return &onnxpb.StringStringEntryProto{Key: proto.String(k), Value: proto.String(v)}
		}
		t.RawData, t.DataLocation = nil, onnxpb.TensorProto_EXTERNAL.Enum()
		t.ExternalData = []*onnxpb.StringStringEntryProto{entry("location", b.at), entry("offset", itoa(len(b.ext))), entry("length", itoa(len(raw)))}
		b.ext = append(b.ext, raw...)
	}
	b.g.Initializer = append(b.g.Initializer, t)
	return name
}

func (b *builder) scalar(name string, v float32) string {
	b.g.Initializer = append(b.g.Initializer, &onnxpb.TensorProto{Name: proto.String(name), DataType: proto.Int32(int32(onnxgraph.Float)), FloatData: []float32{v}})
	return name
}

func valueInfo(name string, elem onnxgraph.ElemType, unshaped bool, dims ...int64) *onnxpb.ValueInfoProto {
	shape := &onnxpb.TensorShapeProto{}
	for i, d := range dims { // equal names would promise equal numbers
		dim := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: name + itoa(i)}}
		if d > 0 {
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	if unshaped {
		shape = nil
	}
	return &onnxpb.ValueInfoProto{Name: proto.String(name), Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(elem)), Shape: shape}}}}
}

func (b *builder) input(name string, elem onnxgraph.ElemType, dims ...int64) string {
	b.g.Input = append(b.g.Input, valueInfo(name, elem, false, dims...))
	return name
}

// finish names the tower's output: normalised, and in half precision, where it is so.
func (b *builder) finish(t *tinyTower, value string) string {
	if t.unit {
		norm := b.node("ReduceL2", []string{value}, value+"_norm", &onnxpb.AttributeProto{Name: proto.String("axes"), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: []int64{1}})
		value = b.node("Div", []string{value, norm}, value+"_unit")
	}
	if t.floats == onnxgraph.Float16 {
		b.node("Cast", []string{value}, t.output, attrInt("to", int64(onnxgraph.Float16)))
	} else {
		b.node("Identity", []string{value}, t.output)
	}
	b.g.Output = append(b.g.Output, valueInfo(t.output, t.floats, t.unshaped, t.batch, int64(t.width)))
	return t.output
}

func (b *builder) image(t *tinyTower) string {
	side := int64(t.size)
	x := b.input(t.input, t.floats, t.batch, 3, side, side)
	x = b.node("Cast", []string{x}, "pixels", attrInt("to", int64(onnxgraph.Float)))
	if t.extra != "" {
		flat := b.node("Reshape", []string{x, b.ints("three", 0, 3, -1)}, t.extra)
		b.g.Output = append(b.g.Output, valueInfo(flat, onnxgraph.Float, false, t.batch, 3, side*side))
	}
	x = b.node("Flatten", []string{x}, "flat", attrInt("axis", 1))
	return b.finish(t, b.node("MatMul", []string{x, b.weights("matrix", saltPixels, 3*side*side, int64(t.width))}, "image_sum"))
}

func (b *builder) text(t *tinyTower) string {
	w := int64(t.width)
	x := b.input(t.input, t.ints, t.batch, t.length)
	x = b.node("Gather", []string{b.weights("table", saltTable, int64(t.vocab), w), x}, "rows")
	for _, more := range []struct {
		input, name string
		salt        int
		rows        int64
	}{{t.positions, "positions", saltPositions, 512}, {t.types, "types", saltTypes, 2}} {
		if more.input == "" {
			continue
		}
		ids := b.input(more.input, t.ints, t.batch, t.length)
		add := b.node("Gather", []string{b.weights(more.name+"_table", more.salt, more.rows, w), ids}, more.name+"_rows")
		x = b.node("Add", []string{x, add}, "rows_"+more.name)
	}
	if t.mask != "" {
		m := b.input(t.mask, t.ints, t.batch, t.length)
		m = b.node("Cast", []string{m}, "mask_float", attrInt("to", int64(onnxgraph.Float)))
		m = b.node("Unsqueeze", []string{m, b.ints("last", 2)}, "mask_column")
		x = b.node("Mul", []string{x, m}, "masked")
	}
	if t.extra != "" {
		b.node("Identity", []string{x}, t.extra)
		b.g.Output = append(b.g.Output, valueInfo(t.extra, onnxgraph.Float, false, t.batch, t.length, w))
	}
	return b.finish(t, b.node("ReduceSum", []string{x, b.ints("axis", 1)}, "text_sum", attrInt("keepdims", 0)))
}

// writeTiny writes the graph, and its external data beside it.
func writeTiny(tb testing.TB, name string, g tiny) {
	tb.Helper()
	b := &builder{g: &onnxpb.GraphProto{Name: proto.String("tiny")}, at: g.external}
	if g.logits { // as optimum orders them
		b.g.Output = append(b.g.Output, valueInfo("logits_per_image", onnxgraph.Float, false, 0, 0))
	}
	var image, text string
	if g.image != nil {
		image = b.image(g.image)
	}
	if g.text != nil {
		text = b.text(g.text)
	}
	if g.logits {
		unit := func(x string) string {
			norm := b.node("ReduceL2", []string{x}, x+"_length", &onnxpb.AttributeProto{Name: proto.String("axes"), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: []int64{1}})
			return b.node("Div", []string{x, norm}, x+"_direction")
		}
		t := b.node("Transpose", []string{unit(text)}, "transposed")
		cos := b.node("MatMul", []string{unit(image), t}, "cosines")
		scaled := b.node("Mul", []string{cos, b.scalar("scale", 12)}, "scaled")
		b.node("Add", []string{scaled, b.scalar("bias", -3)}, "logits_per_image")
	}
	b.write(tb, name)
}

// writeProjection writes a graph of one matrix.
func writeProjection(tb testing.TB, name string, salt int, from, to int64) {
	tb.Helper()
	b := &builder{g: &onnxpb.GraphProto{Name: proto.String("projection")}}
	x := b.input("x", onnxgraph.Float, 0, from)
	b.node("MatMul", []string{x, b.weights("matrix", salt, from, to)}, "y")
	b.g.Output = append(b.g.Output, valueInfo("y", onnxgraph.Float, false, 0, to))
	b.write(tb, name)
}

func (b *builder) write(tb testing.TB, name string) {
	tb.Helper()
	// ReduceL2 takes its axes as an attribute until version 18, ReduceSum and Unsqueeze as an input since 13.
	m := &onnxpb.ModelProto{IrVersion: proto.Int64(8), Graph: b.g, OpsetImport: []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(17)}}}
	data, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	writeFile(tb, name, data)
	if b.at != "" {
		writeFile(tb, filepath.Join(filepath.Dir(name), b.at), b.ext)
	}
}

func writeFile(tb testing.TB, name string, data []byte) {
	tb.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, data, 0o644)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// embedImage is what the tower of t answers for planar pixels.
func (t *tinyTower) embedImage(pixels []float32) []float64 {
	out := make([]float64, t.width)
	for i, v := range pixels {
		for k := range out {
			out[k] += float64(v) * float64(weight(saltPixels, i*t.width+k))
		}
	}
	return t.normalise(out)
}

// embedText is what the tower of t answers for ids, of which the first n are real.
func (t *tinyTower) embedText(ids []int, n int) []float64 {
	out := make([]float64, t.width)
	for i, id := range ids {
		if t.mask != "" && i >= n {
			break
		}
		for k := range out {
			out[k] += float64(weight(saltTable, id*t.width+k))
			if t.positions != "" {
				out[k] += float64(weight(saltPositions, i*t.width+k))
			}
			if t.types != "" {
				out[k] += float64(weight(saltTypes, k))
			}
		}
	}
	return t.normalise(out)
}

func (t *tinyTower) normalise(x []float64) []float64 {
	if t.unit {
		var sum float64
		for _, v := range x {
			sum += v * v
		}
		for k := range x {
			x[k] /= math.Sqrt(sum)
		}
	}
	return x
}

// projected multiplies by the matrix of a projection.
func projected(x []float64, salt, to int) []float64 {
	out := make([]float64, to)
	for i, v := range x {
		for k := range out {
			out[k] += v * float64(weight(salt, i*to+k))
		}
	}
	return out
}
