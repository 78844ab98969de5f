package probe

import (
	"cmp"
	"context"
	"math"
	"slices"

	"mindgap/datasets"
	"mindgap/gap"
)

// Predictions are the classes of every image at λ = 0 and at the λ other than 0 of greatest accuracy over all images: in sample, to be looked
// at, not counted.
type Predictions struct {
	Lambda        Float // 0 where no other was tried
	Before, After []int
}

// bestPredictions classifies at λ = 0 and at the best λ of a sweep.
func (z *zeroShot) bestPredictions(ctx context.Context, o ShiftOptions, shift *ShiftResults) (*Predictions, error) {
	lambda, best := 0.0, math.Inf(-1)
	for _, p := range shift.Points { // the best λ that moves anything: at 0 nothing changes
		if p.Accuracy == nil {
			continue
		}
		if v := float64(p.Accuracy.Value); p.Lambda != 0 && (v > best || v == best && math.Abs(float64(p.Lambda)) < math.Abs(lambda)) {
			lambda, best = float64(p.Lambda), v
		}
	}
	pair, err := z.s.Pair()
	if err != nil {
		return nil, err
	}
	o.Lambdas = []float64{0, lambda}
	sweep, err := z.sweep(ctx, z.ensemble, gap.GapVector(pair), &o)
	if err != nil {
		return nil, err
	}
	return &Predictions{Lambda: Float(lambda), Before: sweep[0].Predictions, After: sweep[1].Predictions}, nil
}

// examplesEach is how many gained and how many lost examples a report shows.
const examplesEach = 8

// examples names the images whose prediction the best shift mends or spoils.
func (s *Subject) examples(p *Predictions) *Examples {
	if p.Lambda == 0 {
		return nil
	}
	d := s.Data
	e := &Examples{Lambda: p.Lambda, Gained: []Example{}, Lost: []Example{}}
	caption := d.firstTexts()
	for i, label := range d.Labels {
		if label == datasets.NoLabel || (p.Before[i] == label) == (p.After[i] == label) {
			continue
		}
		list := &e.Gained
		if p.Before[i] == label {
			list = &e.Lost
		}
		if len(*list) < examplesEach {
			*list = append(*list, Example{ID: d.IDs[i], Caption: caption[i], Label: d.Classes[label],
				Before: d.Classes[p.Before[i]], After: d.Classes[p.After[i]]})
		}
	}
	return e
}

// classChanges counts, class by class, the images whose prediction the best shift mends or spoils. Classes of which none changes are left
// out; the others stand in the order of the classes.
func (s *Subject) classChanges(p *Predictions) []ClassChange {
	all := make([]ClassChange, len(s.Data.Classes))
	for i, label := range s.Data.Labels {
		if label == datasets.NoLabel {
			continue
		}
		c := &all[label]
		c.N++
		before, after := p.Before[i] == label, p.After[i] == label
		switch {
		case before && after:
			c.Before, c.After = c.Before+1, c.After+1
		case before:
			c.Before, c.Lost = c.Before+1, c.Lost+1
		case after:
			c.After, c.Gained = c.After+1, c.Gained+1
		}
	}
	var out []ClassChange
	for k, c := range all {
		if c.Gained+c.Lost > 0 {
			c.Class, c.PValue = s.Data.Classes[k], Float(gap.McNemarExact(c.Lost, c.Gained))
			out = append(out, c)
		}
	}
	return out
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

// leadingDimensions is how many coordinates of the gap a report lists.
const leadingDimensions = 10

// gapDimensions lists the coordinates of Δ that carry most of it, ties to the lower index.
func gapDimensions(delta []float64) []GapDimension {
	squared := inner(delta, delta)
	out := make([]GapDimension, len(delta))
	for j, v := range delta {
		out[j] = GapDimension{Index: j, Difference: Float(v), Share: Float(v * v / squared)}
	}
	slices.SortStableFunc(out, func(a, b GapDimension) int {
		return cmp.Compare(math.Abs(float64(b.Difference)), math.Abs(float64(a.Difference)))
	})
	return out[:min(leadingDimensions, len(out))]
}
