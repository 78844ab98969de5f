package gap

import (
	"math"
	"slices"
)

// Holm returns the p-values of a family of tests adjusted by Holm's step-down method (Holm 1979): with p(1) ≤ … ≤ p(m),
//
//	p̃(k) = max over j ≤ k of min(1, (m − j + 1)·p(j))
//
// in the order of the argument. Rejecting where p̃ ≤ α keeps the chance of any false rejection below α, however the tests depend on each
// other. NaN stays NaN and counts for no test.
func Holm(p []float64) []float64 {
	out := slices.Clone(p)
	var order []int
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	var least float64
	for k, i := range order {
		least = max(least, min(1, float64(len(order)-k)*p[i]))
		out[i] = least
	}
	return out
}
