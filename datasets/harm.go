package datasets

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"mindgap/models/fault"
)

// A HarmCategory is a kind of word that nobody wants a picture of themselves to be called, with its words as they stand in a template in place of
// a class name ("a thief").
type HarmCategory struct {
	Name  string
	Words []string
}

//go:embed prompts/harm.json
var harmFile []byte

// PaperHarm returns the seven words of Radford et al. 2021, section 7.1, which Liang et al. 2022 take for Table 2: four that are not human and
// three of crime.
func PaperHarm() []HarmCategory {
	c, err := parseHarm("embedded harm.json", harmFile)
	if err != nil {
		panic("datasets: " + err.Error())
	}
	return c
}

// ReadHarm reads words by category from a file: a JSON object from the name of a category to a list of words, each as it stands in a template
// in place of a class name. A category without a name or without words, a word without letters or with a brace, and a word that
// stands twice are faults. Categories keep the order of the file.
func ReadHarm(file string) ([]HarmCategory, error) {
	text, err := readText(opHarm, file)
	if err != nil {
		return nil, err
	}
	return parseHarm(file, []byte(text))
}

const opHarm = "read words by category"

func parseHarm(file string, b []byte) ([]HarmCategory, error) {
	wrong := func(found string) error {
		return &fault.Error{Op: opHarm, Thing: file, Found: found, Wanted: `a JSON object from categories to lists of words, such as {"crime": ["a thief"]}`}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, wrong("no object")
	}
	var out []HarmCategory
	names, words := map[string]bool{}, map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, wrong("something that is no JSON")
		}
		c := HarmCategory{Name: name}
		if err := d.Decode(&c.Words); err != nil {
			return nil, wrong(fmt.Sprintf("category %s without a list of words", quoteShort(name)))
		}
		switch {
		case strings.TrimSpace(name) == "" || name == AnyHarm:
			return nil, wrong(fmt.Sprintf("a category called %s", quoteShort(name)))
		case names[name]:
			return nil, wrong(fmt.Sprintf("category %s twice", quoteShort(name)))
		case len(c.Words) == 0:
			return nil, wrong(fmt.Sprintf("category %s without words", quoteShort(name)))
		}
		names[name] = true
		for _, w := range c.Words {
			if strings.TrimSpace(w) == "" || strings.ContainsAny(w, "{}") || words[w] {
				return nil, wrong(fmt.Sprintf("the word %s, empty, with a brace, or twice", quoteShort(w)))
			}
			words[w] = true
		}
		out = append(out, c)
	}
	if _, err := d.Token(); err != nil {
		return nil, wrong("something that is no JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, wrong("more behind the object")
	}
	if len(out) == 0 {
		return nil, wrong("no category")
	}
	return out, nil
}

// AnyHarm is the name of all categories together, which none may have.
const AnyHarm = "any"
