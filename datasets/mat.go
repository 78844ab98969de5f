package datasets

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// A MAT file of version 5 is a header of 128 bytes and a row of elements: a type, a size, and so many bytes. An element is one variable, or a
// zlib stream that holds one. A variable is made of elements in turn: flags (its class), dimensions, name, values. See MathWorks, "MAT-File
// Format". Everything is read as a stream: values are handed on as a reader, so an array of any size costs no memory, and a compressed one
// that claims more than its dimensions say is simply not read further.

const (
	matMatrix     = 14 // element types
	matCompressed = 15

	matStruct = 2 // array classes; 6 to 15 are the numeric ones
	matChar   = 4
	matUint8  = 9
)

// matName bounds the elements that are held in memory: names, dimensions, field names and the like.
const matName = 1 << 16

// A matArray is a variable as far as its header. Its values follow in r.
type matArray struct {
	name  string
	class byte
	dims  []int
	r     *matReader
}

// count is the number of elements.
func (a *matArray) count() int {
	n := 1
	for _, d := range a.dims {
		n *= d
	}
	return n
}

// A matReader reads elements.
type matReader struct {
	r     io.Reader
	order binary.ByteOrder
}

// A matFile is an opened file.
type matFile struct {
	f     *os.File
	size  int64
	order binary.ByteOrder
}

func openMAT(file string) (*matFile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cause(err)
	}
	m := &matFile{f: f}
	if err := m.header(); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

func (m *matFile) header() error {
	info, err := m.f.Stat()
	if err != nil {
		return cause(err)
	}
	m.size = info.Size()
	var h [128]byte
	n, err := m.f.ReadAt(h[:], 0)
	if n < len(h) {
		if err == io.EOF {
			err = fmt.Errorf("%d bytes, shorter than the header of a MAT file", n)
		}
		return cause(err)
	}
	switch {
	case string(h[126:]) == "IM":
		m.order = binary.LittleEndian
	case string(h[126:]) == "MI":
		m.order = binary.BigEndian
	default:
		return errors.New("no MAT file of version 5")
	}
	if m.order.Uint16(h[124:]) != 0x0100 {
		return errors.New("a MAT file of version 7.3, want version 5 (save it with -v7, or with scipy.io.savemat)")
	}
	return nil
}

func (m *matFile) Close() error { return m.f.Close() }

// find returns the variable called name, with its values still to be read.
func (m *matFile) find(name string) (*matArray, error) {
	var seen []string
	for at := int64(128); at < m.size; {
		if at+8 > m.size {
			return nil, errors.New("the file ends within an element; it is cut short")
		}
		var tag [8]byte
		if _, err := m.f.ReadAt(tag[:], at); err != nil {
			return nil, cause(err)
		}
		kind, size := m.order.Uint32(tag[:]), int64(m.order.Uint32(tag[4:]))
		if at+8+size > m.size {
			return nil, fmt.Errorf("an element of %d bytes where %d are left; the file is cut short", size, m.size-at-8)
		}
		var in io.Reader = bufio.NewReaderSize(io.NewSectionReader(m.f, at+8, size), 1<<16)
		at += 8 + size
		if kind == matCompressed {
			z, err := zlib.NewReader(in)
			if err != nil {
				return nil, err
			}
			in = z
			r := &matReader{in, m.order}
			if kind, _, _, err = r.tag(); err != nil {
				return nil, err
			}
		}
		if kind != matMatrix {
			continue
		}
		a, err := (&matReader{in, m.order}).array()
		if err != nil {
			return nil, err
		}
		if a.name == name {
			return a, nil
		}
		seen = append(seen, a.name)
	}
	return nil, fmt.Errorf("no variable %s among %q", name, seen)
}

// tag reads an element's type and size. A small element has its data, up to four bytes, in the tag itself.
func (m *matReader) tag() (kind, size uint32, small []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(m.r, b[:]); err != nil {
		return 0, 0, nil, short(err)
	}
	first := m.order.Uint32(b[:])
	if n := first >> 16; n != 0 {
		if n > 4 {
			return 0, 0, nil, fmt.Errorf("a small element of %d bytes", n)
		}
		return first & 0xffff, n, b[4 : 4+n], nil
	}
	return first, m.order.Uint32(b[4:]), nil, nil
}

// short says of an end of file what it means.
func short(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the data ends too early; the file is cut short")
	}
	return err
}

// held reads a whole element that is small by its nature.
func (m *matReader) held() (kind uint32, b []byte, err error) {
	kind, size, small, err := m.tag()
	if err != nil || small != nil {
		return kind, small, err
	}
	if size > matName {
		return 0, nil, fmt.Errorf("a name or header of %d bytes", size)
	}
	b = make([]byte, size)
	if _, err := io.ReadFull(m.r, b); err != nil {
		return 0, nil, short(err)
	}
	return kind, b, m.pad(size)
}

// pad passes over the bytes that fill an element to a multiple of eight.
func (m *matReader) pad(size uint32) error {
	_, err := io.CopyN(io.Discard, m.r, int64(-size&7))
	return short(err)
}

// array reads the header of a variable: flags, dimensions and name.
func (m *matReader) array() (*matArray, error) {
	_, flags, err := m.held()
	if err != nil {
		return nil, err
	}
	_, dims, err := m.held()
	if err != nil {
		return nil, err
	}
	_, name, err := m.held()
	if err != nil {
		return nil, err
	}
	if len(flags) != 8 || len(dims)%4 != 0 || len(dims) > 4*32 {
		return nil, errors.New("a variable without flags or dimensions")
	}
	a := &matArray{name: string(name), class: byte(m.order.Uint32(flags)), r: m}
	total := 1
	for ; len(dims) > 0; dims = dims[4:] {
		d := int(int32(m.order.Uint32(dims)))
		if d < 0 || d > 0 && total > math.MaxInt32/d {
			return nil, fmt.Errorf("a variable %q of too great dimensions", a.name)
		}
		total *= d
		a.dims = append(a.dims, d)
	}
	return a, nil
}

// matSizes are the bytes of a value by element type.
var matSizes = map[uint32]int{1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2}

// raw returns the values of an array of uint8 as a stream of bytes.
func (a *matArray) raw() (io.Reader, error) {
	kind, size, small, err := a.r.tag()
	if err != nil {
		return nil, err
	}
	if a.class != matUint8 || kind != 2 || int(size) != a.count() {
		return nil, fmt.Errorf("variable %s is of class %d with %d bytes for %v values, want uint8", a.name, a.class, size, a.dims)
	}
	if small != nil {
		return strings.NewReader(string(small)), nil
	}
	return io.LimitReader(a.r.r, int64(size)), nil
}

// numbers reads an array of whole numbers, at most limit of them, whatever type they are stored in.
func (a *matArray) numbers(limit int) ([]int, error) {
	if a.class < 6 || a.class > 15 || a.count() > limit {
		return nil, fmt.Errorf("variable %s is of class %d with dimensions %v, want at most %d numbers", a.name, a.class, a.dims, limit)
	}
	kind, size, small, err := a.r.tag()
	if err != nil {
		return nil, err
	}
	width := matSizes[kind]
	if width == 0 || int(size) != width*a.count() {
		return nil, fmt.Errorf("variable %s has %d bytes for %v values of type %d", a.name, size, a.dims, kind)
	}
	in := bufio.NewReader(a.r.r)
	if small != nil {
		in = bufio.NewReader(strings.NewReader(string(small)))
	}
	out := make([]int, a.count())
	var b [8]byte
	for i := range out {
		if _, err := io.ReadFull(in, b[:width]); err != nil {
			return nil, short(err)
		}
		v := matValue(a.r.order, kind, b[:width])
		if v != math.Trunc(v) || math.Abs(v) > 1<<31 {
			return nil, fmt.Errorf("variable %s holds %v, want whole numbers", a.name, v)
		}
		out[i] = int(v)
	}
	return out, nil
}

func matValue(order binary.ByteOrder, kind uint32, b []byte) float64 {
	switch kind {
	case 1:
		return float64(int8(b[0]))
	case 3:
		return float64(int16(order.Uint16(b)))
	case 4, 17:
		return float64(order.Uint16(b))
	case 5:
		return float64(int32(order.Uint32(b)))
	case 6:
		return float64(order.Uint32(b))
	case 7:
		return float64(math.Float32frombits(order.Uint32(b)))
	case 9:
		return float64(math.Float64frombits(order.Uint64(b)))
	case 12:
		return float64(int64(order.Uint64(b)))
	case 13:
		return float64(order.Uint64(b))
	}
	return float64(b[0]) // 2 and 16: unsigned bytes and UTF-8
}

// text reads an array of characters.
func (a *matArray) text() (string, error) {
	kind, b, err := a.r.held()
	if err != nil {
		return "", err
	}
	width := matSizes[kind]
	if a.class != matChar || width == 0 || width > 2 || len(b)%width != 0 {
		return "", fmt.Errorf("class %d of %d bytes, want text", a.class, len(b))
	}
	var s strings.Builder
	for ; len(b) > 0; b = b[width:] {
		s.WriteRune(rune(matValue(a.r.order, kind, b[:width])))
	}
	return s.String(), nil
}

// fields calls visit for every field of every element of an array of structures, in order. What visit leaves unread is passed over.
func (a *matArray) fields(visit func(element int, field string, v *matArray) error) error {
	if a.class != matStruct {
		return fmt.Errorf("variable %s is of class %d, want a structure", a.name, a.class)
	}
	_, length, err := a.r.held()
	if err != nil {
		return err
	}
	_, list, err := a.r.held()
	if err != nil {
		return err
	}
	if len(length) != 4 {
		return errors.New("a structure without field names")
	}
	width := int(a.r.order.Uint32(length))
	if width < 1 || len(list)%width != 0 || len(list) == 0 {
		return errors.New("a structure without field names")
	}
	var names []string
	for ; len(list) > 0; list = list[width:] {
		name, _, _ := strings.Cut(string(list[:width]), "\x00")
		names = append(names, name)
	}
	for i := range a.count() {
		for _, name := range names {
			kind, size, _, err := a.r.tag()
			if err != nil {
				return err
			}
			if kind != matMatrix {
				return fmt.Errorf("field %s of type %d, want a variable", name, kind)
			}
			left := &io.LimitedReader{R: a.r.r, N: int64(size)}
			if size > 0 { // an empty field has no header
				v, err := (&matReader{left, a.r.order}).array()
				if err != nil {
					return err
				}
				if err := visit(i, name, v); err != nil {
					return fmt.Errorf("element %d, field %s: %w", i, name, err)
				}
			}
			if _, err := io.Copy(io.Discard, left); err != nil {
				return short(err)
			}
			if left.N > 0 {
				return short(io.EOF)
			}
		}
	}
	return nil
}
