package tokenize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lowerFull is Python's str.lower: code point by code point, but for İ, which becomes two, and for Σ, which becomes ς at the end of a word.
// The end is where a cased letter stands before and none behind, whatever ignorable characters lie between (Unicode, Final_Sigma). Package
// cases decides otherwise where a letter without case follows.
func lowerFull(text string) string {
	if isASCII(text) {
		return lower(text)
	}
	out := make([]byte, 0, len(text)+8)
	for i, r := range text {
		switch {
		case r == 'Σ' && finalSigma(text[:i], text[i+len("Σ"):]):
			out = append(out, "ς"...)
		case r == 'İ':
			out = append(out, "i\u0307"...)
		default:
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
	}
	return string(out)
}

func finalSigma(before, behind string) bool {
	before = strings.TrimRightFunc(before, caseIgnorable)
	behind = strings.TrimLeftFunc(behind, caseIgnorable)
	last, n := utf8.DecodeLastRuneInString(before)
	next, m := utf8.DecodeRuneInString(behind)
	return n > 0 && cased(last) && (m == 0 || !cased(next))
}

func cased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

func caseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) ||
		strings.ContainsRune("'.:··՟״‘’․‧︓﹒﹕＇．：", r)
}
