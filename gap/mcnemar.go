package gap

import "gonum.org/v1/gonum/mathext"

// McNemarExact returns the two-sided p-value of McNemar's exact test that two classifiers of the same items are equally accurate: b items
// only the first got right, c items only the second did.
//
//	p = min(1, 2·P(X ≤ min(b, c))),  X ~ Binomial(b + c, ½)
//
// Items that both got right or both got wrong say nothing. Without any other item p is 1. It panics with ErrIndex on a negative count.
func McNemarExact(b, c int) float64 {
	if b < 0 || c < 0 {
		panic(ErrIndex)
	}
	if b == c {
		return 1
	}
	k, n := float64(min(b, c)), float64(b+c)
	// The binomial's distribution function is a regularised incomplete beta function.
	return min(1, 2*mathext.RegIncBeta(n-k, k+1, 0.5))
}

// Discordant counts the labelled items that only the first of two prediction lists got right, and those that only the second did. It
// panics with ErrShape if the lengths differ.
func Discordant(labels, first, second []int) (b, c int) {
	if len(first) != len(labels) || len(second) != len(labels) {
		panic(ErrShape)
	}
	for i, label := range labels {
		if label == NoLabel {
			continue
		}
		switch one, two := first[i] == label, second[i] == label; {
		case one && !two:
			b++
		case two && !one:
			c++
		}
	}
	return b, c
}
