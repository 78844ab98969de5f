package tokenize

import (
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// unescapeHTML is Python's html.unescape. Package html of Go has the same names, but takes other numbers: Python drops control characters
// and noncharacters that are given by number.
func unescapeHTML(text string) string {
	i := strings.IndexByte(text, '&')
	if i < 0 {
		return text
	}
	var b strings.Builder
	for {
		b.WriteString(text[:i])
		text = text[i:]
		to, n := reference(text)
		if n == 0 {
			to, n = "&", 1
		}
		b.WriteString(to)
		text = text[n:]
		if i = strings.IndexByte(text, '&'); i < 0 {
			b.WriteString(text)
			return b.String()
		}
	}
}

// reference decodes the character reference that text, which begins with &, begins with, and returns its length; 0 if there is none.
func reference(text string) (to string, n int) {
	if len(text) > 1 && text[1] == '#' {
		return numbered(text)
	}
	// A name is up to 32 characters that end it not, and a semicolon if there is one.
	end, count := 1, 0
	for end < len(text) && count < 32 && strings.IndexByte("\t\n\f <&#;", text[end]) < 0 {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
		count++
	}
	if count == 0 {
		return "", 0
	}
	if end < len(text) && text[end] == ';' {
		end++
	}
	name := text[1:end]
	if to, ok := entity(name); ok {
		return to, end
	}
	for n := min(len(name)-1, longestBare); n > 1; n-- {
		if to, ok := entity(name[:n]); ok {
			return to, 1 + n
		}
	}
	return text[:end], end
}

// longestBare is the length of the longest names that go without a semicolon. Where such a name stands at the beginning of another word, it
// counts.
const longestBare = 6

// numbered decodes &#65; and &#x41; with or without the semicolon.
func numbered(text string) (string, int) {
	i, base := 2, rune(10)
	if len(text) > 2 && (text[2] == 'x' || text[2] == 'X') {
		i, base = 3, 16
	}
	start, r := i, rune(0)
	for ; i < len(text); i++ {
		d := rune(99)
		switch c := rune(text[i]); {
		case '0' <= c && c <= '9':
			d = c - '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = c | 0x20 - 'a' + 10
		}
		if d >= base {
			break
		}
		r = min(r*base+d, utf8.MaxRune+1)
	}
	if i == start {
		return "", 0
	}
	if i < len(text) && text[i] == ';' {
		i++
	}
	switch {
	case r == 0 || r > utf8.MaxRune || 0xd800 <= r && r <= 0xdfff:
		return "\ufffd", i
	case 0x80 <= r && r <= 0x9f:
		return fixControls(string(r)), i
	case r < ' ' && r != '\t' && r != '\n' && r != '\f' && r != '\r', r == 0x7f, 0xfdd0 <= r && r <= 0xfdef, r&0xfffe == 0xfffe:
		return "", i
	}
	return string(r), i
}

// entity looks up a name of HTML 5, with the semicolon where it has one. Package html shows its table only through UnescapeString, which
// also decodes a name at the beginning of a longer one: then more is left over than any name stands for.
func entity(name string) (string, bool) {
	switch {
	case len(name) < 2:
		return "", false
	case name == "nGt;":
		return "≫⃒", true // package html lacks this one and the next
	case name == "nLt;":
		return "≪⃒", true
	}
	to := html.UnescapeString("&" + name)
	if strings.HasSuffix(name, ";") {
		return to, utf8.RuneCountInString(to) <= 2
	}
	return to, utf8.RuneCountInString(to) == 1
}

// unescapeSure is ftfy's unescape_html: only references that end in a semicolon, but also some names in capitals, such as &EACUTE;.
func unescapeSure(text string) string {
	if strings.IndexByte(text, '&') < 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '&')
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		text = text[i:]
		n := 1
		if n < len(text) && text[n] == '#' {
			n++
		}
		start := n
		for n < len(text) && n-start < 24 && text[n] < utf8.RuneSelf && (asciiClass[text[n]] == letter || asciiClass[text[n]] == number) {
			n++
		}
		if n == start || n >= len(text) || text[n] != ';' {
			b.WriteByte('&')
			text = text[1:]
			continue
		}
		n++
		b.WriteString(sure(text[:n]))
		text = text[n:]
	}
	b.WriteString(text)
	return b.String()
}

// sure decodes &name; or returns it as it is.
func sure(text string) string {
	if text[1] == '#' {
		if to := unescapeHTML(text); !strings.Contains(to, ";") {
			return to
		}
		return text
	}
	name := text[1:]
	if to, ok := entity(name); ok {
		return to
	}
	small := strings.ToLower(name)
	if strings.ToUpper(name) != name || small == name || unescapeHTML(text) != text {
		return text
	}
	if to, ok := entity(small); ok {
		return cases.Upper(language.Und).String(to)
	}
	return text
}
