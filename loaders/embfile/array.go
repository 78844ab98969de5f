package embfile

import (
	"io"
	"path/filepath"
	"strings"

	"mindgap/gap"
	"mindgap/loaders/output"
	"mindgap/models/fault"
)

// WriteArray writes an array of two or more dimensions in C order as a .npy file, whole or not at all, as numpy.save would. It panics with
// gap.ErrShape if the shape does not hold len(data) values.
func WriteArray[T uint8 | float32](path string, shape []int, data []T) error {
	n := 1
	for _, s := range shape {
		n *= s
	}
	if len(shape) < 2 || n != len(data) {
		panic(gap.ErrShape)
	}
	if !strings.EqualFold(filepath.Ext(path), ".npy") {
		return &fault.Error{Kind: fault.Usage, Op: writeOp, Thing: path, Found: "the ending " + filepath.Ext(path), Wanted: ".npy", Next: "name a .npy file"}
	}
	return output.WriteFile(path, func(w io.Writer) error {
		descr := "<f4"
		if _, ok := any(data).([]uint8); ok {
			descr = "|u1"
		}
		if _, err := w.Write(npyHeader(descr, shape...)); err != nil {
			return err
		}
		switch v := any(data).(type) {
		case []uint8:
			_, err := w.Write(v)
			return err
		case []float32:
			return encodeAll(w, v)
		}
		panic("unreachable")
	})
}
