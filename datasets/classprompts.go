package datasets

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// ReadClassPrompts reads prompts that are written for each class, as CuPL's (Pratt et al. 2023) are: a JSON object from the name of a class to
// a list of whole prompts, or CLIP_benchmark's object from the name of a data set to one, where name chooses as in ReadTemplates. Anything
// else is a fault, such as a class without a prompt, or a prompt with a placeholder, which belongs into a file of templates.
func ReadClassPrompts(file, name string) (map[string][]string, error) {
	const op = "read prompts by class"
	text, err := readText(op, file)
	if err != nil {
		return nil, err
	}
	wrong := func(err error) error {
		return &fault.Error{Op: op, Thing: file, Err: err, Wanted: "a JSON object from the name of a class to a list of prompts"}
	}
	var table map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &table); err != nil {
		return nil, wrong(err)
	}
	for key, raw := range table {
		if !strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
			continue
		}
		// An object within: the outer names are those of data sets.
		short := name[strings.LastIndex(name, "/")+1:]
		inner, ok := table[name]
		if !ok {
			inner, ok = table[short]
		}
		if len(table) == 1 {
			inner, ok = table[key], true
		}
		if !ok {
			return nil, &fault.Error{Op: op, Thing: file, Found: "no entry for " + strconv.Quote(name), Wanted: "one, since the file holds several data sets"}
		}
		table = nil
		if err := json.Unmarshal(inner, &table); err != nil {
			return nil, wrong(err)
		}
		break
	}
	prompts := make(map[string][]string, len(table))
	for class, raw := range table {
		list, err := jsonStrings(raw)
		if err != nil {
			return nil, wrong(fmt.Errorf("class %q: %w", class, err))
		}
		if len(list) == 0 {
			return nil, wrong(fmt.Errorf("class %q has no prompt", class))
		}
		for _, p := range list {
			if strings.TrimSpace(p) == "" || strings.Contains(p, "{}") || strings.Contains(p, "{c}") {
				return nil, wrong(fmt.Errorf("class %q has the prompt %s", class, quoteShort(p)))
			}
		}
		prompts[class] = list
	}
	if len(prompts) == 0 {
		return nil, wrong(fmt.Errorf("no class in it"))
	}
	return prompts, nil
}

// PromptsOf returns the prompts of each of the classes, in their order. From names the file, for the message: a class without prompts is a
// fault.
func PromptsOf(from string, prompts map[string][]string, classes []string) ([][]string, error) {
	out := make([][]string, len(classes))
	for i, c := range classes {
		list, ok := prompts[c]
		if !ok {
			return nil, &fault.Error{Op: "read prompts by class", Thing: from, Found: fmt.Sprintf("no prompts for class %s", strconv.Quote(c)),
				Wanted: fmt.Sprintf("prompts for each of the %d classes, under its name", len(classes)), Next: "add them, or name the classes as the file does with --classnames"}
		}
		out[i] = list
	}
	return out, nil
}
