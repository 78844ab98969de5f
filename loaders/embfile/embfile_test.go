package embfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"

	"github.com/google/go-cmp/cmp"
)

// expected is what Python says about a fixture.
type expected struct {
	N, D   int
	Values []float64
	Meta   map[string]string
}

func readExpected(t *testing.T) map[string]expected {
	t.Helper()
	b, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]expected
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// same demands equal bits: every value went through float32 on both sides.
func same(t *testing.T, want expected, got *gap.Embeddings) {
	t.Helper()
	if got.N != want.N || got.D != want.D {
		t.Fatalf("%d×%d, wanted %d×%d", got.N, got.D, want.N, want.D)
	}
	for i, v := range got.Data {
		if math.Float32bits(v) != math.Float32bits(float32(want.Values[i])) {
			t.Fatalf("value %d: %v, wanted %v", i, v, want.Values[i])
		}
	}
}

func TestRead(t *testing.T) {
	for name, want := range readExpected(t) {
		if name == "pair" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, meta, err := Read(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, got)
			for k, v := range want.Meta { // pyarrow adds a key of its own
				if meta[k] != v {
					t.Errorf("metadata %s: %q, wanted %q", k, meta[k], v)
				}
			}
			if meta == nil {
				t.Error("nil metadata")
			}
		})
	}
}

// TestWrite: what is written is what NumPy and safetensors write, byte for byte, and nothing else is left in the folder.
func TestWrite(t *testing.T) {
	for written, fixture := range map[string]string{"x.npy": "f4.npy", "e.npy": "empty.npy", "l.npy": "long.npy", "x.safetensors": "written.safetensors"} {
		e, meta, err := Read(filepath.Join("testdata", fixture))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, written)
		if err := os.WriteFile(path, []byte("an older file"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, e, meta); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", fixture))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s differs from %s:\nwant %q\ngot  %q", written, fixture, want, got)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("left behind: %v", entries)
		}
	}
}

// TestRoundTrip: many rows and awkward metadata come back as they went.
func TestRoundTrip(t *testing.T) {
	e := gap.NewEmbeddings(70_001, 3, make([]float32, 210_003)) // more than one buffer
	for i := range e.Data {
		e.Data[i] = float32(i)*0.37 - 1000
	}
	meta := map[string]string{"a": "<&>", "é": "\x00\"\n", "": ""}
	for _, ext := range []string{".npy", ".safetensors", ".NPY"} {
		path := filepath.Join(t.TempDir(), "x"+ext)
		if err := Write(path, e, meta); err != nil {
			t.Fatal(err)
		}
		got, gotMeta, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s: %s", ext, diff[:min(len(diff), 500)])
		}
		if ext == ".safetensors" && !cmp.Equal(meta, gotMeta) {
			t.Errorf("metadata %q, wanted %q", gotMeta, meta)
		}
	}
}

func TestWriteFails(t *testing.T) {
	e := gap.NewEmbeddings(1, 1, []float32{1})
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none", "x.npy"): "no such file",
		filepath.Join(dir, "x.parquet"):     ".npy, .safetensors",
		filepath.Join(dir, "x"):             "no extension",
	} {
		isFault(t, Write(path, e, nil), path, want)
	}
	if err := os.Mkdir(filepath.Join(dir, "d.npy"), 0o755); err != nil {
		t.Fatal(err)
	}
	isFault(t, Write(filepath.Join(dir, "d.npy"), e, nil), "d.npy")
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func isFault(t *testing.T, err error, want ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Errorf("error %v is no fault", err)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func npyFile(header string, data []byte) []byte {
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(b, header...), data...)
}

func stFile(header string, data []byte) []byte {
	b := []byte{byte(len(header)), byte(len(header) >> 8), 0, 0, 0, 0, 0, 0}
	return append(append(b, header...), data...)
}

func floats(v ...float32) []byte {
	var b bytes.Buffer
	if err := encodeAll(&b, v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestFaults: hostile and mistaken files, each with the words that a reader needs.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	h := func(descr, shape string) string {
		return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }\n"
	}
	st := func(dtype, shape string, end int) string {
		return fmt.Sprintf(`{"a":{"dtype":"%s","shape":[%s],"data_offsets":[0,%d]}}`, dtype, shape, end)
	}
	for _, c := range []struct {
		name string
		data []byte // nil: the fixture of that name
		want []string
	}{
		{"missing.npy", nil, []string{"no such file"}},
		{"bad_object.npy", nil, []string{"object", "float32"}},
		{"bad_int.npy", nil, []string{`"<i8"`, "float32"}},
		{"bad_struct.npy", nil, []string{"structured"}},
		{"bad_complex.npy", nil, []string{`"<c8"`}},
		{"bad_1d.npy", nil, []string{"(3)", "two dimensions"}},
		{"bad_scalar.npy", nil, []string{"()", "two dimensions"}},
		{"pair.npy", nil, []string{"(2, 4, 3)", "two dimensions"}},
		{"x.npz", []byte("PK"), []string{".npz", ".npy, .safetensors, .parquet"}},
		{"empty-file.npy", []byte{}, []string{"begins with"}},
		{"magic.npy", []byte("PK\x03\x04 not NumPy"), []string{"PK", "NUMPY"}},
		{"lfs.npy", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"), []string{"Git LFS pointer", "git lfs pull"}},
		{"version.npy", []byte("\x93NUMPY\x09\x00\x00\x00\x00\x00"), []string{"version 9.0"}},
		{"header.npy", []byte("\x93NUMPY\x01\x00\xff\xff{}"), []string{"header of 65535 bytes in a file of 12"}},
		{"header2.npy", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), []string{"header of 4294967295 bytes"}},
		{"short.npy", npyFile(h("<f4", "2, 2"), floats(1, 2, 3)), []string{"12 bytes", "16", "(2, 2)"}},
		{"long.npy", npyFile(h("<f4", "2, 1"), floats(1, 2, 3)), []string{"12 bytes", "8"}},
		{"huge.npy", npyFile(h("<f4", "4611686018427387904, 4"), nil), []string{"fits 64 bits"}},
		{"terabytes.npy", npyFile(h("<f4", "1000000000, 1000"), floats(1)), []string{"4000000000000"}},
		{"overflow.npy", npyFile(h("<f4", "99999999999999999999, 1"), nil), []string{"99999999999999999999"}},
		{"negative.npy", npyFile(h("<f4", "-1, -4"), floats(1)), []string{"(-1, -4)"}},
		{"columns.npy", npyFile(h("<f4", "1000000, 0"), nil), []string{"1000000 rows of 0 columns"}},
		{"literal.npy", npyFile("{'descr': __import__('os')}", nil), []string{"header", "dictionary"}},
		{"open.npy", npyFile("{'descr': '<f4'", nil), []string{"header"}},
		{"twice.npy", npyFile("{'descr': '<f4', 'descr': '<f8', }", nil), []string{"twice"}},
		{"types.npy", npyFile("{'descr': True, 'fortran_order': 'no', 'shape': (1, 1), }", nil), []string{"header"}},
		{"nan.npy", npyFile(h("<f4", "2, 2"), floats(1, 2, 3, nan)), []string{"NaN", "row 1, column 1"}},
		{"inf.npy", npyFile(h("<f4", "2, 2"), floats(1, inf, 3, 4)), []string{"-Inf", "row 0, column 1"}},
		{"zero.npy", npyFile(h("<f4", "2, 2"), floats(1, 2, 0, 0)), []string{"zeros in row 1"}},
		{"beyond.npy", npyFile(h("<f8", "1, 1"), []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7e}), []string{"+Inf", "float32 holds"}},
		{"bad_two.safetensors", nil, []string{"2 tensors (a, b)", `"embeddings"`}},
		{"bad_1d.safetensors", nil, []string{"[3]", "two dimensions"}},
		{"bad_int.safetensors", nil, []string{"I64"}},
		{"tiny.safetensors", []byte("abc"), []string{"3 bytes"}},
		{"header.safetensors", []byte("\xff\xff\xff\x7f\x00\x00\x00\x00{}"), []string{"header of 2147483647 bytes in a file of 10"}},
		{"huge.safetensors", []byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"), []string{"header of 18446744073709551615 bytes"}},
		{"json.safetensors", stFile("{", nil), []string{"does not parse"}},
		{"none.safetensors", stFile("{}", nil), []string{"0 tensors"}},
		{"short.safetensors", stFile(st("F32", "2,2", 16), floats(1, 2, 3)), []string{"12 bytes", "16"}},
		{"shape.safetensors", stFile(st("F32", "2,3", 16), floats(1, 2, 3, 4)), []string{"[2 3]", "24 bytes"}},
		{"product.safetensors", stFile(st("F32", "4294967296,4294967296", 16), floats(1, 2, 3, 4)), []string{"fits 64 bits"}},
		{"columns.safetensors", stFile(st("F32", "18446744073709551615,0", 0), nil), []string{"fits 64 bits"}},
		{"columns2.safetensors", stFile(st("F32", "5,0", 0), nil), []string{"0 columns"}},
		{"overlap.safetensors", stFile(`{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}`, floats(1, 2, 3)), []string{`"b"`, "from 8 on"}},
		{"range.safetensors", stFile(`{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}`, floats(1, 2)), []string{"4 to 12", "from 0 on"}},
		{"start.safetensors", stFile(`{"a":{"dtype":"F32","shape":[1,3],"data_offsets":[4,12]}}`, floats(1, 2, 3)), []string{"4 to 12", "from 0 on"}},
		{"nan.safetensors", stFile(st("F32", "1,2", 8), floats(nan, 1)), []string{"NaN", "row 0, column 0"}},
		{"bad_two.parquet", nil, []string{"left, right", "embedding"}},
		{"bad_none.parquet", nil, []string{"id, score"}},
		{"bad_ragged.parquet", nil, []string{"1 numbers in row 1", "2, as in row 0"}},
		{"bad_null_row.parquet", nil, []string{"row 1"}},
		{"bad_null_value.parquet", nil, []string{"row 1"}},
		{"bad_empty_row.parquet", nil, []string{"row 1"}},
		{"magic.parquet", []byte("PAR1 not really PAR2"), []string{"parquet"}},
		{"empty-file.parquet", []byte{}, []string{"parquet"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join("testdata", c.name)
			if c.data != nil {
				path = filepath.Join(dir, c.name)
				if err := os.WriteFile(path, c.data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := Read(path)
			isFault(t, err, append(c.want, path)...)
		})
	}
	_, _, err := Read(dir + "/.")
	isFault(t, err)
}

// TestClaims: a header's claim takes no memory before the file's size has vouched for it.
func TestClaims(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := os.WriteFile(path, npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (100000, 100000), }", floats(1)), 0o644); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := Read(path)
	runtime.ReadMemStats(&after)
	isFault(t, err)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("%d bytes taken", taken)
	}
}

func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		sign, exponent, fraction := 1.0, h>>10&31, float64(h&1023)
		if h>>15 == 1 {
			sign = -1
		}
		want := sign * math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = math.Inf(int(sign))
		case exponent == 31:
			want = math.NaN()
		}
		got := float64(halfToFloat(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("%#04x: %v, wanted %v", h, got, want)
		}
	}
}

func TestDigest(t *testing.T) {
	ctx := context.Background()
	b, err := os.ReadFile("testdata/pair.npy")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	got, err := Digest(ctx, "testdata/pair.npy")
	if err != nil || got != hex.EncodeToString(sum[:]) {
		t.Errorf("%s, %v; wanted %x", got, err, sum)
	}
	one, err1 := Digest(ctx, "testdata/f4.npy,testdata/f8.npy")
	two, err2 := Digest(ctx, "testdata/f8.npy,testdata/f4.npy")
	if err1 != nil || err2 != nil || one == two || len(one) != 64 {
		t.Errorf("%s %v, %s %v: order does not matter", one, err1, two, err2)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Digest(done, "testdata/pair.npy"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	_, err = Digest(ctx, "testdata/none.npy")
	isFault(t, err, "none.npy")
}

func ExampleRead() {
	e, meta, err := Read("testdata/written.safetensors")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.N, "rows of", e.D, "from model", meta["model"])
	// Output: 5 rows of 3 from model m
}

func BenchmarkRead(b *testing.B) {
	e := gap.NewEmbeddings(2000, 512, make([]float32, 2000*512))
	for i := range e.Data {
		e.Data[i] = float32(i%97) - 48.5
	}
	for _, ext := range []string{".npy", ".safetensors"} {
		b.Run(ext, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "x"+ext)
			if err := Write(path, e, nil); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(4 * len(e.Data)))
			for b.Loop() {
				if _, _, err := Read(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
