package tokenize

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"mindgap/models/fault"
)

// BERT's tokenizer. WordPiece takes from a word the longest piece of the vocabulary that it begins with, then the longest that continues
// it, and so on; a word that cannot be used up so, or that has too many characters, is unknown as a whole.
//
// It is opened from tokenizer.json or from vocab.txt (vocabtxt.go). sugarme/tokenizer's WordPiece gives the same ids, word by word, and the
// tests hold this one to it; it tries each length of piece with a new string, which takes longer.
func init() {
	register(kind{name: "BERT WordPiece", fits: fitsWordPiece, open: openWordPiece})
}

// A wordPieceJSON is the field "model" of a tokenizer.json of type WordPiece.
type wordPieceJSON struct {
	UnkToken string         `json:"unk_token"`
	Prefix   *string        `json:"continuing_subword_prefix"`
	MaxChars *int           `json:"max_input_chars_per_word"`
	Vocab    map[string]int `json:"vocab"`
}

func fitsWordPiece(s *source) bool {
	if s.json == nil {
		return s.has("vocab.txt") && !s.has("merges.txt")
	}
	return s.json.modelType == "WordPiece"
}

func openWordPiece(s *source, _ Options) (*definition, error) {
	if s.json == nil {
		return openVocabTxt(s)
	}
	var m wordPieceJSON
	if err := s.parse("tokenizer.json", s.json.Model, &m); err != nil {
		return nil, err
	}
	w, err := newWordPiece(&m)
	if err != nil {
		return nil, locate(err, s.path("tokenizer.json"))
	}
	return openPipeline(s, "BERT WordPiece", w, m.Vocab)
}

// wordPiece is a model.
type wordPiece struct {
	vocab    map[string]int
	prefix   string
	maxChars int
	unknown  int
	trie     *trie
	ids      []int // of the trie's values
	inner    int32 // the trie's node behind the prefix, or -1 where no piece has it
}

func newWordPiece(m *wordPieceJSON) (*wordPiece, error) {
	w := &wordPiece{vocab: m.Vocab, prefix: "##", maxChars: 100}
	if m.Prefix != nil {
		w.prefix = *m.Prefix
	}
	if m.MaxChars != nil {
		w.maxChars = *m.MaxChars
	}
	if err := checkVocab(m.Vocab); err != nil {
		return nil, err
	}
	var ok bool
	if w.unknown, ok = m.Vocab[m.UnkToken]; !ok {
		return nil, &fault.Error{Op: op, Found: "unknown token " + strconv.Quote(m.UnkToken), Wanted: "a token of the vocabulary",
			Next: "take all tokenizer files from one checkpoint"}
	}
	keys := make([]string, 0, len(m.Vocab))
	for token, id := range m.Vocab {
		keys = append(keys, token)
		w.ids = append(w.ids, id)
	}
	w.trie = newTrie(keys)
	for i := range len(w.prefix) {
		if w.inner = w.trie.step(w.inner, w.prefix[i]); w.inner == 0 {
			w.inner = -1
			break
		}
	}
	return w, nil
}

func (w *wordPiece) appendIDs(out []int, word string) []int {
	if len(word) > w.maxChars && utf8.RuneCountInString(word) > w.maxChars {
		return append(out, w.unknown)
	}
	begin := len(out)
	for node := int32(0); len(word) > 0; node = w.inner {
		id, length := -1, 0
		if node >= 0 {
			for i := 0; i < len(word); {
				if node = w.trie.step(node, word[i]); node == 0 {
					break
				}
				i++
				if v := w.trie.nodes[node].value; v >= 0 {
					id, length = w.ids[v], i
				}
			}
		}
		if id < 0 {
			return append(out[:begin], w.unknown)
		}
		out = append(out, id)
		word = word[length:]
	}
	return out
}

func (w *wordPiece) writeTo(b *bytes.Buffer) {
	writeVocab(b, w.vocab)
	writeText(b, w.prefix)
	writeInt(b, w.maxChars)
	writeInt(b, w.unknown)
}
