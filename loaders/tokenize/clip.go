package tokenize

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"
)

// CLIP's tokenizer, as Hugging Face's fast tokenizer runs it:
//
//  1. special tokens are cut out of the raw text, leftmost first, longest first;
//  2. what lies between is brought to NFC and to lower case, a code point at a time (so no final sigma);
//  3. it is split by CLIP's pattern: contractions, runs of letters, single numbers, runs of the rest; white space vanishes;
//  4. each piece becomes UTF-8 bytes, the last one marked </w>, merged by rank (bpe.go);
//  5. <|startoftext|> goes before, <|endoftext|> behind; what does not fit between is cut off.
//
// No step unescapes HTML or repairs mojibake, which openai/CLIP's and open_clip's own tokenizers do with ftfy: Options.Clean asks for that.
func init() {
	register(kind{name: "CLIP BPE", fits: fitsCLIP, open: openCLIP})
}

//go:embed clip/merges.txt.gz
var clipMerges []byte

// CLIP returns the tokenizer of OpenAI's CLIP from the vocabulary that ships with this package, 49,408 tokens. The file's origin and
// licence stand in clip/ATTRIBUTION.md. open_clip pads with id 0, transformers with the end of text: o.PadID says which, nil is the latter.
func CLIP(o Options) (Tokenizer, error) {
	d, err := clipDefinition()
	if err != nil {
		return nil, err
	}
	return finish(d, new(source), o)
}

// clipDefinition parses the embedded merges once: about 30 ms.
var clipDefinition = sync.OnceValues(func() (*definition, error) {
	z, err := gzip.NewReader(bytes.NewReader(clipMerges))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	m, err := modelFromMerges(b)
	if err != nil {
		return nil, err
	}
	return m.definition(), nil
})

// clip is a Tokenizer.
type clip struct {
	common
	*clipModel
}

// clipModel is what does not depend on context and padding, so that it can be shared.
type clipModel struct {
	bos, eos      int
	size          int
	literals      bool      // the pattern begins with the two special tokens, as newer files have it
	raw, lowered  []special // special tokens matched before and after normalisation
	rawStart      [256]bool // first bytes of raw
	loweredStart  [256]bool // first bytes of lowered
	specialTokens []special // both, by id
	vocab         map[string]int
	merges        []mergePair // by rank
	merger        merger
	cache         wordCache
	buffers       sync.Pool // of *[]byte
}

type special struct {
	content string
	id      int
}

// Encode implements [Tokenizer].
func (t *clip) Encode(text string) []int {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // one U+FFFD for each byte that belongs to no code point
	}
	room := t.context - 1 // the end of text takes the last place
	out := make([]int, 1, min(t.context, len(text)/2+8))
	out[0] = t.bos
	buffer, ok := t.buffers.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
	}
	for len(text) > 0 && len(out) < room {
		i, s := nextSpecial(text, t.raw, &t.rawStart)
		*buffer = appendNormalized((*buffer)[:0], text[:i])
		out = t.appendNormal(out, *buffer, room)
		if s == nil {
			break
		}
		out = append(out, s.id)
		text = text[i+len(s.content):]
	}
	if cap(*buffer) <= 1<<16 { // one long text must not pin its memory for ever
		t.buffers.Put(buffer)
	}
	return append(out[:min(len(out), room)], t.EOS())
}

// appendNormal appends the ids of text that is normalised already.
func (t *clip) appendNormal(out []int, text []byte, room int) []int {
	if len(t.lowered) == 0 {
		return t.appendPieces(out, text, room)
	}
	for len(text) > 0 && len(out) < room {
		i, s := nextSpecial(text, t.lowered, &t.loweredStart)
		out = t.appendPieces(out, text[:i], room)
		if s == nil {
			break
		}
		out = append(out, s.id)
		text = text[i+len(s.content):]
	}
	return out
}

// appendPieces splits normalised text and appends each piece's ids until room is used up.
func (t *clip) appendPieces(out []int, text []byte, room int) []int {
	for len(text) > 0 && len(out) < room {
		if t.literals && text[0] == '<' {
			if name := literalSpecial(text); name != "" {
				// The pattern takes the whole token; the byte-level step behind it, which splits once more, then parts it in three.
				out = t.appendWord(out, text[:2])
				out = t.appendWord(out, text[2:2+len(name)])
				out = t.appendWord(out, text[2+len(name):4+len(name)])
				text = text[4+len(name):]
				continue
			}
		}
		n, white := nextPiece(text)
		if !white {
			out = t.appendWord(out, text[:n])
		}
		text = text[n:]
	}
	return out
}

// appendWord appends the ids of one piece, from the cache where it is there.
func (m *clipModel) appendWord(out []int, word []byte) []int {
	if ids, ok := m.cache.get(word); ok {
		return append(out, ids...)
	}
	n := len(out)
	out = m.merger.appendIDs(out, word)
	m.cache.put(word, out[n:])
	return out
}

// literalSpecial returns startoftext or endoftext if text begins with that token in full, else "".
func literalSpecial(text []byte) string {
	for _, name := range [...]string{"startoftext", "endoftext"} {
		if len(text) >= len(name)+4 && string(text[:2]) == "<|" && string(text[2:2+len(name)]) == name && string(text[2+len(name):4+len(name)]) == "|>" {
			return name
		}
	}
	return ""
}

// nextSpecial finds the leftmost special token in text, the longest where several begin there. It returns len(text) and nil if there is
// none.
func nextSpecial[T string | []byte](text T, tokens []special, start *[256]bool) (int, *special) {
	for i := range len(text) {
		if !start[text[i]] {
			continue
		}
		var best *special
		for k := range tokens {
			c := tokens[k].content
			if len(text)-i >= len(c) && string(text[i:i+len(c)]) == c && (best == nil || len(c) > len(best.content)) {
				best = &tokens[k]
			}
		}
		if best != nil {
			return i, best
		}
	}
	return len(text), nil
}

// definition fills in what derives from the model.
func (m *clipModel) definition() *definition {
	for _, s := range m.raw {
		m.rawStart[s.content[0]] = true
	}
	for _, s := range m.lowered {
		m.loweredStart[s.content[0]] = true
	}
	return &definition{
		id: func(token string) (int, bool) {
			for _, s := range m.specialTokens {
				if s.content == token {
					return s.id, true
				}
			}
			id, ok := m.vocab[token]
			return id, ok
		},
		size:    m.size,
		eos:     m.eos,
		pad:     m.eos,
		minimum: 2,
		digest:  m.digest(),
		build:   func(c common) Tokenizer { return &clip{common: c, clipModel: m} },
		lower:   func(c common, clean func(string) string) Tokenizer { return &openCLIPTokenizer{c, m, clean} },
	}
}

// digest writes down the model in one fixed form, whatever files it came from, and hashes it.
func (m *clipModel) digest() []byte {
	var b bytes.Buffer
	b.WriteString("CLIP BPE 1\n")
	number := func(n int) { b.Write(binary.AppendVarint(nil, int64(n))) }
	text := func(s string) { number(len(s)); b.WriteString(s) }
	number(len(m.vocab))
	for _, token := range slices.SortedFunc(maps.Keys(m.vocab), func(a, b string) int { return m.vocab[a] - m.vocab[b] }) {
		number(m.vocab[token])
		text(token)
	}
	number(len(m.merges))
	for _, p := range m.merges {
		text(p[0])
		text(p[1])
	}
	for _, set := range [][]special{m.raw, m.lowered} {
		number(len(set))
		for _, s := range set {
			text(s.content)
			number(s.id)
		}
	}
	number(m.bos)
	number(m.eos)
	number(m.merger.unknown)
	if m.literals {
		number(1)
	}
	h := sha256.Sum256(b.Bytes())
	return h[:]
}
