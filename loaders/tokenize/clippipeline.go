package tokenize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"mindgap/models/fault"
)

// The two patterns that transformers has written for CLIP: the second, newer, also matches the special tokens, which shows only where
// they stand in upper case.
const (
	clipPattern         = `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`
	clipPatternLiterals = `<\|startoftext\|>|<\|endoftext\|>|` + clipPattern
)

// A component is a normalizer, pre-tokenizer or post-processor of tokenizer.json, with the fields that CLIP's have.
type component struct {
	Type          string                         `json:"type"`
	Normalizers   []component                    `json:"normalizers"`
	Pretokenizers []component                    `json:"pretokenizers"`
	Pattern       struct{ Regex string }         `json:"pattern"`
	Content       string                         `json:"content"`
	Behavior      string                         `json:"behavior"`
	Invert        bool                           `json:"invert"`
	AddPrefix     bool                           `json:"add_prefix_space"`
	UseRegex      *bool                          `json:"use_regex"`
	Single        []map[string]templateItem      `json:"single"`
	Tokens        map[string]struct{ IDs []int } `json:"special_tokens"`
}

type templateItem struct{ ID string }

// unsupported is the fault of a setting that this kind could have and CLIP never has.
func unsupported(s *source, found, wanted string) error {
	return &fault.Error{Op: op, Thing: s.path("tokenizer.json"), Found: found, Wanted: wanted,
		Next: "use a checkpoint with CLIP's own tokenizer"}
}

// checkPipeline makes sure that normalizer and pre-tokenizer are CLIP's, and says whether the pattern is the one with special tokens.
func checkPipeline(s *source) (literals bool, err error) {
	var n, p component
	for _, part := range []struct {
		raw  json.RawMessage
		into *component
	}{{s.json.Normalizer, &n}, {s.json.PreTokenizer, &p}} {
		if len(part.raw) == 0 {
			continue
		}
		if err := s.parse("tokenizer.json", part.raw, part.into); err != nil {
			return false, err
		}
	}
	steps := n.Normalizers
	if len(steps) == 3 && steps[1].Type == "Replace" && steps[1].Pattern.Regex == `\s+` && steps[1].Content == " " {
		steps = []component{steps[0], steps[2]} // the pattern drops all white space anyway
	}
	if len(steps) != 2 || steps[0].Type != "NFC" || steps[1].Type != "Lowercase" {
		return false, unsupported(s, "normalizer "+brief(s.json.Normalizer), `the sequence NFC, Replace \s+ by a space, Lowercase`)
	}
	if q := p.Pretokenizers; len(q) == 2 && q[0].Type == "Split" && q[0].Behavior == "Removed" && q[0].Invert &&
		q[1].Type == "ByteLevel" && !q[1].AddPrefix && (q[1].UseRegex == nil || *q[1].UseRegex) {
		switch q[0].Pattern.Regex {
		case clipPattern:
			return false, nil
		case clipPatternLiterals:
			return true, nil
		}
	}
	return false, unsupported(s, "pre-tokenizer "+brief(s.json.PreTokenizer), "the sequence Split by CLIP's pattern, ByteLevel")
}

// brief quotes the beginning of a piece of JSON.
func brief(raw json.RawMessage) string {
	var b bytes.Buffer
	if len(raw) == 0 || json.Compact(&b, raw) != nil {
		return "null"
	}
	if b.Len() > 120 {
		return strings.ToValidUTF8(b.String()[:120], "") + "…"
	}
	return b.String()
}

// ends returns the ids that stand first and last: those of the post-processor, else of the named tokens.
func (m *clipModel) ends(s *source) (bos, eos int, err error) {
	if raw := s.json.PostProcessor; len(raw) > 0 && string(raw) != "null" {
		var p struct {
			component
			Sep json.RawMessage `json:"sep"`
			Cls json.RawMessage `json:"cls"`
		}
		if err := s.parse("tokenizer.json", raw, &p); err != nil {
			return 0, 0, err
		}
		ok := false
		switch p.Type {
		case "RobertaProcessing", "BertProcessing":
			bos, ok = pairID(p.Cls)
			if ok {
				eos, ok = pairID(p.Sep)
			}
		case "TemplateProcessing":
			if t := p.Single; len(t) == 3 {
				first, last := p.Tokens[t[0]["SpecialToken"].ID].IDs, p.Tokens[t[2]["SpecialToken"].ID].IDs
				if _, isText := t[1]["Sequence"]; isText && len(first) == 1 && len(last) == 1 {
					bos, eos, ok = first[0], last[0], true
				}
			}
		}
		if !ok {
			return 0, 0, unsupported(s, "post-processor "+brief(raw), "one that puts one token before the text and one behind")
		}
	} else if bos, eos, err = m.namedEnds(s); err != nil {
		return 0, 0, err
	}
	if bos < 0 || bos >= m.size || eos < 0 || eos >= m.size {
		return 0, 0, unsupported(s, fmt.Sprintf("special ids %d and %d", bos, eos), fmt.Sprintf("ids of the vocabulary, 0 to %d", m.size-1))
	}
	return bos, eos, nil
}

// pairID reads ["<|endoftext|>", 49407].
func pairID(raw json.RawMessage) (int, bool) {
	var pair []json.RawMessage
	var id int
	if json.Unmarshal(raw, &pair) != nil || len(pair) != 2 || json.Unmarshal(pair[1], &id) != nil {
		return 0, false
	}
	return id, true
}
