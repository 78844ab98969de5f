package probe

import (
	"context"
	"log/slog"

	"mindgap/datasets"
	"mindgap/loaders"
	"mindgap/models"
)

// Version is mindgap's version, written into every record.
const Version = "0.1.0"

// A Config says what is probed and how it is run. The zero value probes the built-in model on the built-in images.
type Config struct {
	Model      string           // model reference, "" = "builtin"
	Open       models.Options   // how it is opened; models set beside it are opened by their references alone
	Dataset    string           // data reference, "" = "builtin"
	Data       datasets.Options // root, split, target, limit
	Embeddings string           // ready-made embeddings instead of a model and data, see embfile.ReadPair
	Templates  []string         // replace the data set's prompt templates
	Classnames []string         // replace the data set's class names
	// ClassPrompts are whole prompts by class name, as CuPL's, instead of templates; nil where there are none.
	ClassPrompts map[string][]string

	Towers   loaders.Options
	CacheDir string // root of mindgap's cache, "" = the user's
	NoCache  bool
	Skip     bool // leave images out that cannot be read, and list them in the record, instead of failing

	// words, of experiments that have prompts of their own, replaces class names and templates of the opened set; nil where there are none.
	words func(datasets.Info) (classnames, templates []string)

	oneTower bool // open the two towers one after the other, in the memory of the larger one

	Progress func(Step) // told about everything that takes time; may be nil
	Logger   *slog.Logger
}

// A Step is progress: done of total units (0 = not known) of what.
type Step struct {
	What        string // e.g. "images through builtin"
	Done, Total int
}

func (c *Config) step(what string, done, total int) {
	if c.Progress != nil {
		c.Progress(Step{What: what, Done: done, Total: total})
	}
}

func (c *Config) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// openModel describes the probed model. Models set beside it open by their references alone.
func (c *Config) openModel(ctx context.Context) (*models.Checkpoint, error) {
	return models.OpenWith(ctx, orBuiltin(c.Model), c.Open)
}

// orBuiltin fills in the default reference.
func orBuiltin(ref string) string {
	if ref == "" {
		return "builtin"
	}
	return ref
}
