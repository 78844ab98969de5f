// Package models says what a checkpoint is: which files make up its two towers, what goes into them, what comes out and how the
// similarity is scaled. It describes; running is the loaders' business.
package models

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"

	"mindgap/models/graph"
)

// A Checkpoint describes a two-tower model. File names are slash-separated paths in FS. It is for one goroutine at a time.
type Checkpoint struct {
	Ref        string // the reference as the user gave it
	Revision   string // commit of a model from a hub, "" for others
	Name       string // short name for tables and plots
	Layout     string // name of the export layout that recognised it
	Family     string // config.json's model_type: "clip", "siglip", …
	Precision  string // which of several exports was opened: "fp32", "fp16", "int8", …; "" where the layout has only one
	Trained    *bool  // false for random weights, nil when nothing says
	Dir        string // directory on disk, "" when the files are embedded
	FS         fs.FS  // the files
	Image      Tower
	Text       Tower
	Tokenizer  Tokenizer
	Preprocess Preprocess
	LogitScale Scale
	LogitBias  float64
	// Logits is the output of a combined graph that holds the scaled similarities, images by texts. Where no file states the logit scale,
	// whoever runs the graph recovers it from there; see ScaleInGraph.
	Logits *Port
	// EmptyImages says that a combined graph takes a batch of no images when only texts are wanted.
	EmptyImages bool

	where string            // begins each file name in messages
	sums  map[string]string // SHA-256 of files that were hashed already
}

// Combined reports whether one graph holds both towers.
func (c *Checkpoint) Combined() bool { return c.Image.File == c.Text.File && c.Image.Graph == nil }

// ScaleInGraph reports whether the logit scale is only known to the graph: no file states it, and the graph computes logits.
func (c *Checkpoint) ScaleInGraph() bool { return c.Logits != nil && c.LogitScale.Assumed() }

// Path returns where a file of the checkpoint lies on disk, "" where it is embedded. Files that are fetched when they are opened must be
// opened first.
func (c *Checkpoint) Path(name string) string {
	if p := pathIn(c.FS, name); p != "" || c.Dir == "" {
		return p
	}
	return filepath.Join(c.Dir, filepath.FromSlash(name))
}

// Locate names a file in messages.
func (c *Checkpoint) Locate(name string) string {
	if c.where == "" {
		if p := c.Path(name); p != "" {
			return p
		}
	}
	return c.where + name
}

// A Tower is one graph and its ports.
type Tower struct {
	File  string // path of the .onnx file in FS
	Input Port   // pixel values, or token ids
	Mask  *Port  // attention mask of a text tower, where the graph declares one
	// Positions and Types are the position ids (0, 1, 2, …) and token type ids (zeros) of a text tower, where the graph declares them.
	Positions, Types *Port
	Output           Port     // the embedding
	Width            int      // numbers an embedding, 0 where the graph does not say
	Data             []string // files in FS that hold weights of File (ONNX external data)
	// BatchScaled says that the graph quantises activations with one scale for a whole batch, so that an embedding depends on its batch.
	BatchScaled bool
	// Projection maps Output to the embedding where an export keeps that last matrix in a graph of its own; nil: Output is the embedding.
	Projection *Projection
	// Graph builds the ONNX model where File holds weights alone; nil: File is the model.
	Graph       func(ctx context.Context, w WeightPlacement) ([]byte, error)
	WeightBytes int64 // the size of the weights that Graph uses
}

// Batch returns the batch that the graph is fixed to, 0 for any.
func (t *Tower) Batch() int {
	if len(t.Input.Shape) == 0 {
		return 0
	}
	return int(max(t.Input.Shape[0], 0))
}

// A Projection is a graph of one matrix behind a tower.
type Projection struct {
	File          string
	Input, Output Port
	Data          []string
}

// A WeightPlacement says where the model that Tower.Graph builds has its weights: in the files of Checkpoint.Dir where it is zero.
type WeightPlacement = graph.Placement

// Tokenizer says where the text rules stand.
type Tokenizer struct {
	Dir     string   // folder in FS that holds the files
	Files   []string // the files that define it, in FS; none: the vocabulary of OpenAI's CLIP, which ships with mindgap
	Context int      // number of ids that the text tower is made for; 0: the tokenizer's own files say
	PadID   *int     // padding id; nil: the tokenizer's own files say
	Clean   string   // what is done to a text first: "", "canonicalize" (Immich's), "open_clip", "open_clip_canonicalize"
}

// Scale is the factor that multiplies cosines in the contrastive loss, and where it came from.
type Scale struct {
	Value float64
	From  string // e.g. "config.json logit_scale (natural log)", "assumed: …"
}

// Assumed reports whether nothing states the scale.
func (s Scale) Assumed() bool { return strings.HasPrefix(s.From, "assumed") }

// assumedScale is what CLIP_benchmark multiplies by when it knows nothing, and where most trained CLIPs end (their clip at ln 100).
const assumedScale = 100
