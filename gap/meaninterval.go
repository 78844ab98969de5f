package gap

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MeanInterval returns the mean of independent values, their sample standard deviation s (divisor n − 1), and Student's interval of the mean
// at the given level:
//
//	mean ± t·s/√n,  t the quantile (1 + level)/2 of Student's distribution with n − 1 degrees of freedom
//
// It is exact for normal values; of a few seeds it is wide, as it should be. For one value the deviation and the interval are NaN, for none
// the mean, too.
func MeanInterval(values []float64, level float64) (mean, std, low, high float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	if n < 2 {
		if n == 0 {
			mean = math.NaN()
		}
		return mean, math.NaN(), math.NaN(), math.NaN()
	}
	for _, v := range values {
		std += (v - mean) * (v - mean)
	}
	std = math.Sqrt(std / (n - 1))
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * std / math.Sqrt(n)
	return mean, std, mean - half, mean + half
}
