package randominit

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The parts of onnx.proto that matter here: where the values of each initializer lie, and which node reads it. Nothing of a tensor's values is
// read.

// dataType is onnx.TensorProto.DataType.
type dataType uint64

const (
	onnxFloat    dataType = 1
	onnxUint8    dataType = 2
	onnxInt8     dataType = 3
	onnxFloat16  dataType = 10
	onnxDouble   dataType = 11
	onnxBFloat16 dataType = 16
)

// size is the number of bytes an element, 0 for types that hold no weights.
func (t dataType) size() int64 {
	switch t {
	case onnxFloat:
		return 4
	case onnxDouble:
		return 8
	case onnxFloat16, onnxBFloat16:
		return 2
	case onnxInt8, onnxUint8:
		return 1
	}
	return 0
}

func (t dataType) integer() bool { return t == onnxInt8 || t == onnxUint8 }

// An initializer is one of a graph's stored tensors.
type initializer struct {
	name  string
	typ   dataType
	dims  []int64
	place string // file of the values as the model writes it, "": the model itself
	off   int64  // -1: the values do not lie in one run of bytes
	size  int64
}

// count is the number of elements, -1 where the shape is not one.
func (t *initializer) count() int64 {
	n := int64(1)
	for _, d := range t.dims {
		if d < 0 || d > 0 && n > math.MaxInt64/16/d {
			return -1
		}
		n *= d
	}
	return n
}

// A node is one operation.
type node struct {
	name, op        string
	inputs, outputs []string
}

// A graph is what scanGraph finds.
type graph struct {
	tensors []initializer
	nodes   []node
}

var errNotONNX = errors.New("not an ONNX model, or cut short: its protobuf does not parse")

// scanGraph reads the structure of a model file.
func scanGraph(r io.ReaderAt, size int64) (*graph, error) {
	g, found := new(graph), false
	s := &scanner{r: r}
	err := s.message(0, size, func(f field) error {
		if f.num != 7 || f.typ != protowire.BytesType { // ModelProto.graph
			return nil
		}
		found = true
		return s.message(f.off, f.size, func(f field) error {
			if f.typ != protowire.BytesType {
				return nil
			}
			switch f.num {
			case 1: // GraphProto.node
				n, err := s.node(f)
				g.nodes = append(g.nodes, n)
				return err
			case 5: // GraphProto.initializer
				t, err := s.tensor(f)
				g.tensors = append(g.tensors, t)
				return err
			}
			return nil
		})
	})
	if err == nil && !found {
		err = errNotONNX
	}
	return g, err
}

func (s *scanner) node(f field) (n node, err error) {
	err = s.message(f.off, f.size, func(f field) error {
		if f.typ != protowire.BytesType || f.num < 1 || f.num > 4 {
			return nil
		}
		text, err := s.text(f)
		switch f.num {
		case 1:
			n.inputs = append(n.inputs, text)
		case 2:
			n.outputs = append(n.outputs, text)
		case 3:
			n.name = text
		case 4:
			n.op = text
		}
		return err
	})
	return n, err
}

func (s *scanner) tensor(f field) (t initializer, err error) {
	runs, external := 0, false
	err = s.message(f.off, f.size, func(f field) error {
		switch {
		case f.num == 1 && f.typ == protowire.VarintType: // dims
			t.dims = append(t.dims, int64(f.value))
		case f.num == 1 && f.typ == protowire.BytesType: // dims, packed
			b, err := s.bytes(f)
			for len(b) > 0 && err == nil {
				v, n := protowire.ConsumeVarint(b)
				if n < 0 {
					return errNotONNX
				}
				t.dims, b = append(t.dims, int64(v)), b[n:]
			}
			return err
		case f.num == 2 && f.typ == protowire.VarintType: // data_type
			t.typ = dataType(f.value)
		case f.num == 8 && f.typ == protowire.BytesType: // name
			t.name, err = s.text(f)
			return err
		case slices.Contains([]protowire.Number{4, 9, 10}, f.num) && f.typ == protowire.BytesType: // float_data, raw_data, double_data
			if f.size > 0 {
				runs++
				t.off, t.size = f.off, f.size
			}
		case f.num == 4 || f.num == 5 || f.num == 7 || f.num == 11: // values one by one, or as varints
			runs = 2
		case f.num == 13 && f.typ == protowire.BytesType: // external_data
			external = true
			return s.external(f, &t)
		}
		return nil
	})
	switch {
	case external:
		if t.size == 0 {
			t.size = t.count() * t.typ.size() // length is optional
		}
	case runs != 1:
		t.off = -1
	}
	return t, err
}

// external reads one StringStringEntryProto.
func (s *scanner) external(f field, t *initializer) error {
	var key, value string
	err := s.message(f.off, f.size, func(f field) (err error) {
		if f.typ == protowire.BytesType && f.num == 1 {
			key, err = s.text(f)
		} else if f.typ == protowire.BytesType && f.num == 2 {
			value, err = s.text(f)
		}
		return err
	})
	if err != nil {
		return err
	}
	switch key {
	case "location":
		t.place = value
	case "offset", "length":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/2 {
			return fmt.Errorf("external data with %s %q", key, value)
		}
		if key == "offset" {
			t.off = n
		} else {
			t.size = n
		}
	}
	return nil
}

// A scanner walks protobuf messages in a file.
type scanner struct {
	r     io.ReaderAt
	buf   []byte // bytes of the file from start
	start int64
}

// A field is one field of a message: the value of a varint, or the place of bytes.
type field struct {
	num       protowire.Number
	typ       protowire.Type
	value     uint64
	off, size int64
}

const (
	window  = 64 << 10
	maxText = 1 << 20 // of a name, far above any real one
)

// at returns up to window bytes from off on, at least as many as any tag and length take where the file goes on.
func (s *scanner) at(off int64) ([]byte, error) {
	if i := off - s.start; i >= 0 && int64(len(s.buf))-i >= 2*10 {
		return s.buf[i:], nil
	}
	if s.buf == nil {
		s.buf = make([]byte, window)
	}
	n, err := s.r.ReadAt(s.buf[:window], off)
	s.buf, s.start = s.buf[:n], off
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return s.buf, err
}

// message calls visit for each field of the message at off.
func (s *scanner) message(off, size int64, visit func(field) error) error {
	end := off + size
	for off < end {
		b, err := s.at(off)
		if err != nil {
			return err
		}
		f := field{}
		var n int
		if f.num, f.typ, n = protowire.ConsumeTag(b); n < 0 {
			return errNotONNX
		}
		b, off = b[n:], off+int64(n)
		switch f.typ {
		case protowire.VarintType, protowire.BytesType:
			if f.value, n = protowire.ConsumeVarint(b); n < 0 {
				return errNotONNX
			}
			off += int64(n)
			if f.typ == protowire.BytesType {
				if f.value > uint64(max(end-off, 0)) {
					return errNotONNX
				}
				f.size = int64(f.value)
			}
		case protowire.Fixed32Type:
			f.size = 4
		case protowire.Fixed64Type:
			f.size = 8
		default:
			return errNotONNX
		}
		f.off = off
		if off += f.size; off > end {
			return errNotONNX
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// bytes returns the content of a small field.
func (s *scanner) bytes(f field) ([]byte, error) {
	if f.size > maxText {
		return nil, errNotONNX
	}
	b := make([]byte, f.size)
	if n, err := s.r.ReadAt(b, f.off); n < len(b) {
		return nil, errors.Join(errNotONNX, err)
	}
	return b, nil
}

func (s *scanner) text(f field) (string, error) {
	b, err := s.bytes(f)
	return string(b), err
}
