package embfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"mindgap/gap"
	"mindgap/models/fault"
	"mindgap/models/half"
)

// A dtype is how a number lies in a file.
type dtype uint8

const (
	float16 dtype = iota
	bfloat16
	float32s
	float64s
)

// size returns the bytes of one number.
func (t dtype) size() int64 {
	switch t {
	case float16, bfloat16:
		return 2
	case float32s:
		return 4
	}
	return 8
}

// chunk is the size of the buffers between file and numbers. It holds a whole number of values of any type.
const chunk = 1 << 18

// readAll returns count values that start at offset of a file, mapped if they may be, else read.
func readAll(r io.ReaderAt, offset, count int64, t dtype, order binary.ByteOrder) ([]float32, error) {
	if t == float32s && order == binary.LittleEndian {
		if mapped := mapFloats(r, offset, count); mapped != nil {
			return mapped, nil
		}
	}
	out, at := make([]float32, count), 0
	err := decodeAll(r, offset, count, t, order, func(v []float32) { at += copy(out[at:], v) })
	return out, err
}

// decodeAll reads count values that start at offset and hands them to put in pieces, in the order of the file.
func decodeAll(r io.ReaderAt, offset, count int64, t dtype, order binary.ByteOrder, put func(values []float32)) error {
	buf := make([]byte, min(chunk, count*t.size()))
	values := make([]float32, len(buf)/int(t.size()))
	for count > 0 {
		n := min(count, int64(len(values)))
		b := buf[:n*t.size()]
		if _, err := io.ReadFull(io.NewSectionReader(r, offset, int64(len(b))), b); err != nil {
			return err
		}
		decode(values[:n], b, t, order)
		put(values[:n])
		offset, count = offset+int64(len(b)), count-n
	}
	return nil
}

// decode turns bytes into numbers.
func decode(dst []float32, b []byte, t dtype, order binary.ByteOrder) {
	switch t {
	case float32s:
		if order == binary.LittleEndian { // the common case, which the compiler turns into a plain copy
			for i := range dst {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
			}
			return
		}
		for i := range dst {
			dst[i] = math.Float32frombits(order.Uint32(b[4*i:]))
		}
	case float64s:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(order.Uint64(b[8*i:])))
		}
	case bfloat16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(order.Uint16(b[2*i:])) << 16)
		}
	case float16:
		for i := range dst {
			dst[i] = half.From(order.Uint16(b[2*i:]))
		}
	}
}

// encodeAll writes values as little-endian float32.
func encodeAll(w io.Writer, values []float32) error {
	buf := make([]byte, 0, min(chunk, 4*len(values)))
	for len(values) > 0 {
		n := min(len(values), chunk/4)
		buf = buf[:0]
		for _, v := range values[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// A DType is how a number lies in a file that is written.
type DType string

// The number types that are written.
const (
	Float32 DType = "float32"
	Float16 DType = "float16" // half the file, three digits
)

// encodeAs writes values in little-endian order.
func encodeAs(w io.Writer, values []float32, t DType) error {
	if t != Float16 {
		return encodeAll(w, values)
	}
	buf := make([]byte, 0, min(chunk, 2*len(values)))
	for len(values) > 0 {
		n := min(len(values), chunk/2)
		buf = buf[:0]
		for _, v := range values[:n] {
			buf = binary.LittleEndian.AppendUint16(buf, half.To(v))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// checkHalf refuses finite numbers that float16 does not hold.
func checkHalf(e *gap.Embeddings, path string) error {
	for i, v := range e.Data {
		if half.To(v)&0x7fff == 0x7c00 && v-v == 0 {
			return &fault.Error{Op: writeOp, Thing: path, Found: fmt.Sprintf("%v in row %d, column %d (counted from 0)", v, i/e.D, i%e.D),
				Wanted: "numbers below 65520 in size, which float16 holds", Next: "write float32, or normalise the embeddings"}
		}
	}
	return nil
}

// check refuses numbers that no metric can use: NaN, infinities, rows without direction.
func check(e *gap.Embeddings, path string) error {
	for i := range e.N {
		zero := true
		for j, v := range e.Row(i) {
			if v-v != 0 { // NaN or an infinity
				return &fault.Error{Op: readOp, Thing: path, Found: fmt.Sprintf("%v in row %d, column %d (counted from 0)", v, i, j),
					Wanted: "finite numbers that float32 holds", Next: "compute that embedding again"}
			}
			zero = zero && v == 0
		}
		if zero && e.D > 0 {
			return &fault.Error{Op: readOp, Thing: path, Found: fmt.Sprintf("only zeros in row %d (counted from 0)", i),
				Wanted: "rows that can be brought to unit length", Next: "leave that row out, or compute it again"}
		}
	}
	return nil
}
