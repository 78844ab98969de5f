package tokenize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What open_clip does to a text before it splits it: basic_clean (ftfy, html.unescape twice), then single spaces, and lower case or, for
// models like SigLIP, no punctuation either. OpenAI's CLIP does the same with an older ftfy.

func basicClean(text string) string {
	return strings.TrimFunc(unescapeHTML(unescapeHTML(fixText(text))), pythonSpace)
}

// singleSpaces is " ".join(text.split()).
func singleSpaces(text string) string {
	return strings.Join(strings.FieldsFunc(text, pythonSpace), " ")
}

// cleanLower is open_clip's cleaning "lower", for CLIP.
func cleanLower(text string) string { return lowerFull(singleSpaces(basicClean(text))) }

// cleanWhitespace is open_clip's cleaning "whitespace", which it has for tokenizers of transformers.
func cleanWhitespace(text string) string { return singleSpaces(basicClean(text)) }

// cleanCanonicalize is open_clip's cleaning "canonicalize": underscores become spaces, other ASCII punctuation vanishes.
func cleanCanonicalize(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '_':
			return ' '
		case r < utf8.RuneSelf && bertPunctuation(r):
			return -1
		}
		return r
	}, basicClean(text))
	return singleSpaces(lowerFull(text))
}

func isDecimal(r rune) bool { return unicode.Is(unicode.Nd, r) }

// openCLIPTokenizer is CLIP's model behind open_clip's cleaning. Two things differ from Hugging Face's: the special tokens are written
// <start_of_text> and <end_of_text> in a text, and the pattern takes the long s of 'ſ for a contraction.
type openCLIPTokenizer struct {
	common
	*clipModel
	clean func(string) string
}

// Encode implements [Tokenizer].
func (t *openCLIPTokenizer) Encode(text string) []int {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // one U+FFFD for each byte that belongs to no code point
	}
	// The pattern ignores case, and for the iota subscript the engine then finds neither a letter nor anything else: it vanishes like a space.
	rest := []byte(strings.ReplaceAll(t.clean(text), "\u0345", " "))
	room := t.context - 1 // the end of text takes the last place
	out := append(make([]int, 0, min(t.context, len(rest)/2+8)), t.bos)
	for len(rest) > 0 && len(out) < room {
		n, id, isWhite := t.piece(rest)
		switch {
		case id >= 0:
			out = append(out, id)
		case !isWhite:
			out = t.appendWord(out, rest[:n])
		}
		rest = rest[n:]
	}
	return append(out[:min(len(out), room)], t.EOS())
}

// piece is [nextPiece] by open_clip's pattern, which matches whatever the case. Text is in lower case, so that only ſ makes a difference.
func (t *openCLIPTokenizer) piece(text []byte) (n, id int, isWhite bool) {
	if text[0] == '<' {
		for _, s := range [2]special{{"<start_of_text>", t.bos}, {"<end_of_text>", t.EOS()}} {
			if n := foldedPrefix(text, s.content); n == len(s.content) {
				return n, s.id, false
			} else if n > 0 {
				return n, -1, false
			}
		}
	}
	if text[0] == '\'' && foldedPrefix(text, "'s") > 0 {
		return foldedPrefix(text, "'s"), -1, false
	}
	n, isWhite = nextPiece(text)
	return n, -1, isWhite
}

// foldedPrefix returns the length of name at the beginning of text, where ſ may stand for s; 0 if it is not there.
func foldedPrefix(text []byte, name string) int {
	n := 0
	for i := range len(name) {
		switch {
		case n < len(text) && text[n] == name[i]:
			n++
		case name[i] == 's' && strings.HasPrefix(string(text[n:min(len(text), n+2)]), "ſ"):
			n += len("ſ")
		default:
			return 0
		}
	}
	return n
}
