// Package loaders turns a checkpoint's description into running towers: sessions of ONNX Runtime, a tokenizer and the image
// preprocessing. Its sub-packages each do one of these things and can be used alone.
package loaders

import (
	"context"
	"errors"
	"log/slog"

	"mindgap/loaders/cache"
	"mindgap/loaders/ort"
	"mindgap/loaders/preprocess"
	"mindgap/loaders/tokenize"
	"mindgap/models"
)

// Options say how towers run.
type Options struct {
	Device  string      // "cpu" (the default), "cuda", "cuda:N" or "auto"
	Threads int         // threads inside one session, 0 = one a core
	Batch   int         // examples a run, 0 = DefaultBatch
	Memory  int         // MiB that CUDA may take, 0 = no limit
	Only    Side        // opens one tower, where it has a graph of its own; the other one of Towers is nil then
	Runtime ort.Options // how ONNX Runtime's library is found
	Logger  *slog.Logger
}

// A Side is one of the two towers, or both of them.
type Side uint8

// The sides.
const (
	BothSides Side = iota
	ImageSide
	TextSide
)

// DefaultBatch is small enough that a batch of 224×224 pictures is 38 MB, and large enough that a run's fixed cost is lost in it.
const DefaultBatch = 64

// Towers is an opened model. It is safe for one goroutine; open it twice to run two pipelines.
type Towers struct {
	Checkpoint *models.Checkpoint
	Tokenizer  tokenize.Tokenizer
	Processor  *preprocess.Processor
	Image      *ImageTower
	Text       *TextTower
	Device     string // the device in use: "cpu" or "cuda:N"
	Runtime    ort.Library
	Warnings   []string // what a reader of the results must know, e.g. that "auto" fell back to the CPU

	prepared bool // the checkpoint's files lie on disk until Close
}

// OpenTokenizer opens the tokenizer of a checkpoint without its towers.
func OpenTokenizer(cp *models.Checkpoint) (tokenize.Tokenizer, error) {
	t := cp.Tokenizer
	o := tokenize.Options{Dir: t.Dir, Context: t.Context, PadID: t.PadID, Clean: t.Clean}
	if len(t.Files) == 0 {
		return tokenize.CLIP(o)
	}
	return tokenize.Open(cp.FS, o)
}

// Open starts both towers of a checkpoint. The caller closes them. What only running shows is written into the checkpoint: widths, and the
// logit scale of a graph that computes logits where no file states it.
func Open(ctx context.Context, cp *models.Checkpoint, o Options) (_ *Towers, err error) {
	t := &Towers{Checkpoint: cp}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	if t.Tokenizer, err = OpenTokenizer(cp); err != nil {
		return nil, err
	}
	if t.Processor, err = preprocess.New(cp.Preprocess); err != nil {
		return nil, err
	}
	rt, err := ort.Start(ctx, o.Runtime)
	if err != nil {
		return nil, err
	}
	t.Runtime = rt.Library
	dev, err := parseDevice(o.Device)
	if err != nil {
		return nil, err
	}
	if o.Batch <= 0 {
		o.Batch = DefaultBatch
	}
	if err := prepare(ctx, cp, o); err != nil {
		return nil, err
	}
	t.prepared = true
	opt, used, warning, err := dev.sessionOptions(o.Threads, o.Memory)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opt.Destroy()) }()
	t.Device = used
	if warning != "" {
		t.Warnings = append(t.Warnings, warning)
	}
	if err := t.openTowers(ctx, &sessionOptions{opt, used}, o); err != nil {
		return nil, err
	}
	return t, nil
}

// openTowers opens the sessions and completes the description with what only running shows: widths, and the logit scale of a graph that
// computes logits.
func (t *Towers) openTowers(ctx context.Context, opt *sessionOptions, o Options) (err error) {
	cp := t.Checkpoint
	if err := cp.Fetch(ctx); err != nil {
		return err
	}
	if t.Image, err = newImageTower(cp, o.Batch); err != nil {
		return err
	}
	if t.Text, err = newTextTower(cp, t.Tokenizer, o.Batch); err != nil {
		return err
	}
	if cp.Combined() {
		err = openCombined(ctx, cp, t.Image, t.Text, t.Tokenizer, opt)
	} else {
		err = t.openSplit(ctx, opt, o.Only)
	}
	if err != nil {
		return err
	}
	if t.Image != nil {
		cp.Image.Width = t.Image.Width
	}
	if t.Text != nil {
		cp.Text.Width = t.Text.Width
	}
	return cp.CheckWidths()
}

func (t *Towers) openSplit(ctx context.Context, opt *sessionOptions, only Side) (err error) {
	cp := t.Checkpoint
	switch only {
	case ImageSide:
		t.Text = nil
	case TextSide:
		t.Image = nil
	}
	if t.Image != nil {
		if t.Image.l, err = openLane(ctx, cp, &cp.Image, []models.Port{t.Image.port}, opt); err != nil {
			return err
		}
		if err := t.Image.settle(ctx); err != nil {
			return err
		}
	}
	if t.Text == nil {
		return nil
	}
	if t.Text.l, err = openLane(ctx, cp, &cp.Text, t.Text.ports(), opt); err != nil {
		return err
	}
	return t.Text.settle(ctx, t.Tokenizer)
}

// prepare puts weights that are made on demand into the cache folder, where the runtime finds them.
func prepare(ctx context.Context, cp *models.Checkpoint, o Options) error {
	dir, err := cache.Dir(o.Runtime.CacheDir)
	if err != nil {
		return err
	}
	return cp.Prepare(ctx, dir)
}

// Close frees the sessions and what the checkpoint wrote for them.
func (t *Towers) Close() error {
	var errs []error
	if t.Text != nil { // first: where one graph holds both towers, the image tower closes it
		errs = append(errs, t.Text.close())
	}
	if t.Image != nil {
		errs = append(errs, t.Image.close())
	}
	if t.Image != nil || t.Text != nil {
		trim()
	}
	t.Image, t.Text = nil, nil
	if t.prepared {
		t.prepared = false
		errs = append(errs, t.Checkpoint.Close())
	}
	return errors.Join(errs...)
}
