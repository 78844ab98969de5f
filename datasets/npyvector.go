package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// npyHeader is the dictionary of an .npy that holds a vector.
var npyHeader = regexp.MustCompile(`^\{'descr': '([<|=>])([biuf])([1248])', 'fortran_order': (?:False|True), 'shape': \(([0-9]+),\), \}\s*$`)

// npyVector reads the one-dimensional array of an .npy, as 0 where an entry is zero and 1 where it is not. A vector has few classes, and
// a plain reading of the few types that mark them is all that is wanted here.
func npyVector(b []byte) ([]int, error) {
	if len(b) < 10 || string(b[:6]) != "\x93NUMPY" {
		return nil, errors.New("not NumPy's format")
	}
	at, size := 10, int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] != 1 { // version 2 has a wider length
		if len(b) < 12 {
			return nil, errors.New("cut short")
		}
		at, size = 12, int(binary.LittleEndian.Uint32(b[8:]))
	}
	if size > len(b)-at {
		return nil, errors.New("cut short")
	}
	m := npyHeader.FindSubmatch(b[at : at+size])
	if m == nil {
		return nil, fmt.Errorf("header %s", quoteShort(string(b[at:at+size])))
	}
	width := int(m[3][0] - '0')
	n, err := strconv.Atoi(string(m[4]))
	data := b[at+size:]
	if err != nil || n > maxShardClasses || n*width != len(data) {
		return nil, fmt.Errorf("%d bytes for the shape (%s,)", len(data), m[4])
	}
	if m[1][0] == '>' && width > 1 {
		return nil, errors.New("big-endian numbers")
	}
	hot := make([]int, n)
	for i := range hot {
		entry := data[i*width : (i+1)*width]
		var bits uint64
		for k, v := range entry {
			bits |= uint64(v) << (8 * k)
		}
		if m[2][0] == 'f' { // a negative zero has a bit set
			v := math.Float64frombits(bits)
			switch width {
			case 4:
				v = float64(math.Float32frombits(uint32(bits)))
			case 2:
				return nil, errors.New("half-precision numbers")
			}
			if math.IsNaN(v) {
				return nil, errors.New("a NaN")
			}
			if v == 0 {
				bits = 0
			}
		}
		if bits != 0 {
			hot[i] = 1
		}
	}
	return hot, nil
}
