package datasets_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"mindgap/datasets"
)

func init() {
	for _, target := range []string{"name", "everyday", "group"} {
		o := datasets.Options{Target: target}
		if target == "name" {
			o.Target = "" // the default
		}
		conformances = append(conformances, conformance{format: "builtin", ref: "builtin", options: o, want: "builtin " + target})
	}
}

// TestBuiltinCounts holds the targets to the numbers that the model's results are stated for.
func TestBuiltinCounts(t *testing.T) {
	for _, c := range []struct {
		target                      string
		classes, templates, labeled int
	}{{"name", 1300, 12, 1300}, {"everyday", 50, 12, 74}, {"group", 9, 9, 1300}} {
		d, err := datasets.Open(context.Background(), "builtin", datasets.Options{Target: c.target})
		if err != nil {
			t.Fatal(err)
		}
		labeled := 0
		for it, err := range d.Items(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if it.Label != datasets.NoLabel {
				labeled++
			}
		}
		info := d.Info()
		if len(info.Classes) != c.classes || len(info.Templates) != c.templates || labeled != c.labeled || info.License == "" {
			t.Errorf("%s: %d classes, %d templates, %d labels, licence %q; want %+v", c.target, len(info.Classes), len(info.Templates), labeled, info.License, c)
		}
	}
}

// TestBuiltinPixelsDecode decodes every drawing.
func TestBuiltinPixelsDecode(t *testing.T) {
	d, err := datasets.Open(context.Background(), "builtin", datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for it, err := range d.Items(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := it.Image.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("%s: %v", it.ID, err)
		}
	}
}

// TestBuiltinReference compares every item with the reference values of the model that was trained for this set.
func TestBuiltinReference(t *testing.T) {
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE names no reference folder")
	}
	b, err := os.ReadFile(filepath.Join(root, "models", "emoji", "reference", "items.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Items []struct {
			File, Caption, Name string
			SHA256              string `json:"png_sha256"`
		}
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(context.Background(), "builtin", datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Info().Len != len(want.Items) {
		t.Fatalf("%d items, want %d", d.Info().Len, len(want.Items))
	}
	i := 0
	for it, err := range d.Items(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := it.Image.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w := want.Items[i]
		if sum := fmt.Sprintf("%x", sha256.Sum256(b)); it.ID != w.File || it.Captions[0] != w.Caption || d.Info().Classes[it.Label] != w.Name || sum != w.SHA256 {
			t.Errorf("item %d: %+v with hash %s, want %+v", i, it, sum, w)
		}
		i++
	}
}

func BenchmarkOpenBuiltin(b *testing.B) {
	for b.Loop() {
		if _, err := datasets.Open(context.Background(), "builtin", datasets.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
