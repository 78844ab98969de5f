package datasets

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"mindgap/models/fault"
)

// ReadTexts reads the texts of a file: one a line, or a JSON list of strings if the file is named .json or begins as such a list does.
// Text i is line i: a blank line is an empty text, so that rows and lines keep step, and only the end of the last line starts none. A
// file without a text, and one that is not UTF-8, are faults.
func ReadTexts(file string) ([]string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, &fault.Error{Op: opTexts, Thing: file, Err: cause(err)}
	}
	return ParseTexts(file, b)
}

const opTexts = "read texts"

// ParseTexts reads texts as ReadTexts does, from what was read of the source called file.
func ParseTexts(file string, data []byte) ([]string, error) {
	const op = opTexts
	b, err := decodeText(op, file, data)
	if err != nil {
		return nil, err
	}
	var texts []string
	if !looksJSON(file, b) {
		texts = splitLines(b)
	} else if texts, err = jsonStrings([]byte(b)); err != nil {
		return nil, &fault.Error{Op: op, Thing: file, Err: cause(err), Wanted: "a JSON list of strings"}
	}
	if len(texts) == 0 {
		return nil, &fault.Error{Op: op, Thing: file, Found: "no text", Wanted: "a text a line, or a JSON list of strings"}
	}
	return texts, nil
}

// looksJSON reports whether a file is to be read as JSON: by its name, or because it begins like a list or an object of JSON. A line of
// plain text may begin with a bracket as well, but hardly with a bracket and a quotation mark.
func looksJSON(file, b string) bool {
	b = strings.TrimSpace(b)
	if b == "" {
		return false
	}
	if strings.EqualFold(filepath.Ext(file), ".json") {
		return true
	}
	next := strings.TrimSpace(b[1:])
	switch b[0] {
	case '[':
		return strings.HasPrefix(next, `"`) || next == "]"
	case '{':
		return strings.HasPrefix(next, `"`)
	}
	return false
}

// readText reads a UTF-8 file without its byte order mark.
func readText(op, file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", &fault.Error{Op: op, Thing: file, Err: cause(err)}
	}
	return decodeText(op, file, b)
}

func decodeText(op, file string, b []byte) (string, error) {
	text := strings.TrimPrefix(string(b), "\ufeff")
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, width := utf8.DecodeRuneInString(text[i:]); width == 1 {
			line := 1 + strings.Count(text[:i], "\n")
			return "", &fault.Error{Op: op, Thing: fmt.Sprintf("%s line %d", file, line), Found: fmt.Sprintf("byte %#02x", text[i]), Wanted: "UTF-8 text",
				Next: "convert the file to UTF-8"}
		}
	}
	return text, nil
}

// jsonStrings reads a JSON list of strings. A null in it is an error, not an empty string.
func jsonStrings(b []byte) ([]string, error) {
	var list []*string
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, err
	}
	texts := make([]string, len(list))
	for i, s := range list {
		if s == nil {
			return nil, fmt.Errorf("entry %d is null", i+1)
		}
		texts[i] = *s
	}
	return texts, nil
}

// splitLines returns the lines of a text without their ends, which are \n or \r\n.
func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

func readLines(op, file string) ([]string, error) {
	text, err := readText(op, file)
	return splitLines(text), err
}
