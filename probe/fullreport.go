package probe

import (
	"context"
	"errors"
	"math"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/loaders/preprocess"
)

// ReportOptions say what a report holds.
type ReportOptions struct {
	Measure MeasureOptions
	Shift   ShiftOptions
	// Against are models to set beside the probed one. nil means the untrained twins, where the model is built in and has some.
	Against []string
	// Map is one of MapMethods; "" means MapPCA.
	Map string
}

// thumbnailSide is twice what the page shows, for screens of double density.
const thumbnailSide = 128

// examplesEach is how many gained and how many lost examples a report shows.
const examplesEach = 8

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
		if all, err = c.beside(ctx, s, against); err != nil {
			return nil, nil, err
		}
		s = all[0]
	}
	r := &ReportResults{}
	var warnings []string
	note := func(w []string) { warnings = append(warnings, w...) }

	var w []string
	measured := 0
	next := func() { measured++; c.step("measuring "+s.Name, measured, 5) }
	if r.Measure, w, err = Measure(ctx, s, o.Measure); err != nil {
		return nil, nil, err
	}
	note(w)
	next()
	if r.Cone, err = Cones(ctx, s); err != nil {
		return nil, nil, err
	}
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, err
	}
	if r.Matched, r.Unmatched, err = gap.CrossCosines(ctx, pair, ConeBins); err != nil {
		return nil, nil, s.blame("compare images and texts of", err)
	}
	next()
	if r.Shift, w, err = Shift(ctx, s, o.Shift); err != nil {
		return nil, nil, err
	}
	note(w)
	next()
	z, _, err := newZeroShot(s) // Shift has returned the same warnings
	if err != nil {
		return nil, nil, err
	}
	if z != nil {
		if r.ZeroShot, _, err = ZeroShot(ctx, s, nil); err != nil {
			return nil, nil, err
		}
		if r.Examples, err = findExamples(ctx, s, o.Shift, r.Shift); err != nil {
			return nil, nil, err
		}
	}
	next()
	m, err := newMap(ctx, s, o.Map, o.Measure.Seed, func(done, total int) { c.step("laying out "+s.Name, done, total) })
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil: // rows that coincide have no map; all else about them can be said
		warnings = append(warnings, "no map: "+err.Error())
	default:
		r.Maps = append(r.Maps, *m)
	}
	next()
	if len(all) > 1 {
		if r.Compare, w, err = compare(ctx, all, o.Measure); err != nil {
			return nil, nil, err
		}
		note(w)
	}
	scene := &Scene{Version: SceneVersion, Model: s.Name}
	if scene.Examples, err = s.thumbnails(ctx, r.Examples); err != nil {
		return nil, nil, err
	}
	return s.Record("report", o.Measure.Seed, r, distinctStrings(warnings)...), scene, nil
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

// thumbnails decodes the pictures that the examples name.
func (s *Subject) thumbnails(ctx context.Context, e *Examples) (map[string][]byte, error) {
	if e == nil {
		return nil, nil
	}
	wanted := map[string]bool{}
	for _, x := range append(append([]Example{}, e.Gained...), e.Lost...) {
		wanted[x.ID] = true
	}
	out := make(map[string][]byte, len(wanted))
	for item, err := range s.Data.set.Items(ctx) {
		if err != nil {
			return nil, err
		}
		if len(out) == len(wanted) {
			break
		}
		if !wanted[item.ID] {
			continue
		}
		pic, err := Picture(item)
		if err != nil {
			return nil, err
		}
		if out[item.ID], err = preprocess.Thumbnail(pic, thumbnailSide); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// findExamples names the images whose prediction the best shift mends or spoils.
func findExamples(ctx context.Context, s *Subject, o ShiftOptions, shift *ShiftResults) (*Examples, error) {
	lambda := 0.0
	best := math.Inf(-1)
	for _, p := range shift.Points { // the best λ that moves anything: at 0 nothing changes
		if p.Accuracy == nil {
			continue
		}
		if v := float64(p.Accuracy.Value); p.Lambda != 0 && (v > best || v == best && math.Abs(float64(p.Lambda)) < math.Abs(lambda)) {
			lambda, best = float64(p.Lambda), v
		}
	}
	if math.IsInf(best, -1) {
		return nil, nil
	}
	z, _, err := newZeroShot(s)
	if err != nil || z == nil {
		return nil, err
	}
	pair, err := s.Pair()
	if err != nil {
		return nil, err
	}
	o.Lambdas = []float64{0, lambda}
	sweep, err := z.sweep(ctx, z.ensemble, gap.GapVector(pair), &o)
	if err != nil {
		return nil, err
	}
	before, after := sweep[0].Predictions, sweep[1].Predictions
	e := &Examples{Lambda: Float(lambda), Gained: []Example{}, Lost: []Example{}}
	caption := s.Data.firstTexts()
	for i, label := range s.Data.Labels {
		if label == datasets.NoLabel || (before[i] == label) == (after[i] == label) {
			continue
		}
		list := &e.Gained
		if before[i] == label {
			list = &e.Lost
		}
		if len(*list) < examplesEach {
			*list = append(*list, Example{ID: s.Data.IDs[i], Caption: caption[i], Label: s.Data.Classes[label],
				Before: s.Data.Classes[before[i]], After: s.Data.Classes[after[i]]})
		}
	}
	return e, nil
}

// firstTexts returns the first text of each image.
func (d *Data) firstTexts() []string {
	out := make([]string, len(d.IDs))
	for j := len(d.Texts) - 1; j >= 0; j-- {
		i := j
		if d.ImageOf != nil {
			i = d.ImageOf[j]
		}
		out[i] = d.Texts[j]
	}
	return out
}
