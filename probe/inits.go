package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mindgap/gap"
	"mindgap/models"
	"mindgap/models/fault"
	"mindgap/models/randominit"
)

// InitsOptions say which random initialisations are set beside each other, and on what.
type InitsOptions struct {
	Inits int    // from 2 to MaxInits; the paper has 25
	Seed  uint64 // of the first initialisation, the others follow by one; and of noise and map
	Noise bool   // random inputs instead of the data set
	Count int    // of random inputs, from 2
	Map   string // MapPCA, MapUMAP; "" = MapPCA
}

// The bounds of InitsOptions.Inits: one initialisation has nothing beside it, and the comparison of all with all grows with the square.
const (
	MinInits = 2
	MaxInits = 1000
)

func (o InitsOptions) check() error {
	wrong := func(flag string, found any, wanted string) error {
		return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: fmt.Sprint(found), Wanted: wanted, Next: "correct the flag"}
	}
	switch {
	case o.Inits < MinInits || o.Inits > MaxInits:
		return wrong("--inits", o.Inits, fmt.Sprintf("%d to %d", MinInits, MaxInits))
	case o.Seed+uint64(o.Inits-1) < o.Seed:
		return wrong("--seed", o.Seed, "a seed that so many can follow")
	case o.Noise && o.Count < 2:
		return wrong("--limit", o.Count, "at least 2 inputs")
	case o.Map != "" && o.Map != MapPCA && o.Map != MapUMAP:
		return wrong("--map", fmt.Sprintf("%q", o.Map), "pca or umap")
	}
	return nil
}

// Inits sends the same inputs through several random initialisations of one architecture and shows that each makes a cone of its own (Liang
// et al. 2022, Fig. 2a and 2c). c.Model is a reference without a seed: random:ARCH, as models.Open takes it, or mlp:ACTIVATION (see ParseMLP).
//
// One tower of one model is in memory at a time: a model is drawn, its towers run and close one after the other, and only embeddings stay, in
// the cache too. The pictures are decoded and preprocessed once.
func (c *Config) Inits(ctx context.Context, o InitsOptions) (*Record, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if ref, ok := strings.CutPrefix(c.Model, mlpPrefix); ok {
		return c.mlpInits(ctx, ref, o)
	}
	ref, err := initsRef(c.Model)
	if err != nil {
		return nil, err
	}
	own := *c
	own.oneTower = true
	c = &own
	if o.Noise {
		return c.inits(ctx, ref, o, func(ctx context.Context, cp *models.Checkpoint) (*Subject, error) {
			return c.noise(ctx, cp, o.Count, o.Seed)
		})
	}
	d, err := c.OpenData(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }() // read only
	if len(d.IDs) < 2 {
		return nil, &fault.Error{Op: "compare initialisations on", Thing: d.Input.Ref, Found: "1 image", Wanted: "at least 2", Next: "raise --limit, or use another data set"}
	}
	return c.inits(ctx, ref, o, func(ctx context.Context, cp *models.Checkpoint) (*Subject, error) {
		if d.kept == nil {
			if d.kept, err = keepPictures(cp.Preprocess); err != nil {
				return nil, err
			}
		}
		return c.embed(ctx, cp, d, WithTexts)
	})
}

// initsRef reads the reference of an architecture.
func initsRef(model string) (randominit.Ref, error) {
	wrong := func(found, wanted, next string) (randominit.Ref, error) {
		return randominit.Ref{}, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--model " + model, Found: found, Wanted: wanted, Next: next}
	}
	rest, ok := strings.CutPrefix(model, "random:")
	if !ok {
		return wrong("no untrained model", "random:ARCHITECTURE or mlp:ACTIVATION", fmt.Sprintf("pass --model random:%s if that names an architecture or its folder", model))
	}
	ref, err := randominit.ParseRef(rest)
	if err == nil && ref.HasSeed {
		return wrong("a seed", "none: the seeds count up from --seed", "leave seed out of the reference")
	}
	return ref, err
}

// inits runs one model after another. embed gives the subject of a model on the inputs.
func (c *Config) inits(ctx context.Context, ref randominit.Ref, o InitsOptions, embed func(context.Context, *models.Checkpoint) (*Subject, error)) (*Record, error) {
	var first *Subject
	var warnings []string
	r := &InitsResults{Model: ref.What, Inputs: inputsOf(o)}
	images, texts := initClouds{tower: "image"}, initClouds{tower: "text"}
	for i := range o.Inits {
		c.step("initialisations of "+ref.What, i, o.Inits)
		ref.Seed = o.Seed + uint64(i)
		cp, err := models.OpenWith(ctx, "random:"+ref.String(), c.Open)
		if err != nil {
			return nil, err
		}
		s, err := embed(ctx, cp)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = s
		} else if s.Images.N != first.Images.N { // an image that was read before, and now is not
			return nil, &fault.Error{Op: "compare initialisations on", Thing: s.Inputs.Dataset.Ref, Found: fmt.Sprintf("%d images, then %d", first.Images.N, s.Images.N),
				Wanted: "the same ones for all", Next: "run again when the files no longer change"}
		}
		run := InitRun{Seed: ref.Seed, Ref: cp.Ref, SHA256: s.Inputs.Model.SHA256}
		images.rows = append(images.rows, s.Images)
		if s.Texts != nil {
			texts.rows = append(texts.rows, s.Texts)
			pair, err := s.Pair()
			if err != nil {
				return nil, err
			}
			run.Gap = ptr(Float(gap.SumsOf(pair).Gap()))
		}
		r.Runs = append(r.Runs, run)
		warnings = append(warnings, s.Warnings...)
	}
	c.step("initialisations of "+ref.What, o.Inits, o.Inits)
	if len(texts.rows) > 0 {
		var gaps []float64
		for _, run := range r.Runs {
			gaps = append(gaps, float64(*run.Gap))
		}
		r.Gap = ptr(initsSpread(gaps))
	}
	for _, t := range []initClouds{images, texts} {
		if len(t.rows) == 0 {
			continue
		}
		tower, more, err := c.initsTower(ctx, t, o)
		if err != nil {
			return nil, first.blame("compare the initialisations of", err)
		}
		tower.Paper = paperCone(ref.What, t.tower, o.Noise)
		r.Towers = append(r.Towers, *tower)
		warnings = append(warnings, more...)
	}
	first.Warnings = nil // among the others already
	return first.Record("inits", o.Seed, r, distinctStrings(warnings)...), nil
}

func inputsOf(o InitsOptions) string {
	if o.Noise {
		return "noise"
	}
	return "data"
}

// initClouds are one tower's embeddings under every initialisation: row i of each is the same input's.
type initClouds struct {
	tower string
	rows  []*gap.Embeddings
}

// leadingSingular is how many singular values are reported, as the authors have it.
const leadingSingular = 50

// initsTower compares one tower's initialisations.
func (c *Config) initsTower(ctx context.Context, t initClouds, o InitsOptions) (*InitsTower, []string, error) {
	clouds := t.rows
	r := &InitsTower{Tower: t.tower, N: clouds[0].N, Width: clouds[0].D}
	var within []float64
	for i, e := range clouds {
		st, err := gap.PairwiseCosine(ctx, e, 0)
		if err != nil {
			return nil, nil, err
		}
		r.Cones = append(r.Cones, InitCone{Seed: o.Seed + uint64(i), Mean: Float(st.Mean), Min: Float(st.Min), Max: Float(st.Max), Std: Float(st.Std)})
		within = append(within, st.Mean)
	}
	r.Within = initsSpread(within)
	var err error
	if r.SameInput, r.DifferentInputs, err = betweenInits(ctx, clouds); err != nil {
		return nil, nil, err
	}
	r.InitShare = Float(initShare(clouds))
	values, err := gap.SingularValues(ctx, leadingSingular, clouds...)
	if err != nil {
		return nil, nil, coincide(err, t.tower)
	}
	r.Singular = singularSignature(values)
	if r.Map, err = c.initsMap(ctx, t, o); err != nil {
		return nil, nil, err
	}
	var warnings []string
	if r.Width < len(clouds) {
		warnings = append(warnings, fmt.Sprintf("%d initialisations in %d dimensions (%s): as many cones have no room for %d large singular values", len(clouds), r.Width, t.tower, len(clouds)-1))
	}
	return r, warnings, nil
}

// coincide words the fault of rows without any variance.
func coincide(err error, tower string) error {
	var bad *gap.ValueError
	if errors.As(err, &bad) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &fault.Error{Op: "compare the initialisations of", Thing: "the " + tower + " tower", Err: err, Wanted: "embeddings that differ", Next: "use other inputs, or fewer layers"}
}
