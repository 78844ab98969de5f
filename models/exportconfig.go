package models

import (
	"encoding/json"
	"io/fs"

	"mindgap/models/fault"
)

// An exportConfig is what a model's configuration says, whoever wrote it.
type exportConfig struct {
	Family, Name string
	Trained      *bool
	LogitScale   *float64 // natural logarithm
	LogitBias    *float64
	Context      int    // ids a text, 0 where it does not say
	ImageSize    int    // pixels, 0 where it does not say
	Clean        string // see Tokenizer.Clean
}

// readExportConfig reads a configuration of the given style.
func readExportConfig(fsys fs.FS, name, where, style string) (exportConfig, error) {
	if style == "open_clip" {
		return readOpenCLIPExport(fsys, name, where)
	}
	c, err := readConfig(fsys, name, where)
	if err != nil {
		return exportConfig{}, err
	}
	return exportConfig{Family: c.ModelType, Name: c.Name, Trained: c.Trained, LogitScale: c.LogitScale, LogitBias: c.LogitBias,
		Context: c.context(), ImageSize: c.Vision.ImageSize}, nil
}

// readOpenCLIPExport reads open_clip's configuration of an architecture, bare as Immich has it or under model_cfg.
func readOpenCLIPExport(fsys fs.FS, name, where string) (exportConfig, error) {
	type model struct {
		Vision struct {
			ImageSize json.RawMessage `json:"image_size"` // a number, or a pair
		} `json:"vision_cfg"`
		Text struct {
			Context   int `json:"context_length"`
			Tokenizer struct {
				Clean string `json:"clean"`
			} `json:"tokenizer_kwargs"`
		} `json:"text_cfg"`
	}
	var file struct {
		model
		Inner *model `json:"model_cfg"`
	}
	b, err := fs.ReadFile(fsys, name)
	if err == nil {
		err = json.Unmarshal(b, &file)
	}
	if err != nil {
		return exportConfig{}, &fault.Error{Op: "read the model's configuration", Thing: where + name, Err: err,
			Wanted: "a JSON object as open_clip writes it", Next: "copy " + name + " from the model's repository into the folder"}
	}
	m := &file.model
	if file.Inner != nil {
		m = file.Inner
	}
	c := exportConfig{Context: m.Text.Context}
	// open_clip's other ways of cleaning (whitespace, lower) are what the files of its tokenizers say themselves.
	if m.Text.Tokenizer.Clean == "canonicalize" {
		c.Clean = "canonicalize"
	}
	var side int
	var pair []int
	if json.Unmarshal(m.Vision.ImageSize, &side) == nil {
		c.ImageSize = side
	} else if json.Unmarshal(m.Vision.ImageSize, &pair) == nil && len(pair) == 2 && pair[0] == pair[1] {
		c.ImageSize = pair[0]
	}
	return c, nil
}
