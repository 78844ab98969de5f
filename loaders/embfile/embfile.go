// Package embfile reads and writes embedding matrices on disk: NumPy's .npy and .npz, .safetensors, and list columns of .parquet.
//
// float16, float32 and float64 are read; everything becomes float32. What is written is float32, or float16 where that is asked for. A
// file's own claims are checked against its size before any memory is taken for them. Every error is a *fault.Error that names the file.
//
// A large matrix of float32 in a .npy or .safetensors file (256 MiB or more) is mapped on Linux and macOS, not read: it takes no memory
// that the system could not take back, and a second process shares it. The mapping is private, so writing to the matrix changes no file,
// and lasts until the process ends, because slices of it may. A file must not be cut short while it is mapped, which ends the process;
// replacing it by renaming another over it, as this package does, is safe.
package embfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/gap"
	"mindgap/loaders/output"
	"mindgap/models/fault"
)

const (
	readOp  = "read embeddings"
	writeOp = "write embeddings"
)

// A format is one kind of file. A new one is a new file of this package and a line in formats.
type format struct {
	ext   string
	read  func(f io.ReaderAt, size int64) (*gap.Embeddings, map[string]string, error)
	write func(w io.Writer, e *gap.Embeddings, meta map[string]string, t DType) error
}

var formats = []format{
	{".npy", readNPYMatrix, writeNPY},
	{".safetensors", readSafetensors, writeSafetensors},
	{".npz", readNPZ, writeNPZ},
	{".parquet", readParquet, writeParquet},
}

// Extensions lists the endings of the files that are read and written, with their dots.
func Extensions() []string {
	known := make([]string, len(formats))
	for i, f := range formats {
		known[i] = f.ext
	}
	return known
}

// formatOf returns the format of path by its extension.
func formatOf(op, path string) (format, error) {
	ext := strings.ToLower(filepath.Ext(path))
	for _, f := range formats {
		if f.ext == ext {
			return f, nil
		}
	}
	found := "extension " + ext
	if ext == "" {
		found = "no extension"
	}
	return format{}, &fault.Error{Op: op, Thing: path, Found: found, Wanted: "one of " + strings.Join(Extensions(), ", ")}
}

// Read reads one n×d matrix and the metadata that stands beside it (safetensors' __metadata__, the key-value
// pairs of a .parquet footer, the comment that [Write] leaves in a .npz; else empty). The extension decides:
//
//   - .npy: an array of two dimensions, in C or Fortran order, of either byte order;
//   - .npz: the array "embeddings", or the only array, stored or deflated;
//   - .safetensors: the tensor "embeddings", or the only tensor, of two dimensions;
//   - .parquet: the only list column of floating-point numbers, or the one called embedding, embeddings, emb or vector.
//
// A matrix of no rows is fine. NaN, an infinity (a float64 beyond float32's range included) and a row of length zero, which has no
// direction, are faults that name row and column, counted from 0.
func Read(path string) (*gap.Embeddings, map[string]string, error) {
	e, meta, err := ReadRaw(path)
	if err != nil {
		return nil, nil, err
	}
	if err := check(e, path); err != nil {
		return nil, nil, err
	}
	return e, meta, nil
}

// ReadRaw is [Read] without the checks of the values.
func ReadRaw(path string) (*gap.Embeddings, map[string]string, error) {
	format, err := formatOf(readOp, path)
	if err != nil {
		return nil, nil, err
	}
	var e *gap.Embeddings
	var meta map[string]string
	err = withFile(path, func(f *os.File, size int64) (err error) {
		e, meta, err = format.read(f, size)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return e, meta, nil
}

// lfsPrefix opens a Git LFS pointer, the usual stand-in for a large file that was not fetched.
const lfsPrefix = "version https://git-lfs"

// withFile opens path and hands it over with its size; errors come back with the path in them.
func withFile(path string, read func(f *os.File, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return &fault.Error{Op: readOp, Thing: path, Err: bare(err)}
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return &fault.Error{Op: readOp, Thing: path, Err: bare(err)}
	}
	if !info.Mode().IsRegular() {
		return &fault.Error{Op: readOp, Thing: path, Found: "no regular file", Wanted: "a file"}
	}
	start := make([]byte, len(lfsPrefix))
	if n, _ := f.ReadAt(start, 0); string(start[:n]) == lfsPrefix {
		return &fault.Error{Op: readOp, Thing: path, Found: "a Git LFS pointer", Wanted: "the file itself", Next: "run `git lfs pull` where it lies"}
	}
	return locate(read(f, info.Size()), path)
}

// bare takes operation and path off an error of package os, since the fault says both.
func bare(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// locate puts the path into an error of a parser, which knows only bytes.
func locate(err error, path string) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var f *fault.Error
	if errors.As(err, &f) {
		if f.Thing == "" {
			f.Thing = path
		}
		return err
	}
	return &fault.Error{Op: readOp, Thing: path, Err: err}
}

// bad is the fault of a file's content.
func bad(found, wanted string) error { return &fault.Error{Op: readOp, Found: found, Wanted: wanted} }

// Write is [WriteAs] float32.
func Write(path string, e *gap.Embeddings, meta map[string]string) error {
	return WriteAs(path, Float32, e, meta)
}

// WriteAs writes e to path, each number as t, and the metadata with it, in the format of the extension: .npy, .npz (one array, "embeddings",
// stored), .safetensors (one tensor, "embeddings") or .parquet (one column of lists, "embedding"; float32 alone). A .npy file has no place
// for metadata, which is then left out. The file appears whole or not at all, and the same input gives the same bytes.
//
// As float16, numbers are rounded to the nearest, ties to even; one that would become infinite is a fault that names its row and column.
//
// It panics with gap.ErrShape if e's data do not fit its dimensions.
func WriteAs(path string, t DType, e *gap.Embeddings, meta map[string]string) error {
	if len(e.Data) != e.N*e.D {
		panic(gap.ErrShape)
	}
	format, err := formatOf(writeOp, path)
	if err != nil {
		return err
	}
	switch t {
	case Float32:
	case Float16:
		if format.ext == ".parquet" {
			return &fault.Error{Kind: fault.Usage, Op: writeOp, Thing: path, Found: "float16 in parquet", Wanted: "float32", Next: "write float32, or another format"}
		}
		if err := checkHalf(e, path); err != nil {
			return err
		}
	default:
		return &fault.Error{Kind: fault.Usage, Op: writeOp, Thing: path, Found: fmt.Sprintf("the number type %q", t), Wanted: "float32 or float16"}
	}
	return output.WriteFile(path, func(w io.Writer) error {
		err := format.write(w, e, meta, t)
		if f, ok := err.(*fault.Error); ok && f.Thing == "" {
			f.Thing = path
		}
		return err
	})
}

// section reads n bytes at offset, n having been checked against the file's size.
func section(r io.ReaderAt, offset, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := r.ReadAt(b, offset); err != nil && !(errors.Is(err, io.EOF) && n == 0) {
		return nil, err
	}
	return b, nil
}

// product multiplies dimensions; it reports false on overflow, or for a dimension that is negative or absurd by itself.
func product(dims ...int64) (int64, bool) {
	if slices.ContainsFunc(dims, func(d int64) bool { return d < 0 || d > maxValues }) {
		return 0, false
	}
	p := int64(1)
	for _, d := range dims {
		if d > 0 && p > maxValues/d {
			return 0, slices.Contains(dims, 0)
		}
		p *= d
	}
	return p, true
}

// maxValues bounds the number of values of a matrix: with eight bytes each it still fits an int64.
const maxValues = 1 << 59

// quote shortens bytes of unknown nature for a message.
func quote(b []byte) string {
	return fmt.Sprintf("%q", bytes.ToValidUTF8(b[:min(len(b), 60)], []byte("?")))
}
