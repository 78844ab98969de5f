package weights

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
)

// entry is what the header says of one tensor. The pointers tell what is absent from what is zero.
type entry struct {
	DType   *string  `json:"dtype"`
	Shape   *[]int64 `json:"shape"`
	Offsets *[]int64 `json:"data_offsets"`
}

// metadataKey is the one key of the header that names no tensor.
const metadataKey = "__metadata__"

// parse reads the header's JSON. It walks the object itself: encoding/json would keep the last of two tensors of one name silently.
func parse(header []byte) ([]Tensor, error) {
	d := json.NewDecoder(bytes.NewReader(header))
	bad := func(err error) error { return fmt.Errorf("%w: %v", ErrHeader, err) }
	open, err := d.Token()
	if err != nil {
		return nil, bad(err)
	}
	if open != json.Delim('{') {
		return nil, fmt.Errorf("%w: it begins with %v", ErrHeader, open)
	}
	var tensors []Tensor
	seen := make(map[string]bool)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, bad(err)
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("%w: key %v", ErrHeader, key)
		}
		if seen[name] {
			return nil, fmt.Errorf("%w: %s", ErrDuplicate, name)
		}
		seen[name] = true
		if name == metadataKey {
			var meta map[string]string
			if err := d.Decode(&meta); err != nil {
				return nil, bad(err)
			}
			continue
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return nil, bad(fmt.Errorf("%s: %v", name, err))
		}
		t, err := e.tensor(name)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, t)
	}
	if _, err := d.Token(); err != nil {
		return nil, bad(err)
	}
	if t, err := d.Token(); err != io.EOF { // spaces may follow: writers pad the header to a multiple of 8 with them
		return nil, fmt.Errorf("%w: %v behind the object", ErrHeader, t)
	}
	return tensors, nil
}

// tensor checks one entry by itself. Offset is still counted from the end of the header.
func (e entry) tensor(name string) (Tensor, error) {
	if e.DType == nil || e.Shape == nil || e.Offsets == nil {
		return Tensor{}, fmt.Errorf("%w: %s lacks dtype, shape or data_offsets", ErrHeader, name)
	}
	if len(*e.Offsets) != 2 {
		return Tensor{}, fmt.Errorf("%w: %s has data_offsets %v", ErrHeader, name, *e.Offsets)
	}
	t := Tensor{Name: name, DType: DType(*e.DType), Shape: *e.Shape, Offset: (*e.Offsets)[0], Bytes: (*e.Offsets)[1] - (*e.Offsets)[0]}
	size := t.DType.Size()
	if size == 0 {
		return t, fmt.Errorf("%w: %s is %q", ErrDType, name, t.DType)
	}
	if t.Offset < 0 || t.Bytes < 0 {
		return t, fmt.Errorf("%w: %s has data_offsets %v", ErrOffsets, name, *e.Offsets)
	}
	want := uint64(size)
	for _, n := range t.Shape {
		hi, lo := bits.Mul64(want, uint64(n))
		if n < 0 || hi != 0 || int64(lo) < 0 {
			return t, fmt.Errorf("%w: %s has shape %v", ErrShape, name, t.Shape)
		}
		want = lo
	}
	if want != uint64(t.Bytes) {
		return t, fmt.Errorf("%w: %s has shape %v of %s, which is %d bytes, and data_offsets %v, which are %d", ErrShape, name, t.Shape, t.DType, want, *e.Offsets, t.Bytes)
	}
	return t, nil
}
