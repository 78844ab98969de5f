package tokenize

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mindgap/models/fault"
)

// A source is what a folder says about its tokenizer, read but not yet understood.
type source struct {
	fsys    fs.FS
	dir     string
	json    *tokenizerJSON // nil where there is no tokenizer.json
	config  config         // tokenizer_config.json, zero where there is none
	special config         // special_tokens_map.json, likewise
	family  string         // model_type of config.json, "" where there is none
}

// tokenizerJSON is the part of tokenizer.json that all kinds share. What differs from kind to kind stays raw.
type tokenizerJSON struct {
	Truncation *struct {
		MaxLength int    `json:"max_length"`
		Direction string `json:"direction"`
	} `json:"truncation"`
	Padding *struct {
		PadID int `json:"pad_id"`
	} `json:"padding"`
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         json.RawMessage `json:"model"`

	modelType string
}

type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// config holds the fields that tokenizer_config.json and special_tokens_map.json have in common with us.
type config struct {
	BosToken       tokenName `json:"bos_token"`
	EosToken       tokenName `json:"eos_token"`
	UnkToken       tokenName `json:"unk_token"`
	PadToken       tokenName `json:"pad_token"`
	SepToken       tokenName `json:"sep_token"`
	ClsToken       tokenName `json:"cls_token"`
	MaskToken      tokenName `json:"mask_token"`
	ModelMaxLength *float64  `json:"model_max_length"`
	Class          string    `json:"tokenizer_class"`
	TruncationSide string    `json:"truncation_side"`
	LowerCase      *bool     `json:"do_lower_case"`
	StripAccents   *bool     `json:"strip_accents"`
	ChineseChars   *bool     `json:"tokenize_chinese_chars"`
	AddBos         *bool     `json:"add_bos_token"`
	AddEos         *bool     `json:"add_eos_token"`
}

// A tokenName is a token written either as a string or as an object with a field "content"; null is "".
type tokenName string

// UnmarshalJSON reads both forms.
func (t *tokenName) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil {
		*t = tokenName(text)
		return nil
	}
	var object struct {
		Content string `json:"content"`
	}
	if err := json.Unmarshal(b, &object); err != nil {
		return err
	}
	*t = tokenName(object.Content)
	return nil
}

func readSource(fsys fs.FS, dir string) (*source, error) {
	s := &source{fsys: fsys, dir: dir}
	b, err := s.read("tokenizer.json")
	switch {
	case err == nil:
		s.json = new(tokenizerJSON)
		if err := s.parse("tokenizer.json", b, s.json); err != nil {
			return nil, err
		}
		var model struct {
			Type string `json:"type"`
		}
		if len(s.json.Model) > 0 {
			if err := s.parse("tokenizer.json", s.json.Model, &model); err != nil {
				return nil, err
			}
		}
		s.json.modelType = model.Type
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if b, err := s.read("config.json"); err == nil {
		var config struct {
			ModelType string `json:"model_type"`
		}
		if json.Unmarshal(b, &config) == nil { // whoever reads the model says what is wrong with it
			s.family = config.ModelType
		}
	}
	for name, into := range map[string]*config{"tokenizer_config.json": &s.config, "special_tokens_map.json": &s.special} {
		b, err := s.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := s.parse(name, b, into); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// gemma reports whether the files name a class of transformers that reads Gemma's kind of tokenizer.
func (s *source) gemma() bool {
	switch s.config.Class {
	case "GemmaTokenizer", "GemmaTokenizerFast", "Siglip2Tokenizer":
		return true
	}
	return false
}

// normalizer returns the normalizer of tokenizer.json. SigLIP 2 was trained on text in lower case, with Gemma's tokenizer, whose file does
// not say so; the class that transformers has for it puts Lowercase before.
func (s *source) normalizer() json.RawMessage {
	raw := s.json.Normalizer
	siglip := s.config.Class == "Siglip2Tokenizer" || s.gemma() && (s.family == "siglip" || s.family == "siglip2")
	if !siglip || bytes.Contains(raw, []byte(`"Lowercase"`)) {
		return raw
	}
	inner := raw
	if isNull(inner) {
		inner = []byte(`{"type":"Sequence","normalizers":[]}`)
	}
	return slices.Concat([]byte(`{"type":"Sequence","normalizers":[{"type":"Lowercase"},`), inner, []byte(`]}`))
}

// path returns name as the file system knows it.
func (s *source) path(name string) string { return path.Join(s.dir, name) }

// has reports whether a file is there, whatever it holds.
func (s *source) has(name string) bool {
	_, err := fs.Stat(s.fsys, s.path(name))
	return err == nil
}

// lfsPrefix opens every Git LFS pointer: three lines of text that stand where the file should be until `git lfs pull` fetches it.
var lfsPrefix = []byte("version https://git-lfs.github.com/spec/")

// read returns a file's bytes; a missing file is fs.ErrNotExist beneath a fault.
func (s *source) read(name string) ([]byte, error) {
	b, err := fs.ReadFile(s.fsys, s.path(name))
	if err != nil {
		return nil, &fault.Error{Op: "read tokenizer file", Thing: s.path(name), Err: err}
	}
	if bytes.HasPrefix(b, lfsPrefix) {
		return nil, &fault.Error{Op: "read tokenizer file", Thing: s.path(name), Found: "a Git LFS pointer", Wanted: "the file itself",
			Next: "run `git lfs pull` in the model's folder, or download the file from the model's page"}
	}
	return b, nil
}

func (s *source) parse(name string, b []byte, into any) error {
	if err := json.Unmarshal(b, into); err != nil {
		return &fault.Error{Op: "read tokenizer file", Thing: s.path(name), Found: "JSON that does not parse", Wanted: "a file as transformers writes it",
			Err: err, Next: "download the file again"}
	}
	return nil
}

// describe says what was found when no kind fits, and in which file.
func (s *source) describe() (found, thing string) {
	if s.json != nil {
		if s.json.modelType == "" {
			return "a model without a type", s.path("tokenizer.json")
		}
		return fmt.Sprintf("a tokenizer of type %s with %s", s.json.modelType, componentTypes(s.json)), s.path("tokenizer.json")
	}
	if s.has("vocab.json") {
		return "vocab.json and neither tokenizer.json nor merges.txt", s.dir
	}
	return "none of tokenizer.json, merges.txt, vocab.txt, spiece.model", s.dir
}

func componentTypes(t *tokenizerJSON) string {
	name := func(raw json.RawMessage) string {
		var c struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(raw, &c) != nil || c.Type == "" {
			return "none"
		}
		return c.Type
	}
	return "normalizer " + name(t.Normalizer) + " and pre-tokenizer " + name(t.PreTokenizer)
}
