package embfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"
)

// fuzzReader holds a parser to its promises: a matrix whose data fit its dimensions and the input's size, or a fault; never a panic.
func fuzzReader(f *testing.F, pattern string, read func(io.ReaderAt, int64) (*gap.Embeddings, map[string]string, error)) {
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, _, err := read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			var fe *fault.Error
			if !errors.As(err, &fe) {
				t.Fatalf("error %v is no fault", err)
			}
			return
		}
		if len(e.Data) != e.N*e.D || e.N > 0 && e.D == 0 {
			t.Fatalf("%d×%d with %d values", e.N, e.D, len(e.Data))
		}
		if 2*len(e.Data) > len(b) {
			t.Fatalf("%d values from %d bytes", len(e.Data), len(b))
		}
		var out bytes.Buffer
		if err := writeSafetensors(&out, e, nil, Float32); err != nil {
			t.Fatal(err)
		}
		back, _, err := readSafetensors(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil || back.N != e.N || back.D != e.D {
			t.Fatalf("does not come back: %v", err)
		}
	})
}

// FuzzNPZ reads archives. What deflate unpacks may be larger than the input, so the bound on the numbers is that of deflate.
func FuzzNPZ(f *testing.F) {
	names, err := filepath.Glob("testdata/*.npz")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, _, err := readNPZ(bytes.NewReader(b), int64(len(b)))
		var fe *fault.Error
		if err != nil && !errors.As(err, &fe) {
			t.Fatalf("error %v is no fault", err)
		}
		if err == nil && (len(e.Data) != e.N*e.D || 2*len(e.Data) > (maxDeflate+1)*len(b)) {
			t.Fatalf("%d×%d with %d values from %d bytes", e.N, e.D, len(e.Data), len(b))
		}
		_, _, err = bothSides(bytes.NewReader(b), int64(len(b)), true)
		if err != nil && !errors.As(err, &fe) {
			t.Fatalf("error %v is no fault", err)
		}
	})
}

func FuzzNPY(f *testing.F)         { fuzzReader(f, "*.npy", readNPYMatrix) }
func FuzzSafetensors(f *testing.F) { fuzzReader(f, "*.safetensors", readSafetensors) }

// TestBrokenParquet cuts and damages whole files: an error that is a fault, or numbers, but no panic. The library's footer decoder is not
// hardened against every hostile file, so this is a fixed set and no fuzz target.
func TestBrokenParquet(t *testing.T) {
	for _, name := range []string{"named.parquet", "groups.parquet", "plain.parquet", "f2.parquet"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		try := func(b []byte, what string, at int) {
			_, _, err := readParquet(bytes.NewReader(b), int64(len(b)))
			var f *fault.Error
			if err != nil && !errors.As(err, &f) {
				t.Errorf("%s, %s %d: error %v is no fault", name, what, at, err)
			}
			if err == nil && what == "cut at" {
				t.Errorf("%s, cut at %d: no error", name, at)
			}
		}
		for at := 0; at < len(whole); at += 1 + len(whole)/200 {
			try(whole[:at], "cut at", at)
			b := bytes.Clone(whole)
			b[at] ^= 0x15
			try(b, "damaged at", at)
		}
	}
}
