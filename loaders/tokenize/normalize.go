package tokenize

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// appendNormalized appends text in NFC and lower case. Lower case goes code point by code point without context: Σ always becomes σ, and
// İ becomes two code points, i and a dot above. White space is left as it is, since all of it is dropped later.
func appendNormalized(dst []byte, text string) []byte {
	start := len(dst)
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return appendLower(dst[:start], nfc(text))
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendLower(dst []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == 'İ':
			dst = append(dst, "i̇"...)
		case newLower[r] != 0:
			dst = utf8.AppendRune(dst, newLower[r])
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}

// graphemeJoiner is what package norm writes into runs of more than thirty combining marks (Unicode's stream-safe text). The reference
// leaves such runs whole.
const graphemeJoiner = "\u034f"

// nfc returns the canonical composition of valid UTF-8 by the reference's tables.
func nfc(text string) string {
	if norm.NFC.IsNormalString(text) {
		return text
	}
	return around(text, func(r rune) bool { return unicode.Is(youngMarks, r) }, composed)
}

// around applies f to what lies between the characters of a set, which compose with nothing and which nothing moves past.
func around(text string, set func(rune) bool, f func(string) string) string {
	if strings.IndexFunc(text, set) < 0 {
		return f(text)
	}
	var b strings.Builder
	start := 0
	for i, r := range text {
		if !set(r) {
			continue
		}
		b.WriteString(f(text[start:i]))
		start = i + utf8.RuneLen(r)
		b.WriteString(text[i:start])
	}
	b.WriteString(f(text[start:]))
	return b.String()
}

// composed is nfc by the tables of package norm.
func composed(text string) string {
	out := norm.NFC.String(text)
	if strings.Contains(out, graphemeJoiner) && strings.Count(out, graphemeJoiner) != strings.Count(text, graphemeJoiner) {
		return longNFC(text)
	}
	return out
}

// longNFC is [nfc] without a bound on the marks of one character.
func longNFC(text string) string { return longForm(text, norm.NFD, true) }

// longForm decomposes (canonically by norm.NFD, or by norm.NFKD), orders by combining class and composes if asked, as chapter 3.11 of the
// Unicode standard says, and leaves to package norm only what concerns one or two code points.
func longForm(text string, decomposition norm.Form, recompose bool) string {
	type char struct {
		r   rune
		ccc uint8
	}
	var chars []char
	for _, r := range text {
		for _, d := range decomposition.String(string(r)) {
			chars = append(chars, char{d, norm.NFD.PropertiesString(string(d)).CCC()})
		}
	}
	for i := 0; i < len(chars); {
		j := i + 1
		for chars[i].ccc != 0 && j < len(chars) && chars[j].ccc != 0 {
			j++
		}
		slices.SortStableFunc(chars[i:j], func(a, b char) int { return int(a.ccc) - int(b.ccc) })
		i = j
	}
	composed := chars[:0]
	starter := -1 // index in composed of the last starter
	lastCCC := -1 // combining class of what stands between the starter and here; -1 if nothing does
	for _, c := range chars {
		if recompose && starter >= 0 && lastCCC < int(c.ccc) {
			if r, ok := compose(composed[starter].r, c.r); ok {
				composed[starter].r = r
				continue
			}
		}
		if c.ccc == 0 {
			starter, lastCCC = len(composed), -1
		} else {
			lastCCC = int(c.ccc)
		}
		composed = append(composed, c)
	}
	var b strings.Builder
	for _, c := range composed {
		b.WriteRune(c.r)
	}
	return b.String()
}

// compose returns the primary composite of two code points.
func compose(a, b rune) (rune, bool) {
	text := norm.NFC.String(string([]rune{a, b}))
	r, size := utf8.DecodeRuneInString(text)
	return r, size == len(text)
}
