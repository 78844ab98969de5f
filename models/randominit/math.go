package randominit

import "math"

// The functions of this file replace math.Exp and math.Log, which are assembly on some processors and round differently there. Products
// are converted explicitly where a sum follows: Go may otherwise fuse the two into one rounding on arm64.

const (
	ln2Hi = 6.93147180369123816490e-01 // the upper 33 bits of ln 2: k·ln2Hi is exact for every exponent k
	ln2Lo = 1.90821492927058770002e-10
)

// exp returns e^x for -700 < x ≤ 0, within two units in the last place: x = k·ln 2 + r with |r| ≤ ln 2 / 2, and Taylor's series of e^r to
// r^13/13!, whose rest is below 2^-57.
func exp(x float64) float64 {
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	r := x - float64(k*ln2Hi)
	r -= float64(k * ln2Lo)
	sum := 1.0
	for i := 13.0; i > 0; i-- {
		sum = 1 + float64(sum*r)/i
	}
	return math.Ldexp(sum, int(k))
}

// log returns ln x for x > 0, within two units in the last place of 1: x = m·2^k with √½ ≤ m < √2, and ln m = 2 artanh s with
// s = (m-1)/(m+1), |s| < 0.172, by its series to s^21/21, whose rest is below 2^-58.
func log(x float64) float64 {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	sum := 0.0
	for i := 21.0; i > 0; i -= 2 {
		sum = 1/i + float64(sum*s2)
	}
	return float64(float64(k)*ln2Hi) + (float64(2*s*sum) + float64(float64(k)*ln2Lo))
}
