package tokenize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"mindgap/models/fault"
)

// notSupported is the fault of a feature of tokenizer.json that is not supported. It names the feature.
func notSupported(s *source, found, wanted string) error {
	return &fault.Error{Op: op, Thing: s.path("tokenizer.json"), Found: found, Wanted: wanted, Next: "use a checkpoint whose tokenizer does without"}
}

// checkVocab makes sure that a vocabulary has one token an id, and ids that do not ask for more memory than the file's size warrants.
func checkVocab(vocab map[string]int) error {
	bad := func(found, wanted string) error {
		return &fault.Error{Op: op, Found: found, Wanted: wanted, Next: "take all tokenizer files from one checkpoint"}
	}
	if len(vocab) == 0 {
		return bad("an empty vocabulary", "at least one token")
	}
	seen := make(map[int]string, len(vocab))
	for token, id := range vocab {
		if id < 0 || id >= maxVocab {
			return bad(fmt.Sprintf("id %d of token %q", id, token), fmt.Sprintf("ids from 0 to %d", maxVocab-1))
		}
		if twin, ok := seen[id]; ok {
			return bad(fmt.Sprintf("id %d twice, for %q and %q", id, min(token, twin), max(token, twin)), "one token an id")
		}
		seen[id] = token
	}
	return nil
}

// openPipeline joins a model with the other steps of its tokenizer.json.
func openPipeline(s *source, kind string, m model, vocab map[string]int) (*definition, error) {
	t := &steps{model: m}
	var err error
	normalizer := s.normalizer()
	if t.normalize, err = parseNormalizer(s, normalizer); err != nil {
		return nil, err
	}
	if t.split, err = parsePreTokenizer(s, s.json.PreTokenizer, true); err != nil {
		return nil, err
	}
	if d, ok := m.(divider); ok {
		t.split = append(t.split, d.divide)
	}
	t.usesFirst = bytes.Contains(s.json.PreTokenizer, []byte(`"first"`))
	size := 0
	for _, id := range vocab {
		size = max(size, id+1)
	}
	special := make(map[string]int)
	var raw, normalized []added
	list := slices.Clone(s.json.AddedTokens)
	slices.SortStableFunc(list, func(a, b addedToken) int { return a.ID - b.ID })
	for _, a := range list {
		if a.Content == "" {
			continue
		}
		if a.ID < 0 || a.ID >= maxVocab {
			return nil, &fault.Error{Op: op, Thing: s.path("tokenizer.json"), Found: fmt.Sprintf("id %d of added token %q", a.ID, a.Content),
				Wanted: fmt.Sprintf("ids from 0 to %d", maxVocab-1)}
		}
		if id, ok := vocab[a.Content]; ok {
			a.ID = id // the reference asks the model first
		}
		size = max(size, a.ID+1)
		special[a.Content] = a.ID
		token := added{a.Content, a.ID, a.SingleWord, a.LStrip, a.RStrip}
		if !a.Normalized {
			raw = append(raw, token)
			continue
		}
		if t.normalize != nil {
			token.content = t.normalize(token.content)
		}
		if token.content != "" {
			normalized = append(normalized, token)
		}
	}
	t.raw, t.normalized = newMatcher(raw), newMatcher(normalized)
	id := func(token string) (int, bool) {
		if id, ok := special[token]; ok {
			return id, true
		}
		id, ok := vocab[token]
		return id, ok
	}
	if t.prefix, t.suffix, err = template(s, id); err != nil {
		return nil, err
	}
	for _, n := range slices.Concat(t.prefix, t.suffix) {
		if n < 0 || n >= size {
			return nil, &fault.Error{Op: op, Thing: s.path("tokenizer.json") + " post_processor", Found: fmt.Sprintf("special id %d", n),
				Wanted: fmt.Sprintf("an id of the vocabulary, 0 to %d", size-1), Next: "take all tokenizer files from one checkpoint"}
		}
	}
	if cut := s.json.Truncation; cut != nil && cut.Direction == "Left" || s.config.TruncationSide == "left" {
		return nil, notSupported(s, "truncation from the left", "truncation from the right")
	}
	d := &definition{
		id:      id,
		size:    size,
		minimum: len(t.prefix) + max(len(t.suffix), 1),
		digest:  t.digest(kind, normalizer, s.json.PreTokenizer),
		build:   func(c common) Tokenizer { return &pipeline{common: c, steps: t} },
	}
	if d.eos, err = s.endOfText(id, t.suffix); err != nil {
		return nil, err
	}
	d.pad = d.eos
	for _, name := range []string{"<pad>", "[PAD]"} {
		if n, ok := id(name); ok {
			d.pad = n
			break
		}
	}
	return d, nil
}

// endOfText returns the id of the end of text: the last that the template puts behind, else the one that the files name.
func (s *source) endOfText(id func(string) (int, bool), suffix []int) (int, error) {
	if len(suffix) > 0 {
		return suffix[len(suffix)-1], nil
	}
	for _, name := range []string{string(s.config.EosToken), string(s.special.EosToken), string(s.config.SepToken), string(s.special.SepToken),
		"</s>", "<eos>", "[SEP]", endOfText} {
		if n, ok := id(name); ok {
			return n, nil
		}
	}
	return 0, &fault.Error{Op: op, Thing: s.dir, Found: "no token that ends a text, neither in the post-processor nor by name",
		Wanted: "eos_token in tokenizer_config.json, or one of </s>, <eos>, [SEP]", Next: "take all tokenizer files from one checkpoint"}
}

// template returns the ids that the post-processor puts before and behind one text.
func template(s *source, id func(string) (int, bool)) (prefix, suffix []int, err error) {
	prefix, suffix, err = parsePostProcessor(s, s.json.PostProcessor)
	if err != nil || !s.gemma() {
		return prefix, suffix, err
	}
	// Gemma's class asks the configuration which ends to put, whatever the post-processor says.
	for _, end := range []struct {
		wanted *bool
		names  []tokenName
		ids    *[]int
	}{
		{s.config.AddBos, []tokenName{s.config.BosToken, s.special.BosToken, "<bos>"}, &prefix},
		{s.config.AddEos, []tokenName{s.config.EosToken, s.special.EosToken, "<eos>"}, &suffix},
	} {
		switch {
		case end.wanted == nil:
		case !*end.wanted:
			*end.ids = nil
		default:
			name := firstName(end.names...)
			n, ok := id(name)
			if !ok {
				return nil, nil, &fault.Error{Op: op, Thing: s.dir, Found: "no token " + strconv.Quote(name) + " in the vocabulary",
					Wanted: "the tokens that begin and end a text"}
			}
			*end.ids = []int{n}
		}
	}
	return prefix, suffix, nil
}

func firstName(names ...tokenName) string {
	for _, n := range names {
		if n != "" {
			return string(n)
		}
	}
	return ""
}

// parsePostProcessor reads TemplateProcessing, BertProcessing, RobertaProcessing and sequences of them. ByteLevel only moves offsets.
func parsePostProcessor(s *source, raw json.RawMessage) (prefix, suffix []int, err error) {
	if isNull(raw) {
		return nil, nil, nil
	}
	var p struct {
		component
		Sep        json.RawMessage   `json:"sep"`
		Cls        json.RawMessage   `json:"cls"`
		Processors []json.RawMessage `json:"processors"`
	}
	if err := s.parse("tokenizer.json", raw, &p); err != nil {
		return nil, nil, err
	}
	bad := func() error {
		return notSupported(s, "post-processor "+brief(raw), "TemplateProcessing, BertProcessing or RobertaProcessing with one text")
	}
	switch p.Type {
	case "ByteLevel":
		return nil, nil, nil
	case "BertProcessing", "RobertaProcessing":
		cls, ok1 := pairID(p.Cls)
		sep, ok2 := pairID(p.Sep)
		if !ok1 || !ok2 {
			return nil, nil, bad()
		}
		return []int{cls}, []int{sep}, nil
	case "Sequence":
		for _, inner := range p.Processors {
			before, behind, err := parsePostProcessor(s, inner)
			if err != nil {
				return nil, nil, err
			}
			prefix, suffix = append(slices.Clone(before), prefix...), append(suffix, behind...)
		}
		return prefix, suffix, nil
	case "TemplateProcessing":
		ids, texts := &prefix, 0
		for _, item := range p.Single {
			if _, ok := item["Sequence"]; ok {
				ids = &suffix
				texts++
				continue
			}
			token, ok := p.Tokens[item["SpecialToken"].ID]
			if !ok {
				return nil, nil, bad()
			}
			*ids = append(*ids, token.IDs...)
		}
		if texts == 1 {
			return prefix, suffix, nil
		}
	}
	return nil, nil, bad()
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
