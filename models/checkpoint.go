// Package models says what a checkpoint is: which files make up its two towers, what goes into them, what comes out and how the
// similarity is scaled. It describes; running is the loaders' business.
package models

import (
	"context"
	"io/fs"
)

// A Checkpoint describes a two-tower model. File names are slash-separated paths in FS.
type Checkpoint struct {
	Ref        string // the reference as the user gave it
	Name       string // short name for tables and plots
	Layout     string // name of the export layout that recognised it
	Family     string // config.json's model_type: "clip", "siglip", …
	Trained    *bool  // false for random weights, nil when nothing says
	Dir        string // directory on disk, "" when the files are embedded
	FS         fs.FS  // the files
	Image      Tower
	Text       Tower
	Tokenizer  Tokenizer
	Preprocess Preprocess
	LogitScale Scale
	LogitBias  float64
}

// A Tower is one graph and its ports.
type Tower struct {
	File   string // path of the .onnx file in FS
	Input  Port   // pixel values, or token ids
	Mask   *Port  // attention mask of a text tower, where the graph declares one
	Output Port   // the embedding
	Width  int    // numbers an embedding, 0 where the graph does not say
	// Graph builds the ONNX model where File holds weights alone; nil: File is the model. Its initializers point into files of
	// Checkpoint.Dir.
	Graph func(ctx context.Context) ([]byte, error)
}

// Tokenizer says where the text rules stand.
type Tokenizer struct {
	Dir     string   // folder in FS that holds the files
	Files   []string // the files that define it, in FS
	Context int      // number of ids that the text tower is made for; 0: the tokenizer's own files say
}

// Scale is the factor that multiplies cosines in the contrastive loss, and where it came from.
type Scale struct {
	Value float64
	From  string // e.g. "config.json logit_scale (natural log)", "assumed"
}

// assumedScale is what CLIP_benchmark multiplies by when it knows nothing, and where most trained CLIPs end (their clip at ln 100).
const assumedScale = 100
