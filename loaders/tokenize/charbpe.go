package tokenize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sugarme/tokenizer/model/bpe"

	"mindgap/models/fault"
)

// SentencePiece's BPE as tokenizer.json carries it (Gemma, SigLIP 2): the symbols are characters, not bytes; a character that the vocabulary
// lacks becomes its UTF-8 bytes <0x00> to <0xFF>, or unknown. Spaces were turned into ▁ before, and merges may go across them. The merging
// itself is that of CLIP's kind (bpe.go).
func init() {
	register(kind{name: "SentencePiece BPE", fits: fitsCharBPE, open: openCharBPE})
}

// fitsCharBPE recognises the kind by its model, BPE without a mark at the ends of words, and by what it lacks: a step to bytes.
func fitsCharBPE(s *source) bool {
	return s.json != nil && s.json.modelType == "BPE" && !fitsCLIP(s) && !strings.Contains(string(s.json.PreTokenizer), `"ByteLevel"`) &&
		!strings.Contains(string(s.json.Normalizer), `"ByteLevel"`)
}

func openCharBPE(s *source, _ Options) (*definition, error) {
	var m bpeJSON
	if err := s.parse("tokenizer.json", s.json.Model, &m); err != nil {
		return nil, err
	}
	for _, setting := range []struct {
		set  bool
		name string
	}{
		{m.Dropout != nil && *m.Dropout != 0, "dropout"},
		{m.ContinuingSubwordPrefix != "", "continuing_subword_prefix"},
		{m.EndOfWordSuffix != "", "end_of_word_suffix"},
	} {
		if setting.set {
			return nil, notSupported(s, "the BPE setting "+setting.name, "a model without it")
		}
	}
	c, err := newCharBPE(&m)
	if err != nil {
		return nil, locate(err, s.path("tokenizer.json"))
	}
	return openPipeline(s, "SentencePiece BPE", c, m.Vocab)
}

// charBPE is a model.
type charBPE struct {
	vocab        map[string]int
	order        []mergePair // by rank
	merger       merger      // of which only the merges are used
	ascii        [128]int32  // ids of the one-byte characters, or -1
	bytes        *[256]int32 // nil without byte_fallback
	unknown      int         // -1 = unknown characters are left out
	fuse         bool        // neighbours that are unknown become one id
	ignoreMerges bool        // a word that is in the vocabulary is not merged
	joins        *joins
}

func newCharBPE(m *bpeJSON) (*charBPE, error) {
	if err := checkVocab(m.Vocab); err != nil {
		return nil, err
	}
	c := &charBPE{vocab: m.Vocab, order: m.Merges, unknown: -1, fuse: m.FuseUnk, ignoreMerges: m.IgnoreMerges}
	if m.UnkToken != nil {
		id, ok := m.Vocab[*m.UnkToken]
		if !ok {
			return nil, &fault.Error{Op: op, Found: "unknown token " + strconv.Quote(*m.UnkToken), Wanted: "a token of the vocabulary",
				Next: "take all tokenizer files from one checkpoint"}
		}
		c.unknown = id
	}
	if m.ByteFallback {
		c.bytes = byteTokens(m.Vocab)
	}
	for b := range c.ascii {
		c.ascii[b] = -1
		if id, ok := m.Vocab[string(rune(b))]; ok {
			c.ascii[b] = int32(id)
		}
	}
	if len(m.Merges) > math.MaxInt32 {
		return nil, &fault.Error{Op: op, Found: fmt.Sprintf("%d merges", len(m.Merges)), Wanted: "fewer"}
	}
	c.joins = newJoins(c, m.UnkToken)
	merges, err := mergeTable(m.Merges, m.Vocab)
	c.merger.merges = newMergeIndex(merges)
	return c, err
}

// mergeTable returns the merges by the ids of their parts.
func mergeTable(merges []mergePair, vocab map[string]int) (bpe.Merges, error) {
	table := make(bpe.Merges, len(merges))
	for rank, p := range merges {
		left, ok1 := vocab[p[0]]
		right, ok2 := vocab[p[1]]
		id, ok3 := vocab[p[0]+p[1]]
		if !ok1 || !ok2 || !ok3 {
			return nil, &fault.Error{Op: op, Found: fmt.Sprintf("merge %d, %q and %q", rank, p[0], p[1]),
				Wanted: "two symbols of the vocabulary that make a third", Next: "take all tokenizer files from one checkpoint"}
		}
		table[bpe.Pair{C1: left, C2: right}] = bpe.PairVal{Rank: rank, NewId: id}
	}
	return table, nil
}

func (c *charBPE) appendIDs(out []int, word string) []int {
	if c.ignoreMerges {
		if id, ok := c.vocab[word]; ok {
			return append(out, id)
		}
	}
	if len(word) > math.MaxInt32 {
		word = word[:math.MaxInt32] // positions are 32 bits wide; no context reaches this far
	}
	var few [fewSymbols]symbol
	symbols := few[:0]
	add := func(id int32) {
		n := int32(len(symbols))
		symbols = append(symbols, symbol{id: id, prev: n - 1, next: n + 1})
	}
	pending := false // an unknown character waits for its neighbours; bytes that fall back overtake it, as in the reference
	for i := 0; i < len(word); {
		size := min(runeLen(word[i]), len(word)-i)
		char := word[i : i+size]
		i += size
		id, ok := int32(-1), false
		if size == 1 {
			id = c.ascii[char[0]]
			ok = id >= 0
		} else if n, found := c.vocab[char]; found {
			id, ok = int32(n), true
		}
		switch {
		case ok:
			if pending {
				add(int32(c.unknown))
				pending = false
			}
			add(id)
		case c.bytes != nil && haveBytes(c.bytes, char):
			for k := range size {
				add(c.bytes[char[k]])
			}
		case c.unknown >= 0:
			if pending && !c.fuse {
				add(int32(c.unknown))
			}
			pending = true
		}
	}
	if pending {
		add(int32(c.unknown))
	}
	return c.merger.merge(out, symbols)
}

func haveBytes(ids *[256]int32, text string) bool {
	for i := range len(text) {
		if ids[text[i]] < 0 {
			return false
		}
	}
	return true
}

func (c *charBPE) writeTo(b *bytes.Buffer) {
	writeVocab(b, c.vocab)
	writeInt(b, len(c.order))
	for _, p := range c.order {
		writeText(b, p[0])
		writeText(b, p[1])
	}
	writeInt(b, c.unknown)
	for _, flag := range []bool{c.fuse, c.ignoreMerges, c.bytes != nil} {
		writeText(b, strconv.FormatBool(flag))
	}
}

// unmarshalPair reads a JSON list of two values.
func unmarshalPair(b []byte, first, second any) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	if len(parts) != 2 {
		return fmt.Errorf("a list of %d instead of 2", len(parts))
	}
	if err := json.Unmarshal(parts[0], first); err != nil {
		return err
	}
	return json.Unmarshal(parts[1], second)
}
