package gap

import "math"

// A Best is a λ chosen on one half of the data and reported on the other.
type Best struct {
	Lambda float64 // chosen on the even half
	Chosen float64 // the objective there: optimistic, for it was picked as the best
	Value  float64 // the objective at Lambda on the odd half: honest

	SwappedLambda float64 // chosen on the odd half
	SwappedValue  float64 // the objective at SwappedLambda on the even half
	CrossFit      float64 // mean of Value and SwappedValue: every item reports once, at a λ chosen without it
}

// BestLambda chooses the λ with the best objective on one half and reads the other half's objective there, both ways round. even and odd
// hold the objective at each λ; less says that smaller is better (a loss), otherwise greater is (an accuracy). Of equally good λ the one
// of least magnitude is chosen, and of these the first. NaN is never chosen.
//
// ok is false if a half has no number at all. It panics with ErrShape if the lengths differ.
func BestLambda(lambdas, even, odd []float64, less bool) (best Best, ok bool) {
	if len(even) != len(lambdas) || len(odd) != len(lambdas) {
		panic(ErrShape)
	}
	e, o := bestIndex(lambdas, even, less), bestIndex(lambdas, odd, less)
	if e < 0 || o < 0 {
		return Best{}, false
	}
	best = Best{Lambda: lambdas[e], Chosen: even[e], Value: odd[e], SwappedLambda: lambdas[o], SwappedValue: even[o]}
	best.CrossFit = (best.Value + best.SwappedValue) / 2
	return best, true
}

func bestIndex(lambdas, values []float64, less bool) int {
	best := -1
	for i, v := range values {
		switch {
		case math.IsNaN(v):
		case best < 0, v != values[best] && (v < values[best]) == less:
			best = i
		case v == values[best] && math.Abs(lambdas[i]) < math.Abs(lambdas[best]):
			best = i
		}
	}
	return best
}
