// Package models says what a checkpoint is: which files make up its two towers, what goes into them, what comes out and how the
// similarity is scaled. It describes; running is the loaders' business.
package models

import (
	"io/fs"
)

// A Checkpoint describes a two-tower model. File names are slash-separated paths in FS.
type Checkpoint struct {
	Ref        string // the reference as the user gave it
	Name       string // short name for tables and plots
	Layout     string // name of the export layout that recognised it
	Family     string // "clip", "siglip", …
	Trained    *bool  // false for random weights, nil when nothing says
	Dir        string // directory on disk, "" when the files are embedded
	FS         fs.FS  // the files
	Image      Tower
	Text       Tower
	Tokenizer  Tokenizer
	Preprocess Preprocess
	LogitScale Scale
	LogitBias  float64
	Digest     string // SHA-256 over every file that decides the numbers
}

// A Tower is one graph and its ports.
type Tower struct {
	File   string // path of the .onnx file in FS
	Input  string // "" = the only fitting input of the graph
	Output string // "" = chosen by the rule of the loaders
	Unit   bool   // the embedding leaves the graph L2-normalised
}

// Tokenizer says where the text rules stand.
type Tokenizer struct {
	Files   []string // the files that define it, in FS
	Context int      // number of ids that the text tower is made for
	PadID   int
	EOS     int
}

// Scale is the factor that multiplies cosines in the contrastive loss, and where it came from.
type Scale struct {
	Value float64
	From  string // e.g. "config.json logit_scale (natural log)", "assumed"
}
