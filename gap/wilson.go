package gap

import "math"

// Z95 is the standard normal quantile of 0.975, for intervals at 95%.
const Z95 = 1.959963984540054

// WilsonInterval returns Wilson's score interval of a proportion of correct among n, at z standard normal deviations:
//
//	(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n),  p = correct/n
//
// (Wilson 1927). It panics with ErrTooFew if n < 1 and with ErrIndex if correct is not between 0 and n.
func WilsonInterval(correct, n int, z float64) (low, high float64) {
	if n < 1 {
		panic(ErrTooFew)
	}
	if correct < 0 || correct > n {
		panic(ErrIndex)
	}
	count := float64(n)
	p := float64(correct) / count
	z2 := z * z / count
	centre := (p + z2/2) / (1 + z2)
	half := z * math.Sqrt(p*(1-p)/count+z2/(4*count)) / (1 + z2)
	low, high = max(0, centre-half), min(1, centre+half)
	// At the ends the formula is exactly 0 or 1, and only rounding says otherwise.
	if correct == 0 {
		low = 0
	}
	if correct == n {
		high = 1
	}
	return low, high
}
