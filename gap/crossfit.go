package gap

import "math"

// A CrossFit is the outcome of choosing λ for every fold on the other folds.
type CrossFit struct {
	Lambdas []float64 // chosen for each fold, without it
	Values  []float64 // the objective of each fold at its λ: honest
	Value   float64   // mean of Values, weighted by the folds' sizes: every item reports once
}

// CrossFitLambda chooses λ by K-fold cross-fitting, BestLambda with more than two parts: for every fold the λ with the best mean objective
// over the other folds, at which the fold itself is read. folds[f][l] is the objective of fold f at lambdas[l], sizes[f] its number of items;
// less says that smaller is better. Of equally good λ the one of least magnitude is chosen, and of these the first. A λ at which one of the
// other folds is NaN is never chosen.
//
// ok is false if no λ can be chosen for some fold, or its value there is NaN. It panics with ErrShape if lengths differ or a size is below
// 1, and with ErrTooFew for fewer than two folds.
func CrossFitLambda(lambdas []float64, folds [][]float64, sizes []int, less bool) (fit CrossFit, ok bool) {
	if len(sizes) != len(folds) {
		panic(ErrShape)
	}
	if len(folds) < 2 {
		panic(ErrTooFew)
	}
	for f, values := range folds {
		if len(values) != len(lambdas) || sizes[f] < 1 {
			panic(ErrShape)
		}
	}
	var items float64
	for f := range folds {
		mean, rest := make([]float64, len(lambdas)), 0.0
		for other, values := range folds {
			if other != f {
				addScaled(mean, float64(sizes[other]), values)
				rest += float64(sizes[other])
			}
		}
		best := bestIndex(lambdas, scaled(mean, 1/rest), less)
		if best < 0 || math.IsNaN(folds[f][best]) {
			return CrossFit{}, false
		}
		fit.Lambdas = append(fit.Lambdas, lambdas[best])
		fit.Values = append(fit.Values, folds[f][best])
		fit.Value += float64(sizes[f]) * folds[f][best]
		items += float64(sizes[f])
	}
	fit.Value /= items
	return fit, true
}

// Folds splits a pair into k parts, image i with its texts into part i mod k. It panics with ErrTooFew if there are fewer images than parts
// or k < 1.
func (p Pair) Folds(k int) []Pair {
	if k < 1 || p.Images.N < k {
		panic(ErrTooFew)
	}
	index := make([][]int, k)
	for i := range p.Images.N {
		index[i%k] = append(index[i%k], i)
	}
	parts := make([]Pair, k)
	for f := range parts {
		parts[f] = p.Take(index[f])
	}
	return parts
}
