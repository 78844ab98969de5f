package gap

import "math"

// expUnderflow is the exponent below which fastExp returns 0: exp(−708) is the last normal float64.
const expUnderflow = -708

// fastExp returns exp(x) for −708 ≤ x ≤ 1, with a relative error below 1e-12; smaller x give 0. It is about twice as fast as
// math.Exp.
//
//	exp(x) = 2^(k/2048) · exp(r),  k = round(x·2048/ln 2),  |r| ≤ ln 2/4096 = 1.7e-4
//
// 2^(k/2048) is a table entry for the lowest eleven bits of k and an addition to the exponent for the rest; exp(r) is 1 + r + r²/2, whose
// error is r³/6 ≤ 8.1e-13.
func fastExp(x float64) float64 {
	if x < expUnderflow {
		return 0
	}
	// Adding 1.5·2⁵² leaves the rounded integer in the low bits of the sum.
	t := x*(expSteps/math.Ln2) + expShift
	k := int64(math.Float64bits(t)) - expShiftBits
	r := x - (t-expShift)*(math.Ln2/expSteps)
	scale := math.Float64frombits(expTable[uint64(k)%expSteps] + uint64(k>>expStepBits)<<52)
	return scale + scale*(r+0.5*r*r)
}

// addExponentials adds exp(s(c − 1)) of every cosine c to dst and returns their sum. It is fastExp with the scale folded into its first
// product and without its test for underflow, which a scale of at most maxShiftScale rules out. Nearly all of a sweep's time passes here.
func addExponentials(dst, cosines []float64, s float64) float64 {
	const linear, square = math.Ln2 / expSteps, math.Ln2 / expSteps * (math.Ln2 / expSteps) / 2
	var sum float64
	steps := s * (expSteps / math.Ln2)
	dst = dst[:len(cosines)]
	for k, c := range cosines {
		x := (c - 1) * steps
		t := x + expShift
		bits := math.Float64bits(t)
		// The low bits of t hold round(x) modulo 2⁴⁹: those of expShift are zero.
		f := x - (t - expShift)
		scale := math.Float64frombits(expTable[bits%expSteps] + bits>>expStepBits<<52)
		e := scale + scale*(f*(linear+square*f))
		sum += e
		dst[k] += e
	}
	return sum
}

const (
	expStepBits  = 11
	expSteps     = 1 << expStepBits
	expShift     = 3 << 51
	expShiftBits = 0x4338000000000000
)

// expTable holds the bits of 2^(i/2048), 16 kB.
var expTable = func() (table [expSteps]uint64) {
	for i := range table {
		table[i] = math.Float64bits(math.Exp2(float64(i) / expSteps))
	}
	return table
}()
