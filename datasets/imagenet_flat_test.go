package datasets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mindgap/models/fault"
)

// smallSynsets is an excerpt of the development kit's structure that is not compressed: the last two classes and three inner nodes.
func smallSynsets(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "labelled", "imagenet", "synsets.mat"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readSynsets(t testing.TB, b []byte) (map[int]string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "meta.mat")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	return got, readMetaMAT(file, func(where string, number int, id string) error {
		if got[number] != "" {
			return fmt.Errorf("%s: class %d again", where, number)
		}
		got[number] = id
		return nil
	})
}

// TestSynsets reads the excerpt whole, and cut at every length, which is always a fault.
func TestSynsets(t *testing.T) {
	whole := smallSynsets(t)
	got, err := readSynsets(t, whole)
	if err != nil || len(got) != 2 || !wnid.MatchString(got[999]) || !wnid.MatchString(got[1000]) {
		t.Errorf("%v, error %v", got, err)
	}
	for n := 0; n < len(whole); n += 7 {
		if got, err := readSynsets(t, whole[:n]); err == nil {
			t.Fatalf("cut at byte %d of %d: %v without an error", n, len(whole), got)
		} else if _, ok := fault.KindOf(err); !ok {
			t.Fatalf("cut at byte %d: error %v is no fault", n, err)
		}
	}
}

// FuzzSynsets damages one byte, or reads any bytes: no panic, and an error is a fault or the visitor's.
func FuzzSynsets(f *testing.F) {
	whole := smallSynsets(f)
	for at := 128; at < len(whole); at += 61 {
		f.Add(whole, at, byte(0x81))
	}
	f.Fuzz(func(t *testing.T, b []byte, at int, x byte) {
		if at >= 0 && at < len(b) {
			b = bytes.Clone(b)
			b[at] ^= x
		}
		_, _ = readSynsets(t, b)
	})
}
