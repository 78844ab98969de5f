package preprocess

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mindgap/models/fault"
)

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzDecode: whatever the bytes, Decode gives a picture that can be prepared, or a fault that names the item, and never panics.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"testdata/extras/*.*", "testdata/corrupt/*.*"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("%s: %v, %d files", pattern, err, len(names))
		}
		for _, name := range names {
			if data := readFile(f, name); len(data) < 20_000 {
				f.Add(data)
			}
		}
	}
	g := readPhotographs(f)
	var processors []*Processor
	for _, pipeline := range []string{"hf", "open_clip"} {
		c := clip(pipeline, g)
		c.Size, c.ResizeTo = 16, 16
		p, err := New(c)
		if err != nil {
			f.Fatal(err)
		}
		processors = append(processors, p)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// Large pictures are legal, but fuzzing them tests the machine's memory.
		if s := sniff(data); s != nil {
			func() {
				defer func() { _ = recover() }()
				if w, h, err := s.config(data); err == nil && w*h > 1<<20 {
					t.Skip()
				}
			}()
		}
		p, err := Decode("item", data)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Thing != "item" {
				t.Fatalf("got %v, want a fault that names the item", err)
			}
			return
		}
		for _, r := range processors {
			if _, err := r.Pixels(p); err != nil {
				var e *fault.Error
				if !errors.As(err, &e) || e.Thing != "item" {
					t.Fatalf("got %v, want a fault that names the item", err)
				}
			}
		}
	})
}
