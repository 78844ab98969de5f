package tokenize

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A preTokenizerJSON is a pre-tokenizer of tokenizer.json, with the fields of all types.
type preTokenizerJSON struct {
	Type          string            `json:"type"`
	Pretokenizers []json.RawMessage `json:"pretokenizers"`
	Pattern       patternJSON       `json:"pattern"`
	Behavior      string            `json:"behavior"`
	Invert        bool              `json:"invert"`
	Replacement   string            `json:"replacement"`
	PrependScheme string            `json:"prepend_scheme"`
	AddPrefix     *bool             `json:"add_prefix_space"` // the older form of prepend_scheme
	Split         *bool             `json:"split"`
}

// parsePreTokenizer returns the splitters of a pre-tokenizer, in order. A type that is not known is named in the error. Outermost says that
// nothing was split before.
func parsePreTokenizer(s *source, raw json.RawMessage, outermost bool) ([]splitter, error) {
	if isNull(raw) {
		return nil, nil
	}
	var p preTokenizerJSON
	if err := s.parse("tokenizer.json", raw, &p); err != nil {
		return nil, err
	}
	switch p.Type {
	case "Sequence":
		var chain []splitter
		for _, inner := range p.Pretokenizers {
			next, err := parsePreTokenizer(s, inner, outermost && len(chain) == 0)
			if err != nil {
				return nil, err
			}
			chain = append(chain, next...)
		}
		return chain, nil
	case "BertPreTokenizer":
		return []splitter{splitBERT}, nil
	case "WhitespaceSplit":
		return []splitter{splitSpace}, nil
	case "Punctuation":
		if p.Behavior == "" || p.Behavior == "Isolated" {
			return []splitter{splitPunctuation}, nil
		}
		return nil, notSupported(s, "the pre-tokenizer Punctuation with behavior "+strconv.Quote(p.Behavior), "Isolated")
	case "Metaspace":
		m, ok := p.metaspace()
		if !ok || m.scheme == "first" && !outermost {
			return nil, notSupported(s, "pre-tokenizer "+brief(raw), "Metaspace with one character, always, never, or first and then alone")
		}
		return []splitter{m.split}, nil
	case "Split":
		if p.Pattern.String == nil || *p.Pattern.String == "" || p.Invert {
			break
		}
		if f := splitAt(*p.Pattern.String, p.Behavior); f != nil {
			return []splitter{f}, nil
		}
	}
	return nil, notSupported(s, "pre-tokenizer "+brief(raw),
		"Sequence, BertPreTokenizer, WhitespaceSplit, Punctuation, Metaspace, or Split at a literal text")
}

// metaspace makes every space the character ▁, puts one before the text where the scheme says so and none is there, and splits before each.
type metaspace struct {
	mark   string
	scheme string
	whole  bool // does not split
}

func (p *preTokenizerJSON) metaspace() (*metaspace, bool) {
	m := &metaspace{mark: p.Replacement, scheme: p.PrependScheme, whole: !or(p.Split, true)}
	if m.mark == "" {
		m.mark = "▁"
	}
	if m.scheme == "" {
		m.scheme = "always"
		if !or(p.AddPrefix, true) {
			m.scheme = "never"
		}
	}
	ok := m.scheme == "always" || m.scheme == "never" || m.scheme == "first"
	return m, ok && utf8.RuneCountInString(m.mark) == 1
}

func (m *metaspace) split(out []word, w word) []word {
	if w.text == "" {
		return out
	}
	text := w.text
	prepend := m.scheme == "always" || m.scheme == "first" && w.first
	if prepend = prepend && text[0] != ' ' && !strings.HasPrefix(text, m.mark); prepend || strings.Contains(text, " ") {
		b := make([]byte, 0, len(text)+16)
		if prepend {
			b = append(b, m.mark...)
		}
		for i := range len(text) {
			if text[i] == ' ' {
				b = append(b, m.mark...)
			} else {
				b = append(b, text[i])
			}
		}
		text = string(b)
	}
	if m.whole {
		return append(out, word{text, w.first})
	}
	for start := 0; ; {
		n := strings.Index(text[start+1:], m.mark) // the mark is one character, so that nothing begins within it
		if n < 0 {
			return append(out, word{text[start:], w.first && start == 0})
		}
		out = append(out, word{text[start : start+1+n], w.first && start == 0})
		start += 1 + n
	}
}

// splitAt returns the splitter Split at a literal text, nil for a behavior that is not known.
func splitAt(at, behavior string) splitter {
	switch behavior {
	case "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext":
	default:
		return nil
	}
	return func(out []word, w word) []word {
		text := w.text
		emit := func(start, stop int) {
			if start < stop {
				out = append(out, word{text[start:stop], w.first && start == 0})
			}
		}
		start, from := 0, 0 // start of the piece that is open; where to search on
		for {
			n := strings.Index(text[from:], at)
			if n < 0 {
				emit(start, len(text))
				return out
			}
			begin := from + n
			from = begin + len(at)
			switch behavior {
			case "Removed":
				emit(start, begin)
				start = from
			case "Isolated":
				emit(start, begin)
				emit(begin, from)
				start = from
			case "MergedWithPrevious":
				emit(start, from)
				start = from
			case "MergedWithNext":
				emit(start, begin)
				start = begin
			}
		}
	}
}
