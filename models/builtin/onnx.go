package builtin

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of onnx.proto.
const (
	modelGraph       = 7 // ModelProto.graph
	graphInitializer = 5 // GraphProto.initializer
	tensorName       = 8 // TensorProto.name
	tensorRawData    = 9 // TensorProto.raw_data
)

// initializers returns the raw data of an ONNX model's initializers by name. The slices lie in model: writing to them changes the model.
func initializers(model []byte) (map[string][]byte, error) {
	tensors := make(map[string][]byte)
	err := eachBytes(model, func(field protowire.Number, graph []byte) error {
		if field != modelGraph {
			return nil
		}
		return eachBytes(graph, func(field protowire.Number, tensor []byte) error {
			if field != graphInitializer {
				return nil
			}
			var name string
			var raw []byte
			err := eachBytes(tensor, func(field protowire.Number, value []byte) error {
				switch field {
				case tensorName:
					name = string(value)
				case tensorRawData:
					raw = value
				}
				return nil
			})
			tensors[name] = raw
			return err
		})
	})
	return tensors, err
}

// eachBytes calls visit with every length-delimited field of a message, and passes over the others.
func eachBytes(message []byte, visit func(field protowire.Number, value []byte) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(field, kind, message)
		if size < 0 {
			return protowire.ParseError(size)
		}
		if kind == protowire.BytesType {
			value, n := protowire.ConsumeBytes(message)
			if n != size {
				return errors.New("length-delimited field of another length than its value")
			}
			if err := visit(field, value); err != nil {
				return err
			}
		}
		message = message[size:]
	}
	return nil
}
