//go:build linux || darwin

package embfile

import (
	"os"
	"path/filepath"
	"testing"

	"mindgap/gap"

	"github.com/google/go-cmp/cmp"
)

// TestMapped: mapped files give what read ones give, changing the matrix does not change the file, and the matrix outlives the file's name.
func TestMapped(t *testing.T) {
	defer func(old int64) { mapFrom = old }(mapFrom)
	want := readExpected(t)
	for _, name := range []string{"f4.npy", "long.npy", "v2.npy", "written.safetensors", "named.safetensors", "f4_big.npy", "f8.npy", "f4_fortran.npy", "empty.npy", "f16.safetensors"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o444); err != nil { // even a file that may only be read
			t.Fatal(err)
		}
		mapFrom = 0
		got, _, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, want[name], got)
		for i := range got.Data {
			got.Data[i]++
		}
		mapFrom = 1 << 40
		again, _, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, want[name], again)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		for i := range again.Data {
			again.Data[i]++
		}
		if diff := cmp.Diff(again, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// BenchmarkLarge compares the two ways to a matrix of 256 MB, checks of the numbers included.
func BenchmarkLarge(b *testing.B) {
	defer func(old int64) { mapFrom = old }(mapFrom)
	e := gap.NewEmbeddings(125_000, 512, make([]float32, 125_000*512))
	for i := range e.Data {
		e.Data[i] = float32(i%97) - 48.5
	}
	path := filepath.Join(b.TempDir(), "x.npy")
	if err := Write(path, e, nil); err != nil {
		b.Fatal(err)
	}
	for name, from := range map[string]int64{"mapped": 0, "read": 1 << 40} {
		b.Run(name, func(b *testing.B) {
			mapFrom = from
			b.SetBytes(int64(4 * len(e.Data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Read(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
