package tokenize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// bertOptions are the settings of BertNormalizer.
type bertOptions struct {
	CleanText    *bool `json:"clean_text"`
	ChineseChars *bool `json:"handle_chinese_chars"`
	StripAccents *bool `json:"strip_accents"` // nil = as Lowercase
	Lowercase    *bool `json:"lowercase"`
}

// or returns what a setting says, or what it is where nothing is said.
func or(setting *bool, otherwise bool) bool {
	if setting == nil {
		return otherwise
	}
	return *setting
}

// normalize removes control characters, makes all white space spaces, sets each Chinese character between spaces, removes accents and lowers
// the case, as far as the options say so.
func (o *bertOptions) normalize(text string) string {
	clean, lowercase := or(o.CleanText, true), or(o.Lowercase, true)
	if isASCII(text) {
		return bertASCII(text, clean, lowercase)
	}
	chinese, strip := or(o.ChineseChars, true), or(o.StripAccents, lowercase)
	if clean || chinese {
		out := make([]byte, 0, len(text)+16)
		for _, r := range text {
			switch {
			case clean && unicode.IsSpace(r) && r != '\v' && r != '\f' && r != 0x85:
				out = append(out, ' ')
			case clean && bertControl(r):
			case chinese && bertChinese(r):
				out = append(utf8.AppendRune(append(out, ' '), r), ' ')
			default:
				out = utf8.AppendRune(out, r)
			}
		}
		text = string(out)
	}
	if strip {
		text = drop(normalForm(norm.NFD, text), func(r rune) bool { return unicode.Is(unicode.Mn, r) != unicode.Is(nonspacingFlips, r) })
	}
	if lowercase {
		text = lower(text)
	}
	return text
}

func bertASCII(text string, clean, lowercase bool) string {
	if !clean {
		if lowercase {
			return lower(text)
		}
		return text
	}
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\t' || c == '\n' || c == '\r':
			c = ' '
		case c < ' ' || c == 0x7f:
			continue
		case lowercase && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// bertControl reports whether clean_text removes r: control, format and private use, and U+FFFD.
func bertControl(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
	}
	return (r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)) != unicode.Is(controlFlips, r)
}

// bertChinese reports whether r lies in one of the blocks that BERT takes for Chinese. The gap before U+2B920 is the reference's.
func bertChinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4dbf, 0x4e00 <= r && r <= 0x9fff, 0xf900 <= r && r <= 0xfaff, 0x20000 <= r && r <= 0x2a6df, 0x2a700 <= r && r <= 0x2b81f,
		0x2b920 <= r && r <= 0x2ceaf, 0x2f800 <= r && r <= 0x2fa1f:
		return true
	}
	return false
}

// bertPunctuation reports whether r stands alone: all ASCII that is neither letter, digit, space nor control, and punctuation elsewhere.
func bertPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return asciiClass[r] == other && r > ' ' && r != 0x7f
	}
	return unicode.IsPunct(r) != unicode.Is(punctuationFlips, r)
}

// splitBERT appends the words of text: white space vanishes, punctuation stands alone.
func splitBERT(out []word, w word) []word {
	text, start := w.text, 0
	flush := func(stop int) {
		if start < stop {
			out = append(out, word{text[start:stop], w.first && start == 0})
		}
	}
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r < utf8.RuneSelf && asciiClass[r] == white || r >= utf8.RuneSelf && unicode.IsSpace(r):
			flush(i)
			start = i + size
		case bertPunctuation(r):
			flush(i)
			start = i
			flush(i + size)
			start = i + size
		}
		i += size
	}
	flush(len(text))
	return out
}

// splitPunctuation appends runs without punctuation, and each punctuation character.
func splitPunctuation(out []word, w word) []word {
	start := 0
	for i, r := range w.text {
		if !bertPunctuation(r) {
			continue
		}
		if start < i {
			out = append(out, word{w.text[start:i], w.first && start == 0})
		}
		start = i + utf8.RuneLen(r)
		out = append(out, word{w.text[i:start], w.first && i == 0})
	}
	if start < len(w.text) {
		out = append(out, word{w.text[start:], w.first && start == 0})
	}
	return out
}

// splitSpace appends the words between white space.
func splitSpace(out []word, w word) []word {
	for text, offset := w.text, 0; ; {
		trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
		offset += len(text) - len(trimmed)
		if trimmed == "" {
			return out
		}
		n := strings.IndexFunc(trimmed, unicode.IsSpace)
		if n < 0 {
			n = len(trimmed)
		}
		out = append(out, word{trimmed[:n], w.first && offset == 0})
		text, offset = trimmed[n:], offset+n
	}
}
