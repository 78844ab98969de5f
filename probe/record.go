// Package probe runs experiments on pretrained image–text models and records them: it opens a model and a data set, embeds, measures the
// modality gap, moves the clouds, scores, and writes down every number with what made it. Drawing is in probe/report.
package probe

import (
	"encoding/json"
	"math"
	"time"
)

// Schema is the version of the record's form. Fields are added under the same version; a changed meaning makes a new one.
const Schema = "mindgap/1"

// A Record is one result with all that made it. Every number that a reader sees is in a record.
type Record struct {
	Schema      string      `json:"schema"`
	Kind        string      `json:"kind"` // the verb: "measure", "shift", …
	Mindgap     string      `json:"mindgap"`
	Created     time.Time   `json:"created"`
	Inputs      Inputs      `json:"inputs"`
	Environment Environment `json:"environment"`
	Seed        uint64      `json:"seed"`
	Results     any         `json:"results"` // *MeasureResults for kind "measure", and so on
	Warnings    []string    `json:"warnings"`
}

// Inputs say what was probed.
type Inputs struct {
	Model      *ModelInput      `json:"model,omitempty"`
	Dataset    *DatasetInput    `json:"dataset,omitempty"`
	Embeddings *EmbeddingsInput `json:"embeddings,omitempty"`
	Pairing    string           `json:"pairing,omitempty"` // what stands on the text side of each image
	Prompts    *PromptsInput    `json:"prompts,omitempty"`
}

// ModelInput identifies a model and how it was fed.
type ModelInput struct {
	Ref            string          `json:"ref"`
	Revision       string          `json:"revision,omitempty"` // commit of a model from a hub
	Name           string          `json:"name"`
	Layout         string          `json:"layout"`
	Family         string          `json:"family"`
	ImageFile      string          `json:"image_file"`
	TextFile       string          `json:"text_file"`
	Precision      string          `json:"precision,omitempty"` // which of several exports was opened
	SHA256         string          `json:"sha256"`              // over every file that decides the numbers
	Preprocessing  PreprocessInput `json:"preprocessing"`
	Context        int             `json:"context"`
	PaddingID      int             `json:"padding_id"`
	LogitScale     Float           `json:"logit_scale"`
	LogitScaleFrom string          `json:"logit_scale_from"`
	LogitBias      Float           `json:"logit_bias"`
}

// PreprocessInput is models.Preprocess in the record's words.
type PreprocessInput struct {
	Size          int        `json:"size"`
	Resize        string     `json:"resize"`
	Interpolation string     `json:"interpolation"`
	Crop          bool       `json:"crop"`
	Mean          [3]float32 `json:"mean"`
	Std           [3]float32 `json:"std"`
	Pipeline      string     `json:"pipeline"`
}

// DatasetInput identifies the data.
type DatasetInput struct {
	Ref     string `json:"ref"`
	Split   string `json:"split,omitempty"`
	Target  string `json:"target,omitempty"`
	Source  string `json:"source"`
	Count   int    `json:"count"`
	Classes int    `json:"classes,omitempty"`
	SHA256  string `json:"sha256"`
	License string `json:"license,omitempty"`
	Skipped []Skip `json:"skipped,omitempty"` // what was left out because it could not be read
}

// A Skip is one image that was left out.
type Skip struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// EmbeddingsInput identifies ready-made embeddings.
type EmbeddingsInput struct {
	Ref    string `json:"ref"`
	Images int    `json:"images"`
	Texts  int    `json:"texts"`
	Width  int    `json:"width"`
	SHA256 string `json:"sha256"`
}

// PromptsInput says how class names became text.
type PromptsInput struct {
	Templates []string `json:"templates"`
	ByClass   bool     `json:"by_class,omitempty"` // prompts written for each class instead of templates
	Classes   int      `json:"classes"`
	SHA256    string   `json:"sha256"` // over templates and class names
}

// Environment says what ran.
type Environment struct {
	ONNXRuntime string `json:"onnxruntime,omitempty"` // version; empty where no tower ran
	Device      string `json:"device,omitempty"`
	Go          string `json:"go"`
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Threads     int    `json:"threads"`
}

// Float is a float64 whose undefined values (NaN, ±Inf) are null in JSON.
type Float float64

// MarshalJSON writes null for NaN and ±Inf.
func (f Float) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads null as NaN.
func (f *Float) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*f = Float(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(f))
}
