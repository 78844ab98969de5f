package tokenize

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// spaceMark is what SentencePiece writes for a space.
const spaceMark = "▁"

// normalize returns text as SentencePiece's normalizer leaves it: replacements by the longest match, spaces tidied and marked, a space before
// the text (or behind, for languages that are written so).
func (m *sentencePieceModel) normalize(text string) string {
	space := " "
	if m.escape {
		space = spaceMark
	}
	if m.tidy { // white space before the text goes first, so that a text of nothing else stays empty
		for text != "" {
			to, n := m.replaced(text)
			if to != " " {
				break
			}
			text = text[n:]
		}
	}
	if text == "" {
		return ""
	}
	out := make([]byte, 0, 2*len(text)+8)
	if m.dummyPrefix && !m.spieceModel.suffix {
		out = append(out, space...)
	}
	spaced := m.tidy
	for text != "" {
		to, n := m.replaced(text)
		for spaced && strings.HasPrefix(to, " ") {
			to = to[1:]
		}
		if to != "" {
			for i := range len(to) {
				if to[i] == ' ' {
					out = append(out, space...)
				} else {
					out = append(out, to[i])
				}
			}
			spaced = to[len(to)-1] == ' '
		}
		text = text[n:]
		if !m.tidy {
			spaced = false
		}
	}
	normalized := string(out)
	if m.tidy {
		for strings.HasSuffix(normalized, space) {
			normalized = strings.TrimSuffix(normalized, space)
		}
	}
	if m.dummyPrefix && m.spieceModel.suffix {
		normalized += space
	}
	return normalized
}

// replaced returns what the beginning of text becomes, and how much of text that is.
func (m *sentencePieceModel) replaced(text string) (to string, n int) {
	if at, a := m.userAt(text); at {
		return a.content, len(a.content)
	}
	if m.charsmap != nil {
		if to, n := m.charsmap.lookup(text, false); n > 0 {
			return to, n
		}
	}
	n = min(runeLen(text[0]), len(text))
	return text[:n], n
}

// userAt finds the longest user-defined piece that text begins with.
func (m *sentencePieceModel) userAt(text string) (bool, *added) {
	for _, a := range m.users.byStart[text[0]] {
		if strings.HasPrefix(text, a.content) {
			return true, a
		}
	}
	return false, nil
}

// A spieceNode is the best way to some place in a text.
type spieceNode struct {
	score     float32
	start, id int32 // start is -1 if nothing leads here
}

// viterbi appends the ids of the best way through text. Every sum is rounded to float32, as in the C++ code: between two ways of nearly
// equal score the rounding decides.
func (m *sentencePieceModel) viterbi(out []int, text string) []int {
	if len(text) > math.MaxInt32-1 {
		text = text[:math.MaxInt32-1]
	}
	best := make([]spieceNode, len(text)+1)
	for i := range best {
		best[i].start = -1
	}
	unknown := m.least - unknownPenalty
	for i := 0; i < len(text); {
		here := best[i].score
		size := min(runeLen(text[i]), len(text)-i)
		single := false
		node := int32(0)
		for j := i; j < len(text); {
			if node = m.trie.step(node, text[j]); node == 0 {
				break
			}
			j++
			id := m.trie.nodes[node].value
			if id < 0 || m.pieces[id].kind == pieceUnused {
				continue
			}
			score := m.pieces[id].score
			if m.pieces[id].kind == pieceUserDefined { // such a piece shall win always
				score = float32(j-i)*0.1 - 0.1
			}
			if score += here; best[j].start < 0 || score > best[j].score {
				best[j] = spieceNode{score: score, start: int32(i), id: id}
			}
			single = single || j-i == size
		}
		if !single {
			if score := unknown + here; best[i+size].start < 0 || score > best[i+size].score {
				best[i+size] = spieceNode{score: score, start: int32(i), id: int32(m.unknown)}
			}
		}
		i += size
	}
	begin := len(out)
	for stop := int32(len(text)); stop > 0; stop = best[stop].start {
		id := int(best[stop].id)
		switch {
		case id != m.unknown:
			out = append(out, id+m.shift)
		case m.bytes != nil:
			for i := stop - 1; i >= best[stop].start; i-- {
				id := m.bytes[text[i]]
				if id < 0 {
					id = int32(m.unknown)
				}
				out = append(out, int(id)+m.shift)
			}
		default:
			// Neighbours that are unknown are one piece, whose text may spell another by chance.
			start := best[stop].start
			for start > 0 && int(best[start].id) == m.unknown {
				start = best[start].start
			}
			if known, ok := m.exact[text[start:stop]]; ok {
				id = known
			}
			if id == m.unknown && m.shift == 1 {
				id = 2 // XLM-R's <unk> is 3
			}
			out = append(out, id+m.shift)
			best[stop].start = start
		}
	}
	slices.Reverse(out[begin:])
	return out
}

// pythonSpace is str.isspace, which is \s in Python: four separators more than [unicode.IsSpace] has.
func pythonSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || '\t' <= r && r <= '\r' || 0x1c <= r && r <= 0x1f
	}
	return unicode.IsSpace(r)
}
