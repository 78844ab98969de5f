package tokenize

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// endOfWord marks a symbol that ends a word. It is what tells CLIP's vocabulary from GPT-2's.
const endOfWord = "</w>"

// maxVocab bounds the ids of a vocabulary, so that a hostile file cannot ask for more memory than its own size warrants.
const maxVocab = 1 << 24

// A bpeJSON is the field "model" of a tokenizer.json of type BPE.
type bpeJSON struct {
	Dropout                 *float64       `json:"dropout"`
	UnkToken                *string        `json:"unk_token"`
	ContinuingSubwordPrefix string         `json:"continuing_subword_prefix"`
	EndOfWordSuffix         string         `json:"end_of_word_suffix"`
	FuseUnk                 bool           `json:"fuse_unk"`
	ByteFallback            bool           `json:"byte_fallback"`
	IgnoreMerges            bool           `json:"ignore_merges"`
	Vocab                   map[string]int `json:"vocab"`
	Merges                  []mergePair    `json:"merges"`
}

// A mergePair is the two symbols that a merge joins.
type mergePair [2]string

// UnmarshalJSON reads both forms in use: "a b" and ["a", "b"].
func (m *mergePair) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var parts []string
		if err := json.Unmarshal(b, &parts); err != nil {
			return err
		}
		if len(parts) != 2 {
			return fmt.Errorf("merge of %d symbols instead of 2", len(parts))
		}
		*m = mergePair(parts)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	var ok bool
	if *m, ok = parseMerge(text); !ok {
		return fmt.Errorf("merge %q instead of two symbols with one space between", text)
	}
	return nil
}

func parseMerge(line string) (mergePair, bool) {
	left, right, ok := strings.Cut(line, " ")
	return mergePair{left, right}, ok && left != "" && right != "" && !strings.Contains(right, " ")
}

// fitsCLIP recognises the kind by its model: byte-pair encoding whose words end in </w>.
func fitsCLIP(s *source) bool {
	if s.json == nil {
		return s.has("merges.txt")
	}
	var model struct {
		Suffix string          `json:"end_of_word_suffix"`
		Merges json.RawMessage `json:"merges"`
	}
	return json.Unmarshal(s.json.Model, &model) == nil && model.Suffix == endOfWord &&
		(s.json.modelType == "BPE" || s.json.modelType == "" && model.Merges != nil)
}

func openCLIP(s *source, _ Options) (*definition, error) {
	var m *clipModel
	var err error
	switch {
	case s.json != nil:
		m, err = modelFromJSON(s)
	case s.has("vocab.json"):
		m, err = modelFromVocabAndMerges(s)
	default:
		var b []byte
		if b, err = s.read("merges.txt"); err == nil {
			if m, err = modelFromMerges(b); err != nil {
				err = locate(err, s.path("merges.txt"))
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return m.definition(), nil
}

func modelFromJSON(s *source) (*clipModel, error) {
	var model bpeJSON
	if err := s.parse("tokenizer.json", s.json.Model, &model); err != nil {
		return nil, err
	}
	for _, setting := range []struct {
		set  bool
		name string
	}{
		{model.Dropout != nil && *model.Dropout != 0, "dropout"},
		{model.ContinuingSubwordPrefix != "", "continuing_subword_prefix"},
		{model.FuseUnk, "fuse_unk"},
		{model.ByteFallback, "byte_fallback"},
		{model.IgnoreMerges, "ignore_merges"},
	} {
		if setting.set {
			return nil, unsupported(s, "the BPE setting "+setting.name, "a model without it")
		}
	}
	literals, err := checkPipeline(s)
	if err != nil {
		return nil, err
	}
	m := &clipModel{vocab: model.Vocab, merges: model.Merges, literals: literals}
	added := slices.Clone(s.json.AddedTokens)
	slices.SortStableFunc(added, func(a, b addedToken) int { return a.ID - b.ID })
	for _, t := range added {
		if t.SingleWord || t.LStrip || t.RStrip {
			return nil, unsupported(s, "added token "+strconv.Quote(t.Content)+" with single_word, lstrip or rstrip", "a token without these")
		}
		if t.Content == "" {
			continue
		}
		m.addSpecial(special{t.Content, t.ID}, t.Normalized)
	}
	if err := m.index(model.UnkToken); err != nil {
		return nil, locate(err, s.path("tokenizer.json"))
	}
	if m.bos, m.eos, err = m.ends(s); err != nil {
		return nil, err
	}
	return m, nil
}

// addSpecial registers a token that is cut out of the text before the model sees it. A normalised one is sought in normalised text, and is
// normalised itself.
func (m *clipModel) addSpecial(t special, normalized bool) {
	m.specialTokens = append(m.specialTokens, t)
	if normalized {
		m.lowered = append(m.lowered, special{string(appendNormalized(nil, t.content)), t.id})
	} else {
		m.raw = append(m.raw, t)
	}
}

// namedEnds looks up the tokens that the configuration names, or CLIP's own.
func (m *clipModel) namedEnds(s *source) (bos, eos int, err error) {
	for _, end := range []struct {
		name string
		id   *int
	}{
		{firstName(s.config.BosToken, s.special.BosToken, startOfText), &bos},
		{firstName(s.config.EosToken, s.special.EosToken, endOfText), &eos},
	} {
		id, ok := m.vocab[end.name]
		if !ok {
			return 0, 0, &fault.Error{Op: op, Thing: s.dir, Found: "no token " + strconv.Quote(end.name) + " in the vocabulary",
				Wanted: "the tokens that begin and end a text"}
		}
		*end.id = id
	}
	return bos, eos, nil
}

const (
	startOfText = "<|startoftext|>"
	endOfText   = "<|endoftext|>"
)

// modelFromVocabAndMerges reads the pair of files that the older, slow tokenizer has.
func modelFromVocabAndMerges(s *source) (*clipModel, error) {
	b, err := s.read("vocab.json")
	if err != nil {
		return nil, err
	}
	m := &clipModel{literals: true}
	if err := s.parse("vocab.json", b, &m.vocab); err != nil {
		return nil, err
	}
	if b, err = s.read("merges.txt"); err != nil {
		return nil, err
	}
	if m.merges, err = parseMerges(b); err != nil {
		return nil, locate(err, s.path("merges.txt"))
	}
	if m.bos, m.eos, err = m.namedEnds(s); err != nil {
		return nil, err
	}
	for token, id := range m.vocab {
		if id == m.bos || id == m.eos {
			m.addSpecial(special{token, id}, false)
		}
	}
	slices.SortFunc(m.raw, func(a, b special) int { return a.id - b.id })
	slices.SortFunc(m.specialTokens, func(a, b special) int { return a.id - b.id })
	unknown := endOfText
	if s.config.UnkToken != "" {
		unknown = string(s.config.UnkToken)
	}
	if err := m.index(&unknown); err != nil {
		return nil, locate(err, s.path("vocab.json"))
	}
	return m, nil
}

// modelFromMerges derives the vocabulary as openai/CLIP does: 256 bytes, the same with </w>, one token a merge, the two special tokens.
func modelFromMerges(text []byte) (*clipModel, error) {
	merges, err := parseMerges(text)
	if err != nil {
		return nil, err
	}
	m := &clipModel{merges: merges, vocab: make(map[string]int, 2*256+len(merges)+2), literals: true}
	for i, b := range byteOrder {
		m.vocab[string(byteRune[b])] = i
		m.vocab[string(byteRune[b])+endOfWord] = 256 + i
	}
	for i, p := range merges {
		m.vocab[p[0]+p[1]] = 2*256 + i
	}
	if len(m.vocab) != 2*256+len(merges) {
		return nil, &fault.Error{Op: op, Found: "two merges that give the same token", Wanted: "one token a merge",
			Next: "put vocab.json beside merges.txt"}
	}
	m.bos, m.eos = len(m.vocab), len(m.vocab)+1
	m.vocab[startOfText], m.vocab[endOfText] = m.bos, m.eos
	m.addSpecial(special{startOfText, m.bos}, false)
	m.addSpecial(special{endOfText, m.eos}, false)
	unknown := endOfText
	return m, m.index(&unknown)
}

func parseMerges(text []byte) ([]mergePair, error) {
	var merges []mergePair
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || n == 1 && strings.HasPrefix(line, "#version") {
			continue
		}
		p, ok := parseMerge(line)
		if !ok {
			return nil, &fault.Error{Op: op, Found: fmt.Sprintf("line %d: %s", n, strconv.Quote(shorten(line))),
				Wanted: "two symbols with one space between"}
		}
		merges = append(merges, p)
	}
	return merges, nil
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// index checks the vocabulary and builds the tables of the merger from it.
func (m *clipModel) index(unknown *string) error {
	bad := func(found, wanted string) error {
		return &fault.Error{Op: op, Found: found, Wanted: wanted, Next: "take all tokenizer files from one checkpoint"}
	}
	seen := make(map[int]string, len(m.vocab))
	for token, id := range m.vocab {
		if id < 0 || id >= maxVocab {
			return bad(fmt.Sprintf("id %d of token %q", id, token), fmt.Sprintf("ids from 0 to %d", maxVocab-1))
		}
		if twin, ok := seen[id]; ok {
			return bad(fmt.Sprintf("id %d twice, for %q and %q", id, min(token, twin), max(token, twin)), "one token an id")
		}
		seen[id] = token
		m.size = max(m.size, id+1)
	}
	for _, s := range m.specialTokens {
		if s.id < 0 || s.id >= maxVocab {
			return bad(fmt.Sprintf("id %d of added token %q", s.id, s.content), fmt.Sprintf("ids from 0 to %d", maxVocab-1))
		}
		m.size = max(m.size, s.id+1)
	}
	m.merger.unknown = -1
	if unknown != nil {
		id, ok := m.vocab[*unknown]
		if !ok {
			return bad(fmt.Sprintf("unknown token %q", *unknown), "a token of the vocabulary")
		}
		m.merger.unknown = id
	}
	suffixed := 0
	for b, r := range byteRune {
		m.merger.first[b], m.merger.last[b] = -1, -1
		if id, ok := m.vocab[string(r)]; ok {
			m.merger.first[b] = int32(id)
		}
		if id, ok := m.vocab[string(r)+endOfWord]; ok {
			m.merger.last[b] = int32(id)
			suffixed++
		}
	}
	if suffixed == 0 {
		return bad("no byte with </w> in the vocabulary", "CLIP's vocabulary, whose words end in </w>")
	}
	if len(m.merges) > math.MaxInt32 {
		return bad(fmt.Sprintf("%d merges", len(m.merges)), "fewer")
	}
	merges, err := mergeTable(m.merges, m.vocab)
	m.merger.merges = newMergeIndex(merges)
	return err
}

// locate writes the file into a fault of a function that knows only bytes.
func locate(err error, file string) error {
	if f, ok := err.(*fault.Error); ok && f.Thing == "" {
		f.Thing = file
	}
	return err
}
