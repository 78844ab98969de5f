package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/models"
	"mindgap/models/fault"
	"mindgap/probe"
)

// An env is what items share: inputs are opened when the first item asks for them, and once.
type env struct {
	Options
	config   *probe.Config
	data     *probe.Data
	subjects map[string]*probe.Subject // of the data, by model reference
	features map[string]*authors       // by name
	depths   map[gap.Bias]*probe.DepthResults
	first    *probe.Subject // the first one opened, which the record describes
	warnings []string

	untrainedRefs []string // see twins
}

// authors is one file of the authors' features.
type authors struct {
	features
	subject *probe.Subject
	same    bool // byte for byte the published file
}

func newEnv(ctx context.Context, c *probe.Config, o Options) (*env, error) {
	e := &env{Options: o, config: c, subjects: map[string]*probe.Subject{}, features: map[string]*authors{}, depths: map[gap.Bias]*probe.DepthResults{}}
	if root := c.Data.Root; root != "" {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			return nil, &fault.Error{Op: "look for data sets under", Thing: root, Found: "no folder", Wanted: "the folder that holds data sets by their usual names",
				Next: "correct --data-root"}
		}
	}
	if o.Features == "" {
		return e, nil
	}
	return e, e.readFeatures(ctx)
}

// readFeatures opens the published files that the folder holds, or the one that is named.
func (e *env) readFeatures(ctx context.Context) error {
	bad := func(found string, err error) error {
		var names []string
		for _, f := range thePaper.Features {
			names = append(names, f.File)
		}
		return &fault.Error{Kind: fault.Input, Op: "find the authors' features in", Thing: e.Features, Found: found, Err: err,
			Wanted: "one or more of " + strings.Join(names, ", "), Next: "name the folder that holds them; other embeddings are for mindgap measure and mindgap report"}
	}
	info, err := os.Stat(e.Features)
	if err != nil {
		return bad("", err)
	}
	dir, only := e.Features, ""
	if !info.IsDir() {
		dir, only = filepath.Dir(e.Features), filepath.Base(e.Features)
	}
	for _, f := range thePaper.Features {
		if only != "" && f.File != only {
			continue
		}
		path := filepath.Join(dir, f.File)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return bad("", err)
		}
		c := *e.config
		c.Embeddings = path
		s, err := c.Load(ctx, probe.WithTexts)
		if err != nil {
			return err
		}
		p := &authors{features: f, subject: s, same: s.Inputs.Embeddings.SHA256 == f.SHA256}
		if !p.same {
			e.warnings = append(e.warnings, fmt.Sprintf("%s is not the published file (its SHA-256 differs): its numbers are not held to the paper's", path))
		}
		e.features[f.Name] = p
	}
	if len(e.features) == 0 {
		return bad("none of its names", nil)
	}
	return nil
}

// The paper's pairs are COCO's 5,000 validation images; papersPairs says whether a subject is OpenAI's ViT-B/32 on them. Its numbers then are the
// paper's but for what half precision, a JPEG decoder and a GPU change.
const (
	papersPairs    = 5000
	pairsTolerance = 0.002
	leastTolerance = 0.02 // of the least of 25 million cosines, which one pair decides
	pairsWhy       = "the paper's model and data: within what half precision and another decoder change"
)

func (e *env) papersPairs(s *probe.Subject) bool {
	return strings.Contains(e.model(), "openai/clip-vit-base-patch32") && strings.HasPrefix(e.data.Input.Ref, "coco") && s.Images.N == papersPairs
}

// setsAtHand returns those of the named data sets that the data root holds.
func (e *env) setsAtHand(names []string) []string {
	root := e.config.Data.Root
	if root == "" {
		return nil
	}
	found := map[string]bool{}
	for _, l := range datasets.List(datasets.Options{Root: root}) {
		found[l.Name] = l.Found
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !found[name] })
}

// close closes the data.
func (e *env) close() error {
	if e.data == nil {
		return nil
	}
	return e.data.Close()
}

func (e *env) step(what string, done, total int) {
	if e.config.Progress != nil {
		e.config.Progress(probe.Step{What: what, Done: done, Total: total})
	}
}

// subject embeds the data with the model, images and texts, once.
func (e *env) subject(ctx context.Context, ref string) (*probe.Subject, error) {
	if s := e.subjects[ref]; s != nil {
		return s, nil
	}
	if e.data == nil {
		d, err := e.config.OpenData(ctx)
		if err != nil {
			return nil, err
		}
		e.data = d
	}
	c := *e.config
	c.Model = ref
	s, err := c.Embed(ctx, e.data, probe.WithTexts)
	if err != nil {
		return nil, err
	}
	e.subjects[ref] = s
	if e.first == nil {
		e.first = s
	}
	return s, nil
}

// model is the reference of the probed model.
func (e *env) model() string {
	if e.config.Model == "" {
		return "builtin"
	}
	return e.config.Model
}

// trained is the probed model on the data.
func (e *env) trained(ctx context.Context) (*probe.Subject, error) { return e.subject(ctx, e.model()) }

// twinsEach is how many untrained twins a model has.
const twinsEach = 3

// twins are the references of untrained models beside the probed one: those of its own architecture where there are any, its own export with
// weights drawn anew or its own weights' architecture, else those of the built-in model, whose untrained towers take any data.
func (e *env) twins(ctx context.Context) []string {
	if e.untrainedRefs == nil {
		e.untrainedRefs = untrainedTwins(ctx, e.model(), e.Seed)
	}
	return e.untrainedRefs
}

func untrainedTwins(ctx context.Context, model string, seed uint64) []string {
	numbered := func(name string) (refs []string) {
		for i := range twinsEach {
			refs = append(refs, fmt.Sprintf("%s-random%d", name, i+1))
		}
		return refs
	}
	switch model {
	case "builtin", "builtin:emoji":
		return numbered("builtin:emoji")
	case "builtin:cifar10":
		return numbered(model)
	}
	what := model
	for hub, architecture := range map[string]string{"clip-vit-base-patch32": "ViT-B-32", "clip-vit-base-patch16": "ViT-B-16", "clip-vit-large-patch14": "ViT-L-14"} {
		if strings.HasPrefix(model, "hf:openai/"+hub) {
			what = architecture
		}
	}
	for _, scheme := range []string{"shuffle", "openai"} {
		var refs []string
		for i := range uint64(twinsEach) {
			refs = append(refs, fmt.Sprintf("random:%s?seed=%d&init=%s", what, seed+i, scheme))
		}
		// Weights are drawn when the towers open: until then, this is only a look at the files.
		if _, err := models.Open(ctx, refs[0]); err == nil {
			return refs
		}
	}
	return numbered("builtin:emoji")
}

// untrained are the twins on the data.
func (e *env) untrained(ctx context.Context) ([]*probe.Subject, error) {
	var all []*probe.Subject
	for _, ref := range e.twins(ctx) {
		s, err := e.subject(ctx, ref)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// on says in words what a subject is.
func (e *env) on(s *probe.Subject) string {
	return fmt.Sprintf("%s on %s (%s images)", s.Name, e.data.Input.Ref, thousands(s.Images.N))
}

// metrics measures what is named of a subject, with bootstrap intervals where there are resamples.
func (e *env) metrics(ctx context.Context, s *probe.Subject, resamples int, names ...string) (map[string]probe.Interval, error) {
	m, _, err := probe.Measure(ctx, s, probe.MeasureOptions{Names: names, Bootstrap: resamples, Seed: e.Seed})
	if err != nil {
		return nil, err
	}
	return m.Metrics, nil
}

// depth runs random networks of all activations, once a kind of bias.
func (e *env) depth(ctx context.Context, b gap.Bias) (*probe.DepthResults, error) {
	if r := e.depths[b]; r != nil {
		return r, nil
	}
	o := probe.PaperDepth()
	o.Bias, o.Seed, o.Seeds = b, e.Seed, depthSeeds
	r, err := probe.Depth(ctx, o, e.config.Progress)
	if err != nil {
		return nil, err
	}
	e.depths[b] = r
	return r, nil
}

// record wraps the results. Its inputs are the first model's and data's that an item used; every item names its own in words.
func (e *env) record(res *Results) *probe.Record {
	if e.first == nil {
		return probe.NewRecord("reproduce", e.Seed, res, e.warnings...)
	}
	warnings := slices.Clone(e.warnings)
	return e.first.Record("reproduce", e.Seed, res, warnings...)
}

// overSeeds is the mean of one number over several models with their range.
func overSeeds(values []float64) (mean, low, high float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean, slices.Min(values), slices.Max(values)
}

// published returns the named file of the authors' features, or nil where it is not at hand or not theirs.
func (e *env) published(name string) *authors {
	if f := e.features[name]; f != nil && f.same {
		return f
	}
	return nil
}

// thousands writes n with separators.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
