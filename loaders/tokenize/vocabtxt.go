package tokenize

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"mindgap/models/fault"
)

// openVocabTxt opens BERT's vocab.txt, a token a line. Two programs read such a file, and they differ in details:
//
//   - Where tokenizer_config.json lies beside it, it is transformers' BertTokenizer: special tokens are found in the text, and a word may have
//     100 characters.
//   - Where vocab.txt stands alone, as in Chinese-CLIP's own exports, it is the tokenizer that came with BERT: [CLS] in a text is three
//     words, a word may have 200 characters, and the final sigma keeps its form in lower case.
func openVocabTxt(s *source) (*definition, error) {
	b, err := s.read("vocab.txt")
	if err != nil {
		return nil, err
	}
	_, err = fs.Stat(s.fsys, s.path("tokenizer_config.json"))
	original := errors.Is(err, fs.ErrNotExist)
	if !utf8.Valid(b) {
		return nil, &fault.Error{Op: op, Thing: s.path("vocab.txt"), Found: "bytes that are not UTF-8", Wanted: "a token a line",
			Next: "download the file again"}
	}
	vocab, n := make(map[string]int), 0
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\r\n"); original {
			line = strings.TrimSpace(line)
		}
		vocab[line] = n
		n++
	}
	// A token that comes twice has the later number; what it had before stays without a token.
	pad, maxChars := firstName(s.config.PadToken, s.special.PadToken, "[PAD]"), 100
	if original {
		maxChars = 200
	}
	model := &wordPieceJSON{UnkToken: firstName(s.config.UnkToken, s.special.UnkToken, "[UNK]"), Vocab: vocab, MaxChars: &maxChars}
	special := []string{model.UnkToken, firstName(s.config.SepToken, s.special.SepToken, "[SEP]"), pad,
		firstName(s.config.ClsToken, s.special.ClsToken, "[CLS]"), firstName(s.config.MaskToken, s.special.MaskToken, "[MASK]")}
	for _, token := range special[:4] {
		if _, ok := vocab[token]; !ok {
			return nil, &fault.Error{Op: op, Thing: s.path("vocab.txt"), Found: "no token " + strconv.Quote(token),
				Wanted: "the tokens [UNK], [SEP], [PAD] and [CLS]", Next: "take all tokenizer files from one checkpoint"}
		}
	}
	w, err := newWordPiece(model)
	if err != nil {
		return nil, locate(err, s.path("vocab.txt"))
	}
	cls, sep := vocab[special[3]], vocab[special[1]]
	if original {
		t := &steps{model: w, prefix: []int{cls}, suffix: []int{sep}, split: []splitter{splitOriginal}}
		id := func(token string) (int, bool) { id, ok := vocab[token]; return id, ok }
		return &definition{id: id, size: n, eos: sep, pad: vocab[pad], context: 52, minimum: 2,
			digest: t.digest("BERT WordPiece, original", nil, nil),
			build:  func(c common) Tokenizer { return &pipeline{common: c, steps: t} }}, nil
	}
	// From here on it is as if transformers had written the tokenizer.json.
	s.json = &tokenizerJSON{PreTokenizer: json.RawMessage(`{"type":"BertPreTokenizer"}`)}
	for _, token := range special {
		if id, ok := vocab[token]; ok {
			s.json.AddedTokens = append(s.json.AddedTokens, addedToken{ID: id, Content: token})
		}
	}
	t, f := true, false
	chars, lowercase := &t, &t
	if !or(s.config.ChineseChars, true) {
		chars = &f
	}
	if !or(s.config.LowerCase, true) {
		lowercase = &f
	}
	normalizer := struct {
		Type string `json:"type"`
		bertOptions
	}{"BertNormalizer", bertOptions{&t, chars, s.config.StripAccents, lowercase}}
	if s.json.Normalizer, err = json.Marshal(normalizer); err != nil {
		return nil, err
	}
	pairs := [2][2]any{{special[1], sep}, {special[3], cls}}
	post := map[string]any{"type": "BertProcessing", "sep": pairs[0], "cls": pairs[1]}
	if s.json.PostProcessor, err = json.Marshal(post); err != nil {
		return nil, err
	}
	d, err := openPipeline(s, "BERT WordPiece", w, vocab)
	if err == nil {
		d.pad, d.context = vocab[pad], 512
	}
	return d, err
}

// splitOriginal appends the words of text as BERT's own BasicTokenizer has them. Unlike BertNormalizer it lowers the case of whole words,
// before it removes accents, and by the tables of package unicode, which are as good as Python's.
func splitOriginal(out []word, w word) []word {
	text := w.text
	if isASCII(text) {
		return splitBERT(out, word{text: bertASCII(text, true, true)})
	}
	b := make([]byte, 0, len(text)+16)
	for _, r := range text {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r):
			b = append(b, ' ')
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf):
		case bertChinese(r) || 0x2b820 <= r && r < 0x2b920:
			b = append(utf8.AppendRune(append(b, ' '), r), ' ')
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	for _, token := range strings.Fields(string(b)) {
		if isASCII(token) {
			token = lower(token)
		} else {
			token = lowerFull(token)
			token = drop(normalForm(norm.NFD, token), func(r rune) bool { return unicode.Is(unicode.Mn, r) })
		}
		start := 0
		for i, r := range token {
			if r < utf8.RuneSelf && !bertPunctuation(r) || r >= utf8.RuneSelf && !unicode.IsPunct(r) {
				continue
			}
			stop := i + utf8.RuneLen(r)
			if start < i {
				out = append(out, word{text: token[start:i]})
			}
			out = append(out, word{text: token[i:stop]})
			start = stop
		}
		if start < len(token) {
			out = append(out, word{text: token[start:]})
		}
	}
	return out
}
