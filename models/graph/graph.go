// Package graph builds ONNX graphs of image–text towers over a file of weights.
//
// An architecture is one file: it names the tensors it needs, with their shapes, and says what is computed from them. The graph holds no
// weights of its own: its initializers point into the user's .safetensors file, at the byte where each tensor lies, so that opening a model
// of gigabytes converts, copies and writes nothing.
//
// The graphs are shaped for ONNX Runtime. Between attention layers, a batch of B sequences of S tokens is one matrix of B·S rows, so that
// every linear layer is a Gemm, which takes PyTorch's [out, in] weights as they are and adds the bias in the same pass. The last block
// computes only the row that the embedding is taken from, which saves most of one block of twelve. Both change no number beyond rounding.
package graph

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"google.golang.org/protobuf/proto"

	"mindgap/models/onnxgraph"
	"mindgap/models/onnxpb"
)

// A Port is an input or output of a graph.
type Port = onnxgraph.Port

// A Graph is one tower.
type Graph struct {
	Input, Output Port
	Width         int // numbers an embedding

	Files []string // that hold its weights

	body *onnxpb.GraphProto
	refs []reference
}

// A reference is an initializer whose values stand in a file.
type reference struct {
	name          string
	file          string
	offset, bytes int64
	element       onnxpb.TensorProto_DataType
	dims          []int64
}

// A Placement says where the weights of a graph's model are to be found.
type Placement struct {
	// Inline copies the weights into the model, which must stay below protobuf's 2 GiB. Otherwise initializers point into the files that
	// the weights came from, and nothing is copied.
	Inline bool
	// Data, where it is not nil, takes a copy of the weights, each at a multiple of 256 bytes, and initializers point into a file called
	// DataName beside the model. CUDA's libraries want such alignment, which a .safetensors file does not promise.
	Data     io.Writer
	DataName string
	// Locate says where a file of weights lies for whoever loads the model, relative to the folder that it is told; nil: under its own name.
	Locate func(file string) string
}

const (
	// opset 20 has Gelu in both kinds, LayerNormalization (17) and Reshape as used here. ONNX Runtime knows it since 1.17.
	opset = 20
	// irVersion is the one that opset 20 came with.
	irVersion = 9
	// maxInline is protobuf's bound on a message, with room for nodes.
	maxInline = 1<<31 - 1<<24
	// alignment of copied weights, that of CUDA's allocator.
	alignment = 256
)

// finish turns what was built into a Graph.
func (b *builder) finish(in, out Port) (*Graph, error) {
	if b.err != nil {
		return nil, b.err
	}
	g := &Graph{Input: in, Output: out, Width: int(out.Shape[1]), refs: b.refs,
		body: &onnxpb.GraphProto{Name: proto.String("tower"), Node: b.nodes, Initializer: b.inits, Input: b.inputs, Output: b.outputs}}
	seen := make(map[string]bool)
	for _, r := range b.refs {
		if !seen[r.file] {
			seen[r.file] = true
			g.Files = append(g.Files, r.file)
		}
	}
	return g, nil
}

// WeightBytes is the size of the weights that the graph uses.
func (g *Graph) WeightBytes() int64 {
	var n int64
	for _, r := range g.refs {
		n += r.bytes
	}
	return n
}

// FitsInline reports whether the weights can stand inside the model.
func (g *Graph) FitsInline() bool { return g.WeightBytes() < maxInline }

// Bytes returns the model. Weights are read from fsys where the placement copies them.
func (g *Graph) Bytes(ctx context.Context, fsys fs.FS, p Placement) ([]byte, error) {
	body := &onnxpb.GraphProto{Name: g.body.Name, Node: g.body.Node, Input: g.body.Input, Output: g.body.Output}
	body.Initializer = append(body.Initializer, g.body.Initializer...)
	if p.Inline && !g.FitsInline() {
		return nil, fmt.Errorf("weights of %d bytes do not fit into one ONNX message, whose limit is 2 GiB", g.WeightBytes())
	}
	files := openFiles{fsys: fsys}
	defer files.close()
	var at int64
	for _, r := range g.refs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := &onnxpb.TensorProto{Name: proto.String(r.name), DataType: proto.Int32(int32(r.element)), Dims: r.dims}
		switch {
		case p.Data != nil:
			pad := -at & (alignment - 1)
			if _, err := p.Data.Write(make([]byte, pad)); err != nil {
				return nil, err
			}
			if err := files.copy(ctx, p.Data, r); err != nil {
				return nil, err
			}
			external(t, p.DataName, at+pad, r.bytes)
			at += pad + r.bytes
		case p.Inline:
			var err error
			if t.RawData, err = files.read(r); err != nil {
				return nil, err
			}
		default:
			file := r.file
			if p.Locate != nil {
				file = p.Locate(file)
			}
			external(t, file, r.offset, r.bytes)
		}
		body.Initializer = append(body.Initializer, t)
	}
	m := &onnxpb.ModelProto{IrVersion: proto.Int64(irVersion), ProducerName: proto.String("mindgap"), Graph: body,
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(opset)}}}
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

// external points a tensor at bytes of a file.
func external(t *onnxpb.TensorProto, file string, offset, bytes int64) {
	t.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	for _, kv := range [][2]string{{"location", file}, {"offset", strconv.FormatInt(offset, 10)}, {"length", strconv.FormatInt(bytes, 10)}} {
		t.ExternalData = append(t.ExternalData, &onnxpb.StringStringEntryProto{Key: proto.String(kv[0]), Value: proto.String(kv[1])})
	}
}

// openFiles reads weights from files that stay open between reads.
type openFiles struct {
	fsys fs.FS
	open map[string]fs.File
}

func (o *openFiles) at(name string) (io.ReaderAt, error) {
	f, ok := o.open[name]
	if !ok {
		var err error
		if f, err = o.fsys.Open(name); err != nil {
			return nil, err
		}
		if o.open == nil {
			o.open = make(map[string]fs.File)
		}
		o.open[name] = f
	}
	r, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("read %s: the file system gives no access by offset", name)
	}
	return r, nil
}

func (o *openFiles) read(r reference) ([]byte, error) {
	f, err := o.at(r.file)
	if err != nil {
		return nil, err
	}
	b := make([]byte, r.bytes)
	if _, err := f.ReadAt(b, r.offset); err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", r.name, r.file, err)
	}
	return b, nil
}

// copy writes one tensor in pieces, so that a long copy ends when ctx does and memory stays bounded.
func (o *openFiles) copy(ctx context.Context, w io.Writer, r reference) error {
	f, err := o.at(r.file)
	if err != nil {
		return err
	}
	src := io.NewSectionReader(f, r.offset, r.bytes)
	for left := r.bytes; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(w, src, min(left, 1<<24))
		if err != nil {
			return fmt.Errorf("copy %s of %s: %w", r.name, r.file, err)
		}
		left -= n
	}
	return nil
}

func (o *openFiles) close() {
	for _, f := range o.open {
		_ = f.Close() // opened for reading
	}
}
