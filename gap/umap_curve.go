package gap

import "math"

// CurveParameters fits the curve by which UMAP turns distances in the picture into similarities, 1/(1 + a·x^(2b)), to
//
//	1 for x < minDist,  exp(−(x − minDist)/spread) else
//
// by least squares over 300 equally spaced x in [0, 3·spread] (umap-learn's find_ab_params). Levenberg–Marquardt starts from a = b = 1, as
// there. It panics with ErrShape unless 0 ≤ minDist ≤ spread and 0 < spread, all finite.
func CurveParameters(minDist, spread float64) (a, b float64) {
	if !(minDist >= 0 && minDist <= spread && spread > 0) || math.IsInf(spread, 1) {
		panic(ErrShape)
	}
	const points = 300
	x, y := make([]float64, points), make([]float64, points)
	for k := range x {
		x[k] = 3 * spread * float64(k) / (points - 1)
		y[k] = 1
		if x[k] >= minDist {
			y[k] = math.Exp(-(x[k] - minDist) / spread)
		}
	}
	square := func(a, b float64) float64 {
		var sum float64
		for k, v := range x {
			r := 1/(1+a*math.Pow(v, 2*b)) - y[k]
			sum += r * r
		}
		return sum
	}
	a, b = 1, 1
	damping, error := 1e-3, square(1, 1)
	for range 500 {
		// The normal equations of the Jacobian, one row a point.
		var aa, ab, bb, ga, gb float64
		for k, v := range x[1:] { // at x = 0 the curve is 1 whatever a and b
			power := math.Pow(v, 2*b)
			f := 1 / (1 + a*power)
			da, db := -f*f*power, -f*f*a*power*2*math.Log(v)
			r := f - y[k+1]
			aa, ab, bb = aa+da*da, ab+da*db, bb+db*db
			ga, gb = ga+da*r, gb+db*r
		}
		p, q := aa*(1+damping), bb*(1+damping)
		det := p*q - ab*ab
		stepA, stepB := (ab*gb-q*ga)/det, (ab*ga-p*gb)/det
		next := math.Inf(1)
		if a+stepA > 0 && b+stepB > 0 {
			next = square(a+stepA, b+stepB)
		}
		if !(next <= error) {
			if damping > 1e12 {
				break // no step improves: this is the minimum, up to rounding
			}
			damping *= 10
			continue
		}
		a, b, error, damping = a+stepA, b+stepB, next, damping/10
		if math.Abs(stepA) <= 1e-12*a && math.Abs(stepB) <= 1e-12*b {
			break
		}
	}
	return a, b
}
