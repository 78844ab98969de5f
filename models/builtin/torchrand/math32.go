package torchrand

import "math"

// The logarithm, sine and cosine here are the single-precision polynomials of the Cephes library (Moshier), evaluated with the
// roundings of PyTorch's AVX2 build, where the compiler joins a product and the sum that takes it into one fused operation.
// They are not the closest float32 to the true value in about one case of ten; that is the point.
//
// Values are float32 held in float64. The product of two float32 is exact in float64, so round(a*b) and round(a+b) are what float32
// arithmetic gives, and they stay so on machines where the Go compiler itself fuses a product with a sum.

// round rounds to float32.
func round(x float64) float64 { return float64(float32(x)) }

// fma returns a·b + c rounded once to float32, for float32 a, b and c and a result in float32's normal range.
//
// The sum is rounded to float64 and then to float32. Twice rounded is wrong only if the first rounding ends half-way between two float32.
func fma(a, b, c float64) float64 {
	s := a*b + c
	if math.Float64bits(s)<<35 == 1<<63 {
		s = offHalfway(a*b, c, s)
	}
	return float64(float32(s))
}

// offHalfway moves s, the float64 sum of p and c, off the middle between two float32 to the side on which p + c lies, if it is not
// the middle itself.
func offHalfway(p, c, s float64) float64 {
	t := s - p
	err := (p - (s - t)) + (c - t) // Knuth's two-sum: p + c = s + err exactly
	switch {
	case err > 0:
		return math.Nextafter(s, math.Inf(1))
	case err < 0:
		return math.Nextafter(s, math.Inf(-1))
	}
	return s
}

// log32 returns the natural logarithm of x, a normal positive float32.
func log32(x float32) float64 {
	bits := math.Float32bits(x)
	exponent := float64(int32(bits>>23) - 126)
	m := float64(math.Float32frombits(bits&0x007fffff | 0x3f000000)) // in [0.5, 1)
	if m < float64(float32(math.Sqrt2/2)) {
		exponent--
		m += m
	}
	m-- // exact: m was in [√½, √2)
	z := round(m * m)
	y := fma(float64(float32(7.0376836292e-2)), m, float64(float32(-1.1514610310e-1)))
	y = fma(y, m, float64(float32(1.1676998740e-1)))
	y = fma(y, m, float64(float32(-1.2420140846e-1)))
	y = fma(y, m, float64(float32(1.4249322787e-1)))
	y = fma(y, m, float64(float32(-1.6668057665e-1)))
	y = fma(y, m, float64(float32(2.0000714765e-1)))
	y = fma(y, m, float64(float32(-2.4999993993e-1)))
	y = fma(y, m, float64(float32(3.3333331174e-1)))
	y = round(y * m)
	// ln 2 is split in two so that the exponent's large part, which has few bits, is added exactly and last.
	const ln2Hi, ln2Lo = 0.693359375, -2.12194440e-4
	y = fma(y, z, round(exponent*float64(float32(ln2Lo))))
	y = fma(z, -0.5, y)
	return fma(exponent, ln2Hi, round(m+y))
}

// sincos32 returns the sine and the cosine of x in [0, 2π].
func sincos32(x float32) (sin, cos float64) {
	octant := int32(x * float32(4/math.Pi))
	octant = (octant + 1) &^ 1
	j := float64(octant)
	// x − j·π/4, with π/4 in three parts.
	r := fma(j, float64(float32(-0.78515625)), float64(x))
	r = fma(j, float64(float32(-2.4187564849853515625e-4)), r)
	r = fma(j, float64(float32(-3.77489497744594108e-8)), r)
	z := round(r * r)

	c := fma(float64(float32(2.443315711809948e-5)), z, float64(float32(-1.388731625493765e-3)))
	c = fma(c, z, float64(float32(4.166664568298827e-2)))
	c = round(c * z)
	c = fma(c, z, -0.5*z)
	c = round(c + 1)

	s := fma(float64(float32(-1.9515295891e-4)), z, float64(float32(8.3321608736e-3)))
	s = fma(s, z, float64(float32(-1.6666654611e-1)))
	s = round(s * z)
	s = fma(s, r, r)

	if octant&2 != 0 {
		s, c = c, s
	}
	if octant&4 != 0 {
		s = -s
	}
	if (octant+2)&4 != 0 {
		c = -c
	}
	return s, c
}
