package gap

import (
	"math"
	"slices"
)

// An AUROCTest compares two scores of the same items by their areas under the receiver operating characteristic.
type AUROCTest struct {
	First, Second float64 // the areas
	// FirstError, SecondError and DifferenceError are standard errors, of the areas and of Second − First; NaN if a class has one item.
	FirstError, SecondError, DifferenceError float64
}

// P is the two-sided p-value of equal areas, from the normal distribution of the difference over its standard error. Equal scores have
// p = 1. It is NaN where the standard error is, and where that is 0 and the areas differ, as those of a score that ranks all wrong and one
// that ranks all right: items that all say the same do not show how much others would vary, which is not certainty.
func (t AUROCTest) P() float64 {
	d := t.Second - t.First
	switch {
	case t.DifferenceError != 0:
	case d == 0:
		return 1
	default:
		return math.NaN()
	}
	return math.Erfc(math.Abs(d) / (t.DifferenceError * math.Sqrt2))
}

// DeLong compares the areas under the ROC curve of two scores of the same items (DeLong, DeLong and Clarke-Pearson 1988). With
// ψ(a, b) = 1 if a > b, ½ if a = b, else 0, and m items of class 1 and n of class 0, every item has a part in each area,
//
//	V_i = (1/n) Σ_j ψ(s_i, s_j) for i of class 1,  V_j = (1/m) Σ_i ψ(s_i, s_j) for j of class 0
//
// and the covariance of areas A and B is cov(V^A, V^B over class 1)/m + cov(V^A, V^B over class 0)/n, with m − 1 and n − 1 in the
// covariances. Items with NoLabel do not count. Areas are NaN if a class has no item or a score is NaN. It panics with ErrShape if the lengths
// differ, and with ErrIndex if a label is neither 0, 1 nor NoLabel.
func DeLong(first, second []float64, labels []int) AUROCTest {
	if len(first) != len(labels) || len(second) != len(labels) {
		panic(ErrShape)
	}
	a, b := placements(first, labels), placements(second, labels)
	for k := range 2 {
		if len(a[k]) != len(b[k]) { // one of the scores has NaN
			a, b = unplaced(), unplaced()
		}
	}
	var t AUROCTest
	t.First, t.Second = mean(a[1]), mean(b[1])
	var va, vb, vd float64
	for k := range 2 {
		n := float64(len(a[k]))
		difference := make([]float64, len(a[k]))
		for i := range difference {
			difference[i] = b[k][i] - a[k][i]
		}
		va, vb, vd = va+variance(a[k])/n, vb+variance(b[k])/n, vd+variance(difference)/n
	}
	t.FirstError, t.SecondError, t.DifferenceError = math.Sqrt(va), math.Sqrt(vb), math.Sqrt(vd)
	return t
}

// unplaced are the placements of scores with NaN.
func unplaced() [2][]float64 { return [2][]float64{{math.NaN()}, {math.NaN()}} }

// placements are the parts V of the items of class 0 and of class 1, by counting: O(n log n).
func placements(scores []float64, labels []int) (parts [2][]float64) {
	var sorted [2][]float64
	for i, label := range labels {
		switch {
		case label == NoLabel:
			continue
		case label < 0 || label > 1:
			panic(ErrIndex)
		case math.IsNaN(scores[i]):
			return unplaced()
		}
		sorted[label] = append(sorted[label], scores[i])
	}
	slices.Sort(sorted[0])
	slices.Sort(sorted[1])
	for i, label := range labels {
		if label == NoLabel {
			continue
		}
		other := sorted[1-label]
		below, _ := slices.BinarySearch(other, scores[i])
		notAbove, _ := slices.BinarySearchFunc(other, scores[i], func(v, s float64) int {
			if v <= s {
				return -1
			}
			return 1
		})
		v := float64(below+notAbove) / float64(2*len(other)) // 0/0 where the other class has no item
		if label == 0 {
			v = 1 - v
		}
		parts[label] = append(parts[label], v)
	}
	return parts
}

// mean is NaN without values.
func mean(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// variance divides by n − 1, and so is NaN for one value.
func variance(v []float64) float64 {
	m := mean(v)
	var sum float64
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return sum / float64(len(v)-1)
}

// BinarySweep returns the scores of BinaryScores at every λ, with images and the two class embeddings moved along delta as in ClassifySweep: a
// row of scores a λ, nil where a row lands on the origin. It panics and fails as ClassifySweep and BinaryScores do.
func BinarySweep(images, classes *Embeddings, delta, lambdas []float64, side Side, unit Unit) ([][]float64, error) {
	if images.D != classes.D || classes.N != 2 || len(delta) != images.D {
		panic(ErrShape)
	}
	if err := checkLambdas(lambdas); err != nil {
		return nil, err
	}
	if err := images.Validate(Image); err != nil {
		return nil, err
	}
	if err := classes.Validate("class"); err != nil {
		return nil, err
	}
	g, err := unit.direction(delta)
	if err != nil {
		return nil, err
	}
	x, c := images.unit(), classes.unit()
	mover := newMover(x, c, g)
	similarities := make([][2]float64, x.n)
	for i := range similarities {
		similarities[i] = [2]float64{dot(x.row(i), c.row(0)), dot(x.row(i), c.row(1))}
	}
	out := make([][]float64, len(lambdas))
	for l, lambda := range lambdas {
		m := mover.move(lambda, side)
		if m.reason != "" {
			continue
		}
		out[l] = make([]float64, x.n)
		var moved [2]float64
		for i := range x.n {
			m.cosines(moved[:], similarities[i][:], i, 0)
			out[l][i] = moved[1] - moved[0]
		}
	}
	return out, nil
}
