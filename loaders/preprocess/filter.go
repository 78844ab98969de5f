package preprocess

import (
	"math"

	"mindgap/loaders/preprocess/internal/kernel"
)

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
	// Output i (of the kept ones) is Σ coef[i*taps+t] · input[start[i]+t] over t < taps. Windows shorter than taps are filled up with
	// zeros, so that the inner loops have one length, which the processor then foretells. Where the plan copies there is no coef, and
	// output i is input[start[i]].
	taps  int
	start []int32
	coef  []uint64 // sign-extended: they multiply two packed lanes at once
	lo    int      // the inputs that any kept output reads: lo ≤ j < hi
	hi    int
	w     kernel.Weights
}

// weights returns the plan as a kernel takes it, valid until the next one.
func (a *axis) weights() *kernel.Weights {
	a.w = kernel.Weights{Start: a.start, First: a.lo, Coef: a.coef, Taps: a.taps}
	return &a.w
}

// plan fills a for a resize from in to out samples of which the n from first on are kept.
func (a *axis) plan(f filter, in, out, first, n int) {
	a.in, a.out = in, out
	a.same, a.copies, a.taps = in == out, in == out || f.kernel == nil, 1
	a.start = grow(a.start, n)
	switch {
	case a.same:
		for i := range n {
			a.start[i] = int32(first + i)
		}
	case f.kernel == nil:
		a.planNearest(in, out, first, n)
	default:
		a.planKernel(f, in, out, first, n)
	}
	a.lo, a.hi = int(a.start[0]), int(a.start[n-1])+a.taps
}

// planNearest steps as Pillow's affine transform does: the step is added up in float64, which differs from multiplying wherever the sum
// meets a whole number.
func (a *axis) planNearest(in, out, first, n int) {
	step := float64(in) / float64(out)
	x := step * 0.5
	for i := range first + n {
		if i >= first {
			a.start[i-first] = int32(min(int(x), in-1))
		}
		x += step
	}
}

// planKernel computes the weights as Pillow's precompute_coeffs and normalize_coeffs_8bpc do.
func (a *axis) planKernel(f filter, in, out, first, n int) {
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support := f.support * stretch
	window := func(i int) (centre float64, lo, hi int) {
		centre = (float64(first+i) + 0.5) * scale
		return centre, max(int(centre-support+0.5), 0), min(int(centre+support+0.5), in)
	}
	a.taps = 0
	for i := range n {
		_, lo, hi := window(i)
		a.taps = max(a.taps, hi-lo)
	}
	a.coef = grow(a.coef, n*a.taps)
	clear(a.coef)
	inverse := 1 / stretch
	for i := range n {
		centre, lo, hi := window(i)
		sum := 0.0
		for j := lo; j < hi; j++ {
			sum += f.kernel((float64(j) - centre + 0.5) * inverse)
		}
		// The window may have to begin earlier, to end within the line.
		start := min(lo, in-a.taps)
		coef := a.coef[i*a.taps+lo-start:]
		for j := lo; j < hi; j++ {
			w := f.kernel((float64(j) - centre + 0.5) * inverse)
			if sum != 0 {
				w /= sum
			}
			w *= 1 << precision
			if w < 0 {
				w -= 0.5
			} else {
				w += 0.5
			}
			coef[j-lo] = uint64(int64(w))
		}
		a.start[i] = int32(start)
	}
}
