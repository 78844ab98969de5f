package datasets_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
)

func init() {
	conformances = append(conformances,
		conformance{format: "folder", ref: filepath.Join("testdata", "folder"), want: "folder"},
		conformance{format: "folder", ref: "flat", options: datasets.Options{Root: "testdata"}, want: "flat"})
}

// plant writes files with their own names as content.
func plant(t testing.TB, root string, files ...string) {
	t.Helper()
	for _, f := range files {
		write(t, filepath.Join(root, filepath.FromSlash(f)), f)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// opened is a folder as a test sees it.
type opened struct {
	IDs       []string
	Labels    []int
	Classes   []string
	Templates []string
}

func openAll(t *testing.T, ref string, o datasets.Options) (opened, error) {
	t.Helper()
	d, err := datasets.Open(context.Background(), ref, o)
	if err != nil {
		return opened{}, err
	}
	got := opened{Classes: d.Info().Classes, Templates: d.Info().Templates}
	for it, err := range d.Items(context.Background()) {
		if err != nil {
			return got, err
		}
		got.IDs, got.Labels = append(got.IDs, it.ID), append(got.Labels, it.Label)
	}
	return got, nil
}

var single = []string{"a photo of a {}."}

func TestFolder(t *testing.T) {
	for _, c := range []struct {
		name    string
		build   func(t *testing.T, root string)
		split   string
		want    opened
		wantErr []string
	}{
		{
			name: "class then path",
			build: func(t *testing.T, root string) {
				plant(t, root, "a/z.png", "a/b/c.png", "a-b/1.png", "a/B.PNG", "a/.b/c.png", "a/x.txt")
			},
			want: opened{[]string{"a/B.PNG", "a/b/c.png", "a/z.png", "a-b/1.png"}, []int{0, 0, 0, 1}, []string{"a", "a-b"}, single},
		}, {
			name:  "numbered classes keep the order of their numbers",
			build: func(t *testing.T, root string) { plant(t, root, "10/a.png", "2/a.png", "0/a.png") },
			want:  opened{[]string{"0/a.png", "2/a.png", "10/a.png"}, []int{0, 1, 2}, []string{"0", "2", "10"}, single},
		}, {
			name: "prompts in the root",
			build: func(t *testing.T, root string) {
				plant(t, root, "n01/a.png", "n02/a.png")
				write(t, filepath.Join(root, "classnames.txt"), "tench\nice cream\n")
				write(t, filepath.Join(root, "templates.txt"), "a {c}.\nthe {}.\n")
			},
			want: opened{[]string{"n01/a.png", "n02/a.png"}, []int{0, 1}, []string{"tench", "ice cream"}, []string{"a {}.", "the {}."}},
		}, {
			name: "a split and the prompts around it", split: "val",
			build: func(t *testing.T, root string) {
				plant(t, root, "train/a/1.png", "val/a/2.png")
				write(t, filepath.Join(root, "classnames.txt"), "ant")
			},
			want: opened{[]string{"a/2.png"}, []int{0}, []string{"ant"}, single},
		}, {
			name: "links to a file and a folder, and back to a folder around",
			build: func(t *testing.T, root string) {
				plant(t, filepath.Join(root, ".store"), "1.png", "deep/2.png")
				plant(t, root, "a/0.png")
				link(t, filepath.Join(root, ".store", "1.png"), filepath.Join(root, "a", "1.png"))
				link(t, filepath.Join(root, ".store"), filepath.Join(root, "b"))
				link(t, root, filepath.Join(root, "a", "loop"))
				link(t, filepath.Dir(root), filepath.Join(root, "up"))
				link(t, "deep", filepath.Join(root, ".store", "same"))
			},
			want: opened{[]string{"a/0.png", "a/1.png", "b/1.png", "b/deep/2.png", "b/same/2.png"}, []int{0, 0, 1, 1, 1}, []string{"a", "b"}, single},
		}, {
			name:  "flat beside a folder without images",
			build: func(t *testing.T, root string) { plant(t, root, "b.png", "a.jpeg", "docs/readme.md") },
			want:  opened{IDs: []string{"a.jpeg", "b.png"}, Labels: []int{-1, -1}},
		},
		{name: "empty", build: func(*testing.T, string) {}, wantErr: []string{"no images", ".jpg", ".webp", "sub-folder for each class"}},
		{name: "no images", build: func(t *testing.T, root string) { plant(t, root, "a/x.md") }, wantErr: []string{"no images"}},
		{name: "class without images", build: func(t *testing.T, root string) { plant(t, root, "a/x.png", "b/x.md") }, wantErr: []string{"no image in b"}},
		{name: "loose beside classes", build: func(t *testing.T, root string) { plant(t, root, "a/x.png", "y.png") }, wantErr: []string{"1 images beside", "y.png"}},
		{name: "splits taken for classes", build: func(t *testing.T, root string) { plant(t, root, "train/a/x.png", "test/a/x.png") }, wantErr: []string{"test, train", "--split"}},
		{name: "no such split", split: "dev", build: func(t *testing.T, root string) { plant(t, root, "a/x.png") }, wantErr: []string{"dev", "--split"}},
		{name: "too many class names", build: func(t *testing.T, root string) {
			plant(t, root, "a/x.png")
			write(t, filepath.Join(root, "classnames.txt"), "one\ntwo\n")
		}, wantErr: []string{"classnames.txt", "2 names", "wanted 1"}},
		{name: "class names without classes", build: func(t *testing.T, root string) {
			plant(t, root, "x.png")
			write(t, filepath.Join(root, "classnames.txt"), "one\n")
		}, wantErr: []string{"classnames.txt", "1 names", "no labels"}},
		{name: "template without a placeholder", build: func(t *testing.T, root string) {
			plant(t, root, "a/x.png")
			write(t, filepath.Join(root, "templates.txt"), "a {}\na photo\n")
		}, wantErr: []string{"templates.txt line 2", `"a photo"`}},
		{name: "broken link", build: func(t *testing.T, root string) {
			plant(t, root, "a/x.png")
			link(t, "nowhere", filepath.Join(root, "a", "y.png"))
		}, wantErr: []string{"y.png", "no such file"}},
		{name: "folder named as an image", build: func(t *testing.T, root string) {
			plant(t, root, "a/x.png", ".d/x.png")
			link(t, filepath.Join(root, ".d"), filepath.Join(root, "a", "y.png"))
		}, wantErr: []string{"y.png", "not a file"}},
		{name: "captions that are not UTF-8", build: func(t *testing.T, root string) {
			plant(t, root, "a/x.png")
			write(t, filepath.Join(root, "a", "x.txt"), "good\nbad \xff\n")
		}, wantErr: []string{"x.txt line 2", "0xff", "UTF-8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "set")
			if err := os.Mkdir(root, 0o755); err != nil {
				t.Fatal(err)
			}
			c.build(t, root)
			got, err := openAll(t, root, datasets.Options{Split: c.split})
			wantParts(t, err, c.wantErr)
			if diff := cmp.Diff(c.want, got); c.wantErr == nil && diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestFolderUnreadable removes and locks what was there at opening: the fault names the file.
func TestFolderUnreadable(t *testing.T) {
	root := t.TempDir()
	plant(t, root, "a/x.png", "a/y.png", "a/y.txt")
	d, err := datasets.Open(context.Background(), root, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"x.png", "y.txt"} {
		if err := os.Remove(filepath.Join(root, "a", f)); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for it, err := range d.Items(context.Background()) {
		if n++; n == 1 {
			_, err = it.Image.Bytes()
			wantParts(t, err, []string{"read image", "x.png", "no such file"})
			continue
		}
		wantParts(t, err, []string{"read captions", "y.txt", "no such file"})
	}
	if n != 2 {
		t.Errorf("%d steps, want 2", n)
	}
}

// TestFolderFingerprint changes one thing at a time.
func TestFolderFingerprint(t *testing.T) {
	root := t.TempDir()
	plant(t, root, "a/x.png", "a/x.txt", "b/y.png")
	seen := map[string]string{}
	for _, c := range []struct {
		name   string
		change func()
	}{
		{"untouched", func() {}},
		{"size", func() { write(t, filepath.Join(root, "a", "x.png"), "other") }},
		{"caption", func() { write(t, filepath.Join(root, "a", "x.txt"), "another caption") }},
		{"one more", func() { plant(t, root, "b/z.png") }},
		{"renamed", func() {
			if err := os.Rename(filepath.Join(root, "b", "z.png"), filepath.Join(root, "b", "w.png")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		c.change()
		d, err := datasets.Open(context.Background(), root, datasets.Options{})
		if err != nil {
			t.Fatal(err)
		}
		print := d.Info().Fingerprint
		if other, ok := seen[print]; ok {
			t.Errorf("%s has the fingerprint of %s", c.name, other)
		}
		seen[print] = c.name
	}
}

// BenchmarkOpenFolder opens 50,000 files in 100 classes.
func BenchmarkOpenFolder(b *testing.B) {
	root := b.TempDir()
	for class := range 100 {
		dir := filepath.Join(root, fmt.Sprintf("class %02d", class))
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for i := range 500 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.jpg", i)), nil, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		d, err := datasets.Open(context.Background(), root, datasets.Options{})
		if err != nil || d.Info().Len != 50_000 {
			b.Fatal(d, err)
		}
	}
}
