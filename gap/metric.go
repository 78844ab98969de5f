package gap

import (
	"cmp"
	"context"
	"slices"
)

// A Metric is one number about a pair of clouds. Each metric, or family of metrics, is one file that registers itself; Measure, the
// documentation and the conformance test all read the registry.
type Metric struct {
	Name string // as in a record, e.g. "gap"
	Doc  string // one sentence: the definition and its source

	// Order places the metric in lists; metrics of one file share the hundreds.
	Order int

	// MinPairs is the least number of images, and of texts, for which the metric is defined.
	MinPairs int

	// Value computes the metric. An *Undefined error means that the data have no such number.
	Value func(ctx context.Context, in *Inputs) (float64, error)

	// Resampled computes the metric on a bootstrap resample of the images with their texts; nil if the metric has no interval.
	Resampled func(r *Resample) float64
}

// Undefined is the error of a metric that the data do not define.
type Undefined struct{ Reason string }

// Error returns the reason.
func (u *Undefined) Error() string { return u.Reason }

var registry []Metric

// register adds metrics to the registry. Two metrics of one name are a programmer's fault.
func register(metrics ...Metric) {
	for _, m := range metrics {
		if slices.ContainsFunc(registry, func(r Metric) bool { return r.Name == m.Name }) {
			panic("gap: metric " + m.Name + " is registered twice")
		}
		registry = append(registry, m)
	}
}

// Metrics returns every metric, in the order in which Measure reports them.
func Metrics() []Metric {
	all := slices.Clone(registry)
	slices.SortStableFunc(all, func(a, b Metric) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	return all
}
