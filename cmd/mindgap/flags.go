package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mindgap/datasets"
	"mindgap/loaders"
	"mindgap/loaders/ort"
	"mindgap/models"
	"mindgap/models/fault"
	"mindgap/probe"
)

// flags are the common ones; a verb takes the groups that it needs.
type flags struct {
	model, dataset, embeddings string
	dataRoot, split, target    string
	caption                    string
	columns                    [3]string // of the image, the label and the caption
	limit                      int
	templates, classnames      string
	open                       models.Options
	device                     string
	memory                     int
	batch, threads             int
	seed                       uint64
	cacheDir                   string
	noCache, json, quiet       bool
	out, logLevel, onError     string
}

func (f *flags) common(fs *pflag.FlagSet) {
	fs.BoolVar(&f.quiet, "quiet", false, "no progress and no table; errors only")
	fs.StringVar(&f.logLevel, "log-level", "warn", "debug, info, warn or error")
	fs.StringVar(&f.cacheDir, "cache-dir", "", "root of the cache (default $MINDGAP_CACHE, else the user's cache folder)")
}

func (f *flags) modelFlag(fs *pflag.FlagSet) {
	fs.StringVar(&f.model, "model", "builtin", "model: builtin, builtin:NAME, hf:org/name[@revision], or a directory")
	f.openFlags(fs)
}

// openFlags say how a model is opened where its files leave a choice or say nothing.
func (f *flags) openFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.open.Precision, "precision", "", "which export, where a model has several: "+strings.Join(models.Precisions(), ", ")+" (default fp32)")
	fs.StringVar(&f.open.ImageModel, "image-model", "", "with --text-model: the image tower's .onnx file, instead of --model")
	fs.StringVar(&f.open.TextModel, "text-model", "", "the text tower's .onnx file; the same one for a graph of both towers")
	fs.StringVar(&f.open.Tokenizer, "tokenizer", "", "folder or file of the tokenizer, or clip for OpenAI's (default what lies beside the model)")
	p := &f.open.Preprocess
	fs.StringVar(&p.Base, "preprocess", "", "image preprocessing: a file, or "+strings.Join(models.Presets(), ", ")+" (default what lies beside the model)")
	fs.IntVar(&p.Size, "image-size", 0, "side of the image tower's pictures in pixels (default what the model's files say)")
	fs.Float32SliceVar(&p.Mean, "mean", nil, "mean of each channel, one number or R,G,B")
	fs.Float32SliceVar(&p.Std, "std", nil, "standard deviation of each channel, one number or R,G,B")
	fs.StringVar(&p.Resize, "resize", "", "shortest (then a centre crop) or squash")
	fs.StringVar(&p.Interpolation, "interpolation", "", "nearest, box, bilinear, hamming, bicubic or lanczos")
}

func (f *flags) dataFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.dataset, "dataset", "builtin", "data set: builtin, a name (see mindgap datasets), a folder of images, an archive, a table (.csv, .tsv, .jsonl), or WebDataset tars (folder, pattern or URL)")
	fs.StringVar(&f.target, "target", "", "which label, where a set has several: built-in name, everyday, group")
	f.dataPartFlags(fs)
}

// dataPartFlags say where data sets lie and which part of them is read.
func (f *flags) dataPartFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.dataRoot, "data-root", "", "folder that holds data sets by their usual names")
	fs.StringVar(&f.split, "split", "", "split, where a set has several")
	fs.StringVar(&f.caption, "caption", "all", "which caption of an image with several: first, last or all")
	fs.IntVar(&f.limit, "limit", 0, "the first N items, 0 = all")
	for i, what := range columnKinds {
		fs.StringVar(&f.columns[i], what+"-column", "", "which column of a table holds the "+what+" (default: as its schema says)")
	}
}

// columnKinds are the keys of datasets.Options.Columns, in the order of flags.columns.
var columnKinds = [...]string{"image", "label", "caption"}

// columnMap returns the columns that the user named.
func (f *flags) columnMap() map[string]string {
	columns := map[string]string{}
	for i, what := range columnKinds {
		if f.columns[i] != "" {
			columns[what] = f.columns[i]
		}
	}
	return columns
}

func (f *flags) promptFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.templates, "templates", "", "file of prompt templates: a line each with {} or {c}, or JSON; or whole prompts by class, as CuPL's JSON")
	fs.StringVar(&f.classnames, "classnames", "", "file of class names: a line each, or JSON")
}

func (f *flags) runFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.device, "device", "cpu", "cpu, cuda, cuda:N or auto")
	fs.IntVar(&f.batch, "batch", 0, fmt.Sprintf("examples a run of a tower (default %d)", loaders.DefaultBatch))
	fs.IntVar(&f.memory, "device-memory", 0, "MiB that a tower may take of a CUDA device (default no limit)")
	fs.IntVar(&f.threads, "threads", 0, "threads of a tower (default one a core)")
	fs.BoolVar(&f.noCache, "no-cache", false, "neither read nor write the embedding cache")
	fs.StringVar(&f.onError, "on-error", "fail", "an image that cannot be read: fail, or skip it and list it in the record")
}

func (f *flags) embeddingsFlag(fs *pflag.FlagSet) {
	fs.StringVar(&f.embeddings, "embeddings", "", "ready-made embeddings instead of a model: one .npy of shape (2, n, d), one .npz of images and texts, two files IMAGES,TEXTS, or a folder that embed wrote")
}

func (f *flags) recordFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&f.json, "json", false, "the record alone on standard output")
	fs.StringVar(&f.out, "out", "", "also write the record to this file")
	f.seedFlag(fs)
}

func (f *flags) seedFlag(fs *pflag.FlagSet) {
	fs.Uint64Var(&f.seed, "seed", 1, "seed of every random draw")
}

// experiment adds the flags of a verb that embeds a data set and writes a record.
func (a *app) experiment(cmd *cobra.Command) {
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	a.flags.dataFlags(fs)
	a.flags.promptFlags(fs)
	a.flags.runFlags(fs)
	a.flags.recordFlags(fs)
}

// config turns the flags into a probe's configuration.
func (a *app) config() (*probe.Config, error) {
	f := &a.flags
	switch {
	case f.limit < 0:
		return nil, negative("--limit", f.limit)
	case f.batch < 0:
		return nil, negative("--batch", f.batch)
	case f.threads < 0:
		return nil, negative("--threads", f.threads)
	case f.threads > maxThreads:
		return nil, tooMany("--threads", f.threads, maxThreads)
	case f.batch > maxBatch:
		return nil, tooMany("--batch", f.batch, maxBatch)
	case f.memory < 0:
		return nil, negative("--device-memory", f.memory)
	case f.onError != "" && f.onError != "fail" && f.onError != "skip":
		return nil, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--on-error", Found: fmt.Sprintf("%q", f.onError), Wanted: "fail or skip", Next: "correct the flag"}
	}
	c := &probe.Config{
		Model: f.model, Open: f.open, Dataset: f.dataset, Embeddings: f.embeddings,
		Data:     datasets.Options{Root: f.dataRoot, Split: f.split, Target: f.target, Limit: f.limit, Columns: f.columnMap(), Caption: f.caption},
		Towers:   loaders.Options{Device: f.device, Threads: f.threads, Batch: f.batch, Memory: f.memory, Logger: a.log},
		CacheDir: f.cacheDir, NoCache: f.noCache, Skip: f.onError == "skip", Logger: a.log,
		Progress: func(s probe.Step) { a.progress.step(s.What, s.Done, s.Total) },
	}
	var err error
	if f.templates != "" {
		if c.Templates, err = datasets.ReadTemplates(f.templates, f.dataset); err != nil {
			// CLIP_benchmark takes prompts by class through the same flag, and so does mindgap.
			prompts, wrong := datasets.ReadClassPrompts(f.templates, f.dataset)
			if wrong != nil {
				return nil, err
			}
			c.ClassPrompts = prompts
		}
	}
	if f.classnames != "" {
		if c.Classnames, err = datasets.ReadClassnames(f.classnames, f.dataset); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Bounds that no machine profits from passing: a slip of the keyboard must not take all its threads or memory.
const (
	maxThreads = 1024
	maxBatch   = 8192
)

func tooMany(flag string, n, most int) error {
	return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: fmt.Sprint(n), Wanted: fmt.Sprintf("at most %d", most), Next: "correct the flag"}
}

func negative(flag string, n int) error {
	return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: fmt.Sprint(n), Wanted: "0 or more", Next: "correct the flag"}
}

// runtimeOptions say how the command looks for ONNX Runtime.
func (a *app) runtimeOptions() ort.Options {
	return ort.Options{CacheDir: a.flags.cacheDir, Logger: a.log,
		Progress: func(what string, done, total int64) { a.progress.step(what, int(done), int(total)) }}
}

// visitSet calls f for every flag that the user set, each value of a repeatable one apart.
func visitSet(cmd *cobra.Command, f func(name, value string)) {
	cmd.Flags().Visit(func(fl *pflag.Flag) {
		if many, ok := fl.Value.(pflag.SliceValue); ok {
			for _, v := range many.GetSlice() {
				f(fl.Name, v)
			}
			return
		}
		f(fl.Name, fl.Value.String())
	})
}

// embeddingsBeside annotates a verb that takes embeddings beside a model and data, not instead of them.
const embeddingsBeside = "embeddings beside a model"

// checkFlags refuses flags that would be ignored without a word: an empty reference, as an unset variable of a script leaves it, would probe
// the built-in model or data; ready-made embeddings have no model and no data set.
func checkFlags(cmd *cobra.Command) error {
	fs := cmd.Flags()
	for _, name := range []string{"model", "dataset", "embeddings"} {
		if f := fs.Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--" + name, Found: "nothing", Wanted: "a reference", Next: "name one, or leave the flag out"}
		}
	}
	if _, beside := cmd.Annotations[embeddingsBeside]; beside {
		return nil
	}
	if f := fs.Lookup("embeddings"); f == nil || !f.Changed {
		return nil
	}
	for _, name := range []string{"model", "image-model", "text-model", "precision", "dataset", "data-root", "split", "target", "limit", "caption", "templates", "classnames", "inputs", "against"} {
		if f := fs.Lookup(name); f != nil && f.Changed {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--" + name, Found: "--embeddings beside it", Wanted: "one of the two",
				Next: "leave one out: ready-made embeddings come without a model and a data set"}
		}
	}
	return nil
}
