package graph

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"mindgap/models/fault"
	"mindgap/models/onnxpb"
	"mindgap/models/weights"
)

// A value is the name of a tensor in a graph under construction.
type value string

// A builder writes one tower down, node by node. Its first fault stays in err and every later call does nothing of use, so that an
// architecture reads as the formula that it is; loops over layers end when err is set.
type builder struct {
	op      string // for messages: "build the image tower of"
	where   string // folder for messages, with a slash
	set     weights.Set
	used    map[string]bool // tensors that some tower uses, shared by both towers
	nodes   []*onnxpb.NodeProto
	inits   []*onnxpb.TensorProto // small constants, whose values stand in the graph
	refs    []reference           // weights, whose values stand in a file
	made    map[string]value      // constants and weights by what they are
	taken   map[string]bool       // names of weights in the graph
	serial  int
	err     error
	inputs  []*onnxpb.ValueInfoProto
	outputs []*onnxpb.ValueInfoProto
}

func newBuilder(kind, where string, set weights.Set, used map[string]bool) *builder {
	return &builder{op: "build the " + kind + " tower of", where: where, set: set, used: used, made: make(map[string]value), taken: make(map[string]bool)}
}

// fail keeps the first fault.
func (b *builder) fail(thing, found, wanted, next string) {
	if b.err == nil {
		b.err = &fault.Error{Op: b.op, Thing: b.where + thing, Found: found, Wanted: wanted, Next: next}
	}
}

func (b *builder) name(prefix string) value {
	b.serial++
	return value(fmt.Sprintf("%s_%d", prefix, b.serial))
}

// node appends a node of ONNX's own operators and returns its one output.
func (b *builder) node(op string, in []value, attrs ...*onnxpb.AttributeProto) value {
	out := b.name(op)
	n := &onnxpb.NodeProto{OpType: proto.String(op), Name: proto.String(string(out)), Output: []string{string(out)}, Attribute: attrs}
	for _, v := range in {
		n.Input = append(n.Input, string(v))
	}
	b.nodes = append(b.nodes, n)
	return out
}

func of(vs ...value) []value { return vs }

func attrInt(name string, v int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(v)}
}

func attrInts(name string, v ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: v}
}

func attrFloat(name string, v float64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: proto.Float32(float32(v))}
}

func attrString(name, v string) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(v)}
}

// ints is a constant vector, as shapes and axes are given.
func (b *builder) ints(v ...int64) value { return b.integers([]int64{int64(len(v))}, v) }

// integer is a constant scalar.
func (b *builder) integer(v int64) value { return b.integers(nil, []int64{v}) }

func (b *builder) integers(dims, v []int64) value {
	key := fmt.Sprint("ints ", dims, v)
	if name, ok := b.made[key]; ok {
		return name
	}
	name := b.name("ints")
	b.inits = append(b.inits, &onnxpb.TensorProto{Name: proto.String(string(name)), DataType: proto.Int32(int32(onnxpb.TensorProto_INT64)),
		Dims: dims, Int64Data: v})
	b.made[key] = name
	return name
}

// float is a constant scalar.
func (b *builder) float(v float64) value {
	key := fmt.Sprint("float ", v)
	if name, ok := b.made[key]; ok {
		return name
	}
	b.made[key] = b.floats(nil, []float32{float32(v)})
	return b.made[key]
}

func (b *builder) floats(dims []int64, v []float32) value {
	name := b.name("floats")
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = appendFloat(raw, x)
	}
	b.inits = append(b.inits, &onnxpb.TensorProto{Name: proto.String(string(name)), DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)),
		Dims: dims, RawData: raw})
	return name
}

func appendFloat(raw []byte, x float32) []byte {
	u := math.Float32bits(x)
	return append(raw, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
}

// A tensor of the file, as a graph uses it: whole or one of several parts packed one behind the other along the first axis, under its own
// shape or another of as many elements. Neither costs a copy, because a part and a shape are a matter of offset and dimensions.
type tensor struct {
	name   string
	stored []int64 // the shape it must have in the file, of all parts together
	part   int64   // which part
	parts  int64   // of how many, 0 = 1
	as     []int64 // the shape in the graph; nil: as stored
}

// weight is a whole tensor of the file in float32.
func (b *builder) weight(name string, shape ...int64) value {
	return b.use(tensor{name: name, stored: shape})
}

// use is a tensor of the file in float32: weights in half precision pass a Cast, which ONNX Runtime folds when a session starts.
func (b *builder) use(t tensor) value {
	v, dtype := b.raw(t)
	return b.toFloat(v, dtype)
}

func (b *builder) toFloat(v value, dtype weights.DType) value {
	if dtype == weights.F32 {
		return v
	}
	key := "cast " + string(v)
	if name, ok := b.made[key]; ok {
		return name
	}
	b.made[key] = b.node("Cast", of(v), attrInt("to", int64(onnxpb.TensorProto_FLOAT)))
	return b.made[key]
}

// elements are the types of weights, as ONNX counts them.
var elements = map[weights.DType]onnxpb.TensorProto_DataType{
	weights.F32: onnxpb.TensorProto_FLOAT, weights.F16: onnxpb.TensorProto_FLOAT16,
	weights.BF16: onnxpb.TensorProto_BFLOAT16, weights.F64: onnxpb.TensorProto_DOUBLE,
}

// raw is a tensor of the file in its own type.
func (b *builder) raw(t tensor) (value, weights.DType) {
	if b.err != nil {
		return "", weights.F32
	}
	x, ok := b.set[t.name]
	if !ok {
		found := "no such tensor"
		if file := b.anyFile(); file != "" {
			found += " among the " + fmt.Sprint(len(b.set)) + " of " + file
		}
		b.fail(t.name, found, "a tensor of shape "+shape(t.stored), "check that the configuration and the weights are of the same model")
		return "", weights.F32
	}
	element, ok := elements[x.DType]
	switch {
	case !slices.Equal(x.Shape, t.stored):
		b.fail(x.File, x.Name+" of shape "+shape(x.Shape), "shape "+shape(t.stored)+", as the configuration has it",
			"check that the configuration and the weights are of the same model")
		return "", weights.F32
	case !ok:
		b.fail(x.File, x.Name+" of type "+string(x.DType), "F32, F16, BF16 or F64", "save the model's weights as floating-point numbers")
		return "", weights.F32
	}
	b.used[t.name] = true
	r := reference{file: x.File, offset: x.Offset, bytes: x.Bytes, element: element, name: t.name, dims: t.as}
	if r.dims == nil {
		r.dims = t.stored
	}
	if t.parts > 1 {
		r.bytes /= t.parts
		r.offset += t.part * r.bytes
		r.name = fmt.Sprintf("%s.%d", t.name, t.part)
		if t.as == nil {
			r.dims = append([]int64{t.stored[0] / t.parts}, t.stored[1:]...)
		}
	}
	key := "weight " + r.name + shape(r.dims)
	if name, ok := b.made[key]; ok {
		return name, x.DType
	}
	if b.taken[r.name] {
		r.name = string(b.name(r.name)) // the same bytes under another shape
	}
	b.taken[r.name] = true
	b.made[key] = value(r.name)
	b.refs = append(b.refs, r)
	return value(r.name), x.DType
}

// has reports whether the file has the tensor.
func (b *builder) has(name string) bool { _, ok := b.set[name]; return ok }

func (b *builder) anyFile() string {
	for _, t := range b.set {
		return t.File
	}
	return ""
}

func shape(dims []int64) string {
	s := "["
	for i, d := range dims {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprint(d)
	}
	return s + "]"
}

// input declares an input; a dimension is a number, or -1 with its name.
func (b *builder) input(p Port, names ...string) value {
	b.inputs = append(b.inputs, info(p, names))
	return value(p.Name)
}

// output makes v, which the last node gave, an output of the graph.
func (b *builder) output(v value, p Port, names ...string) {
	if b.err != nil {
		return
	}
	last := b.nodes[len(b.nodes)-1]
	if last.Output[0] != string(v) {
		panic("graph: the output is not the last node's")
	}
	last.Output[0] = p.Name
	b.outputs = append(b.outputs, info(p, names))
}

func info(p Port, names []string) *onnxpb.ValueInfoProto {
	s := new(onnxpb.TensorShapeProto)
	for i, d := range p.Shape {
		dim := new(onnxpb.TensorShapeProto_Dimension)
		if d >= 0 {
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d}
		} else {
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: names[i]}
		}
		s.Dim = append(s.Dim, dim)
	}
	return &onnxpb.ValueInfoProto{Name: proto.String(p.Name), Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(p.Type)), Shape: s}}}}
}
