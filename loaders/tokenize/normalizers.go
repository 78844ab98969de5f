package tokenize

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A normalizerJSON is a normalizer of tokenizer.json, with the fields of all types.
type normalizerJSON struct {
	Type        string            `json:"type"`
	Normalizers []json.RawMessage `json:"normalizers"`
	Pattern     patternJSON       `json:"pattern"`
	Content     string            `json:"content"`
	Prepend     string            `json:"prepend"`
	StripLeft   bool              `json:"strip_left"`
	StripRight  bool              `json:"strip_right"`
	Charsmap    *string           `json:"precompiled_charsmap"`
	bertOptions
}

// A patternJSON is a pattern: a literal text or a regular expression.
type patternJSON struct {
	String *string
	Regex  *string
}

// parseNormalizer returns what a normalizer does, nil if that is nothing. A type that is not known is named in the error.
//
// sugarme/tokenizer has most of these types as well, on strings that carry an alignment of every byte. That costs more than all other steps
// together, and none of these is needed for ids.
func parseNormalizer(s *source, raw json.RawMessage) (func(string) string, error) {
	if isNull(raw) {
		return nil, nil
	}
	var n normalizerJSON
	if err := s.parse("tokenizer.json", raw, &n); err != nil {
		return nil, err
	}
	switch n.Type {
	case "Sequence":
		var chain []func(string) string
		for _, inner := range n.Normalizers {
			f, err := parseNormalizer(s, inner)
			if err != nil {
				return nil, err
			}
			if f != nil {
				chain = append(chain, f)
			}
		}
		return func(text string) string {
			for _, f := range chain {
				text = f(text)
			}
			return text
		}, nil
	case "NFC":
		return nfc, nil
	case "NFD":
		return func(text string) string { return normalForm(norm.NFD, text) }, nil
	case "NFKC":
		return func(text string) string { return normalForm(norm.NFKC, text) }, nil
	case "NFKD":
		return func(text string) string { return normalForm(norm.NFKD, text) }, nil
	case "Lowercase":
		return lower, nil
	case "Strip":
		return func(text string) string {
			if n.StripLeft {
				text = strings.TrimLeftFunc(text, unicode.IsSpace)
			}
			if n.StripRight {
				text = strings.TrimRightFunc(text, unicode.IsSpace)
			}
			return text
		}, nil
	case "StripAccents":
		return func(text string) string { return drop(text, isAccent) }, nil
	case "Replace":
		f, err := parseReplace(n.Pattern, n.Content)
		if err != nil {
			return nil, notSupported(s, "normalizer "+brief(raw)+": "+err.Error(), "a simpler pattern")
		}
		return f, nil
	case "Prepend":
		return func(text string) string {
			if text == "" {
				return text
			}
			return n.Prepend + text
		}, nil
	case "Nmt":
		return nmt, nil
	case "BertNormalizer":
		return n.normalize, nil
	case "Precompiled":
		if n.Charsmap == nil || *n.Charsmap == "" {
			return nil, nil
		}
		blob, err := base64.StdEncoding.DecodeString(*n.Charsmap)
		if err != nil {
			return nil, locate(badCharsmap("precompiled_charsmap that is not base64"), s.path("tokenizer.json"))
		}
		c, err := parseCharsmap(blob)
		if err != nil {
			return nil, locate(err, s.path("tokenizer.json"))
		}
		return c.byGraphemes, nil
	}
	return nil, notSupported(s, "the normalizer "+strconv.Quote(n.Type),
		"Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Replace, Prepend, Nmt, BertNormalizer or Precompiled")
}

// lower returns text in lower case, code point by code point.
func lower(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			out := make([]byte, i, len(text)+8)
			copy(out, text)
			for ; i < len(text) && text[i] < utf8.RuneSelf; i++ {
				c := text[i]
				if 'A' <= c && c <= 'Z' {
					c += 'a' - 'A'
				}
				out = append(out, c)
			}
			return string(appendLower(out, text[i:]))
		}
	}
	return text
}

// drop leaves out the code points that a function names. ASCII is never left out.
func drop(text string, gone func(rune) bool) string {
	if isASCII(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && gone(r) {
			return -1
		}
		return r
	}, text)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isAccent reports whether StripAccents removes r: the combining marks.
func isAccent(r rune) bool { return unicode.Is(unicode.M, r) != unicode.Is(accentFlips, r) }

// nmt removes some control characters and makes some others spaces, as the rule nmt of SentencePiece's training has it.
func nmt(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 1 <= r && r <= 8, r == 0xb, 0xe <= r && r <= 0x1f, r == 0x7f, r == 0x8f, r == 0x9f:
			return -1
		case r == '\t', r == '\n', r == '\f', r == '\r', r == 0x1680, 0x200b <= r && r <= 0x200f, r == 0x2028, r == 0x2029, r == 0x2581,
			r == 0xfeff, r == 0xfffd:
			return ' '
		}
		return r
	}, text)
}

// normalForm returns a normal form of valid UTF-8 by the reference's tables, without a bound on the marks of one character.
func normalForm(form norm.Form, text string) string {
	if isASCII(text) {
		return text
	}
	if form == norm.NFC {
		return nfc(text)
	}
	return around(text, func(r rune) bool {
		return unicode.Is(youngMarks, r) || r == 0x11938 || form != norm.NFD && unicode.Is(newCompat, r)
	}, func(text string) string { return formed(form, text) })
}

// formed is normalForm by the tables of package norm.
func formed(form norm.Form, text string) string {
	out := form.String(text)
	if !strings.Contains(out, graphemeJoiner) || strings.Count(out, graphemeJoiner) == strings.Count(text, graphemeJoiner) {
		return out
	}
	decompose := norm.NFD
	if form == norm.NFKC || form == norm.NFKD {
		decompose = norm.NFKD
	}
	return longForm(text, decompose, form == norm.NFKC)
}
