package preprocess

import "math"

// A filter is a resampling kernel, or the nearest neighbour if kernel is nil. Products are converted to float64 by name, which
// forbids the compiler to fuse them into the sums: the coefficients must be the same on every machine.
type filter struct {
	kernel  func(x float64) float64
	support float64
}

// filters are Pillow's, by the names of models.Preprocess.
var filters = map[string]filter{
	"nearest":  {},
	"box":      {box, 0.5},
	"bilinear": {bilinear, 1},
	"hamming":  {hamming, 1},
	"bicubic":  {bicubic, 2},
	"lanczos":  {lanczos, 3},
}

func box(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func bilinear(x float64) float64 { return max(1-math.Abs(x), 0) }

func hamming(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	x *= math.Pi
	return math.Sin(x) / x * (0.54 + float64(0.46*math.Cos(x)))
}

// bicubic is Keys' kernel with a = −1/2.
func bicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64(float64((float64((a+2)*x)-(a+3))*x)*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}

func lanczos(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return sinc(x) * sinc(x/3)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

// precision is the number of fraction bits of a coefficient: 8-bit samples times coefficients of at most ±2 stay within 32 bits.
const precision = 22

// An axis is the plan for one direction of a resize: which samples, with which weights, make each kept output.
type axis struct {
	in, out int  // samples of the whole line, before and after
	same    bool // input and output have one size
	copies  bool // no arithmetic: the same size, or the nearest neighbour
	// Output i (of the kept ones) is Σ coef[i*taps+t] · input[start[i]+t] over t < count[i]. Where the plan
	// copies there is no coef, and output i is input[start[i]].
	taps         int
	start, count []int32
	coef         []uint64 // sign-extended: they multiply two packed lanes at once
	weights      []float64
	lo, hi       int // the inputs that any kept output reads: lo ≤ j < hi
}

// plan fills a for a resize from in to out samples of which the n from first on are kept.
func (a *axis) plan(f filter, in, out, first, n int) {
	a.in, a.out = in, out
	a.same, a.copies, a.taps = in == out, in == out || f.kernel == nil, 1
	a.start, a.count = grow(a.start, n), grow(a.count, n)
	switch {
	case a.same:
		for i := range n {
			a.start[i], a.count[i] = int32(first+i), 1
		}
	case f.kernel == nil:
		a.planNearest(in, out, first, n)
	default:
		a.planKernel(f, in, out, first, n)
	}
	a.lo, a.hi = int(a.start[0]), int(a.start[n-1]+a.count[n-1])
}

// planNearest steps as Pillow's affine transform does: the step is added up in float64, which differs from multiplying wherever the sum
// meets a whole number.
func (a *axis) planNearest(in, out, first, n int) {
	step := float64(in) / float64(out)
	x := step * 0.5
	for i := range first + n {
		if i >= first {
			a.start[i-first], a.count[i-first] = int32(min(int(x), in-1)), 1
		}
		x += step
	}
}

// planKernel computes the weights as Pillow's precompute_coeffs and normalize_coeffs_8bpc do.
func (a *axis) planKernel(f filter, in, out, first, n int) {
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support := f.support * stretch
	a.taps = int(math.Ceil(support))*2 + 1
	a.coef = grow(a.coef, n*a.taps)
	inverse := 1 / stretch
	a.weights = grow(a.weights, a.taps)
	weights := a.weights
	for i := range n {
		centre := (float64(first+i) + 0.5) * scale
		lo := max(int(centre-support+0.5), 0)
		hi := min(int(centre+support+0.5), in)
		sum := 0.0
		for t := range hi - lo {
			weights[t] = f.kernel((float64(lo+t) - centre + 0.5) * inverse)
			sum += weights[t]
		}
		for t := range hi - lo {
			w := weights[t]
			if sum != 0 {
				w /= sum
			}
			w *= 1 << precision
			if w < 0 {
				w -= 0.5
			} else {
				w += 0.5
			}
			a.coef[i*a.taps+t] = uint64(int64(w))
		}
		a.start[i], a.count[i] = int32(lo), int32(hi-lo)
	}
}
