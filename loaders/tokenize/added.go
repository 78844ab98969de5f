package tokenize

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An added token is found in the text as a whole, before the model sees it.
type added struct {
	content                    string
	id                         int
	singleWord, lstrip, rstrip bool
}

// A span is a stretch of text, and the id of the added token that it is, or -1.
type span struct{ start, stop, id int }

// A matcher cuts added tokens out of text, leftmost first, the longest where several begin at one place.
type matcher struct {
	tokens  []added // in the order of the files
	byStart [256][]*added
}

func newMatcher(tokens []added) matcher {
	m := matcher{tokens: tokens}
	for i := range tokens {
		c := tokens[i].content[0]
		m.byStart[c] = append(m.byStart[c], &tokens[i])
	}
	for _, bucket := range m.byStart {
		slices.SortStableFunc(bucket, func(a, b *added) int { return len(b.content) - len(a.content) })
	}
	return m
}

// find returns the first token in text at or after from, and where it begins.
func (m *matcher) find(text string, from int) (int, *added) {
	for i := from; i < len(text); i++ {
		for _, a := range m.byStart[text[i]] {
			if strings.HasPrefix(text[i:], a.content) {
				return i, a
			}
		}
	}
	return len(text), nil
}

// cut appends the spans of text. lstrip and rstrip draw white space into a token; single_word lets a token be plain text where a letter,
// digit or underscore touches it, and the search then goes on behind it.
func (m *matcher) cut(out []span, text string) []span {
	done := 0 // end of the last span
	if len(m.tokens) > 0 {
		for from := 0; ; {
			start, a := m.find(text, from)
			if a == nil {
				break
			}
			stop := start + len(a.content)
			from = stop
			if a.singleWord {
				before, _ := utf8.DecodeLastRuneInString(text[:start])
				after, _ := utf8.DecodeRuneInString(text[stop:])
				if start > 0 && isWord(before) || stop < len(text) && isWord(after) {
					continue
				}
			}
			if a.lstrip {
				start = max(done, len(strings.TrimRightFunc(text[:start], unicode.IsSpace)))
			}
			if a.rstrip {
				stop = len(text) - len(strings.TrimLeftFunc(text[stop:], unicode.IsSpace))
			}
			if done < start {
				out = append(out, span{done, start, -1})
			}
			out = append(out, span{start, stop, a.id})
			done = stop
		}
	}
	if done < len(text) {
		out = append(out, span{done, len(text), -1})
	}
	return out
}

// isWord is \w of Unicode's regular expressions.
func isWord(r rune) bool {
	return classOf(r) == letter || unicode.In(r, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}
