package datasets

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// The tables of CLIP_benchmark, and the label names of the CIFAR sets, which CLIP_benchmark takes from the sets themselves.
//
//go:embed prompts/classnames.json prompts/cifar.json prompts/templates.json
var promptFiles embed.FS

// defaultTemplate is CLIP's own single prompt, for data that brings none.
const defaultTemplate = "a photo of a {}."

var promptTables = sync.OnceValue(func() (t struct{ classes, templates map[string][]string }) {
	read := func(name string, into *map[string][]string) {
		b, err := promptFiles.ReadFile("prompts/" + name)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			panic("datasets: embedded " + name + ": " + err.Error())
		}
	}
	read("classnames.json", &t.classes)
	read("cifar.json", &t.classes) // Unmarshal adds to a map that exists
	read("templates.json", &t.templates)
	for _, list := range t.templates {
		for i := range list {
			list[i] = strings.ReplaceAll(list[i], "{c}", "{}")
		}
	}
	// A label name is written with underscores, a prompt with spaces, as in OpenAI's own class names for the set.
	for _, name := range []string{"cifar100", "cifar100_coarse"} {
		for i, c := range t.classes[name] {
			t.classes[name][i] = readable(c)
		}
	}
	t.templates["cifar100_coarse"] = t.templates["cifar100"]
	for _, name := range []string{"imagenetv2", "imagenet_sketch", "imagenet1k-unverified"} {
		t.classes[name], t.templates[name] = t.classes["imagenet1k"], t.templates["imagenet1k"]
	}
	number := labelsOf(imageNetIDs())
	for name, ids := range imageNetSubsets() { // 200 of the 1,000 classes
		t.templates[name] = t.templates["imagenet1k"]
		for _, id := range ids {
			t.classes[name] = append(t.classes[name], t.classes["imagenet1k"][number[id]])
		}
	}
	t.templates["caltech101_vtab"] = t.templates["caltech101"]
	return t
})

// readable writes a label name as a prompt reads: "aquarium_fish" becomes "aquarium fish".
func readable(label string) string { return strings.ReplaceAll(label, "_", " ") }

// LookupPrompts returns the class names and prompt templates that CLIP_benchmark publishes for a data set, under its name there
// ("imagenet1k", "wds/eurosat"). Templates have one {} for the class name, the first being the single template. Either list may be empty
// where CLIP_benchmark has none. It returns false if the name has neither.
func LookupPrompts(name string) (classes, templates []string, ok bool) {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "wds/"), "tfds/")
	if name == "vtab/caltech101" { // its classes are not those of the original
		name = "caltech101_vtab"
	}
	name = strings.TrimPrefix(name, "vtab/")
	t := promptTables()
	classes, templates = slices.Clone(t.classes[name]), slices.Clone(t.templates[name])
	return classes, templates, len(classes) > 0 || len(templates) > 0
}

// Prompt writes class into a template, in place of every {}.
func Prompt(template, class string) string { return strings.ReplaceAll(template, "{}", class) }
