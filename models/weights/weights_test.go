package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/nlpodyssey/safetensors"

	"mindgap/models/fault"
)

// file is a .safetensors file with this header and so many bytes of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestRead(t *testing.T) {
	const header = `{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]}}   `
	b := file(header, 12+4)
	got, err := Read(bytes.NewReader(b), int64(len(b)), "m.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	begin := int64(8 + len(header))
	want := Set{
		"a": {Name: "a", File: "m.safetensors", DType: F32, Shape: []int64{}, Offset: begin, Bytes: 4},
		"e": {Name: "e", File: "m.safetensors", DType: F32, Shape: []int64{0, 7}, Offset: begin + 4, Bytes: 0},
		"b": {Name: "b", File: "m.safetensors", DType: F16, Shape: []int64{2, 3}, Offset: begin + 4, Bytes: 12},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"a", "b", "e"}, got.Names()); d != "" {
		t.Errorf("names (-want +got)\n%s", d)
	}
}

// Every violation of the format has its own error, which names the tensor.
func TestReadViolations(t *testing.T) {
	const ok = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	entry := func(dtype, shape, offsets string) string {
		return `{` + ok + `,"b":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + offsets + `}}`
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
		says  string
	}{
		{"nothing", nil, ErrTooShort, "0 bytes"},
		{"seven bytes", make([]byte, 7), ErrTooShort, "7 bytes"},
		{"header past the end", file(`{}`, 0)[:9], ErrHeaderLength, "header length 2 in a file of 9 bytes"},
		{"huge header", append(bytes.Repeat([]byte{0xff}, 8), make([]byte, 100)...), ErrHeaderLength, "18446744073709551615"},
		{"Git LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), ErrHeaderLength, "Git LFS"},
		{"no JSON", file(`tensors`, 0), ErrHeader, ""},
		{"no object", file(`[]`, 0), ErrHeader, "begins with ["},
		{"cut JSON", file(`{"a":`, 0), ErrHeader, ""},
		{"two objects", file(`{}{}`, 0), ErrHeader, "behind the object"},
		{"metadata of numbers", file(`{"__metadata__":{"a":1}}`, 0), ErrHeader, ""},
		{"no shape", file(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), ErrHeader, "a lacks"},
		{"three offsets", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}`, 4), ErrHeader, "data_offsets [0 4 8]"},
		{"fraction", file(entry("F32", "[1.5]", "[8,12]"), 12), ErrHeader, "b"},
		{"twice", file(`{`+ok+`,`+ok+`}`, 8), ErrDuplicate, "a"},
		{"dtype", file(entry("F33", "[1]", "[8,12]"), 12), ErrDType, `b is "F33"`},
		{"shape against bytes", file(entry("F32", "[2]", "[8,12]"), 12), ErrShape, "b has shape [2] of F32, which is 8 bytes, and data_offsets [8 12], which are 4"},
		{"negative side", file(entry("F32", "[-1]", "[8,12]"), 12), ErrShape, "b"},
		{"side overflow", file(entry("F32", "[4294967296,4294967296,4]", "[8,8]"), 8), ErrShape, "b"},
		{"backwards", file(entry("F32", "[1]", "[12,8]"), 12), ErrOffsets, "b"},
		{"before the data", file(entry("F32", "[1]", "[-4,0]"), 12), ErrOffsets, "b"},
		{"past the end", file(entry("F32", "[1]", "[8,12]"), 10), ErrRange, "b ends at byte 12 of the 10"},
		{"overlap", file(entry("F32", "[2]", "[4,12]"), 12), ErrOverlap, "b begins at byte 4, inside a, which ends at 8"},
		{"hole", file(entry("F32", "[1]", "[12,16]"), 16), ErrHole, "bytes 8 to 12, before b"},
		{"hole at the end", file(entry("F32", "[1]", "[8,12]"), 16), ErrHole, "bytes 12 to 16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.bytes), int64(len(c.bytes)), "m")
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v that says %q", err, c.want, c.says)
			}
		})
	}
	_, err := Open(t.Context(), fstest.MapFS{"m.safetensors": {Data: file("[]", 0)}}, "m.safetensors", "folder/")
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Input || !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), "folder/m.safetensors") {
		t.Errorf("error %v, want a fault that names the file", err)
	}
}

// A model over two files with an index, as transformers writes it.
func TestSharded(t *testing.T) {
	part := func(name string) []byte {
		return file(fmt.Sprintf(`{%q:{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, name), 4)
	}
	folder := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("1.safetensors", part("a"))
	write("2.safetensors", part("b"))
	write("model.safetensors.index.json", []byte(`{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}`))
	set, err := OpenSharded(t.Context(), os.DirFS(folder), "model.safetensors.index.json", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(set) != 2 || set["a"].File != "1.safetensors" || set["b"].File != "2.safetensors" {
		t.Errorf("set %+v", set)
	}
	for _, index := range []string{`{`, `{"weight_map":{"c":"1.safetensors"}}`, `{"weight_map":{"a":"../1.safetensors"}}`, `{"weight_map":{"a":"3.safetensors"}}`} {
		write("bad.json", []byte(index))
		if _, err := OpenSharded(t.Context(), os.DirFS(folder), "bad.json", ""); err == nil {
			t.Errorf("%s: no error", index)
		}
	}
}

// What Read accepts lies inside the file, does not overlap, and is what an independent reader sees.
func FuzzRead(f *testing.F) {
	f.Add(file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,1],"data_offsets":[8,10]}}`, 10))
	f.Add(file(`{"__metadata__":{"x":"y"}}`, 0))
	f.Add(file(`{"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := Read(bytes.NewReader(b), int64(len(b)), "m")
		if err != nil {
			return
		}
		var sum int64
		for name, x := range set {
			if x.Name != name || x.Offset < 8 || x.Bytes < 0 || x.Offset+x.Bytes > int64(len(b)) {
				t.Fatalf("%s: %+v in a file of %d bytes", name, x, len(b))
			}
			sum += x.Bytes
		}
		if n := int64(binary.LittleEndian.Uint64(b)); 8+n+sum != int64(len(b)) {
			t.Fatalf("header %d and tensors %d bytes do not fill %d", n, sum, len(b))
		}
		other, err := safetensors.Deserialize(b)
		if err != nil {
			return // it knows fewer types
		}
		for _, v := range other.Tensors() {
			x, ok := set[v.Name]
			if !ok || int64(len(v.TensorView.Data())) != x.Bytes {
				t.Fatalf("%s: %d bytes there, %+v here", v.Name, len(v.TensorView.Data()), x)
			}
		}
	})
}
