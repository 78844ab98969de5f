package tokenize

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mindgap/models/fault"
)

// cleaned cleans each text before its tokenizer sees it.
type cleaned struct {
	Tokenizer
	clean func(string) string
}

// Encode implements [Tokenizer].
func (t *cleaned) Encode(text string) []int {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // one U+FFFD for each byte that belongs to no code point
	}
	return t.Tokenizer.Encode(t.clean(text))
}

// A cleaning is a value of Options.Clean.
type cleaning struct {
	name  string
	clean func(string) string
}

var cleanings = []cleaning{
	{"canonicalize", canonicalize},
	{"open_clip", cleanWhitespace},
	{"open_clip_canonicalize", cleanCanonicalize},
}

// withCleaning builds a tokenizer behind the cleaning that the options name.
func (d *definition) withCleaning(name string, c common) (Tokenizer, error) {
	if name == "" {
		return d.build(c), nil
	}
	if name == "open_clip" && d.lower != nil {
		return d.lower(c, cleanLower), nil
	}
	for _, k := range cleanings {
		switch {
		case k.name != name:
		case k.name == "open_clip_canonicalize" && d.lower != nil:
			return d.lower(c, k.clean), nil
		default:
			return &cleaned{Tokenizer: d.build(c), clean: k.clean}, nil
		}
	}
	return nil, &fault.Error{Op: op, Thing: "text cleaning", Found: strconv.Quote(name),
		Wanted: `"canonicalize", "open_clip", "open_clip_canonicalize" or nothing`, Next: "correct tokenizer_kwargs.clean in the model's configuration"}
}

// canonicalize makes every run of white space one space, removes ASCII punctuation and lowers the case, final sigma included. This is what
// Immich does for a model whose text_cfg.tokenizer_kwargs.clean is "canonicalize". open_clip itself also unescapes HTML, repairs mojibake
// with ftfy and turns underscores into spaces (openclip.go).
func canonicalize(text string) string {
	// Python's str.split knows four separators more than Go.
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' })
	text = strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			return -1
		}
		return r
	}, strings.Join(words, " "))
	return lowerFull(text)
}
