package embfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mindgap/gap"
)

// An npy is the header of a .npy file: where its numbers lie and how.
// Format: numpy.lib.format, versions 1.0 to 3.0.
type npy struct {
	shape   []int64
	count   int64
	t       dtype
	order   binary.ByteOrder
	fortran bool  // the first dimension runs fastest
	offset  int64 // of the first number
}

const npyMagic = "\x93NUMPY"

// readNPYHeader reads the header and checks it against the file's size.
func readNPYHeader(r io.ReaderAt, size int64) (*npy, error) {
	b, err := section(r, 0, min(size, 12))
	if err != nil {
		return nil, err
	}
	if len(b) < 10 || string(b[:6]) != npyMagic {
		return nil, bad("a file that begins with "+quote(b), `NumPy's "\x93NUMPY"`)
	}
	var start, length int64
	switch major := b[6]; {
	case major == 1:
		start, length = 10, int64(binary.LittleEndian.Uint16(b[8:]))
	case (major == 2 || major == 3) && len(b) >= 12:
		start, length = 12, int64(binary.LittleEndian.Uint32(b[8:]))
	default:
		return nil, bad(fmt.Sprintf("format version %d.%d", b[6], b[7]), "version 1, 2 or 3")
	}
	if length > size-start {
		return nil, bad(fmt.Sprintf("a header of %d bytes in a file of %d", length, size), "a header that ends inside the file")
	}
	text, err := section(r, start, length)
	if err != nil {
		return nil, err
	}
	h, err := parseNPYHeader(string(text))
	if err != nil {
		return nil, err
	}
	h.offset = start + length
	var ok bool
	if h.count, ok = product(h.shape...); !ok {
		return nil, bad("shape "+shapeString(h.shape), "a product that fits 64 bits")
	}
	if want, got := h.count*h.t.size(), size-h.offset; want != got {
		return nil, bad(fmt.Sprintf("%d bytes of numbers", got), fmt.Sprintf("%d, for shape %s of %d bytes each", want, shapeString(h.shape), h.t.size()))
	}
	return h, nil
}

// parseNPYHeader reads the Python dictionary of a header.
func parseNPYHeader(text string) (*npy, error) {
	p := literal{rest: text}
	fields, err := p.dict()
	if err != nil {
		return nil, bad(fmt.Sprintf("header %s (%v)", quote([]byte(text)), err), "a dictionary with descr, fortran_order and shape")
	}
	h := new(npy)
	descr, ok1 := fields["descr"].(string)
	fortran, ok2 := fields["fortran_order"].(bool)
	shape, ok3 := fields["shape"].([]int64)
	if _, structured := fields["descr"].([]any); structured {
		return nil, bad("a structured dtype", "float16, float32 or float64")
	}
	if !ok1 || !ok2 || !ok3 {
		return nil, bad("header "+quote([]byte(text)), "a dictionary with descr, fortran_order and shape")
	}
	h.fortran, h.shape = fortran, shape
	if strings.Contains(descr, "O") {
		return nil, bad("dtype object, whose values are Python pickles", "float16, float32 or float64")
	}
	if descr == "" {
		return nil, bad("an empty dtype", "float16, float32 or float64")
	}
	switch descr[0] {
	case '<', '|', '=': // = is native, which NumPy never writes; every machine that this runs on is little-endian or reads such files
		h.order = binary.LittleEndian
	case '>':
		h.order = binary.BigEndian
	}
	types := map[string]dtype{"f2": float16, "f4": float32s, "f8": float64s}
	var known bool
	if h.t, known = types[descr[1:]]; !known || h.order == nil {
		return nil, bad("dtype "+strconv.Quote(descr), "float16, float32 or float64 (<f2, <f4, <f8, or with > for big-endian)")
	}
	return h, nil
}

func shapeString(shape []int64) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.FormatInt(d, 10)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// values reads all numbers in C order. The size of the file vouches for their count.
func (h *npy) values(r io.ReaderAt) ([]float32, error) {
	if !h.fortran || len(h.shape) < 2 {
		return readAll(r, h.offset, h.count, h.t, h.order)
	}
	out := make([]float32, h.count)
	// In Fortran order the first index runs fastest: walk the indices like an odometer and keep the place in C order beside it.
	stride := make([]int64, len(h.shape))
	index := make([]int64, len(h.shape))
	s := int64(1)
	for k := len(h.shape) - 1; k >= 0; k-- {
		stride[k] = s
		s *= h.shape[k]
	}
	at := int64(0)
	err := decodeAll(r, h.offset, h.count, h.t, h.order, func(v []float32) {
		for _, x := range v {
			out[at] = x
			for k := range index {
				index[k]++
				at += stride[k]
				if index[k] < h.shape[k] {
					break
				}
				at -= stride[k] * h.shape[k]
				index[k] = 0
			}
		}
	})
	return out, err
}

func readNPYMatrix(r io.ReaderAt, size int64) (*gap.Embeddings, map[string]string, error) {
	h, err := readNPYHeader(r, size)
	if err != nil {
		return nil, nil, err
	}
	e, err := h.matrix(r)
	if err != nil {
		return nil, nil, err
	}
	return e, map[string]string{}, nil
}

// matrix reads an array of two dimensions.
func (h *npy) matrix(r io.ReaderAt) (*gap.Embeddings, error) {
	if len(h.shape) != 2 {
		return nil, bad("shape "+shapeString(h.shape), "two dimensions, rows and columns")
	}
	if err := checkEmpty(h.shape[0], h.shape[1]); err != nil {
		return nil, err
	}
	v, err := h.values(r)
	if err != nil {
		return nil, err
	}
	return gap.NewEmbeddings(int(h.shape[0]), int(h.shape[1]), v), nil
}

// stacked reads an array of shape (2, n, d) as two matrices.
func (h *npy) stacked(r io.ReaderAt) (images, texts *gap.Embeddings, err error) {
	if len(h.shape) != 3 || h.shape[0] != 2 {
		return nil, nil, bad("shape "+shapeString(h.shape), "shape (2, n, d), row 0 the images, row 1 the texts; or two files IMAGES,TEXTS")
	}
	n, d := h.shape[1], h.shape[2]
	if err := checkEmpty(n, d); err != nil {
		return nil, nil, err
	}
	v, err := h.values(r)
	if err != nil {
		return nil, nil, err
	}
	return gap.NewEmbeddings(int(n), int(d), v[:n*d:n*d]), gap.NewEmbeddings(int(n), int(d), v[n*d:]), nil
}

// checkEmpty refuses rows without columns: a file of no bytes could claim any number of them.
func checkEmpty(n, d int64) error {
	if d == 0 && n > 0 {
		return bad(fmt.Sprintf("%d rows of 0 columns", n), "at least one column")
	}
	return nil
}

// writeNPY writes what numpy.save writes for an array in C order, byte for byte.
func writeNPY(w io.Writer, e *gap.Embeddings, _ map[string]string, t DType) error {
	descr := "<f4"
	if t == Float16 {
		descr = "<f2"
	}
	if _, err := w.Write(npyHeader(descr, e.N, e.D)); err != nil {
		return err
	}
	return encodeAs(w, e.Data, t)
}

// npyHeader is what numpy.save writes before an array of two or more dimensions in C order.
func npyHeader(descr string, shape ...int) []byte {
	dims := make([]string, len(shape))
	for i, n := range shape {
		dims[i] = strconv.Itoa(n)
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.Join(dims, ", "))
	// NumPy leaves room for the first dimension to grow to 21 digits, then fills up to a multiple of 64 bytes.
	header += strings.Repeat(" ", max(0, 21-len(dims[0])))
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	prefix := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(prefix, header...)
}
