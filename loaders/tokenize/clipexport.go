package tokenize

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"mindgap/models/fault"
)

// CLIPFiles returns OpenAI's tokenizer as the files that transformers writes, by name: tokenizer.json and tokenizer_config.json, for a text
// tower of the given context, padded with the token of id pad.
func CLIPFiles(context, pad int) (map[string][]byte, error) {
	d, err := clipDefinition()
	if err != nil {
		return nil, err
	}
	m := d.build(common{}).(*clip).clipModel
	merges := make([]string, len(m.merges))
	for i, p := range m.merges {
		merges[i] = p[0] + " " + p[1]
	}
	token := func(id int, text string) map[string]any {
		return map[string]any{"id": id, "content": text, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}
	}
	type object = map[string]any
	tokenizer, err := json.Marshal(object{
		"version": "1.0", "truncation": nil, "padding": nil,
		"added_tokens": []any{token(m.bos, startOfText), token(m.eos, endOfText)},
		"normalizer": object{"type": "Sequence", "normalizers": []any{object{"type": "NFC"},
			object{"type": "Replace", "pattern": object{"Regex": `\s+`}, "content": " "}, object{"type": "Lowercase"}}},
		"pre_tokenizer": object{"type": "Sequence", "pretokenizers": []any{
			object{"type": "Split", "behavior": "Removed", "invert": true, "pattern": object{
				"Regex": `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`}},
			object{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}}},
		"post_processor": object{"type": "RobertaProcessing", "sep": []any{endOfText, m.eos}, "cls": []any{startOfText, m.bos}, "trim_offsets": false, "add_prefix_space": false},
		"decoder":        object{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
		"model": object{"type": "BPE", "dropout": nil, "unk_token": endOfText, "continuing_subword_prefix": "", "end_of_word_suffix": endOfWord,
			"fuse_unk": false, "vocab": m.vocab, "merges": merges},
	})
	if err != nil {
		return nil, err
	}
	config, err := PaddedWith(nil, m.vocab, context, pad)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"tokenizer.json": tokenizer, "tokenizer_config.json": config}, nil
}

// PaddedWith returns a tokenizer_config.json that says to pad with the token of id pad and how many ids the tower takes; what else the
// given one (nil: CLIP's) says stays.
func PaddedWith(config []byte, vocab map[string]int, context, pad int) ([]byte, error) {
	c := map[string]any{"tokenizer_class": "CLIPTokenizer", "bos_token": startOfText, "eos_token": endOfText, "unk_token": endOfText, "do_lower_case": true}
	if config != nil {
		c = nil
		if err := json.Unmarshal(config, &c); err != nil {
			return nil, err
		}
	}
	for _, token := range slices.Sorted(maps.Keys(vocab)) {
		if vocab[token] == pad {
			c["pad_token"], c["model_max_length"] = token, context
			return json.MarshalIndent(c, "", "  ")
		}
	}
	return nil, &fault.Error{Op: "write the tokenizer", Thing: "tokenizer_config.json", Found: "no token of id " + strconv.Itoa(pad), Wanted: "the padding token"}
}
