package datasets

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// ReadTemplates reads prompt templates from a file and returns them with one notation, {} for the class name; the first is the single
// template. The file holds a template a line, with {} or {c} (blank lines are passed over), or a JSON list of them, or CLIP_benchmark's
// JSON object from the name of a data set to its list, where name chooses; name may be empty if the object has one entry. A template
// without a placeholder, with another placeholder than these, and an empty list are faults.
func ReadTemplates(file, name string) ([]string, error) {
	text, err := readText(opTemplates, file)
	if err != nil {
		return nil, err
	}
	return parseTemplates(file, name, text)
}

const (
	opTemplates  = "read templates"
	opClassnames = "read class names"
)

// parseTemplates reads templates as ReadTemplates does, from the text of the source called file.
func parseTemplates(file, name, text string) ([]string, error) {
	const op = opTemplates
	list, fromJSON, err := parseList(op, file, name, text)
	if err != nil {
		return nil, err
	}
	var templates []string
	for i, t := range list {
		if strings.TrimSpace(t) == "" && !fromJSON {
			continue
		}
		t = strings.ReplaceAll(t, "{c}", "{}")
		if rest := strings.ReplaceAll(t, "{}", ""); rest == t || strings.ContainsAny(rest, "{}") {
			return nil, &fault.Error{Op: op, Thing: entry(file, i, fromJSON), Found: strconv.Quote(list[i]),
				Wanted: "{} or {c} where the class name goes, and no other brace"}
		}
		templates = append(templates, t)
	}
	if len(templates) == 0 {
		return nil, &fault.Error{Op: op, Thing: file, Found: "no template", Wanted: "at least one, such as " + strconv.Quote(defaultTemplate)}
	}
	return templates, nil
}

// ReadClassnames reads class names from a file, in the order of the labels: a name a line, or a JSON list, or CLIP_benchmark's JSON object
// from the name of a data set to its list, where name chooses as in ReadTemplates. A class without a name and an empty list are faults;
// blank lines at the end are not. Names may repeat, as two of ImageNet's do.
func ReadClassnames(file, name string) ([]string, error) {
	text, err := readText(opClassnames, file)
	if err != nil {
		return nil, err
	}
	return parseClassnames(file, name, text)
}

// parseClassnames reads class names as ReadClassnames does, from the text of the source called file.
func parseClassnames(file, name, text string) ([]string, error) {
	const op = opClassnames
	list, fromJSON, err := parseList(op, file, name, text)
	if err != nil {
		return nil, err
	}
	for i, c := range list {
		list[i] = strings.TrimSpace(c)
	}
	for !fromJSON && len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	if len(list) == 0 {
		return nil, &fault.Error{Op: op, Thing: file, Found: "no class name", Wanted: "one for each label"}
	}
	if i := slices.Index(list, ""); i >= 0 {
		return nil, &fault.Error{Op: op, Thing: entry(file, i, fromJSON), Found: "a class without a name", Wanted: "a name for each label"}
	}
	return list, nil
}

func entry(file string, i int, fromJSON bool) string {
	if fromJSON {
		return fmt.Sprintf("%s entry %d", file, i+1)
	}
	return fmt.Sprintf("%s line %d", file, i+1)
}

// parseList returns the lines of a text, or the JSON list in it, or the list that name chooses from the JSON object in it.
func parseList(op, file, name, b string) (list []string, fromJSON bool, err error) {
	if !looksJSON(file, b) {
		return splitLines(b), false, nil
	}
	bad := func(err error) ([]string, bool, error) {
		return nil, true, &fault.Error{Op: op, Thing: file, Err: err, Wanted: "a JSON list of strings, or an object from a data set's name to one"}
	}
	if strings.TrimSpace(b)[0] != '{' {
		if list, err = jsonStrings([]byte(b)); err != nil {
			return bad(err)
		}
		return list, true, nil
	}
	var table map[string]json.RawMessage
	if err := json.Unmarshal([]byte(b), &table); err != nil {
		return bad(err)
	}
	keys := slices.Sorted(maps.Keys(table))
	key := name
	if _, ok := table[key]; !ok {
		key = path.Base(name) // CLIP_benchmark leaves out the prefix of "wds/cars"
	}
	if name == "" && len(keys) == 1 {
		key = keys[0]
	}
	raw, ok := table[key]
	if !ok {
		found := "no entry for " + strconv.Quote(name)
		if name == "" {
			found = fmt.Sprintf("%d entries and no name to choose by", len(keys))
		}
		return nil, true, &fault.Error{Op: op, Thing: file, Found: found, Wanted: "one of " + strings.Join(keys, ", ")}
	}
	if list, err = jsonStrings(raw); err != nil {
		return bad(fmt.Errorf("entry %q: %w", key, err))
	}
	return list, true, nil
}

// WithPrompts returns d with the class names and templates of the user, either of which may be nil to keep d's own. It returns a fault if
// the number of class names is not d's number of classes. From names what the class names came from, for the message.
func WithPrompts(d Dataset, from string, classes, templates []string) (Dataset, error) {
	info := d.Info()
	if classes != nil {
		if err := checkClassnames(from, classes, len(info.Classes)); err != nil {
			return nil, err
		}
		info.Classes = slices.Clone(classes)
	}
	if templates != nil {
		info.Templates = slices.Clone(templates)
	}
	return reworded{d, info}, nil
}

func checkClassnames(file string, names []string, want int) error {
	if len(names) == want {
		return nil
	}
	e := &fault.Error{Op: "read class names", Thing: file, Found: fmt.Sprintf("%d names", len(names)), Wanted: fmt.Sprintf("%d, one for each class of the data set", want)}
	if want == 0 {
		e.Wanted = "none, since the data set has no labels"
	}
	return e
}

// reworded is a data set with other prompts.
type reworded struct {
	Dataset
	info Info
}

func (r reworded) Info() Info { return r.info }
