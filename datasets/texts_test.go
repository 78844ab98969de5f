package datasets_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
)

func TestReadTexts(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		want                []string
		wantErr             []string
	}{
		{name: "lines", file: "t.txt", content: "a dog\r\n  two  \n\nüber\n", want: []string{"a dog", "  two  ", "", "über"}},
		{name: "no last newline", file: "t.txt", content: "a\nb", want: []string{"a", "b"}},
		{name: "blank last line", file: "t.txt", content: "a\n\n", want: []string{"a", ""}},
		{name: "list", file: "t.json", content: `["a\nb", "", "c"]`, want: []string{"a\nb", "", "c"}},
		{name: "list in a text file", file: "t.txt", content: "[\n\"a\",\n\"b\"\n]\n", want: []string{"a", "b"}},
		{name: "lines in brackets", file: "t.txt", content: "[MASK] dog\n", want: []string{"[MASK] dog"}},
		{name: "line in braces", file: "t.txt", content: "{}\n", want: []string{"{}"}},
		{name: "empty", file: "t.txt", content: "", wantErr: []string{"t.txt", "no text"}},
		{name: "empty list", file: "t.json", content: "[]", wantErr: []string{"no text"}},
		{name: "object", file: "t.json", content: `{"a": "b"}`, wantErr: []string{"t.json", "list of strings"}},
		{name: "null", file: "t.json", content: `[null]`, wantErr: []string{"entry 1 is null"}},
		{name: "trailing comma", file: "t.txt", content: `["a",]`, wantErr: []string{"t.txt", "invalid character"}},
		{name: "not UTF-8", file: "t.txt", content: "a\n\ufffd\nb\x80\n", wantErr: []string{"t.txt line 3", "0x80"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), c.file)
			write(t, file, c.content)
			got, err := datasets.ReadTexts(file)
			wantParts(t, err, c.wantErr)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
