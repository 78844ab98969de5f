package tokenize

import (
	"strconv"
	"strings"
	"unicode"

	"mindgap/models/fault"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// cleaned cleans each text before its tokenizer sees it.
type cleaned struct {
	Tokenizer
	clean func(string) string
}

// Encode implements [Tokenizer].
func (t *cleaned) Encode(text string) []int { return t.Tokenizer.Encode(t.clean(text)) }

// cleaning returns the function behind Options.Clean, nil for "".
func cleaning(name string) (func(string) string, error) {
	switch name {
	case "":
		return nil, nil
	case "canonicalize":
		return canonicalize, nil
	}
	return nil, &fault.Error{Op: op, Thing: "text cleaning", Found: strconv.Quote(name), Wanted: `"canonicalize" or nothing`,
		Next: "correct tokenizer_kwargs.clean in the model's configuration"}
}

// canonicalize makes every run of white space one space, removes ASCII punctuation and lowers the case, final sigma included. This is what
// Immich does for a model whose text_cfg.tokenizer_kwargs.clean is "canonicalize". open_clip itself also unescapes HTML, repairs mojibake
// with ftfy and turns underscores into spaces.
func canonicalize(text string) string {
	// Python's str.split knows four separators more than Go.
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' })
	text = strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			return -1
		}
		return r
	}, strings.Join(words, " "))
	return cases.Lower(language.Und).String(text)
}

// lowerFull is Python's str.lower, final sigma included.
func lowerFull(text string) string {
	if isASCII(text) || !strings.Contains(text, "Σ") {
		return lower(text)
	}
	return cases.Lower(language.Und).String(text)
}
