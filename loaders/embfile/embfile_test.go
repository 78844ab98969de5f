package embfile

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"
	"mindgap/models/half"

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
		if name == "pair" { // see pair_test.go
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
	for written, fixture := range map[string]string{"x.npy": "f4.npy", "e.npy": "empty.npy", "l.npy": "long.npy", "x.safetensors": "written.safetensors",
		"h.npy": "f2.npy", "h.safetensors": "written16.safetensors"} {
		e, meta, err := Read(filepath.Join("testdata", fixture))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, written)
		if err := os.WriteFile(path, []byte("an older file"), 0o600); err != nil {
			t.Fatal(err)
		}
		dtype := Float32
		if written[0] == 'h' {
			dtype = Float16
		}
		if err := WriteAs(path, dtype, e, meta); err != nil {
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
	for _, ext := range []string{".npy", ".safetensors", ".NPY", ".npz", ".parquet"} {
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
		if ext != ".npy" && ext != ".NPY" && !cmp.Equal(meta, gotMeta) {
			t.Errorf("metadata %q, wanted %q", gotMeta, meta)
		}
	}
}

func TestWriteFails(t *testing.T) {
	e := gap.NewEmbeddings(1, 1, []float32{1})
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none", "x.npy"): "no such file",
		filepath.Join(dir, "x.mat"):         ".npy, .safetensors, .npz, .parquet",
		filepath.Join(dir, "x"):             "no extension",
	} {
		isFault(t, Write(path, e, nil), path, want)
	}
	isFault(t, WriteAs(filepath.Join(dir, "x.parquet"), Float16, e, nil), "x.parquet", "float16", "float32")
	isFault(t, WriteAs(filepath.Join(dir, "x.npy"), "float8", e, nil), "x.npy", "float8", "float16")
	isFault(t, WriteAs(filepath.Join(dir, "x.npy"), Float16, gap.NewEmbeddings(2, 2, []float32{1, 65519, -65520, 1}), nil), "x.npy", "-65520", "row 1, column 0")
	isFault(t, Write(filepath.Join(dir, "x.npz"), e, map[string]string{"a": strings.Repeat("b", 1<<16)}), "x.npz", "65535")
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
		{"x.mat", []byte("MATLAB"), []string{".mat", ".npy, .safetensors, .npz, .parquet"}},
		{"x.npz", []byte("PK"), []string{"does not open as ZIP"}},
		{"empty-file.npz", []byte{}, []string{"does not open as ZIP"}},
		{"pair.npz", nil, []string{"3 arrays (extra, images, texts)", `"embeddings"`}},
		{"bad_object.npz", nil, []string{"object", "float32"}},
		{"none.npz", zipFile(), []string{"0 arrays"}},
		{"twice.npz", zipFile("a.npy", "1", "a.npy", "2"), []string{"two arrays", "a"}},
		{"short.npz", zipFile("a.npy", string(npyFile(h("<f4", "2, 2"), floats(1, 2, 3)))), []string{"12 bytes", "16"}},
		{"nan.npz", zipFile("a.npy", string(npyFile(h("<f4", "1, 2"), floats(1, nan)))), []string{"NaN", "row 0, column 1"}},
		{"checksum.npz", damaged(t, "testdata/stored.npz", 200), []string{"cannot be unpacked", "checksum"}},
		{"method.npz", damaged(t, "testdata/deflated.npz", 0x10b), []string{"cannot be unpacked", "unsupported"}},
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

// zipFile is a stored archive of names and contents in turn.
func zipFile(members ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: members[i], Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(w, members[i+1])
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// damaged is a fixture with one byte changed.
func damaged(t *testing.T, name string, at int) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 0x40
	return b
}

// TestBomb: a member that claims to unpack into more than deflate can make of it takes no memory.
func TestBomb(t *testing.T) {
	b := zipFile("a.npy", "tiny")
	entry := bytes.Index(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[entry+24:], 0xfffffff0) // its unpacked size in the directory
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := readNPZ(bytes.NewReader(b), int64(len(b)))
	runtime.ReadMemStats(&after)
	isFault(t, err, "4294967280 bytes packed into 4")
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("%d bytes taken", taken)
	}
}

var update = flag.Bool("update", false, "write testdata/ours_*; then run testdata/check.py")

// TestOurs holds the formats that no other writer writes byte for byte to files that numpy and pyarrow have read, see testdata/check.py.
func TestOurs(t *testing.T) {
	meta := map[string]string{"model": "m", "note": "é"}
	for ours, from := range map[string]string{"ours_f4.npz": "f4.npy", "ours_f2.npz": "f2.npy", "ours_f4.parquet": "f4.npy", "ours_empty.parquet": "empty.npy"} {
		e, _, err := Read(filepath.Join("testdata", from))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if *update {
			dir = "testdata"
		}
		dtype := Float32
		if strings.Contains(ours, "f2") {
			dtype = Float16
		}
		if err := WriteAs(filepath.Join(dir, ours), dtype, e, meta); err != nil {
			t.Fatal(err)
		}
		got, err1 := os.ReadFile(filepath.Join(dir, ours))
		want, err2 := os.ReadFile(filepath.Join("testdata", ours))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s: other bytes than those that numpy and pyarrow have read: run with -update, then check.py", ours)
		}
		back, gotMeta, err := Read(filepath.Join("testdata", ours))
		if err != nil {
			t.Fatal(err)
		}
		if e.N != back.N || !slices.Equal(e.Data, back.Data) || !cmp.Equal(meta, gotMeta) {
			t.Errorf("%s: came back as %v, %v", ours, back, gotMeta)
		}
	}
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
		got := float64(half.From(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("%#04x: %v, wanted %v", h, got, want)
		}
	}
}

// TestToHalf: every finite half comes back from its own value, and a value halfway between two neighbours goes to the even one.
func TestToHalf(t *testing.T) {
	for h := range uint16(0x7c00) {
		v, next := half.From(h), float32(65536)
		if h < 0x7bff {
			next = half.From(h + 1)
		}
		middle := v + (next-v)/2 // exact: it has one bit more
		for _, sign := range []uint16{0, 0x8000} {
			s := float32(1)
			if sign != 0 {
				s = -1
			}
			if got := half.To(s * v); got != h|sign && v != 0 {
				t.Fatalf("%v: %#04x, wanted %#04x", s*v, got, h|sign)
			}
			for x, want := range map[float32]uint16{middle: h + h&1, math.Nextafter32(middle, 0): h, math.Nextafter32(middle, 1e6): h + 1} {
				if got := half.To(s * x); got != want|sign {
					t.Fatalf("%v: %#04x, wanted %#04x", s*x, got, want|sign)
				}
			}
		}
	}
	if h := half.To(float32(math.NaN())); h&0x7c00 != 0x7c00 || h&0x3ff == 0 {
		t.Errorf("NaN: %#04x", h)
	}
	if half.To(float32(math.Inf(-1))) != 0xfc00 {
		t.Error("an infinity is none")
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
