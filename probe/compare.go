package probe

import (
	"context"
	"math"
	"slices"

	"mindgap/gap"
)

// comparedMetrics are the numbers that a comparison shows, besides cones and accuracy.
var comparedMetrics = []string{"gap", "centroid_cosine", "cosine_image_mean", "cosine_text_mean", "matched_cosine_mean", "unmatched_cosine_mean",
	"image_to_text_recall_at_1", "text_to_image_recall_at_1", "rmg", "effective_rank_image", "effective_rank_text", "loss"}

// Compare measures the probed model and others on the same data. Differences are from the probed one and carry paired bootstrap intervals
// (the same pairs drawn for both models), accuracies an exact McNemar p-value. Losses are all at one logit scale, the probed model's where
// none is asked for: at each model's own they could not be compared.
func (c *Config) Compare(ctx context.Context, others []string, o MeasureOptions) (_ *Record, err error) {
	d, err := c.OpenData(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }() // read only
	first, err := c.Embed(ctx, d, WithTexts|WithPrompts)
	if err != nil {
		return nil, err
	}
	all, err := c.beside(ctx, first, others, WithTexts|WithPrompts)
	if err != nil {
		return nil, err
	}
	res, warnings, err := compare(ctx, all, o)
	if err != nil {
		return nil, err
	}
	return all[0].Record("compare", o.Seed, res, warnings...), nil
}

// A candidate is a model's share of a comparison, with what pairing it with another needs.
type candidate struct {
	model     ComparedModel
	results   gap.Measurement
	predicted []int // the nearest class of each image; nil without labels
}

// compare sets subjects that hold the same items side by side.
func compare(ctx context.Context, all []*Subject, o MeasureOptions) (*CompareResults, []string, error) {
	if o.Scale == 0 {
		o.Scale = all[0].Scale
	}
	res := &CompareResults{Scale: Float(o.Scale)}
	var warnings []string
	var base *candidate
	for i, s := range all {
		k, more, err := newCandidate(ctx, s, o)
		if err != nil {
			return nil, nil, err
		}
		for _, w := range append(slices.Clone(s.Warnings), more...) {
			if i > 0 && slices.Contains(all[0].Warnings, w) {
				continue // said of the data, not of the model
			}
			if i > 0 || !slices.Contains(s.Warnings, w) { // the record holds the first subject's own
				warnings = append(warnings, s.Name+": "+w)
			}
		}
		res.Models = append(res.Models, k.model)
		if i == 0 {
			base = k
			continue
		}
		res.Differences = append(res.Differences, k.minus(base, s.Data.Labels))
	}
	res.SpreadOverSeeds = overModels(res.Models)
	return res, warnings, nil
}

// overModels sets the untrained models against the first one; nil where there are none to speak of.
func overModels(models []ComparedModel) *SeedSpread {
	first := models[0]
	untrained := func(m ComparedModel) bool { return m.Trained != nil && !*m.Trained }
	if untrained(first) {
		return nil
	}
	s := &SeedSpread{Minus: first.Name, Metrics: map[string]SeedDifference{}}
	metrics := map[string][]float64{}
	var accuracies []float64
	for _, m := range models[1:] {
		if !untrained(m) {
			continue
		}
		s.Of = append(s.Of, m.Name)
		for name, v := range m.Metrics {
			metrics[name] = append(metrics[name], float64(v.Value-first.Metrics[name].Value))
		}
		if m.Accuracy != nil && first.Accuracy != nil {
			accuracies = append(accuracies, float64(m.Accuracy.Value-first.Accuracy.Value))
		}
	}
	if len(s.Of) < 2 {
		return nil
	}
	of := func(values []float64) SeedDifference {
		mean, std, low, high := gap.MeanInterval(values, 0.95)
		return SeedDifference{Float(mean), Float(std), Float(low), Float(high)}
	}
	for name, values := range metrics {
		s.Metrics[name] = of(values)
	}
	if len(accuracies) == len(s.Of) {
		s.Accuracy = ptr(of(accuracies))
	}
	return s
}

func newCandidate(ctx context.Context, s *Subject, o MeasureOptions) (*candidate, []string, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, err
	}
	m, err := gap.Measure(ctx, pair, gap.MeasureOptions{Scale: o.Scale, Bootstrap: o.Bootstrap, Seed: o.Seed, Names: comparedMetrics, KeepDraws: true})
	if err != nil {
		return nil, nil, s.blame("measure", err)
	}
	cones, err := Cones(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	k := &candidate{results: m, model: ComparedModel{Name: s.Name, Trained: s.Trained, Cones: cones.Cones, Metrics: map[string]Interval{}}}
	if s.Inputs.Model != nil {
		k.model.Ref, k.model.SHA256 = s.Inputs.Model.Ref, s.Inputs.Model.SHA256
	}
	var warnings []string
	for _, r := range m {
		k.model.Metrics[r.Name] = interval(r)
		if r.Reason != "" {
			warnings = append(warnings, r.Reason)
		}
	}
	z, more, err := newZeroShot(s)
	if err != nil {
		return nil, nil, err
	}
	if z != nil {
		c, err := gap.Classify(ctx, s.Images, z.ensemble, s.Data.Labels, []int{1})
		if err != nil {
			return nil, nil, s.blame("classify", err)
		}
		k.predicted, k.model.Accuracy = c.Predictions, ptr(accuracy(c.Correct[0], c.N))
	}
	return k, append(warnings, more...), nil
}

// minus is the difference of two candidates on the same data.
func (k *candidate) minus(base *candidate, labels []int) ModelDifference {
	d := ModelDifference{Of: k.model.Name, Minus: base.model.Name, Metrics: map[string]Interval{}}
	for i, r := range k.results {
		b := base.results[i]
		v := Interval{Value: Float(r.Value - b.Value)}
		if len(r.Draws) > 0 && len(r.Draws) == len(b.Draws) {
			diff := make([]float64, len(r.Draws))
			for j := range diff {
				diff[j] = r.Draws[j] - b.Draws[j]
			}
			if low, high := gap.Percentiles(diff, 0.95); !math.IsNaN(low) {
				v.Low, v.High = ptr(Float(low)), ptr(Float(high))
			}
		}
		d.Metrics[r.Name] = v
	}
	if k.predicted != nil && base.predicted != nil {
		d.AccuracyPValue = ptr(Float(gap.McNemarExact(gap.Discordant(labels, base.predicted, k.predicted))))
	}
	return d
}

func interval(r gap.Result) Interval {
	v := Interval{Value: Float(r.Value)}
	if r.HasInterval {
		v.Low, v.High = ptr(Float(r.Low)), ptr(Float(r.High))
	}
	return v
}
