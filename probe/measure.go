package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"mindgap/gap"
	"mindgap/models/fault"
)

// MeasureOptions say what Measure computes.
type MeasureOptions struct {
	Scale     float64  // logit scale of the loss, 0 = the model's
	Bootstrap int      // resamples for the intervals, 0 = none
	Seed      uint64   // of the resamples
	Names     []string // metrics, nil = all
	BCa       bool     // bias-corrected and accelerated intervals instead of percentile ones
}

// DefaultBootstrap is the number of resamples: the ends of a 95% interval then rest on 25 resamples each.
const DefaultBootstrap = 1000

// fewPairs is where a bootstrap over pairs begins to say something.
const fewPairs = 30

// Measure computes the gap metrics of the subject's pair. The warnings say which metrics its data do not define.
func Measure(ctx context.Context, s *Subject, o MeasureOptions) (*MeasureResults, []string, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, err
	}
	if o.Scale == 0 {
		o.Scale = s.Scale
	}
	var warnings []string
	m, err := gap.Measure(ctx, pair, gap.MeasureOptions{Scale: o.Scale, Bootstrap: o.Bootstrap, Seed: o.Seed, Names: o.Names, BCa: o.BCa})
	if err != nil {
		return nil, nil, s.blame("measure", err)
	}
	if o.Bootstrap > 0 && pair.Images.N < fewPairs {
		warnings = append(warnings, fmt.Sprintf("intervals rest on %d pairs: below %d they are too narrow to lean on", pair.Images.N, fewPairs))
	}
	res := &MeasureResults{N: pair.Texts.N, D: pair.Images.D, Metrics: make(map[string]Interval, len(m))}
	for _, r := range m {
		res.Metrics[r.Name] = interval(r)
		if math.IsNaN(r.Value) {
			warnings = append(warnings, r.Reason)
		}
	}
	if o.Bootstrap == 0 {
		return res, warnings, nil
	}
	if res.Intervals = "percentile"; o.BCa {
		res.Intervals = "bca"
	}
	if o.Names == nil || slices.Contains(o.Names, "gap") {
		p, err := gap.PermutationTest(ctx, pair, o.Bootstrap, o.Seed)
		if err != nil {
			return nil, nil, s.blame("test the gap of", err)
		}
		res.Permutation = &Permutation{PValue: Float(p.P), Swaps: p.Swaps, Complete: p.Complete}
	}
	return res, warnings, nil
}

// blame turns an error about values into one that names the subject.
func (s *Subject) blame(op string, err error) error {
	var bad *gap.ValueError
	if !errors.As(err, &bad) {
		return err
	}
	return &fault.Error{Op: op, Thing: s.Name, Err: err, Wanted: "finite embeddings with a direction", Next: "drop or recompute that row"}
}

func ptr[T any](v T) *T { return &v }
