package tokenize

import (
	"strings"
	"unicode/utf8"
)

// What SentencePiece's BPE sees as one word is a whole text, which no cache knows. But a merge only reaches over a space where some symbol of
// the vocabulary does, and in the models that people use hardly any does: text may be divided before every ▁ whose neighbour on the left no
// symbol has there. The parts are words that come again and again, and their ids are those of the whole.

// joins are the characters that stand directly before a ▁ in some symbol that a merge makes.
type joins struct {
	none  bool // nothing may be divided
	ascii [utf8.RuneSelf]bool
	other map[rune]bool
}

// newJoins reads the merges. Symbols that stand for other characters than their own (bytes, unknown) hide what they join: with a merge of such
// a symbol nothing is divided.
func newJoins(c *charBPE, unknown *string) *joins {
	j := &joins{none: c.ignoreMerges, other: make(map[rune]bool)}
	hides := func(symbol string) bool {
		return c.bytes != nil && len(symbol) == len("<0x00>") && strings.HasPrefix(symbol, "<0x") || unknown != nil && symbol == *unknown
	}
	for _, p := range c.order {
		if hides(p[0]) || hides(p[1]) {
			j.none = true
		}
		made := p[0] + p[1]
		for at := 0; ; {
			n := strings.Index(made[at:], spaceMark)
			if n < 0 {
				break
			}
			if at += n; at > 0 {
				r, _ := utf8.DecodeLastRuneInString(made[:at])
				if j.other[r] = true; r < utf8.RuneSelf {
					j.ascii[r] = true
				}
			}
			at += len(spaceMark)
		}
	}
	// A ▁ that is no symbol itself may wait, unknown, for what comes before it.
	if _, ok := c.vocab[spaceMark]; !ok {
		j.none = true
	}
	return j
}

func (j *joins) before(r rune) bool {
	if r < utf8.RuneSelf {
		return j.ascii[r]
	}
	return j.other[r]
}

// divide is the last splitter before the model.
func (c *charBPE) divide(out []word, w word) []word {
	text := w.text
	if !c.joins.none {
		start := 0
		for at := 0; ; at += len(spaceMark) {
			n := strings.Index(text[at:], spaceMark)
			if n < 0 {
				break
			}
			at += n
			if at == start {
				continue
			}
			if r, _ := utf8.DecodeLastRuneInString(text[:at]); !c.joins.before(r) {
				out = append(out, word{text[start:at], w.first && start == 0})
				start = at
			}
		}
		w = word{text[start:], w.first && start == 0}
	}
	return append(out, w)
}
