// Package onnxgraph reads the ports of an ONNX graph, its inputs and outputs, without loading the weights: it walks the protobuf and
// skips every tensor. Opening a model of a gigabyte costs a few reads.
package onnxgraph

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// ElemType is onnx.TensorProto.DataType.
type ElemType int32

// The element types that towers use at their ports.
const (
	Float    ElemType = 1
	Int32    ElemType = 6
	Int64    ElemType = 7
	Bool     ElemType = 9
	Float16  ElemType = 10
	Double   ElemType = 11
	BFloat16 ElemType = 16
)

var elemNames = map[ElemType]string{Float: "float32", Int32: "int32", Int64: "int64", Bool: "bool", Float16: "float16", Double: "float64", BFloat16: "bfloat16"}

func (t ElemType) String() string {
	if s, ok := elemNames[t]; ok {
		return s
	}
	return fmt.Sprintf("ONNX type %d", int32(t))
}

// Integer reports whether token ids can be fed as t.
func (t ElemType) Integer() bool { return t == Int32 || t == Int64 }

// A Port is one input or output: its name, element type and shape. A dynamic dimension is -1.
type Port struct {
	Name  string
	Type  ElemType
	Shape []int64
}

func (p Port) String() string {
	dims := make([]string, len(p.Shape))
	for i, d := range p.Shape {
		if dims[i] = fmt.Sprint(d); d < 0 {
			dims[i] = "?"
		}
	}
	return fmt.Sprintf("%s %s[%s]", p.Name, p.Type, strings.Join(dims, ","))
}

// A Graph is what Read finds.
type Graph struct {
	Inputs, Outputs []Port     // inputs without those that are initializers, as files before IR version 4 list them
	External        []External // files that hold initializers, each once, in the order of their first use
	// BatchScaled says that activations are quantised while the graph runs, with one scale for a whole batch: what an example's output is
	// then depends on the others beside it.
	BatchScaled bool
	Parameters  int64 // numbers in the initializers, integer constants of shapes and indices left out
}

// External is a file beside the model that holds weights (external data).
type External struct {
	Location string // as the model writes it, relative to the model's folder
	End      int64  // bytes that the file must have at least, as far as offsets and lengths say
}

// maxPort bounds what is read into memory for one port; a real one takes some hundred bytes.
const maxPort = 1 << 20

// Read walks the model file name in fsys.
func Read(ctx context.Context, fsys fs.FS, name string) (*Graph, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Parse(ctx, f, st.Size())
}

// Parse walks a model of size bytes.
func Parse(ctx context.Context, r io.Reader, size int64) (*Graph, error) {
	w := &walker{ctx: ctx, r: bufio.NewReader(r), end: size}
	w.seek, _ = r.(io.Seeker)
	var (
		g     Graph
		found bool
		inits = map[string]bool{}
		where = map[string]int{} // place of a location in g.External
	)
	err := w.message(w.end, func(num protowire.Number, size int64) (bool, error) {
		if num != 7 { // ModelProto.graph
			return false, nil
		}
		found = true
		return true, w.message(size, func(num protowire.Number, size int64) (bool, error) {
			switch num {
			case 1: // GraphProto.node
				return true, w.message(size, func(num protowire.Number, size int64) (bool, error) {
					if num != 4 { // NodeProto.op_type
						return false, nil
					}
					b, err := w.bytes(size)
					g.BatchScaled = g.BatchScaled || bytes.HasPrefix(b, []byte("DynamicQuantize"))
					return true, err
				})
			case 5: // GraphProto.initializer
				var ext External
				var length int64
				t := tensorSize{count: 1}
				w.varints = t.field
				err := w.message(size, func(num protowire.Number, size int64) (bool, error) {
					switch num {
					case 1: // TensorProto.dims, packed
						b, err := w.bytes(size)
						for len(b) > 0 && err == nil {
							v, n := protowire.ConsumeVarint(b)
							if n < 0 {
								return true, errDamaged
							}
							t.field(1, v)
							b = b[n:]
						}
						return true, err
					case 8: // TensorProto.name
						b, err := w.bytes(size)
						inits[string(b)] = true
						return true, err
					case 13: // TensorProto.external_data
						b, err := w.bytes(size)
						if err == nil {
							err = ext.read(b, &length)
						}
						return true, err
					}
					return false, nil
				})
				w.varints = nil
				g.Parameters += t.parameters()
				if ext.Location != "" && err == nil {
					i, ok := where[ext.Location]
					if !ok {
						i = len(g.External)
						where[ext.Location] = i
						g.External = append(g.External, External{Location: ext.Location})
					}
					g.External[i].End = max(g.External[i].End, ext.End+length)
				}
				return true, err
			case 11, 12: // GraphProto.input, output
				b, err := w.bytes(size)
				if err != nil {
					return true, err
				}
				p, err := parsePort(b)
				if num == 11 {
					g.Inputs = append(g.Inputs, p)
				} else {
					g.Outputs = append(g.Outputs, p)
				}
				return true, err
			}
			return false, nil
		})
	})
	if err != nil {
		return nil, err
	}
	if !found || len(g.Outputs) == 0 {
		return nil, errors.New("not an ONNX model: it has no graph with outputs")
	}
	real := g.Inputs[:0]
	for _, p := range g.Inputs {
		if !inits[p.Name] {
			real = append(real, p)
		}
	}
	g.Inputs = real
	return &g, nil
}

// A tensorSize gathers what a TensorProto says of its size.
type tensorSize struct {
	count int64
	elem  ElemType
}

func (t *tensorSize) field(num protowire.Number, v uint64) {
	switch num {
	case 1: // dims
		if d := int64(v); d < 0 || d > 1<<40 || t.count > 1<<40 {
			t.count = 0 // a damaged file's claim
		} else {
			t.count *= d
		}
	case 2: // data_type
		t.elem = ElemType(v)
	}
}

func (t *tensorSize) parameters() int64 {
	if t.elem.Integer() || t.elem == Bool {
		return 0
	}
	return t.count
}

// read takes one StringStringEntryProto of TensorProto.external_data; until the tensor ends, End holds the offset.
func (e *External) read(b []byte, length *int64) error {
	var key, value string
	err := fields(b, func(num protowire.Number, v []byte, _ uint64) error {
		switch num {
		case 1:
			key = string(v)
		case 2:
			value = string(v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	number := func() (int64, error) {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/2 {
			return 0, fmt.Errorf("external data with the %s %.40q", key, value)
		}
		return n, nil
	}
	switch key {
	case "location":
		e.Location = value
	case "offset":
		e.End, err = number()
	case "length":
		*length, err = number()
	}
	return err
}

// A walker reads length-delimited fields one after another and skips what nobody asked for.
type walker struct {
	varints func(num protowire.Number, v uint64) // told the varint fields of the message at hand, if not nil
	ctx     context.Context
	r       *bufio.Reader
	seek    io.Seeker // nil: skip by reading
	pos     int64
	end     int64
}

var errDamaged = errors.New("not an ONNX model, or cut short: its protobuf does not parse")

// message walks the fields of a message of size bytes. The callback is asked about each length-delimited field and says whether it
// consumed it.
func (w *walker) message(size int64, field func(protowire.Number, int64) (bool, error)) error {
	end := w.pos + size
	if size < 0 || end > w.end {
		return errDamaged
	}
	for w.pos < end {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		tag, err := w.varint()
		if err != nil {
			return err
		}
		num, typ := protowire.DecodeTag(tag)
		if num < protowire.MinValidNumber {
			return errDamaged
		}
		switch typ {
		case protowire.VarintType:
			v, err := w.varint()
			if err != nil {
				return err
			}
			if w.varints != nil {
				w.varints(num, v)
			}
		case protowire.Fixed32Type:
			if err := w.skip(4, end); err != nil {
				return err
			}
		case protowire.Fixed64Type:
			if err := w.skip(8, end); err != nil {
				return err
			}
		case protowire.BytesType:
			n, err := w.varint()
			if err != nil {
				return err
			}
			size := int64(n)
			if size < 0 || size > end-w.pos {
				return errDamaged
			}
			after := w.pos + size
			taken, err := field(num, size)
			if err != nil {
				return err
			}
			if !taken {
				err = w.skip(size, end)
			} else if w.pos != after {
				err = errDamaged
			}
			if err != nil {
				return err
			}
		default:
			return errDamaged
		}
	}
	if w.pos != end {
		return errDamaged
	}
	return nil
}

func (w *walker) varint() (uint64, error) {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, errDamaged
		}
		w.pos++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, errDamaged
}

func (w *walker) bytes(n int64) ([]byte, error) {
	if n > maxPort {
		return nil, errDamaged
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(w.r, b); err != nil {
		return nil, errDamaged
	}
	w.pos += n
	return b, nil
}

func (w *walker) skip(n, end int64) error {
	if n > end-w.pos {
		return errDamaged
	}
	w.pos += n
	if buffered := int64(w.r.Buffered()); w.seek != nil && n > buffered {
		if _, err := w.seek.Seek(n-buffered, io.SeekCurrent); err != nil {
			return err
		}
		w.r.Reset(w.seek.(io.Reader))
		return nil
	}
	if _, err := w.r.Discard(int(n)); err != nil {
		return errDamaged
	}
	return nil
}

// parsePort reads an onnx.ValueInfoProto.
func parsePort(b []byte) (Port, error) {
	var p Port
	err := fields(b, func(num protowire.Number, v []byte, _ uint64) error {
		switch num {
		case 1: // name
			p.Name = string(v)
		case 2: // type
			return fields(v, func(num protowire.Number, v []byte, _ uint64) error {
				if num != 1 { // TypeProto.tensor_type; sequences and maps stay without shape
					return nil
				}
				return fields(v, func(num protowire.Number, v []byte, n uint64) error {
					switch num {
					case 1: // elem_type
						p.Type = ElemType(n)
					case 2: // shape
						p.Shape = []int64{}
						return fields(v, func(num protowire.Number, v []byte, _ uint64) error {
							if num != 1 { // dim
								return nil
							}
							dim := int64(-1)
							err := fields(v, func(num protowire.Number, _ []byte, n uint64) error {
								if num == 1 && int64(n) > 0 { // dim_value
									dim = int64(n)
								}
								return nil
							})
							p.Shape = append(p.Shape, dim)
							return err
						})
					}
					return nil
				})
			})
		}
		return nil
	})
	return p, err
}

// fields calls f for every field of a small message in memory.
func fields(b []byte, f func(num protowire.Number, v []byte, n uint64) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errDamaged
		}
		b = b[n:]
		var (
			v []byte
			x uint64
		)
		switch typ {
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			x, n = protowire.ConsumeVarint(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return errDamaged
		}
		if err := f(num, v, x); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
