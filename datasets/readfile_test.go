package datasets_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"mindgap/datasets"
)

// TestReadIntoOneBuffer: files of falling and rising length, read one after another into one buffer, are each what the file holds.
func TestReadIntoOneBuffer(t *testing.T) {
	dir := t.TempDir()
	var names, contents []string
	for i, size := range []int{70_000, 0, 1, 5000, 512, 70_001} {
		names = append(names, filepath.Join(dir, string(rune('a'+i))))
		contents = append(contents, string(bytes.Repeat([]byte{byte('0' + i)}, size)))
		write(t, names[i], contents[i])
	}
	d, err := datasets.Images(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	i := 0
	for item, err := range d.Items(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := item.Image.Read(&buf)
		if err != nil || string(got) != contents[i] {
			t.Errorf("%s: %d bytes, %v; want %d", item.ID, len(got), err, len(contents[i]))
		}
		i++
	}
	if i != len(names) {
		t.Errorf("%d items, want %d", i, len(names))
	}
}
