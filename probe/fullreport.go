package probe

import (
	"context"
	"errors"

	"mindgap/gap"
)

// ReportOptions say what a report holds.
type ReportOptions struct {
	Measure MeasureOptions
	Shift   ShiftOptions
	// Against are models to set beside the probed one. nil means the untrained twins, where the model is built in and has some.
	Against []string
	// Map is one of MapMethods; "" means MapPCA.
	Map string
	// Thumbnails are drawn of the first images, up to this number: 0 is DefaultThumbnails, negative is none.
	Thumbnails int
}

// Report runs the main job: embed, measure, shift, classify and compare. It also returns the scene of the page, with thumbnails of the
// examples that the record names.
func (c *Config) Report(ctx context.Context, o ReportOptions) (_ *Record, _ *Scene, err error) {
	s, err := c.Load(ctx, WithTexts|WithPrompts)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all := []*Subject{s}
	if s.Data != nil {
		against := o.Against
		if against == nil && s.Inputs.Model != nil {
			against = twins(s.Inputs.Model.Ref)
		}
		if all, err = c.beside(ctx, s, against, WithTexts|WithPrompts); err != nil {
			return nil, nil, err
		}
		s = all[0]
	}
	r, predictions, warnings, err := c.report(ctx, all, o)
	if err != nil {
		return nil, nil, err
	}
	scene, err := NewScene(ctx, s, predictions, c.sceneOptions(o, r))
	if err != nil {
		return nil, nil, err
	}
	return s.Record("report", o.Measure.Seed, r, warnings...), scene, nil
}

// sceneOptions are those of a report.
func (c *Config) sceneOptions(o ReportOptions, r *ReportResults) SceneOptions {
	so := SceneOptions{Seed: o.Measure.Seed, Unit: o.Shift.Unit, Side: o.Shift.Side, First: o.Map, Thumbnails: o.Thumbnails, Examples: r.Examples,
		Progress: func(done, total int) { c.step("drawing thumbnails", done, total) }}
	for _, m := range r.Maps {
		if m.Method == MapUMAP {
			so.Maps = append(so.Maps, m)
		}
	}
	return so
}

// report computes what a report says of the first subject, and compares it with the others. The predictions are nil where nothing can be
// classified.
func (c *Config) report(ctx context.Context, all []*Subject, o ReportOptions) (_ *ReportResults, _ *Predictions, warnings []string, err error) {
	s, r := all[0], &ReportResults{}
	note := func(w []string) { warnings = append(warnings, w...) }
	var w []string
	measured := 0
	next := func() { measured++; c.step("measuring "+s.Name, measured, 5) }
	if r.Measure, w, err = Measure(ctx, s, o.Measure); err != nil {
		return nil, nil, nil, err
	}
	note(w)
	next()
	if r.Cone, err = Cones(ctx, s); err != nil {
		return nil, nil, nil, err
	}
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, nil, err
	}
	r.GapDimensions = gapDimensions(gap.GapVector(pair))
	if r.ExplainedVariance, err = explainedVariance(ctx, s); err != nil {
		return nil, nil, nil, err
	}
	if r.Matched, r.Unmatched, err = gap.CrossCosines(ctx, pair, ConeBins); err != nil {
		return nil, nil, nil, s.blame("compare images and texts of", err)
	}
	next()
	if r.Shift, w, err = Shift(ctx, s, o.Shift); err != nil {
		return nil, nil, nil, err
	}
	note(w)
	next()
	z, _, err := newZeroShot(s) // Shift has returned the same warnings
	if err != nil {
		return nil, nil, nil, err
	}
	var predictions *Predictions
	if z != nil {
		if r.ZeroShot, _, err = ZeroShot(ctx, s, nil); err != nil {
			return nil, nil, nil, err
		}
		if predictions, err = z.bestPredictions(ctx, o.Shift, r.Shift); err != nil {
			return nil, nil, nil, err
		}
		r.Examples, r.ClassChanges = s.examples(predictions), s.classChanges(predictions)
	}
	next()
	m, err := newMap(ctx, s, o.Map, o.Measure.Seed, func(done, total int) { c.step("laying out "+s.Name, done, total) })
	switch {
	case ctx.Err() != nil:
		return nil, nil, nil, ctx.Err()
	case err != nil: // rows that coincide have no map; all else about them can be said
		warnings = append(warnings, "no map: "+err.Error())
	default:
		r.Maps = append(r.Maps, *m)
	}
	next()
	if len(all) > 1 {
		if r.Compare, w, err = compare(ctx, all, o.Measure); err != nil {
			return nil, nil, nil, err
		}
		note(w)
	}
	return r, predictions, distinctStrings(warnings), nil
}

func distinctStrings(in []string) []string {
	out, _ := distinct(in)
	return out
}

// twins names the untrained twins of a built-in model.
func twins(ref string) []string {
	switch ref {
	case "builtin", "builtin:emoji":
		return []string{"builtin:emoji-random1", "builtin:emoji-random2", "builtin:emoji-random3"}
	case "builtin:cifar10":
		return []string{"builtin:cifar10-random1", "builtin:cifar10-random2", "builtin:cifar10-random3"}
	}
	return nil
}
