package tokenize

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fixText is fix_text of ftfy 6.3 with its default settings, which open_clip applies to every caption: line by line, until nothing changes,
// it decodes HTML references (up to the first line with a <), undoes mojibake, and replaces C1 controls, Latin ligatures, half and full
// width, curly quotes, odd line ends, terminal escapes and control characters; then NFC.
func fixText(text string) string {
	if plainText(text) {
		return text
	}
	var b strings.Builder
	html := true
	for text != "" {
		n := strings.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		if n > longestSegment { // the bound is in characters
			count := 0
			for i := range text[:n] {
				if count == longestSegment {
					n = i
					break
				}
				count++
			}
		}
		html = html && !strings.Contains(text[:n], "<")
		b.WriteString(fixSegment(text[:n], html))
		text = text[n:]
	}
	return b.String()
}

// longestSegment is the number of characters that ftfy looks at together at most.
const longestSegment = 1_000_000

// plainText reports whether text is ASCII without anything that ftfy changes.
func plainText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' && c != '\t' && c != '\f' || c >= 0x7f || c == '&' {
			return false
		}
	}
	return true
}

func fixSegment(text string, html bool) string {
	for {
		before := text
		if html {
			text = unescapeSure(text)
		}
		text = fixControls(fixEncoding(text))
		text = fixChars.Replace(text)
		text = removeEscapes(text)
		text = composed(removeControls(text)) // by Python's tables, which are as new as package norm's
		if text == before {
			return text
		}
	}
}

// fixChars replaces single characters, and line ends. No replacement makes another possible, so they can go at once.
var fixChars = func() *strings.Replacer {
	pairs := []string{
		"\u02bc", "'", "\u2018", "'", "\u2019", "'", "\u201a", "'", "\u201b", "'", "\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u201f", `"`,
		"\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n", "\u3000", " ",
		"Ĳ", "IJ", "ĳ", "ij", "ŉ", "'n", "Ǳ", "DZ", "ǲ", "Dz", "ǳ", "dz", "Ǆ", "DŽ", "ǅ", "Dž", "ǆ", "dž", "Ǉ", "LJ", "ǈ", "Lj", "ǉ", "lj",
		"Ǌ", "NJ", "ǋ", "Nj", "ǌ", "nj", "ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "ſt", "ﬆ", "st",
	}
	for r := rune(0xff01); r < 0xfff0; r++ {
		if to := norm.NFKC.String(string(r)); to != string(r) {
			pairs = append(pairs, string(r), to)
		}
	}
	return strings.NewReplacer(pairs...)
}()

// removeEscapes removes what colours text on a terminal: ESC [ numbers and a letter.
func removeEscapes(text string) string {
	if !strings.Contains(text, "\x1b[") {
		return text
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "\x1b[")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		n := i + 2
		for n < len(text) {
			r, size := utf8.DecodeRuneInString(text[n:])
			if r != ';' && !isDecimal(r) {
				break
			}
			n += size
		}
		b.WriteString(text[:i])
		if n < len(text) && text[n] < utf8.RuneSelf && asciiClass[text[n]] == letter {
			text = text[n+1:]
			continue
		}
		b.WriteString(text[i : i+2])
		text = text[i+2:]
	}
}

// removeControls removes control characters that make no white space, and some that only programs write.
func removeControls(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\f' && r != '\r', r == 0x7f, 0x206a <= r && r <= 0x206f, r == 0xfeff,
			0xfff9 <= r && r <= 0xfffc:
			return -1
		}
		return r
	}, text)
}
