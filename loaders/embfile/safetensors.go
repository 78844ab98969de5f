package embfile

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"mindgap/gap"

	"github.com/nlpodyssey/safetensors"
)

// tensorName is the tensor that Write writes and that Read takes where a file has several.
const tensorName = "embeddings"

// maxHeader is the bound of the format's reference implementation.
const maxHeader = 100_000_000

// readSafetensors reads the header with package safetensors and the one tensor that is wanted straight from the file: that package would
// want the whole file in memory first. So the rules on offsets are checked here.
func readSafetensors(r io.ReaderAt, size int64) (*gap.Embeddings, map[string]string, error) {
	b, err := section(r, 0, min(size, 8))
	if err != nil {
		return nil, nil, err
	}
	if len(b) < 8 {
		return nil, nil, bad(fmt.Sprintf("%d bytes", size), "a safetensors file, which has at least 8")
	}
	length := binary.LittleEndian.Uint64(b)
	if length > maxHeader || int64(length) > size-8 {
		return nil, nil, bad(fmt.Sprintf("a header of %d bytes in a file of %d", length, size), "a header that ends inside the file")
	}
	text, err := section(r, 8, int64(length))
	if err != nil {
		return nil, nil, err
	}
	var header safetensors.Metadata
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, nil, bad(fmt.Sprintf("a header that does not parse (%v)", err), "the JSON object of a safetensors file")
	}
	name, info, err := chooseTensor(header.Tensors(), size-8-int64(length))
	if err != nil {
		return nil, nil, err
	}
	types := map[safetensors.DType]dtype{safetensors.F16: float16, safetensors.BF16: bfloat16, safetensors.F32: float32s, safetensors.F64: float64s}
	t, ok := types[info.DType]
	if !ok {
		return nil, nil, bad(fmt.Sprintf("tensor %q of type %s", name, info.DType), "F16, BF16, F32 or F64")
	}
	if len(info.Shape) != 2 {
		return nil, nil, bad(fmt.Sprintf("tensor %q of shape %v", name, info.Shape), "two dimensions, rows and columns")
	}
	n, d := int64(info.Shape[0]), int64(info.Shape[1]) // chooseTensor has bounded both
	if err := checkEmpty(n, d); err != nil {
		return nil, nil, err
	}
	out, err := readAll(r, 8+int64(length)+int64(info.DataOffsets[0]), n*d, t, binary.LittleEndian)
	if err != nil {
		return nil, nil, err
	}
	meta := header.Metadata()
	if meta == nil {
		meta = map[string]string{}
	}
	return gap.NewEmbeddings(int(n), int(d), out), meta, nil
}

// chooseTensor checks that the tensors fill the data without gap or overlap and that each has the bytes of its shape, and returns the
// only one or the one called embeddings.
func chooseTensor(tensors map[string]*safetensors.TensorInfo, bytes int64) (string, *safetensors.TensorInfo, error) {
	names := slices.SortedFunc(maps.Keys(tensors), func(a, b string) int {
		x, y := tensors[a].DataOffsets, tensors[b].DataOffsets
		if c := cmp.Compare(x[0], y[0]); c != 0 {
			return c
		}
		if c := cmp.Compare(x[1], y[1]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	end := uint64(0)
	for _, name := range names {
		t := tensors[name]
		dims := make([]int64, len(t.Shape))
		for i, s := range t.Shape {
			dims[i] = int64(min(s, maxValues+1)) // beyond the bound is beyond it
		}
		count, ok := product(dims...)
		if !ok {
			return "", nil, bad(fmt.Sprintf("tensor %q of shape %v", name, t.Shape), "a product that fits 64 bits")
		}
		if t.DataOffsets[0] != end || t.DataOffsets[1] < end || t.DataOffsets[1]-end != uint64(count)*t.DType.Size() {
			return "", nil, bad(fmt.Sprintf("tensor %q of shape %v at bytes %d to %d", name, t.Shape, t.DataOffsets[0], t.DataOffsets[1]),
				fmt.Sprintf("%d bytes from %d on", uint64(count)*t.DType.Size(), end))
		}
		end = t.DataOffsets[1]
	}
	if end != uint64(bytes) {
		return "", nil, bad(fmt.Sprintf("%d bytes of numbers", bytes), fmt.Sprintf("%d, as the header says", end))
	}
	if t, ok := tensors[tensorName]; ok {
		return tensorName, t, nil
	}
	if len(names) != 1 {
		slices.Sort(names)
		return "", nil, bad(fmt.Sprintf("%d tensors (%s)", len(names), shortList(names)), `one tensor, or one called "embeddings"`)
	}
	return names[0], tensors[names[0]], nil
}

// shortList joins the first few names.
func shortList(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:6], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// writeSafetensors writes one tensor, "embeddings", as the reference implementation does: metadata first, its keys sorted here, the header
// filled up with spaces to a multiple of 8 bytes.
func writeSafetensors(w io.Writer, e *gap.Embeddings, meta map[string]string, t DType) error {
	type tensor struct {
		DType   string    `json:"dtype"`
		Shape   [2]int    `json:"shape"`
		Offsets [2]uint64 `json:"data_offsets"`
	}
	name, size := "F32", uint64(4)
	if t == Float16 {
		name, size = "F16", 2
	}
	header, err := json.Marshal(struct {
		Meta       map[string]string `json:"__metadata__,omitempty"`
		Embeddings tensor            `json:"embeddings"`
	}{meta, tensor{name, [2]int{e.N, e.D}, [2]uint64{0, size * uint64(len(e.Data))}}})
	if err != nil {
		return err
	}
	header = append(header, strings.Repeat(" ", (8-len(header)%8)%8)...)
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	return encodeAs(w, e.Data, t)
}
