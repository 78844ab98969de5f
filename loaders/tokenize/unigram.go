package tokenize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"mindgap/models/fault"
)

// SentencePiece's Unigram: every piece of the vocabulary has a log probability, and a word is cut so that the sum is greatest (Kudo 2018,
// by Viterbi's algorithm). A character that is no piece by itself may stand alone at 10 below the least score; it is unknown, and neighbours
// that are unknown become one id.
//
// It is opened from tokenizer.json, where it goes word by word in float64 as package tokenizers does, or from SentencePiece's own file
// (sentencepiece.go). sugarme/tokenizer's Unigram is not used: between ways of equal score it takes others than the reference.
func init() {
	register(kind{name: "SentencePiece Unigram", fits: fitsUnigram, open: openUnigram})
}

// A unigramJSON is the field "model" of a tokenizer.json of type Unigram.
type unigramJSON struct {
	UnkID        *int           `json:"unk_id"`
	ByteFallback bool           `json:"byte_fallback"`
	Vocab        []unigramPiece `json:"vocab"`
}

// A unigramPiece is a pair ["▁a", -2.5].
type unigramPiece struct {
	text  string
	score float64
}

// UnmarshalJSON reads the pair.
func (p *unigramPiece) UnmarshalJSON(b []byte) error {
	var number json.Number
	if err := unmarshalPair(b, &p.text, &number); err != nil {
		return err
	}
	p.score = decimalFloat(string(number))
	return nil
}

// decimalFloat reads a JSON number as the reference's parser does: the digits as one integer, rounded, times or by a power of ten, rounded
// again. The last bit can differ from the nearest float64, and between two ways of nearly equal score that bit decides.
func decimalFloat(text string) float64 {
	digits, negative := strings.CutPrefix(text, "-")
	var significand uint64
	exponent, point, full := 0, false, false
	for i := range len(digits) {
		c := digits[i]
		switch {
		case c == '.':
			point = true
		case c == 'e' || c == 'E':
			n, err := strconv.Atoi(strings.TrimPrefix(digits[i+1:], "+"))
			if err != nil {
				return math.NaN()
			}
			return scaled(significand, exponent+n, negative)
		default:
			d := uint64(c - '0')
			if full = full || significand > (math.MaxUint64-d)/10; full {
				if !point {
					exponent++
				}
				continue
			}
			significand = significand*10 + d
			if point {
				exponent--
			}
		}
	}
	return scaled(significand, exponent, negative)
}

func scaled(significand uint64, exponent int, negative bool) float64 {
	f := float64(significand)
	for ; exponent < -308 && f != 0; exponent += 308 {
		f /= 1e308
	}
	if exponent >= 0 {
		f *= math.Pow10(exponent)
	} else {
		f /= math.Pow10(-exponent)
	}
	if negative {
		return -f
	}
	return f
}

func fitsUnigram(s *source) bool {
	if s.json == nil {
		return s.sentencePiece() != ""
	}
	return s.json.modelType == "Unigram"
}

func openUnigram(s *source, o Options) (*definition, error) {
	if name := s.sentencePiece(); name != "" && (s.json == nil || s.slowSigLIP()) {
		return openSentencePiece(s, name)
	}
	var m unigramJSON
	if err := s.parse("tokenizer.json", s.json.Model, &m); err != nil {
		return nil, err
	}
	u, vocab, err := newUnigram(&m)
	if err != nil {
		return nil, locate(err, s.path("tokenizer.json"))
	}
	return openPipeline(s, "SentencePiece Unigram", u, vocab)
}

// unknownPenalty is how far below the least score an unknown character lies.
const unknownPenalty = 10

// unigram is a model.
type unigram struct {
	pieces  []unigramPiece // the index is the id
	unknown int
	trie    *trie
	least   float64     // of all scores
	bytes   *[256]int32 // ids of <0x00> to <0xFF> where unknown characters fall back to bytes, else nil
	lattice sync.Pool   // of *[]unigramNode
}

// A unigramNode is the best way to some place in a word.
type unigramNode struct {
	score float64
	start int32 // where its last piece begins; -1 if nothing leads here
	id    int32
}

func newUnigram(m *unigramJSON) (*unigram, map[string]int, error) {
	bad := func(found, wanted string) (*unigram, map[string]int, error) {
		return nil, nil, &fault.Error{Op: op, Found: found, Wanted: wanted, Next: "download the file again, or take all tokenizer files from one checkpoint"}
	}
	if len(m.Vocab) == 0 || len(m.Vocab) > maxVocab {
		return bad(fmt.Sprintf("%d pieces", len(m.Vocab)), fmt.Sprintf("1 to %d", maxVocab))
	}
	if m.UnkID == nil {
		return bad("no unk_id", "the id of the unknown token")
	}
	if *m.UnkID < 0 || *m.UnkID >= len(m.Vocab) {
		return bad("unk_id "+strconv.Itoa(*m.UnkID), fmt.Sprintf("an id of the vocabulary, 0 to %d", len(m.Vocab)-1))
	}
	u := &unigram{pieces: m.Vocab, unknown: *m.UnkID, least: math.Inf(1)}
	vocab := make(map[string]int, len(m.Vocab))
	keys := make([]string, len(m.Vocab))
	for id, p := range m.Vocab {
		if math.IsNaN(p.score) || math.IsInf(p.score, 0) {
			return bad(fmt.Sprintf("score %v of piece %q", p.score, p.text), "a number")
		}
		vocab[p.text], keys[id] = id, p.text
		u.least = min(u.least, p.score)
	}
	u.trie = newTrie(keys)
	if m.ByteFallback {
		u.bytes = byteTokens(vocab)
	}
	return u, vocab, nil
}

// byteTokens returns the ids of <0x00> to <0xFF>, or -1 for those that are not there.
func byteTokens(vocab map[string]int) *[256]int32 {
	var ids [256]int32
	for b := range ids {
		ids[b] = -1
		if id, ok := vocab[fmt.Sprintf("<0x%02X>", b)]; ok {
			ids[b] = int32(id)
		}
	}
	return &ids
}

// appendBytes appends the ids of the bytes of text, if each byte has one.
func appendBytes(out []int, ids *[256]int32, text string) ([]int, bool) {
	begin := len(out)
	for i := range len(text) {
		id := ids[text[i]]
		if id < 0 {
			return out[:begin], false
		}
		out = append(out, int(id))
	}
	return out, true
}

func (u *unigram) appendIDs(out []int, word string) []int {
	if len(word) > math.MaxInt32-1 {
		word = word[:math.MaxInt32-1] // positions are 32 bits wide; no context reaches this far
	}
	pooled, ok := u.lattice.Get().(*[]unigramNode)
	if !ok {
		pooled = new([]unigramNode)
	}
	best := (*pooled)[:0]
	for range len(word) + 1 {
		best = append(best, unigramNode{start: -1})
	}
	defer func() {
		if cap(best) <= 1<<14 {
			*pooled = best
			u.lattice.Put(pooled)
		}
	}()
	for i := 0; i < len(word); {
		here := best[i].score
		size := runeLen(word[i])
		single := false
		node := int32(0)
		for j := i; j < len(word); {
			if node = u.trie.step(node, word[j]); node == 0 {
				break
			}
			j++
			id := u.trie.nodes[node].value
			if id < 0 {
				continue
			}
			if score := u.pieces[id].score + here; best[j].start < 0 || score > best[j].score {
				best[j] = unigramNode{score: score, start: int32(i), id: id}
			}
			single = single || j-i == size
		}
		if !single {
			j := min(i+size, len(word))
			if score := u.least - unknownPenalty + here; best[j].start < 0 || score > best[j].score {
				best[j] = unigramNode{score: score, start: int32(i), id: int32(u.unknown)}
			}
		}
		i += size
	}
	return u.trace(out, word, best)
}

// trace follows the best way backwards and appends its ids forwards.
func (u *unigram) trace(out []int, word string, best []unigramNode) []int {
	begin := len(out)
	// Backwards the ids come out last first; they are put in order at the end. The bytes of an unknown run are written last first as well.
	for stop := len(word); stop > 0; {
		n := best[stop]
		start := int(n.start)
		if int(n.id) != u.unknown {
			out = append(out, int(n.id))
			stop = start
			continue
		}
		for start > 0 && int(best[start].id) == u.unknown {
			start = int(best[start].start)
		}
		out = u.appendUnknown(out, word[start:stop])
		stop = start
	}
	ids := out[begin:]
	for i, j := 0, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return out
}

// appendUnknown appends what stands for a run of unknown characters, last first.
func (u *unigram) appendUnknown(out []int, run string) []int {
	if id, ok := u.exact(run); ok { // a run can spell a piece, such as <unk> itself
		return append(out, id)
	}
	if u.bytes != nil {
		begin := len(out)
		if ids, ok := appendBytes(out, u.bytes, run); ok {
			for i, j := begin, len(ids)-1; i < j; i, j = i+1, j-1 {
				ids[i], ids[j] = ids[j], ids[i]
			}
			return ids
		}
	}
	return append(out, u.unknown)
}

// exact looks up a whole piece.
func (u *unigram) exact(text string) (int, bool) {
	node := int32(0)
	for i := range len(text) {
		if node = u.trie.step(node, text[i]); node == 0 {
			return 0, false
		}
	}
	v := u.trie.nodes[node].value
	return int(v), v >= 0
}

// runeLen returns the length of the code point of valid UTF-8 that begins with c.
func runeLen(c byte) int {
	switch {
	case c < utf8.RuneSelf:
		return 1
	case c < 0xe0:
		return 2
	case c < 0xf0:
		return 3
	}
	return 4
}

func (u *unigram) writeTo(b *bytes.Buffer) {
	writeInt(b, len(u.pieces))
	for _, p := range u.pieces {
		writeText(b, p.text)
		writeFloat(b, p.score)
	}
	writeInt(b, u.unknown)
	if u.bytes != nil {
		writeInt(b, 1)
	}
}
