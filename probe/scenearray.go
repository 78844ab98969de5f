package probe

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// An ArrayType names the entries of an Array, in the words of a Scene's JSON.
type ArrayType string

// The types of entries, little-endian.
const (
	Float32 ArrayType = "f32"
	Uint8   ArrayType = "u8"
	Uint16  ArrayType = "u16"
	Uint32  ArrayType = "u32"
	Int32   ArrayType = "i32"
)

// size is the number of bytes of an entry, 0 of an unknown type.
func (t ArrayType) size() int {
	switch t {
	case Float32, Uint32, Int32:
		return 4
	case Uint16:
		return 2
	case Uint8:
		return 1
	}
	return 0
}

// An ArrayEntry is a number that an Array holds.
type ArrayEntry interface {
	float32 | uint8 | uint16 | uint32 | int32
}

// An Array is a typed array of a Scene, row-major. In JSON it is {"type", "shape", "data"}: data is the base64 of its bytes, which
// JavaScript's typed arrays take as they are, and absent where the bytes are served on their own (see Scene.Header).
type Array struct {
	Type  ArrayType
	Shape []int

	data []byte // little-endian; nil where it is served on its own
}

// NewArray makes an array of the given shape; without one it is a vector. It panics unless the shape holds as many entries as there are
// values.
func NewArray[T ArrayEntry](values []T, shape ...int) *Array {
	if len(shape) == 0 {
		shape = []int{len(values)}
	}
	a := &Array{Shape: shape}
	switch any(*new(T)).(type) {
	case float32:
		a.Type = Float32
	case uint8:
		a.Type = Uint8
	case uint16:
		a.Type = Uint16
	case uint32:
		a.Type = Uint32
	case int32:
		a.Type = Int32
	}
	if a.Len() != len(values) {
		panic("probe: the shape of an array does not hold its values")
	}
	data, err := binary.Append(make([]byte, 0, a.Type.size()*len(values)), binary.LittleEndian, values)
	if err != nil {
		panic("probe: an array of no fixed size") // the entries' types have one
	}
	a.data = data
	return a
}

// Len is the number of entries.
func (a *Array) Len() int {
	n := 1
	for _, v := range a.Shape {
		n *= v
	}
	return n
}

// Bytes are the entries, little-endian; nil in a Header. The caller may not change them.
func (a *Array) Bytes() []byte { return a.data }

// At is entry k, counted over all dimensions. It panics if there is none.
func (a *Array) At(k int) float64 {
	size := a.Type.size()
	b := a.data[k*size : (k+1)*size]
	switch a.Type {
	case Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case Uint32:
		return float64(binary.LittleEndian.Uint32(b))
	case Int32:
		return float64(int32(binary.LittleEndian.Uint32(b)))
	case Uint16:
		return float64(binary.LittleEndian.Uint16(b))
	}
	return float64(b[0])
}

// arrayJSON is the form of an Array in JSON.
type arrayJSON struct {
	Type  ArrayType `json:"type"`
	Shape []int     `json:"shape"`
	Data  *string   `json:"data,omitempty"`
}

// MarshalJSON writes {"type", "shape", "data"}, without data in a Header.
func (a *Array) MarshalJSON() ([]byte, error) {
	j := arrayJSON{Type: a.Type, Shape: a.Shape}
	if a.data != nil {
		j.Data = ptr(base64.StdEncoding.EncodeToString(a.data))
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Array) UnmarshalJSON(b []byte) error {
	var j arrayJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*a = Array{Type: j.Type, Shape: j.Shape}
	if j.Data == nil {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(*j.Data)
	if err != nil {
		return err
	}
	if a.Type.size() == 0 || len(data) != a.Len()*a.Type.size() {
		return fmt.Errorf("array of type %q and shape %v holds %d bytes", a.Type, a.Shape, len(data))
	}
	a.data = data
	return nil
}
