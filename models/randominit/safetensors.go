package randominit

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// dataAlign is where tensors begin in a .safetensors file, counted from the file's start: the header is padded with blanks, as the format
// allows.
const dataAlign = 64

// safetensorsFile lays out a file of parameters: 8 bytes of header length, the header, the tensors in order.
func safetensorsFile(name string, params []Param, seed uint64) (*file, error) {
	head := bytes.NewBufferString(`{"__metadata__":{"format":"pt"}`)
	var end int64
	for _, p := range params {
		dtype, width := "F32", int64(4)
		if p.Count {
			dtype, width = "I64", 8
		}
		shape, err := json.Marshal(append([]int64{}, p.Shape...))
		if err != nil {
			return nil, err
		}
		begin := end
		end += p.Len() * width
		fmt.Fprintf(head, `,%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, p.Name, dtype, shape, begin, end)
	}
	head.WriteByte('}')
	for (8+head.Len())%dataAlign != 0 {
		head.WriteByte(' ')
	}
	header := append(binary.LittleEndian.AppendUint64(nil, uint64(head.Len())), head.Bytes()...)
	f := content(name, header)
	for _, p := range params {
		enc, law := float32LE, p.Law
		if p.Count {
			enc, law = float64LE, Const(0) // eight zero bytes are the count 0
		}
		piece := lawPiece(f.size, p.Len(), law, stream{seed, p.Name}, enc)
		f.pieces = append(f.pieces, piece)
		f.size += piece.size
	}
	return f, nil
}
