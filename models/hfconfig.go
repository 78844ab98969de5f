package models

import (
	"encoding/json"
	"io/fs"

	"mindgap/models/fault"
)

// hfConfig is the part of transformers' config.json that a two-tower model needs.
type hfConfig struct {
	ModelType   string   `json:"model_type"`
	Name        string   `json:"name"`
	Trained     *bool    `json:"trained"`
	LogitScale  *float64 `json:"logit_scale"`
	LogitBias   *float64 `json:"logit_bias"`
	ContextSize int      `json:"context_length"`
	Text        struct {
		MaxPositions int `json:"max_position_embeddings"`
	} `json:"text_config"`
	Vision struct {
		ImageSize int `json:"image_size"`
	} `json:"vision_config"`
}

// readConfig reads config.json.
func readConfig(fsys fs.FS, name, where string) (hfConfig, error) {
	var c hfConfig
	b, err := fs.ReadFile(fsys, name)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, &fault.Error{Op: "read the model's configuration", Thing: where + name, Err: err,
			Wanted: "a JSON object as transformers writes it", Next: "copy config.json from the model's repository into the folder"}
	}
	return c, nil
}

// context returns the number of ids that the text tower is made for, 0 where the configuration does not say.
func (c hfConfig) context() int { return max(c.ContextSize, c.Text.MaxPositions) }
