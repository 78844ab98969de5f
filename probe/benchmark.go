package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/models/fault"
)

// BenchmarkOptions say what Benchmark scores and how far it moves the clouds.
type BenchmarkOptions struct {
	Datasets []string  // data references; nil = the built-in set
	Targets  []string  // scored one after the other for each set; nil = the set's default, and all three of the built-in set
	Lambdas  []float64 // nil = PaperLambdas
	Unit     gap.Unit
	Side     gap.Side
	Prompts  string // PaperPrompts or DatasetPrompts, "" = the first
	GapFrom  string // GapOfClasses, GapOfPairs, or ready-made embeddings; "" = the first
}

// Whose class names and templates a benchmark uses.
const (
	PaperPrompts   = "paper"   // those of the paper for its five sets, each other set's own
	DatasetPrompts = "dataset" // each set's own
)

// PaperLambdas are the λ of the authors' notebooks, arange(−5, 5, 0.25), counted in distance along the unit gap vector.
func PaperLambdas() []float64 {
	var l []float64
	for i := -20; i < 20; i++ {
		l = append(l, float64(i)/4)
	}
	return l
}

// builtinTargets are those that a benchmark of the built-in set scores.
var builtinTargets = []string{"name", "everyday", "group"}

// Benchmark scores zero-shot classification on several data sets under a sweep of λ (Liang et al. 2022, Table 1): accuracy, or for Hateful Memes
// as in the paper the area under the ROC curve. Beside the best λ of all items, which is what the paper gives, every set has the tests that its
// choice calls for, and a λ chosen on one half and read on the other. A set that cannot be opened is listed as missing and the others
// go on; if none can, that is a fault.
func (c *Config) Benchmark(ctx context.Context, o BenchmarkOptions) (_ *Record, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	source, err := c.openGap(ctx, o.GapFrom)
	if err != nil {
		return nil, err
	}
	cp, err := c.openModel(ctx)
	if err != nil {
		return nil, err
	}
	e := &extraction{Config: c, cp: cp}
	defer func() { err = errors.Join(err, e.close()) }()
	res := &BenchmarkResults{Unit: o.Unit.String(), Side: o.Side.String(), Prompts: o.Prompts, GapFrom: source.from, GapEmbeddings: source.input,
		Tried: len(withZero(o.Lambdas)) - 1}
	rec := &Record{Schema: Schema, Kind: "benchmark", Mindgap: Version, Created: time.Now().UTC().Truncate(time.Second), Results: res, Warnings: []string{}}
	var first error
	for _, ref := range o.Datasets {
		for _, target := range o.targets(ref, c.Data.Target) {
			set, missing, err := e.benchmarkSet(ctx, ref, target, source, &o, rec)
			switch {
			case err != nil:
				return nil, err
			case missing != nil:
				if first == nil {
					first = missing
				}
				res.Missing = append(res.Missing, MissingSet{Ref: ref, Target: target, Reason: missing.Error()})
				rec.warn(fmt.Sprintf("%s was left out: %v", strings.TrimSpace(ref+" "+target), missing))
			default:
				res.Sets = append(res.Sets, *set)
			}
		}
	}
	if len(res.Sets) == 0 {
		return nil, &fault.Error{Op: "score", Thing: "the data sets", Found: "none that can be opened", Err: first}
	}
	return rec, nil
}

func (o BenchmarkOptions) withDefaults() (BenchmarkOptions, error) {
	if o.Datasets == nil {
		o.Datasets = []string{"builtin"}
	}
	if o.Lambdas == nil {
		o.Lambdas, o.Unit = PaperLambdas(), gap.Distance
	}
	o.Lambdas = withZero(o.Lambdas)
	slices.Sort(o.Lambdas)
	o.Lambdas = slices.Compact(o.Lambdas)
	switch o.Prompts {
	case "":
		o.Prompts = PaperPrompts
	case PaperPrompts, DatasetPrompts:
	default:
		return o, usage("--prompts", o.Prompts, PaperPrompts+" or "+DatasetPrompts)
	}
	return o, nil
}

// targets are those that a set is scored under; "" stands for its default.
func (o *BenchmarkOptions) targets(ref, target string) []string {
	switch {
	case len(o.Targets) > 0:
		return o.Targets
	case target != "":
		return []string{target}
	case ref == "builtin":
		return builtinTargets
	}
	return []string{""}
}

// benchmarkSet scores one set under one target. A set that cannot be opened is missing, not a failure of the run.
func (e *extraction) benchmarkSet(ctx context.Context, ref, target string, source *gapSource, o *BenchmarkOptions, rec *Record) (set *BenchmarkSet, missing, err error) {
	c := *e.Config
	c.Dataset, c.Data.Target, c.Embeddings = ref, target, ""
	var published bool
	var info datasets.Info
	c.words = func(opened datasets.Info) (names, templates []string) {
		info = opened
		if o.Prompts == PaperPrompts {
			names, templates, published = datasets.PaperPrompts(info)
		}
		return names, templates
	}
	d, err := c.OpenData(ctx)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, err, nil
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if len(d.Classes) < 2 || d.Labelled() == 0 {
		return nil, d.noClassifier(), nil
	}
	source.forget(d)
	s, err := e.embed(ctx, d, source.what())
	if err != nil {
		return nil, nil, err
	}
	for _, w := range s.Warnings {
		rec.warn(w)
	}
	rec.Inputs.Model, rec.Environment = s.Inputs.Model, s.Environment
	z, warnings, err := newZeroShot(s)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range warnings {
		rec.warn(ref + ": " + w)
	}
	if z == nil {
		return nil, d.noClassifier(), nil
	}
	set = &BenchmarkSet{Dataset: d.Input, Prompts: *s.Inputs.Prompts, PromptsFrom: DatasetPrompts, Metric: "accuracy"}
	if published {
		set.PromptsFrom = PaperPrompts
	}
	set.Paper = paperRow(info)
	if set.Paper != nil && set.Paper.Metric == "auroc" && len(d.Classes) == 2 {
		set.Metric = "auroc"
	}
	b := &benchmark{z: z, source: source, o: o, set: set}
	if err := b.run(ctx); err != nil {
		return nil, nil, s.blame("shift", err)
	}
	for _, w := range b.warnings {
		rec.warn(ref + ": " + w)
	}
	return set, nil, nil
}

// warn adds a warning that the record does not have yet.
func (r *Record) warn(text string) {
	if !slices.Contains(r.Warnings, text) {
		r.Warnings = append(r.Warnings, text)
	}
}
