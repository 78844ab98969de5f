package datasets_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
	"mindgap/models/fault"
)

// TestLookupPrompts holds the tables to CLIP_benchmark's own counts of classes and templates.
func TestLookupPrompts(t *testing.T) {
	for _, c := range []struct {
		name               string
		classes, templates int
		class, template    string // the first of each
	}{
		{"imagenet1k", 1000, 80, "tench", "a bad photo of a {}."},
		{"imagenetv2", 1000, 80, "tench", "a bad photo of a {}."},
		{"imagenet-r", 200, 80, "goldfish", "a bad photo of a {}."},
		{"imagenet-a", 200, 80, "stingray", "a bad photo of a {}."},
		{"cifar10", 10, 18, "airplane", "a photo of a {}."},
		{"wds/vtab/cifar100", 100, 18, "apple", "a photo of a {}."},
		{"food101", 0, 1, "", "a photo of {}, a type of food."},
		{"dtd", 0, 8, "", "a photo of a {} texture."},
		{"wds/eurosat", 10, 3, "annual crop land", "a centered satellite photo of {}."},
		{"svhn", 10, 6, "zero", "a photo of the number {} written on a sign"},
		{"caltech101", 102, 34, "background", "a photo of a {}."},
		{"vtab/caltech101", 102, 34, "accordion", "a photo of a {}."},
		{"nothing", 0, 0, "", ""},
	} {
		classes, templates, ok := datasets.LookupPrompts(c.name)
		if len(classes) != c.classes || len(templates) != c.templates || ok != (c.classes+c.templates > 0) {
			t.Errorf("%s: %d classes, %d templates, %v; want %+v", c.name, len(classes), len(templates), ok, c)
			continue
		}
		if c.class != "" && classes[0] != c.class || c.template != "" && templates[0] != c.template {
			t.Errorf("%s: %q, %q; want %q, %q", c.name, classes, templates, c.class, c.template)
		}
		for _, p := range templates {
			if strings.Count(p, "{}") != 1 || strings.ContainsAny(strings.Replace(p, "{}", "", 1), "{}") {
				t.Errorf("%s: template %q", c.name, p)
			}
		}
	}
	classes, _, _ := datasets.LookupPrompts("cifar100")
	classes[0] = "changed"
	if again, _, _ := datasets.LookupPrompts("cifar100"); again[0] != "apple" || again[1] != "aquarium fish" {
		t.Errorf("a caller can change the table: %q", again[:2])
	}
}

func ExamplePrompt() {
	fmt.Println(datasets.Prompt("a photo of a {}.", "ice cream"))
	// Output: a photo of a ice cream.
}

func TestReadTemplates(t *testing.T) {
	const table = `{"cars": ["a {c}.", "the {}."], "pets": ["my {c}."], "bad": {"cat": ["x"]}, "none": []}`
	for _, c := range []struct {
		name, file, content, key string
		want                     []string
		wantErr                  []string
	}{
		{name: "lines", file: "t.txt", content: "\ufeffa photo of {c}.\r\n\r\n{} on a table \n", want: []string{"a photo of {}.", "{} on a table "}},
		{name: "no last newline", file: "t.txt", content: "{}", want: []string{"{}"}},
		{name: "two placeholders", file: "t.txt", content: "{c} or {c}", want: []string{"{} or {}"}},
		{name: "list", file: "t.json", content: `["a {c}.", "b {}"]`, want: []string{"a {}.", "b {}"}},
		{name: "list in a text file", file: "t.txt", content: ` [ "a {}" ] `, want: []string{"a {}"}},
		{name: "line that begins with a bracket", file: "t.txt", content: "[a drawing] of {}", want: []string{"[a drawing] of {}"}},
		{name: "table", file: "t.json", content: table, key: "cars", want: []string{"a {}.", "the {}."}},
		{name: "table by prefixed name", file: "t.json", content: table, key: "wds/vtab/pets", want: []string{"my {}."}},
		{name: "table of one", file: "t.json", content: `{"x": ["{}"]}`, want: []string{"{}"}},
		{name: "table and no name", file: "t.json", content: table, wantErr: []string{"4 entries", "bad, cars, none, pets"}},
		{name: "table and another name", file: "t.json", content: table, key: "dogs", wantErr: []string{`no entry for "dogs"`, "cars"}},
		{name: "templates by class", file: "t.json", content: table, key: "bad", wantErr: []string{`entry "bad"`, "list of strings"}},
		{name: "empty entry", file: "t.json", content: table, key: "none", wantErr: []string{"no template"}},
		{name: "empty", file: "t.txt", content: " \n\n", wantErr: []string{"no template", "a photo of a {}."}},
		{name: "empty JSON", file: "t.json", content: "", wantErr: []string{"no template"}},
		{name: "no placeholder", file: "t.txt", content: "a {}\n\nb", wantErr: []string{"t.txt line 3", `"b"`}},
		{name: "no placeholder in a list", file: "t.json", content: `["a {}", ""]`, wantErr: []string{"t.json entry 2"}},
		{name: "other placeholder", file: "t.txt", content: "a {} in {place}", wantErr: []string{"line 1", "no other brace"}},
		{name: "null", file: "t.json", content: `["a {}", null]`, wantErr: []string{"entry 2 is null"}},
		{name: "broken JSON", file: "t.json", content: `["a {}"`, wantErr: []string{"t.json", "unexpected end of JSON"}},
		{name: "numbers", file: "t.json", content: `[1]`, wantErr: []string{"t.json", "number"}},
		{name: "not UTF-8", file: "t.txt", content: "a {}\n\xe9 {}", wantErr: []string{"t.txt line 2", "0xe9"}},
		{name: "missing", file: "", wantErr: []string{"no such file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "missing")
			if c.file != "" {
				file = filepath.Join(filepath.Dir(file), c.file)
				write(t, file, c.content)
			}
			got, err := datasets.ReadTemplates(file, c.key)
			wantParts(t, err, c.wantErr)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestReadClassnames(t *testing.T) {
	for _, c := range []struct {
		name, file, content, key string
		want                     []string
		wantErr                  []string
	}{
		{name: "lines", file: "c.txt", content: "cat\r\n ice cream \nmissile\nmissile\n\n\n", want: []string{"cat", "ice cream", "missile", "missile"}},
		{name: "list", file: "c.json", content: `["cat", "dog"]`, want: []string{"cat", "dog"}},
		{name: "table", file: "c.json", content: `{"a": ["cat"], "b": ["dog"]}`, key: "b", want: []string{"dog"}},
		{name: "blank line", file: "c.txt", content: "cat\n\ndog\n", wantErr: []string{"c.txt line 2", "class without a name"}},
		{name: "blank entry", file: "c.json", content: `["cat", " "]`, wantErr: []string{"c.json entry 2", "class without a name"}},
		{name: "empty", file: "c.txt", content: "\n", wantErr: []string{"no class name"}},
		{name: "empty list", file: "c.json", content: "[]", wantErr: []string{"no class name"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), c.file)
			write(t, file, c.content)
			got, err := datasets.ReadClassnames(file, c.key)
			wantParts(t, err, c.wantErr)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWithPrompts(t *testing.T) {
	d, err := datasets.Open(context.Background(), "builtin", datasets.Options{Target: "group"})
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Split("a b c d e f g h i", " ")
	e, err := datasets.WithPrompts(d, "names.txt", names, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(names, e.Info().Classes); diff != "" || len(e.Info().Templates) != 9 {
		t.Errorf("(-want +got)\n%s, templates %q", diff, e.Info().Templates)
	}
	if e, err = datasets.WithPrompts(e, "", nil, []string{"{}!"}); err != nil || e.Info().Templates[0] != "{}!" || e.Info().Classes[8] != "i" {
		t.Errorf("%+v, %v", e.Info(), err)
	}
	if n, err := drain(e); n != 1300 || err != nil {
		t.Errorf("%d items, error %v", n, err)
	}
	_, err = datasets.WithPrompts(d, "names.txt", names[:8], nil)
	wantParts(t, err, []string{"names.txt", "8 names", "wanted 9"})
}

// FuzzReadTemplates reads any bytes: what comes back is fit to be filled in, or a fault.
func FuzzReadTemplates(f *testing.F) {
	for _, s := range []string{"a {}\n", `["{c}"]`, `{"a": ["{}"]}`, `{"": null}`, "{", "[", "\xff", "{c", "{{}}", "{ \"", "\ufeff[]"} {
		f.Add(s, "t.txt")
		f.Add(s, "t.json")
	}
	f.Fuzz(func(t *testing.T, content, name string) {
		file := filepath.Join(t.TempDir(), "t.txt")
		if strings.HasSuffix(name, "json") {
			file = filepath.Join(filepath.Dir(file), "t.json")
		}
		write(t, file, content)
		list, err := datasets.ReadTemplates(file, "a")
		if _, ok := fault.KindOf(err); (err != nil) != ok || (err == nil) != (len(list) > 0) {
			t.Fatalf("%q, error %v", list, err)
		}
		for _, p := range list {
			if filled := datasets.Prompt(p, "x"); filled == p || strings.ContainsAny(filled, "{}") {
				t.Errorf("template %q reads %q", p, filled)
			}
		}
		if _, err := datasets.ReadTexts(file); err != nil {
			if _, ok := fault.KindOf(err); !ok {
				t.Errorf("error %v is no fault", err)
			}
		}
	})
}
