package models

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A spec is one layout as data: a file of layouts/, whose name is the layout's. The recogniser reads it; nothing else knows the layouts.
//
// In names of files * stands for any text (the same in both towers' names), {suffix} for a precision as transformers.js writes it ("" or
// _fp16, …), {precision} for one in full (fp32, fp16), {image_folder} and {text_folder} for the folders of the towers' files.
type spec struct {
	Name  string `json:"-"`
	Order int    `json:"order"` // layouts of lower order are tried first
	Help  string `json:"help"`

	ModelTypes []string `json:"model_types"` // the model_type in the configuration must be one of these
	Family     string   `json:"family"`      // where no configuration states one

	Image           []string `json:"image"` // image[i] and text[i] belong together
	Text            []string `json:"text"`
	Both            []string `json:"both"` // both towers in one graph
	ImageProjection []string `json:"image_projection"`
	TextProjection  []string `json:"text_projection"`
	ImageInput      []string `json:"image_input"` // names that the graph's inputs must have, where two layouts share their files' names
	TextInput       []string `json:"text_input"`

	Config     configSpec     `json:"config"`
	Preprocess preprocessSpec `json:"preprocess"`
	Tokenizer  tokenizerSpec  `json:"tokenizer"`
}

// configSpec says where the configuration lies and who wrote it.
type configSpec struct {
	Files    []string `json:"files"` // the first that is there
	Style    string   `json:"style"` // "transformers" or "open_clip"
	Optional bool     `json:"optional"`
}

// preprocessSpec says where the image preprocessing stands: the first file that is there.
type preprocessSpec struct {
	Transformers []string `json:"transformers"` // as preprocessor_config.json, or processor_config.json
	OpenCLIP     []string `json:"open_clip"`    // as preprocess_cfg.json
	Assumed      string   `json:"assumed"`      // a preset, where no file states it
	Pipeline     string   `json:"pipeline"`     // whose rules of rounding and colour, "" as the style of the file
}

// tokenizerSpec says where the tokenizer lies: the first folder that has one.
type tokenizerSpec struct {
	Folders   []string `json:"folders"`
	OpenAI    bool     `json:"openai"` // CLIP's own vocabulary, where no folder has a tokenizer
	Context   int      `json:"context"`
	PaddingID *int     `json:"padding_id"`
}

// A family is what all models of one architecture share, whoever exported them: a file of families/.
type family struct {
	ModelTypes     []string `json:"model_types"`
	Context        int      `json:"context"`         // ids a text, where no file states it
	LongestContext int      `json:"longest_context"` // what the model is used with, where its position table is longer; 0 = no limit
	PaddingID      *int     `json:"padding_id"`
	Preprocess     string   `json:"preprocess"`   // a preset, where no file states it
	EmptyImages    bool     `json:"empty_images"` // a combined graph takes no images where only texts are wanted
}

//go:embed layouts/*.json families/*.json presets.json
var layoutFiles embed.FS

var (
	families = mustLoad(loadFamilies(layoutFiles))
	presets  = mustLoad(loadPresets(layoutFiles))
)

func init() {
	specs := mustLoad(loadSpecs(layoutFiles))
	for _, s := range specs {
		layouts = append(layouts, s.layout())
	}
}

func mustLoad[T any](v T, err error) T {
	if err != nil {
		panic(err) // embedded data; its test says the same earlier
	}
	return v
}

// strictJSON decodes one object and refuses keys that nobody reads: a misspelt one would change nothing and be seen by nobody.
func strictJSON(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one object")
	}
	return nil
}

// each decodes every file of a folder.
func each[T any](fsys fs.FS, dir string, f func(name string, v *T) error) error {
	names, err := fs.Glob(fsys, dir+"/*.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		v := new(T)
		if err == nil {
			err = strictJSON(b, v)
		}
		if err == nil {
			err = f(strings.TrimSuffix(path.Base(name), ".json"), v)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func loadSpecs(fsys fs.FS) ([]*spec, error) {
	var specs []*spec
	err := each(fsys, "layouts", func(name string, s *spec) error {
		s.Name = name
		specs = append(specs, s)
		return s.check()
	})
	return specs, err
}

// check finds what a layout cannot mean.
func (s *spec) check() error {
	_, known := presets[s.Preprocess.Assumed]
	switch {
	case s.Help == "":
		return errors.New("no help")
	case len(s.Image) != len(s.Text):
		return fmt.Errorf("%d image files and %d text files", len(s.Image), len(s.Text))
	case len(s.Image)+len(s.Both) == 0:
		return errors.New("no graphs")
	case (s.ImageProjection == nil) != (s.TextProjection == nil), s.ImageProjection != nil && (len(s.ImageProjection) != len(s.Image) || len(s.TextProjection) != len(s.Text)):
		return errors.New("a projection for each tower, or none")
	case len(s.Config.Files) > 0 && s.Config.Style != "transformers" && s.Config.Style != "open_clip":
		return fmt.Errorf("configuration of style %q", s.Config.Style)
	case s.Preprocess.Assumed != "" && !known:
		return fmt.Errorf("preset %q", s.Preprocess.Assumed)
	case !slices.Contains([]string{"", "hf", "open_clip", "immich"}, s.Preprocess.Pipeline):
		return fmt.Errorf("pipeline %q", s.Preprocess.Pipeline)
	case len(s.Tokenizer.Folders) == 0 && !s.Tokenizer.OpenAI:
		return errors.New("no tokenizer")
	}
	return nil
}

func loadFamilies(fsys fs.FS) (map[string]*family, error) {
	out := map[string]*family{}
	err := each(fsys, "families", func(name string, f *family) error {
		for _, t := range f.ModelTypes {
			if out[t] != nil {
				return fmt.Errorf("model_type %q of two families", t)
			}
			out[t] = f
		}
		return nil
	})
	return out, err
}

// familyOf returns what is known about a model_type; nothing, for an unknown one.
func familyOf(modelType string) *family {
	if f := families[modelType]; f != nil {
		return f
	}
	return new(family)
}
