package randominit

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"mindgap/models/builtin"
	"mindgap/models/fault"
)

// unpack writes the built-in model into a directory.
func unpack(t *testing.T) string {
	t.Helper()
	m, err := builtin.Open("emoji")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, m); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tensorsOf reads the stored tensors of a graph in fsys by name: their descriptions and bytes.
func tensorsOf(t *testing.T, fsys fs.FS, name string) (map[string]initializer, map[string][]byte) {
	t.Helper()
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := scanGraph(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	what, raw := map[string]initializer{}, map[string][]byte{}
	for _, x := range g.tensors {
		what[x.name] = x
		from := b
		if x.place != "" {
			if from, err = fs.ReadFile(fsys, filepath.ToSlash(filepath.Join(filepath.Dir(name), x.place))); err != nil {
				t.Fatal(err)
			}
		}
		if x.off >= 0 {
			raw[x.name] = from[x.off : x.off+x.size]
		}
	}
	return what, raw
}

// floats decodes a tensor.
func floats(x initializer, raw []byte) []float64 {
	v := make([]float64, x.count())
	original{typ: x.typ}.values(v, raw)
	return v
}

// census counts the elements of w bytes by their bits.
func census(b []byte, w int64) map[uint64]int {
	c := map[uint64]int{}
	for e := range slices.Chunk(b, int(w)) {
		var x uint64
		for i := range e {
			x |= uint64(e[i]) << (8 * i)
		}
		c[x]++
	}
	return c
}

// checkRedrawn holds every tensor of a redrawn graph to what Redraw promises: kept, permuted, or of the same mean and deviation. It
// returns how many were drawn.
func checkRedrawn(t *testing.T, dir, name string, s Scheme, m *FS) (drawn int) {
	t.Helper()
	what, before := tensorsOf(t, os.DirFS(dir), name)
	_, after := tensorsOf(t, m, name)
	if len(before) == 0 || len(before) != len(after) {
		t.Fatalf("%s: %d tensors became %d", name, len(before), len(after))
	}
	for tensor, old := range before {
		x, now := what[tensor], after[tensor]
		same := bytes.Equal(old, now)
		if x.typ.size() == 0 || x.count() <= 1 || keptNames.MatchString(tensor) || x.typ.integer() && len(x.dims) < 2 {
			if !same {
				t.Errorf("%s %s changed", name, tensor)
			}
			continue
		}
		w := x.typ.size()
		elements := census(old, w)
		if len(elements) == 1 { // constant
			if !same {
				t.Errorf("%s %s: a constant changed", name, tensor)
			}
			continue
		}
		if same {
			t.Errorf("%s %s stayed", name, tensor)
			continue
		}
		drawn++
		if s == Shuffle || x.typ.integer() {
			if !maps.Equal(elements, census(now, w)) {
				t.Errorf("%s %s is no permutation", name, tensor)
			}
			continue
		}
		var a, b moments
		a.add(floats(x, old))
		b.add(floats(x, now))
		a.finish()
		b.finish()
		// The mean of n draws deviates from the law's by σ/√n, the deviation by σ/√(2n): five of either.
		if math.Abs(a.Mean-b.Mean) > 5*a.Std/math.Sqrt(a.N) || math.Abs(a.Std-b.Std) > 5*a.Std/math.Sqrt(2*a.N) {
			t.Errorf("%s %s: N(%v, %v) became N(%v, %v)", name, tensor, a.Mean, a.Std, b.Mean, b.Std)
		}
	}
	return drawn
}

func TestRedrawBuiltin(t *testing.T) {
	dir := unpack(t)
	for _, s := range []Scheme{Matched, Shuffle} {
		m, err := OpenAs(dir, s, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"onnx/vision_model.onnx", "onnx/text_model.onnx"} {
			if n := checkRedrawn(t, dir, name, s, m); n < 8 {
				t.Errorf("%s: %d tensors drawn", name, n)
			}
		}
		b, err := fs.ReadFile(m, "config.json")
		if err != nil || !strings.Contains(string(b), `"trained": false`) {
			t.Errorf("config.json says\n%s (%v)", b, err)
		}
		root := t.TempDir()
		out, err := m.WriteTo(t.Context(), root, "onnx/text_model.onnx")
		if err != nil {
			t.Fatal(err)
		}
		disk, err1 := os.ReadFile(filepath.Join(out, "onnx", "text_model.onnx"))
		read, err2 := fs.ReadFile(m, "onnx/text_model.onnx")
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(disk, read) {
			t.Errorf("the file on disk differs from the one that is read: %v", err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	// Neither the schemes nor the seeds are the same model.
	sums := map[string]bool{}
	for _, ref := range []string{dir, dir + "?seed=2", dir + "?init=shuffle"} {
		m, err := Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		sum, ok := m.SHA256("onnx/text_model.onnx")
		if sums[sum] = true; !ok {
			t.Error("no digest")
		}
	}
	if len(sums) != 3 {
		t.Errorf("3 models have %d digests", len(sums))
	}
}

// onnxModel writes a graph with the given initializers by hand: one in the model, one beside it.
func onnxModel(inline, external []float32, place string) (model, data []byte) {
	encode := func(v []float32) []byte {
		b := make([]byte, 4*len(v))
		x := make([]float64, len(v))
		for i := range v {
			x[i] = float64(v[i])
		}
		float32LE.put(b, x)
		return b
	}
	message := func(num protowire.Number, m []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), m)
	}
	number := func(num protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
	}
	entry := func(k, v string) []byte {
		return message(13, slices.Concat(message(1, []byte(k)), message(2, []byte(v))))
	}
	a := slices.Concat(number(1, uint64(len(inline))), number(2, 1), message(8, []byte("inline")), message(4, encode(inline))) // float_data
	b := slices.Concat(number(1, uint64(len(external))), number(2, 1), message(8, []byte("external")), number(14, 1),
		entry("location", place), entry("offset", "12"), entry("length", strconv.Itoa(4*len(external))))
	graph := slices.Concat(message(2, []byte("g")), message(5, a), message(5, b))
	return slices.Concat(number(1, 8), message(7, graph)), slices.Concat(make([]byte, 12), encode(external), []byte("end"))
}

func writeFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		p := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, b, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Weights in float_data and in a file beside the model are drawn in place; every other byte stays.
func TestRedrawExternalData(t *testing.T) {
	ramp := make([]float32, 1000)
	for i := range ramp {
		ramp[i] = float32(i) / 100
	}
	model, data := onnxModel(ramp, ramp, "w.bin")
	dir := writeFiles(t, map[string][]byte{"onnx/m.onnx": model, "onnx/w.bin": data})
	for _, s := range []Scheme{Matched, Shuffle} {
		m, err := OpenAs(dir, s, 9)
		if err != nil {
			t.Fatal(err)
		}
		if n := checkRedrawn(t, dir, "onnx/m.onnx", s, m); n != 2 {
			t.Errorf("%d tensors drawn, want 2", n)
		}
		got, err := fs.ReadFile(m, "onnx/w.bin")
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(data) || !bytes.Equal(got[:12], data[:12]) || string(got[len(got)-3:]) != "end" {
			t.Error("bytes beside the tensor changed")
		}
	}
}

// A written copy has the drawn weights and none of the trained ones.
func TestRedrawCopies(t *testing.T) {
	ramp := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	model, data := onnxModel(ramp, ramp, "w.bin")
	dir := writeFiles(t, map[string][]byte{"m.onnx": model, "w.bin": data, "pytorch_model.bin": data, "model.safetensors": data, ".git/HEAD": data, "merges.txt": data})
	m, err := OpenAs(dir, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, err := m.CopyTo(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"m.onnx", "merges.txt", "w.bin"}; !slices.Equal(names, want) {
		t.Errorf("copied %v, want %v", names, want)
	}
	if b, err := os.ReadFile(filepath.Join(to, "w.bin")); err != nil || bytes.Equal(b, data) {
		t.Errorf("the trained weights were copied (%v)", err)
	}
}

// Models that cannot be redrawn say so, each with the file's name.
func TestRedrawRefuses(t *testing.T) {
	ramp := []float32{1, 2, 3, 4}
	model, data := onnxModel(ramp, ramp, "w.bin")
	outside, _ := onnxModel(ramp, ramp, "../w.bin")
	for _, c := range []struct {
		name   string
		files  map[string][]byte
		scheme Scheme
		want   string
	}{
		{"no data file", map[string][]byte{"m.onnx": model}, Matched, "w.bin"},
		{"data cut short", map[string][]byte{"m.onnx": model, "w.bin": data[:20]}, Matched, "16 bytes at 12 of 20"},
		{"data outside", map[string][]byte{"m.onnx": outside, "w.bin": data}, Matched, "outside"},
		{"model cut short", map[string][]byte{"m.onnx": model[:len(model)-9], "w.bin": data}, Matched, "cut short"},
		{"not ONNX", map[string][]byte{"m.onnx": []byte("version https://git-lfs")}, Matched, "not an ONNX model"},
		{"empty", map[string][]byte{"m.onnx": nil}, Matched, "not an ONNX model"},
		{"scheme without configuration", map[string][]byte{"m.onnx": model, "w.bin": data}, OpenAI, "config.json"},
		{"scheme without names", map[string][]byte{"m.onnx": model, "w.bin": data, "config.json": []byte(`{"model_type":"clip"}`)}, HF, "inline"},
		{"configuration that is none", map[string][]byte{"m.onnx": model, "w.bin": data, "config.json": []byte(`[`)}, Matched, "config.json"},
		{"another family", map[string][]byte{"m.onnx": model, "w.bin": data, "config.json": []byte(`{"model_type":"blip"}`)}, OpenAI, "blip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := writeFiles(t, c.files)
			_, err := OpenAs(dir, c.scheme, 1)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error %v, want one about %q and %s", err, c.want, dir)
			}
			if _, ok := fault.KindOf(err); !ok {
				t.Errorf("%T is no fault", err)
			}
		})
	}
}

// The scanner meets any bytes without a panic, and what it finds lies inside the file.
func FuzzScanGraph(f *testing.F) {
	model, _ := onnxModel([]float32{1, 2, 3}, []float32{4}, "w.bin")
	f.Add(model)
	f.Add(model[:len(model)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := scanGraph(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, x := range g.tensors {
			x.count()
			if x.place == "" && x.off >= 0 && (x.size < 0 || x.off+x.size > int64(len(b))) {
				t.Errorf("tensor at %d of %d bytes in a file of %d", x.off, x.size, len(b))
			}
		}
		usesOf(g)
	})
}
