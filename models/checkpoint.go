// Package models says what a checkpoint is: which files make up its two towers, what goes into them, what comes out and how the
// similarity is scaled. It describes; running is the loaders' business.
package models

import (
	"context"
	"io"
	"io/fs"
)

// A Checkpoint describes a two-tower model. File names are slash-separated paths in FS.
type Checkpoint struct {
	Ref        string // the reference as the user gave it
	Revision   string // commit of a model from a hub, "" for others
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
	// Graph builds the ONNX model where File holds weights alone; nil: File is the model.
	Graph func(ctx context.Context, w WeightPlacement) ([]byte, error)
}

// A WeightPlacement says where the model that Tower.Graph builds has its weights.
type WeightPlacement struct {
	// Inline copies the weights into the model, which must stay below protobuf's 2 GiB. Otherwise initializers point into files of
	// Checkpoint.Dir, and nothing is copied.
	Inline bool
	// Data, where it is not nil, takes a copy of the weights, each at a multiple of 256 bytes, and initializers point into a file called
	// DataName beside the model. CUDA's libraries want such alignment, which a .safetensors file does not promise.
	Data     io.Writer
	DataName string
}

// Tokenizer says where the text rules stand.
type Tokenizer struct {
	Dir     string   // folder in FS that holds the files
	Files   []string // the files that define it, in FS; none: the vocabulary of OpenAI's CLIP, which ships with mindgap
	Context int      // number of ids that the text tower is made for; 0: the tokenizer's own files say
	PadID   *int     // padding id; nil: the tokenizer's own files say
	Clean   string   // what is done to a text first, in open_clip's words: "" or "canonicalize"
}

// Scale is the factor that multiplies cosines in the contrastive loss, and where it came from.
type Scale struct {
	Value float64
	From  string // e.g. "config.json logit_scale (natural log)", "assumed"
}

// assumedScale is what CLIP_benchmark multiplies by when it knows nothing, and where most trained CLIPs end (their clip at ln 100).
const assumedScale = 100
