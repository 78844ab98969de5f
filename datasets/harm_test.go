package datasets_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
	"mindgap/models/fault"
)

// TestPaperHarm: the seven words are those that FairFace's classes have behind the fourteen of race and gender, in its template the 21 prompts of the
// authors' notebook.
func TestPaperHarm(t *testing.T) {
	var words []string
	for _, c := range datasets.PaperHarm() {
		words = append(words, c.Words...)
	}
	d, err := datasets.Open(t.Context(), "fairface", datasets.Options{Root: filepath.Join("testdata", "labelled"), Target: "race_gender_harm"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	known := map[string]bool{}
	for _, c := range d.Info().Classes[14:] {
		known[c] = true
	}
	if len(words) != 7 || len(known) != 7 {
		t.Fatalf("%d words, %d classes of harm", len(words), len(known))
	}
	for _, w := range words {
		if !known[w] {
			t.Errorf("%q is no class of FairFace", w)
		}
	}
	if got := datasets.Prompt(d.Info().Templates[0], d.Info().Classes[20]); got != "a photo of a suspicious person" {
		t.Errorf("the last prompt is %q", got)
	}
}

func TestReadHarm(t *testing.T) {
	file := filepath.Join(t.TempDir(), "words.json")
	read := func(text string) ([]datasets.HarmCategory, error) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return datasets.ReadHarm(file)
	}
	got, err := read(`{"z": ["a thief"], "a": ["an animal", "a rat"]}`)
	if diff := cmp.Diff([]datasets.HarmCategory{{Name: "z", Words: []string{"a thief"}}, {Name: "a", Words: []string{"an animal", "a rat"}}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for text, want := range map[string]string{
		``: "no object", `[]`: "no object", `{}`: "no category", `{"a": "b"}`: "without a list", `{"a": []}`: "without words", `{"": ["b"]}`: "a category called",
		`{"any": ["b"]}`: "a category called", `{"a": ["b"], "a": ["c"]}`: "twice", `{"a": ["b"], "c": ["b"]}`: "twice", `{"a": [" "]}`: "empty",
		`{"a": ["{}"]}`: "brace", `{"a": ["b"]} {}`: "more behind", `{"a": ["b"]`: "no JSON", `{"a": [1]}`: "without a list", `{"a": ["b"] "c"}`: "no JSON",
	} {
		_, err := read(text)
		var f *fault.Error
		if !errors.As(err, &f) || !strings.Contains(f.Found, want) {
			t.Errorf("%s: %v, want a fault with %q", text, err, want)
		}
	}
	if _, err := datasets.ReadHarm(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that is not there was read")
	}
}
