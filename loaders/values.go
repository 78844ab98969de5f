package loaders

import (
	"encoding/binary"
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models"
	"mindgap/models/half"
	"mindgap/models/onnxgraph"
)

// tensor wraps the first values of data as a tensor without copying.
func tensor[T onnx.TensorData](data []T, dims ...int64) (*onnx.Tensor[T], error) {
	return onnx.NewTensor(onnx.NewShape(dims...), data)
}

// feed makes a tensor of port's type from float32 values: without copying for float32, rounded to half precision for float16.
func feed(port models.Port, data []float32, dims ...int64) (onnx.Value, error) {
	if port.Type != onnxgraph.Float16 {
		return tensor(data, dims...)
	}
	n := onnx.NewShape(dims...).FlattenedSize()
	b := make([]byte, 2*n)
	for i, v := range data[:n] {
		binary.LittleEndian.PutUint16(b[2*i:], half.To(v))
	}
	return onnx.NewCustomDataTensor(onnx.NewShape(dims...), b, onnx.TensorElementDataTypeFloat16)
}

// A floats is a tensor for a run to write to, whose values end up in dst as float32.
type floats struct {
	onnx.Value
	dst  []float32
	half []byte // nil: the tensor is dst itself
}

// receive makes a tensor of port's type for rows×width values.
func receive(port models.Port, dst []float32, rows, width int) (*floats, error) {
	f := &floats{dst: dst[:rows*width]}
	var err error
	if port.Type != onnxgraph.Float16 {
		f.Value, err = tensor(f.dst, int64(rows), int64(width))
		return f, err
	}
	f.half = make([]byte, 2*rows*width)
	f.Value, err = onnx.NewCustomDataTensor(onnx.NewShape(int64(rows), int64(width)), f.half, onnx.TensorElementDataTypeFloat16)
	return f, err
}

// finish widens what a run wrote.
func (f *floats) finish() {
	if f.half != nil {
		fromHalf(f.dst, f.half)
	}
}

func fromHalf(dst []float32, b []byte) {
	for i := range dst {
		dst[i] = half.From(binary.LittleEndian.Uint16(b[2*i:]))
	}
}

// matrix reads a value that the runtime allocated as rows×width float32 values.
func matrix(v onnx.Value, port models.Port) (data []float32, rows, width int, err error) {
	shape := v.GetShape()
	if len(shape) != 2 || shape[1] <= 0 || shape[0] <= 0 {
		return nil, 0, 0, fmt.Errorf("output %s has the shape %s", port.Name, shape)
	}
	rows, width = int(shape[0]), int(shape[1])
	switch v := v.(type) {
	case *onnx.Tensor[float32]:
		return v.GetData(), rows, width, nil
	case *onnx.CustomDataTensor:
		if b := v.GetData(); port.Type == onnxgraph.Float16 && len(b) >= 2*rows*width {
			data = make([]float32, rows*width)
			fromHalf(data, b)
			return data, rows, width, nil
		}
	}
	return nil, 0, 0, fmt.Errorf("output %s is of a type that is not read", port)
}
