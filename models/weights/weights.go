// Package weights reads the header of a .safetensors file: which tensors it holds, and where. It never reads a tensor's values, so opening
// a file of gigabytes costs two reads, and a graph can point into the file as it lies.
//
// The format: 8 bytes, the header's length N as a little-endian integer; N bytes of JSON, an object that gives each tensor's dtype, shape
// and data_offsets, counted from the end of the header; then the values, one tensor behind the other without holes
// (https://github.com/huggingface/safetensors). A file may come from anywhere: every rule of the format is checked, and each violation has
// an error of its own.
package weights

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A DType is a tensor's element type in safetensors' words.
type DType string

// The element types that towers are stored in. Others are known by their size alone.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
)

// sizes are the bytes an element takes.
var sizes = map[DType]int64{F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1, "U8": 1,
	"BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "C64": 8}

// Size returns the bytes that one element takes, 0 for a type that is not known.
func (d DType) Size() int64 { return sizes[d] }

// A Tensor says where the values of one tensor lie.
type Tensor struct {
	Name   string
	File   string // the file that holds it
	DType  DType
	Shape  []int64
	Offset int64 // of its first byte, from the start of the file
	Bytes  int64
}

func (t Tensor) String() string { return fmt.Sprintf("%s %s%v", t.Name, t.DType, t.Shape) }

// A Set is the tensors of a model by name.
type Set map[string]Tensor

// Names lists the tensors in the order of their names.
func (s Set) Names() []string {
	names := make([]string, 0, len(s))
	for n := range s {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// The violations of the format, one error each. Read and Open wrap them with the tensor and the numbers.
var (
	ErrTooShort      = errors.New("file shorter than the 8 bytes that say how long its header is")
	ErrHeaderLength  = errors.New("header longer than the file")
	ErrHeaderTooLong = errors.New("header longer than 100 MB")
	ErrHeader        = errors.New("header is not the JSON of safetensors")
	ErrDuplicate     = errors.New("tensor named twice")
	ErrDType         = errors.New("unknown dtype")
	ErrShape         = errors.New("shape and bytes disagree")
	ErrOffsets       = errors.New("offsets run backwards")
	ErrRange         = errors.New("tensor ends past the end of the file")
	ErrOverlap       = errors.New("tensors overlap")
	ErrHole          = errors.New("bytes that belong to no tensor")
)

// maxHeader is the bound of the reference implementation.
const maxHeader = 100_000_000

// Open reads the header of the file called name. The string where begins the file's name in messages.
func Open(ctx context.Context, fsys fs.FS, name, where string) (Set, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := open(fsys, name)
	if err != nil {
		return nil, &fault.Error{Op: "read the weights", Thing: where + name, Err: err, Next: "fetch the file again: it is damaged, or not a .safetensors file"}
	}
	return s, nil
}

func open(fsys fs.FS, name string) (Set, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Read(f, st.Size(), name)
}

// Read reads the header from r, the beginning of a file of size bytes. Each Tensor's File is name.
func Read(r io.Reader, size int64, name string) (Set, error) {
	var length [8]byte
	if size < int64(len(length)) {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooShort, size)
	}
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case strings.HasPrefix(string(length[:]), "version "): // a Git LFS pointer: "version https://…"
		return nil, fmt.Errorf("%w: a Git LFS pointer stands in place of the file", ErrHeaderLength)
	case n > uint64(size-8):
		return nil, fmt.Errorf("%w: header length %d in a file of %d bytes", ErrHeaderLength, n, size)
	case n > maxHeader:
		return nil, fmt.Errorf("%w: %d bytes", ErrHeaderTooLong, n)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	tensors, err := parse(header)
	if err != nil {
		return nil, err
	}
	begin := int64(8 + n)
	if err := place(tensors, size-begin); err != nil {
		return nil, err
	}
	set := make(Set, len(tensors))
	for _, t := range tensors {
		t.Offset += begin
		t.File = name
		set[t.Name] = t
	}
	return set, nil
}

// place checks that the tensors fill the data, of size bytes, one behind the other.
func place(tensors []Tensor, size int64) error {
	slices.SortFunc(tensors, func(a, b Tensor) int {
		if c := a.Offset - b.Offset; c != 0 {
			return sign(c)
		}
		if c := a.Bytes - b.Bytes; c != 0 { // an empty tensor stands before what begins at the same byte
			return sign(c)
		}
		return strings.Compare(a.Name, b.Name)
	})
	end, last := int64(0), ""
	for _, t := range tensors {
		switch {
		case t.Offset+t.Bytes > size:
			return fmt.Errorf("%w: %s ends at byte %d of the %d that the file has behind its header", ErrRange, t.Name, t.Offset+t.Bytes, size)
		case t.Offset < end:
			return fmt.Errorf("%w: %s begins at byte %d, inside %s, which ends at %d", ErrOverlap, t.Name, t.Offset, last, end)
		case t.Offset > end:
			return fmt.Errorf("%w: bytes %d to %d, before %s", ErrHole, end, t.Offset, t.Name)
		}
		end, last = t.Offset+t.Bytes, t.Name
	}
	if end != size {
		return fmt.Errorf("%w: bytes %d to %d, the end of the file", ErrHole, end, size)
	}
	return nil
}

func sign(x int64) int {
	if x < 0 {
		return -1
	}
	return 1
}
