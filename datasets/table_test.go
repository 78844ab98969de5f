package datasets_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
)

func init() {
	for name, columns := range map[string]map[string]string{
		"all.csv": nil, "lines.jsonl": nil, "plain.tsv": nil,
		"named.csv": {"image": "where", "caption": "says", "label": "KIND"},
	} {
		conformances = append(conformances, conformance{format: "table", ref: filepath.Join("testdata", "table", name), options: datasets.Options{Columns: columns}, want: "table " + name})
	}
}

func TestTableFaults(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		columns          map[string]string
		want             []string
	}{
		{"a row too short", "x.csv", "image,caption\na.png,x\na.png\n", nil, []string{"x.csv line 3", "1 fields", "wanted 2"}},
		{"a row too long", "x.csv", "image,caption\na.png,x, y\n", nil, []string{"x.csv line 2", "3 fields", "quotation marks"}},
		{"a row too long after one of several lines", "x.csv", "image,caption\na.png,\"x\ny\"\na.png,x,y\n", nil, []string{"x.csv line 4", "3 fields"}},
		{"a lone quotation mark", "x.csv", "image,caption\na.png,x \"y\n", nil, []string{"x.csv line 2", `bare "`}},
		{"an open quotation mark", "x.csv", "image,caption\na.png,\"x\n", nil, []string{"x.csv line", `extraneous or missing "`}},
		{"no image column", "x.csv", "one,two,three\n1,2,3\n", nil, []string{"one, two, three", "--image-column"}},
		{"a column that is not there", "x.csv", "image,caption\na.png,x\n", map[string]string{"label": "kind"}, []string{`no column "kind"`, "image, caption", "--label-column"}},
		{"a number that is no column", "x.tsv", "a.png\tx\n", map[string]string{"label": "3"}, []string{`"3"`, "1 to 2"}},
		{"a missing image", "x.csv", "image,caption\na.png,x\nb.png,y\n", nil, []string{"x.csv line 3", "b.png", "no such file"}},
		{"an address", "x.csv", "image,caption\nhttps://example.org/a.png,x\n", nil, []string{"line 2", "https://example.org/a.png", "fetch"}},
		{"an empty name", "x.csv", "image,caption\n,x\n", nil, []string{"line 2", "no image"}},
		{"an empty caption", "x.csv", "image,caption\na.png,\n", nil, []string{"line 2", "empty caption"}},
		{"two labels of an image", "x.csv", "image,label\na.png,x\na.png,y\n", nil, []string{"line 3", `"y"`, `"x"`, "line 2"}},
		{"a header alone", "x.csv", "image,caption\n", nil, []string{"x.csv", "no images"}},
		{"nothing", "x.csv", "", nil, []string{"x.csv", "no images"}},
		{"no JSON", "x.jsonl", "{\"image\": \"a.png\"}\n{\n", nil, []string{"x.jsonl line 2", "unexpected end"}},
		{"a list", "x.jsonl", "[1]\n", nil, []string{"x.jsonl line 1", "a JSON object a line"}},
		{"no image key", "x.jsonl", "{\"picture\": \"a.png\"}\n", nil, []string{"line 1", `no "image"`, "--image-column"}},
		{"a named key that is not there", "x.jsonl", "{\"image\": \"a.png\"}\n", map[string]string{"caption": "says"}, []string{"line 1", `"says"`, "--caption-column"}},
		{"a caption that is a number", "x.jsonl", "{\"image\": \"a.png\", \"text\": 3}\n", nil, []string{"line 1", "a string or a list"}},
		{"a label that is no number", "x.jsonl", "{\"image\": \"a.png\", \"label\": 1.5}\n", nil, []string{"line 1", "whole number"}},
		{"bytes that are no text", "x.csv", "image,caption\na.png,\xff\n", nil, []string{"line 2", "UTF-8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			plant(t, root, "a.png")
			write(t, filepath.Join(root, c.file), c.text)
			_, err := datasets.Open(context.Background(), filepath.Join(root, c.file), datasets.Options{Columns: c.columns})
			wantParts(t, err, c.want)
		})
	}
}

// TestTableForms: a table without a header, columns by number, and class names beside the table.
func TestTableForms(t *testing.T) {
	root := t.TempDir()
	plant(t, root, "a.png", "b.png", "c.png")
	for _, c := range []struct {
		name, text string
		columns    map[string]string
		want       opened
	}{
		{"by number", "x,a.png,10\ny,b.png,9\n", map[string]string{"image": "2", "label": "3"}, opened{[]string{"a.png", "b.png"}, []int{1, 0}, []string{"9", "10"}, single}},
		{"captions alone", "b.png,a cat\na.png,a dog\n", nil, opened{IDs: []string{"b.png", "a.png"}, Labels: []int{-1, -1}}},
		{"labels alone", "b.png,cat\na.png,dog\n", map[string]string{"label": "2"}, opened{[]string{"b.png", "a.png"}, []int{0, 1}, []string{"cat", "dog"}, single}},
		{"an absolute path", "file,class\n" + filepath.Join(root, "c.png") + ",x\n", nil, opened{[]string{filepath.ToSlash(filepath.Join(root, "c.png"))}, []int{0}, []string{"x"}, single}},
	} {
		file := filepath.Join(root, "x.csv")
		write(t, file, c.text)
		got, err := openAll(t, file, datasets.Options{Columns: c.columns})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got)\n%s", c.name, err, diff)
		}
	}
	write(t, filepath.Join(root, "classnames.txt"), "tench\n")
	got, err := openAll(t, filepath.Join(root, "x.csv"), datasets.Options{})
	if err != nil || !cmp.Equal(got.Classes, []string{"tench"}) {
		t.Errorf("classes %q, error %v", got.Classes, err)
	}
}
