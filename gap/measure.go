package gap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
)

// MeasureOptions say what Measure computes.
type MeasureOptions struct {
	Scale     float64  // logit scale of the loss: finite and positive
	Bootstrap int      // number of bootstrap resamples; 0 gives no intervals
	Seed      uint64   // seed of the resamples: the same seed gives the same intervals
	Names     []string // metrics to compute; nil means all
	Exact     bool     // compute in float64 throughout: several times slower for large clouds
	BCa       bool     // bias-corrected and accelerated intervals (see BCa) instead of percentile intervals
	KeepDraws bool     // keep the resampled values, to pair them with those of another model
}

// A Result is one metric's value with its 95% bootstrap interval.
type Result struct {
	Name        string
	Value       float64 // NaN if the data do not define it
	Low, High   float64 // the interval, if HasInterval
	HasInterval bool
	Reason      string // why Value is NaN; empty otherwise
	// Draws are the values on the resamples, in their order, if KeepDraws was set and the metric has an interval. Resample b of a seed draws
	// the same pairs from every Pair of as many images, so the differences of two models' draws are paired.
	Draws []float64
}

// A Measurement is a list of results in the order of Metrics.
type Measurement []Result

// Get returns the result of the given name.
func (m Measurement) Get(name string) (Result, bool) {
	i := slices.IndexFunc(m, func(r Result) bool { return r.Name == name })
	if i < 0 {
		return Result{}, false
	}
	return m[i], true
}

// Measure computes metrics of a pair.
//
// For large clouds (from 512×512 similarities) the similarities of pairs are taken in float32 and all sums in float64; values are then good
// to 1e-6. Counts (recall, hubness) are those of float64, ties included. Exact asks for float64 throughout.
//
// A metric that the data do not define (a recall at 10 among 5 candidates, a spread of one row) has the value NaN and a Reason, which the
// caller is to show. The error is a *ValueError if a row holds NaN, an infinity or only zeros, ctx's error if ctx ends, and otherwise
// says which option is wrong.
func Measure(ctx context.Context, p Pair, o MeasureOptions) (Measurement, error) {
	metrics, err := chosen(o.Names)
	if err != nil {
		return nil, err
	}
	if !(o.Scale > 0) || math.IsInf(o.Scale, 1) {
		return nil, fmt.Errorf("gap: logit scale %v, want a positive number", o.Scale)
	}
	if o.Bootstrap < 0 {
		return nil, fmt.Errorf("gap: %d bootstrap resamples, want 0 or more", o.Bootstrap)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	in := &Inputs{Pair: p, Scale: o.Scale, kernel: kernelFor(p.Images.N, p.Texts.N, o.Exact)}
	out := make(Measurement, len(metrics))
	// Many wait for an intermediate that another is computing, so all start at once; what they compute is parallel inside.
	g, inner := errgroup.WithContext(ctx)
	for k, m := range metrics {
		g.Go(func() (err error) {
			out[k], err = evaluate(inner, m, in)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if o.Bootstrap > 0 {
		if err := addIntervals(ctx, in, metrics, out, o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func chosen(names []string) ([]Metric, error) {
	all := Metrics()
	if names == nil {
		return all, nil
	}
	var metrics []Metric
	for _, m := range all {
		if slices.Contains(names, m.Name) {
			metrics = append(metrics, m)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(m Metric) bool { return m.Name == name }) {
			return nil, fmt.Errorf("gap: no metric is named %q", name)
		}
	}
	return metrics, nil
}

func evaluate(ctx context.Context, m Metric, in *Inputs) (Result, error) {
	r := Result{Name: m.Name, Value: math.NaN()}
	if n := min(in.Pair.Images.N, in.Pair.Texts.N); n < max(1, m.MinPairs) {
		r.Reason = fmt.Sprintf("%s needs %d pairs, there are %d", m.Name, max(1, m.MinPairs), n)
		return r, nil
	}
	v, err := m.Value(ctx, in)
	if err == nil {
		v, err = finite(v, "the value is not finite")
	}
	var undefined *Undefined
	switch {
	case errors.As(err, &undefined):
		r.Reason = m.Name + ": " + undefined.Reason
		return r, nil
	case err != nil:
		return r, err
	}
	r.Value = v
	return r, nil
}
