package tokenize

import (
	"unicode"
	"unicode/utf8"
)

// A class is what CLIP's pattern tells apart.
type class uint8

const (
	other class = iota
	letter
	number
	white
)

var asciiClass = func() (table [utf8.RuneSelf]class) {
	for r := range table {
		table[r] = classOf(rune(r))
	}
	return table
}()

// classOf returns the class of r in the Unicode version of the reference (unicode.go).
func classOf(r rune) class {
	switch {
	case unicode.IsLetter(r) || unicode.Is(newLetters, r):
		return letter
	case unicode.IsNumber(r) || unicode.Is(newNumbers, r):
		return number
	case unicode.IsSpace(r):
		return white
	}
	return other
}

// nextPiece returns the length in bytes of the first piece of text, which is not empty, and whether it is white space, which the
// tokenizer drops. It is the pattern
//
//	's|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
//
// with \s+ for what lies between the matches.
func nextPiece(text []byte) (n int, isWhite bool) {
	if n := contraction(text); n > 0 {
		return n, false
	}
	first, n := nextClass(text)
	if first == number {
		return n, false
	}
	for n < len(text) {
		c, size := nextClass(text[n:])
		if c != first {
			break
		}
		n += size
	}
	return n, first == white
}

func nextClass(text []byte) (class, int) {
	if c := text[0]; c < utf8.RuneSelf {
		return asciiClass[c], 1
	}
	r, size := utf8.DecodeRune(text)
	return classOf(r), size
}

// contraction returns the length of the English contraction that text begins with, or 0.
func contraction(text []byte) int {
	if text[0] != '\'' || len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if len(text) > 2 && text[2] == 'e' {
			return 3
		}
	case 'l':
		if len(text) > 2 && text[2] == 'l' {
			return 3
		}
	}
	return 0
}
