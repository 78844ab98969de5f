package tokenize

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"sync"
	"unicode/utf8"
)

// A pipeline is the chain of steps that a tokenizer.json describes, as package tokenizers runs it for the kinds other than CLIP's:
//
//  1. added tokens that are not normalized are cut out of the raw text (added.go);
//  2. what lies between is normalized (normalizers.go);
//  3. added tokens that are normalized are cut out of that;
//  4. what then lies between is split into words (pretokenizers.go);
//  5. the model turns each word into ids;
//  6. the template puts ids before and behind, and what does not fit between is cut off at the end.
type pipeline struct {
	common
	*steps
}

// A model turns one word into ids. It is safe for concurrent use.
type model interface {
	appendIDs(out []int, word string) []int
	// writeTo writes down what decides the ids.
	writeTo(b *bytes.Buffer)
}

// A divider is a model that gives a word the ids of its parts, if it is divided so: parts are found in the cache more often.
type divider interface {
	divide(out []word, w word) []word
}

// steps is what does not depend on context and padding.
type steps struct {
	raw, normalized matcher
	normalize       func(string) string // nil = nothing
	usesFirst       bool                // some splitter asks whether a word is first
	split           []splitter
	model           model
	prefix, suffix  []int // of the template
	cache           wordCache
	scratch         sync.Pool // of *scratch
}

// scratch is memory that one call of Encode needs and the next may use again.
type scratch struct {
	raw, normalized []span
	words, next     []word
}

// A word is a piece of text on its way to the model. First says that it begins where the raw text begins, whose first character must not
// have been removed for that.
type word struct {
	text  string
	first bool
}

// A splitter appends the pieces of a word that the model, or the next splitter, shall see.
type splitter func(out []word, w word) []word

// Encode implements [Tokenizer].
func (t *pipeline) Encode(text string) []int {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // one U+FFFD for each byte that belongs to no code point
	}
	s, ok := t.scratch.Get().(*scratch)
	if !ok {
		s = new(scratch)
	}
	room := t.context - len(t.suffix)
	out := append(make([]int, 0, min(t.context, len(text)/2+8)), t.prefix...)
	s.raw = t.raw.cut(s.raw[:0], text)
	for _, r := range s.raw {
		if len(out) >= room {
			break
		}
		if r.id >= 0 {
			out = append(out, r.id)
			continue
		}
		out = t.appendPlain(out, text[r.start:r.stop], r.start == 0, room, s)
	}
	if cap(s.words) <= 1<<10 && cap(s.next) <= 1<<10 && cap(s.raw) <= 1<<10 { // one long text must not pin its memory for ever
		clear(s.words[:cap(s.words)])
		clear(s.next[:cap(s.next)])
		t.scratch.Put(s)
	}
	return append(out[:min(len(out), room)], t.suffix...)
}

// appendPlain appends the ids of raw text without special tokens.
func (t *pipeline) appendPlain(out []int, text string, first bool, room int, s *scratch) []int {
	if t.normalize != nil {
		first = first && (!t.usesFirst || !t.vanishes(text))
		text = t.normalize(text)
	}
	s.normalized = t.normalized.cut(s.normalized[:0], text)
	for _, r := range s.normalized {
		if len(out) >= room {
			break
		}
		if r.id >= 0 {
			out = append(out, r.id)
			continue
		}
		s.words = append(s.words[:0], word{text[r.start:r.stop], first && r.start == 0})
		for _, split := range t.split {
			s.next = s.next[:0]
			for _, w := range s.words {
				s.next = split(s.next, w)
			}
			s.words, s.next = s.next, s.words
		}
		for _, w := range s.words {
			if len(out) >= room {
				break
			}
			out = t.appendWord(out, w.text)
		}
	}
	return out
}

// vanishes reports whether the normalizer removes the first character of text: then it makes no difference to a letter behind it. Where
// one removes only a part of what another makes of it (NFKD and Strip of U+00AF), the reference follows its alignment of bytes, which is
// not kept here.
func (t *steps) vanishes(text string) bool {
	_, size := utf8.DecodeRuneInString(text)
	return t.normalize(text[:size]+"q") == t.normalize("q")
}

// appendWord appends the ids of one word, from the cache where it is there.
func (t *steps) appendWord(out []int, word string) []int {
	if ids, ok := t.cache.lookup(word); ok {
		return append(out, ids...)
	}
	n := len(out)
	out = t.model.appendIDs(out, word)
	t.cache.keep(word, out[n:])
	return out
}

// digest writes down the steps and hashes them. Normalizer and pre-tokenizer go in as the JSON that describes them.
func (t *steps) digest(kind string, normalizer, preTokenizer json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteString(kind + " 1\n")
	for _, raw := range []json.RawMessage{normalizer, preTokenizer} {
		if len(raw) == 0 || json.Compact(&b, raw) != nil {
			b.WriteString("null")
		}
		b.WriteByte('\n')
	}
	for _, m := range []*matcher{&t.raw, &t.normalized} {
		writeInt(&b, len(m.tokens))
		for _, a := range m.tokens {
			writeText(&b, a.content)
			writeInt(&b, a.id)
			for _, flag := range []bool{a.singleWord, a.lstrip, a.rstrip} {
				if flag {
					writeInt(&b, 1)
				} else {
					writeInt(&b, 0)
				}
			}
		}
	}
	for _, ids := range [][]int{t.prefix, t.suffix} {
		writeInt(&b, len(ids))
		for _, id := range ids {
			writeInt(&b, id)
		}
	}
	t.model.writeTo(&b)
	h := sha256.Sum256(b.Bytes())
	return h[:]
}

func writeInt(b *bytes.Buffer, n int)     { b.Write(binary.AppendVarint(nil, int64(n))) }
func writeText(b *bytes.Buffer, s string) { writeInt(b, len(s)); b.WriteString(s) }
func writeFloat(b *bytes.Buffer, f float64) {
	b.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

func writeVocab(b *bytes.Buffer, vocab map[string]int) {
	writeInt(b, len(vocab))
	for _, token := range slices.SortedFunc(maps.Keys(vocab), func(x, y string) int { return vocab[x] - vocab[y] }) {
		writeInt(b, vocab[token])
		writeText(b, token)
	}
}
