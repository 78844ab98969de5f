package tokenize

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mindgap/models/fault"
)

// SentencePiece's own file, and the classes of transformers that read it:
//
//   - SiglipTokenizer (spiece.model): lower case, no ASCII punctuation, single spaces; the text is encoded behind the unknown token, whose
//     pieces are dropped, so that its first space stays; </s> behind unless it is there. transformers has no other class for SigLIP, so
//     this one is used even where a tokenizer.json lies beside it: that one sums its scores in another precision.
//   - XLMRobertaTokenizer (sentencepiece.bpe.model): ids moved by one, <s> before and </s> behind.
//   - any other: the text as it is, </s> behind.
//
// What is done is what sentencepiece itself does: one pass over the whole text, with the scores summed in float32.

// sentencePieceNames are the names that such a file has.
var sentencePieceNames = []string{"spiece.model", "sentencepiece.bpe.model", "tokenizer.model"}

// sentencePiece returns the name of the SentencePiece model that is there, or "".
func (s *source) sentencePiece() string {
	for _, name := range sentencePieceNames {
		if s.has(name) {
			return name
		}
	}
	return ""
}

// slowSigLIP reports whether the files name the class of transformers that reads spiece.model for SigLIP.
func (s *source) slowSigLIP() bool { return s.config.Class == "SiglipTokenizer" }

// sentencePieceModel is what does not depend on context and padding.
type sentencePieceModel struct {
	*spieceModel
	charsmap       *charsmap // nil = no replacements
	trie           *trie     // of normal, user-defined and unused pieces
	users          matcher   // user-defined pieces, which the normalizer leaves alone
	exact          map[string]int
	bytes          *[256]int32
	unknown        int
	least          float32 // of the scores of normal pieces
	added          matcher
	prefix, suffix []int
	shift          int // of ids against the file: 1 for XLM-R
	siglip         bool
	lowercase      bool
	lead           string // what SigLIP's class puts before each text
	leadPieces     int    // number of its pieces
}

func openSentencePiece(s *source, name string) (*definition, error) {
	b, err := s.read(name)
	if err != nil {
		return nil, err
	}
	file, err := readSpiece(b)
	if err != nil {
		return nil, locate(err, s.path(name))
	}
	bad := func(found, wanted, next string) (*definition, error) {
		return nil, &fault.Error{Op: op, Thing: s.path(name), Found: found, Wanted: wanted, Next: next}
	}
	if file.modelType != 1 {
		kind := map[int]string{2: "BPE", 3: "word", 4: "character"}[file.modelType]
		return bad(fmt.Sprintf("a SentencePiece model of type %d (%s)", file.modelType, kind), "a Unigram model",
			"put the model's tokenizer.json beside it, which is read in its place")
	}
	m := &sentencePieceModel{spieceModel: file, unknown: -1, exact: make(map[string]int, len(file.pieces))}
	if len(file.charsmap) > 0 {
		if m.charsmap, err = parseCharsmap(file.charsmap); err != nil {
			return nil, locate(err, s.path(name))
		}
	}
	keys, users := make([]string, len(file.pieces)), []added(nil)
	m.least = math.MaxFloat32
	for id, p := range file.pieces {
		if first, ok := m.exact[p.text]; ok {
			return bad(fmt.Sprintf("piece %q twice, %d and %d", p.text, first, id), "each piece once", "download the file again")
		}
		m.exact[p.text] = id
		switch p.kind {
		case pieceNormal:
			m.least = min(m.least, p.score)
			keys[id] = p.text
		case pieceUserDefined:
			keys[id] = p.text
			users = append(users, added{content: p.text, id: id})
		case pieceUnused:
			keys[id] = p.text
		case pieceUnknown:
			m.unknown = id
		}
	}
	if m.unknown < 0 {
		return bad("no unknown token", "one piece of the type unknown", "download the file again")
	}
	m.trie, m.users = newTrie(keys), newMatcher(users)
	if file.byteFallback {
		m.bytes = byteTokens(m.exact)
	}
	if name == "sentencepiece.bpe.model" || strings.HasPrefix(s.config.Class, "XLMRoberta") {
		return m.openXLMR(s, name)
	}
	return m.openPlain(s, name)
}

// openPlain settles what the tokens are called, for SigLIP's class and for others.
func (m *sentencePieceModel) openPlain(s *source, name string) (*definition, error) {
	d := &definition{id: func(token string) (int, bool) { id, ok := m.exact[token]; return id, ok }, size: len(m.pieces), minimum: 1}
	eos := firstName(s.config.EosToken, s.special.EosToken, "</s>")
	unk := firstName(s.config.UnkToken, s.special.UnkToken, "<unk>")
	pad := firstName(s.config.PadToken, s.special.PadToken)
	// Without any configuration a spiece.model is SigLIP's; T5's and its like always come with one.
	m.siglip = s.slowSigLIP() || s.config.Class == "" && name == "spiece.model"
	var tokens []added
	for _, token := range []string{eos, unk, pad} {
		if token == "" || slices.ContainsFunc(tokens, func(a added) bool { return a.content == token }) {
			continue
		}
		id, ok := m.exact[token]
		if !ok {
			return nil, &fault.Error{Op: op, Thing: s.path(name), Found: "no piece " + strconv.Quote(token), Wanted: "the special tokens that the files name",
				Next: "take all tokenizer files from one checkpoint"}
		}
		tokens = append(tokens, added{content: token, id: id, lstrip: m.siglip, rstrip: m.siglip})
	}
	d.eos = m.exact[eos]
	m.added, m.suffix = newMatcher(tokens), []int{d.eos}
	if m.siglip {
		m.lowercase, m.lead, d.context = or(s.config.LowerCase, true), unk, 64
		m.leadPieces = len(m.appendText(nil, unk))
		d.pad = d.eos
	} else if id, ok := m.exact["<pad>"]; ok {
		d.pad = id
	}
	return m.finish(d), nil
}

// openXLMR moves the ids as fairseq has them: <s>, <pad>, </s>, <unk>, then the pieces of the file from the fourth on, <mask> last.
func (m *sentencePieceModel) openXLMR(s *source, name string) (*definition, error) {
	for i, want := range []string{"<unk>", "<s>", "</s>"} {
		if len(m.pieces) <= i || m.pieces[i].text != want {
			return nil, &fault.Error{Op: op, Thing: s.path(name), Found: "no piece " + strconv.Quote(want) + " in place " + strconv.Itoa(i),
				Wanted: "XLM-R's order, <unk>, <s>, </s>", Next: "put the model's tokenizer.json beside it, which is read in its place"}
		}
	}
	m.shift = 1
	names := []added{{content: "<s>", id: 0}, {content: "<pad>", id: 1}, {content: "</s>", id: 2}, {content: "<unk>", id: 3},
		{content: "<mask>", id: len(m.pieces) + 1, lstrip: true}}
	m.added, m.prefix, m.suffix = newMatcher(names), []int{0}, []int{2}
	id := func(token string) (int, bool) {
		for _, a := range names {
			if a.content == token {
				return a.id, true
			}
		}
		id, ok := m.exact[token]
		return id + 1, ok
	}
	return m.finish(&definition{id: id, size: len(m.pieces) + 2, eos: 2, pad: 1, context: 512, minimum: 2}), nil
}

func (m *sentencePieceModel) finish(d *definition) *definition {
	d.digest = m.digest()
	d.build = func(c common) Tokenizer { return &sentencePiece{common: c, sentencePieceModel: m} }
	return d
}

func (m *sentencePieceModel) digest() []byte {
	var b bytes.Buffer
	b.WriteString("SentencePiece file 1\n")
	writeInt(&b, len(m.pieces))
	for _, p := range m.pieces {
		writeText(&b, p.text)
		writeFloat(&b, float64(p.score))
		writeInt(&b, p.kind)
	}
	writeText(&b, string(m.spieceModel.charsmap))
	for _, flag := range []bool{m.byteFallback, m.spieceModel.suffix, m.dummyPrefix, m.tidy, m.escape, m.siglip, m.lowercase} {
		writeText(&b, strconv.FormatBool(flag))
	}
	for _, a := range m.added.tokens {
		writeText(&b, a.content)
		writeInt(&b, a.id)
	}
	writeInt(&b, m.shift)
	h := sha256.Sum256(b.Bytes())
	return h[:]
}

// sentencePiece is a Tokenizer.
type sentencePiece struct {
	common
	*sentencePieceModel
}

// Encode implements [Tokenizer].
func (t *sentencePiece) Encode(text string) []int {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // one U+FFFD for each byte that belongs to no code point
	}
	if t.siglip {
		text = "▁" + strings.ReplaceAll(text, "▁", " ")
	}
	room := t.context - len(t.suffix)
	out := append(make([]int, 0, min(t.context, len(text)/2+8)), t.prefix...)
	spans := t.added.cut(nil, text)
	for i, r := range spans {
		if len(out) >= room {
			break
		}
		if r.id >= 0 {
			out = append(out, r.id)
			continue
		}
		part := text[r.start:r.stop]
		if !t.siglip {
			out = t.appendText(out, part)
			continue
		}
		before := len(out)
		out = t.appendText(out, t.lead+canonical(part, t.lowercase))
		if len(out)-before >= t.leadPieces {
			out = slices.Delete(out, before, before+t.leadPieces)
		}
		// A space of its own before a special token is dropped, where it opens the text.
		if i == 0 && len(out) == 1 && out[0] == t.exactOr("▁") && len(spans) > 1 {
			out = out[:0]
		}
	}
	out = out[:min(len(out), room)]
	if t.siglip && len(out) > 0 && out[len(out)-1] == t.EOS() {
		return out
	}
	return append(out, t.suffix...)
}

// exactOr returns the id of a piece, or of the unknown token.
func (m *sentencePieceModel) exactOr(piece string) int {
	if id, ok := m.exact[piece]; ok {
		return id
	}
	return m.unknown
}

// canonical lowers the case, removes ASCII punctuation, makes each run of white space one space and removes it at both ends, as
// SiglipTokenizer does.
func canonical(text string, lowercase bool) string {
	if lowercase {
		text = lowerFull(text)
	}
	out := make([]byte, 0, len(text))
	space := false
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r < utf8.RuneSelf && bertPunctuation(r):
		case pythonSpace(r):
			space = len(out) > 0
		default:
			if space {
				out = append(out, ' ')
				space = false
			}
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return string(out)
}

// appendText appends the ids of text as sentencepiece encodes it.
func (m *sentencePieceModel) appendText(out []int, text string) []int {
	normalized := m.normalize(text)
	if len(normalized) == 0 {
		return out
	}
	return m.viterbi(out, normalized)
}
