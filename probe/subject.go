package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"mindgap/gap"
	"mindgap/loaders"
	"mindgap/loaders/embfile"
	"mindgap/loaders/ort"
	"mindgap/models"
	"mindgap/models/fault"
)

// A Subject is what every experiment starts from: a model's embeddings of a data set, or ready-made embeddings.
type Subject struct {
	Name    string // of the model
	Trained *bool  // false for random weights, nil when nothing says
	Images  *gap.Embeddings
	Texts   *gap.Embeddings // nil when there is no text side
	Prompts *gap.Embeddings // rows of Data.Prompts; nil unless asked for
	Scale   float64         // the model's logit scale
	Data    *Data           // nil for ready-made embeddings

	Inputs      Inputs
	Environment Environment
	Warnings    []string

	imageOf []int
	joint   []Float   // see jointVariance
	names   *Manifest // of ready-made embeddings that a manifest names the rows of; else nil
}

// Pair returns both clouds with their pairing.
func (s *Subject) Pair() (gap.Pair, error) {
	if s.Texts == nil {
		return gap.Pair{}, &fault.Error{Op: "pair images and texts of", Thing: s.Data.Input.Ref, Found: "neither captions nor classes", Wanted: "a text for each image",
			Next: "use a data set with captions or class folders, or pass --embeddings"}
	}
	return gap.NewPair(s.Images, s.Texts, s.imageOf), nil
}

// Record wraps results of the subject.
func (s *Subject) Record(kind string, seed uint64, results any, warnings ...string) *Record {
	return &Record{Schema: Schema, Kind: kind, Mindgap: Version, Created: time.Now().UTC().Truncate(time.Second), Inputs: s.Inputs,
		Environment: s.Environment, Seed: seed, Results: results, Warnings: append(append([]string{}, s.Warnings...), warnings...)}
}

// environment says what runs here.
func (c *Config) environment() Environment {
	threads := c.Towers.Threads
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	return Environment{Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Threads: threads}
}

// What says what Embed computes besides the images.
type What uint8

// The sides of a subject, to be combined.
const (
	WithTexts   What = 1 << iota // the text side of the pairs
	WithPrompts                  // every class in every template
	WithLabels                   // fails before embedding if there is nothing to classify
)

// Load opens the configuration's model and data, or its ready-made embeddings, and embeds. Close the subject when done with it.
func (c *Config) Load(ctx context.Context, what What) (*Subject, error) {
	if c.Embeddings != "" {
		return c.read(ctx)
	}
	d, err := c.OpenData(ctx)
	if err != nil {
		return nil, err
	}
	if what&WithLabels != 0 && (len(d.Classes) < 2 || d.Labelled() == 0) {
		return nil, errors.Join(d.noClassifier(), d.Close())
	}
	s, err := c.Embed(ctx, d, what)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return s, nil
}

// Close closes the data set behind the subject.
func (s *Subject) Close() error {
	if s.Data == nil {
		return nil
	}
	return s.Data.Close()
}

// read takes ready-made embeddings as the subject.
func (c *Config) read(ctx context.Context) (*Subject, error) {
	pair, err := embfile.ReadPair(c.Embeddings)
	if err != nil {
		return nil, err
	}
	if pair.Images.N == 0 || pair.Texts.N == 0 {
		return nil, &fault.Error{Op: "read embeddings", Thing: c.Embeddings, Found: fmt.Sprintf("%d images and %d texts", pair.Images.N, pair.Texts.N),
			Wanted: "at least one of each", Next: "check how the file was made"}
	}
	sum, err := embfile.Digest(ctx, c.Embeddings)
	if err != nil {
		return nil, err
	}
	s := &Subject{Name: c.Embeddings, Images: pair.Images, Texts: pair.Texts, imageOf: pair.ImageOf, Scale: 100, Environment: c.environment(),
		Warnings: []string{"ready-made embeddings do not state their model's logit scale: 100 was assumed for losses"},
		Inputs: Inputs{Embeddings: &EmbeddingsInput{Ref: c.Embeddings, Images: pair.Images.N, Texts: pair.Texts.N, Width: pair.Images.D, SHA256: sum},
			Pairing: "row i with row i"}}
	if pair.ImageOf != nil {
		s.Inputs.Pairing = "as the manifest says"
	}
	m := readManifest(c.Embeddings)
	if m == nil {
		return s, nil
	}
	if in := m.Record; in != nil && in.Inputs.Model != nil && in.Inputs.Model.LogitScale > 0 {
		s.Scale, s.Warnings = float64(in.Inputs.Model.LogitScale), nil
	}
	if len(m.IDs) == pair.Images.N && len(m.Captions) == pair.Texts.N {
		s.names = m
	}
	return s, nil
}

// readManifest returns what stands beside embeddings that embed wrote, nil elsewhere.
func readManifest(dir string) *Manifest {
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return nil // not a folder that embed wrote
	}
	var m Manifest
	var foreign *json.UnmarshalTypeError // a field of another program's: the others are read nevertheless
	if err := json.Unmarshal(b, &m); err != nil && !errors.As(err, &foreign) {
		return nil
	}
	return &m
}

// Embed runs the data through the probed model, or takes from the cache what it has seen before.
func (c *Config) Embed(ctx context.Context, d *Data, what What) (*Subject, error) {
	cp, err := c.openModel(ctx)
	if err != nil {
		return nil, err
	}
	return c.embed(ctx, cp, d, what)
}

// beside embeds the data of first through other models, too. With Skip a model may be unable to take an image that those before it took; it
// drops it for all, and they are embedded once more, from the cache, so that all subjects hold the same items. The first of the result is
// first, or what it has become.
func (c *Config) beside(ctx context.Context, first *Subject, refs []string, what What) ([]*Subject, error) {
	all := make([]*Subject, 1+len(refs))
	all[0] = first
	for again := true; again; {
		again = false
		for i, s := range all {
			if s != nil && (s.Data == nil || s.Images.N == len(first.Data.IDs)) {
				continue
			}
			cp, err := c.openModel(ctx)
			if i > 0 {
				cp, err = models.Open(ctx, refs[i-1])
			}
			if err != nil {
				return nil, err
			}
			before := len(first.Data.IDs)
			if all[i], err = c.embed(ctx, cp, first.Data, what); err != nil {
				return nil, err
			}
			again = again || len(first.Data.IDs) != before
		}
	}
	return all, nil
}

func (c *Config) embed(ctx context.Context, cp *models.Checkpoint, d *Data, what What) (_ *Subject, err error) {
	e := &extraction{Config: c, cp: cp}
	defer func() { err = errors.Join(err, e.close()) }()
	return e.embed(ctx, d, what)
}

// embed runs one data set through the model. Towers that it opens stay open for the next one.
func (e *extraction) embed(ctx context.Context, d *Data, what What) (*Subject, error) {
	e.data = d
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	s, err := e.subject(ctx)
	if err != nil {
		return nil, err
	}
	if s.Images, err = e.images(ctx); err != nil { // first: it may drop items of d
		return nil, err
	}
	s.Data, s.imageOf, s.Inputs.Dataset, s.Inputs.Pairing = d, d.ImageOf, &d.Input, d.Pairing
	s.Warnings = append(s.Warnings, d.Warnings...)
	if what&WithTexts != 0 && len(d.Texts) > 0 {
		if s.Texts, err = e.texts(ctx, "texts", d.Texts); err != nil {
			return nil, err
		}
	}
	if what&WithPrompts != 0 && len(d.Classes) > 0 {
		if s.Prompts, err = e.texts(ctx, "prompts", d.Prompts()); err != nil {
			return nil, err
		}
		s.Inputs.Prompts = d.promptsInput()
	}
	s.Warnings = append(s.Warnings, e.warnings...)
	return s, nil
}

// subject describes the model of an extraction, without embeddings.
func (e *extraction) subject(ctx context.Context) (*Subject, error) {
	digest, err := e.cp.Digest(ctx)
	if err != nil {
		return nil, err
	}
	tok, err := loaders.OpenTokenizer(e.cp)
	if err != nil {
		return nil, err
	}
	s := &Subject{Name: e.cp.Name, Trained: e.cp.Trained, Scale: e.cp.LogitScale.Value, Environment: e.environment(),
		Inputs: Inputs{Model: modelInput(e.cp, digest, tok.Context(), tok.PadID())}}
	s.Environment.ONNXRuntime, s.Environment.Device = e.library.Version, e.device
	if e.cp.LogitScale.Assumed() {
		s.Warnings = append(s.Warnings, fmt.Sprintf("the model's files do not state its logit scale: %g was assumed", e.cp.LogitScale.Value))
	}
	if e.cp.Image.BatchScaled || e.cp.Text.BatchScaled {
		s.Warnings = append(s.Warnings, "the export quantises activations with one scale for a whole batch: an embedding depends on what else is in its batch (--batch)")
	}
	return s, nil
}

func modelInput(cp *models.Checkpoint, digest string, context, pad int) *ModelInput {
	p := cp.Preprocess
	return &ModelInput{Ref: cp.Ref, Revision: cp.Revision, Name: cp.Name, Layout: cp.Layout, Family: cp.Family, ImageFile: cp.Image.File, TextFile: cp.Text.File, Precision: cp.Precision, SHA256: digest,
		Preprocessing: PreprocessInput{Size: p.Size, Resize: p.Resize, Interpolation: p.Interpolation, Crop: p.Crop, Mean: p.Mean, Std: p.Std, Pipeline: p.Pipeline},
		Context:       context, PaddingID: pad, LogitScale: Float(cp.LogitScale.Value), LogitScaleFrom: cp.LogitScale.From, LogitBias: Float(cp.LogitBias)}
}

// runtimeOptions passes the configuration on to the search for ONNX Runtime.
func (c *Config) runtimeOptions() ort.Options {
	o := c.Towers.Runtime
	if o.CacheDir == "" {
		o.CacheDir = c.CacheDir
	}
	if o.Logger == nil {
		o.Logger = c.Logger
	}
	if o.Progress == nil {
		o.Progress = func(what string, done, total int64) { c.step(what, int(done), int(total)) }
	}
	return o
}
