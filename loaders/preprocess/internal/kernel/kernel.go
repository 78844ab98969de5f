// Package kernel holds the arithmetic of decoding and resizing in C, for vector instructions: inverse DCT, chroma upsampling and colour
// conversion of package jpeg, and the sums of the resampler of package preprocess.
//
// Each is on integers and gives the bytes of its plain twin in Go, in those packages, which runs without a C compiler. The functions check
// that their slices are long enough before C sees them; the C code allocates nothing and keeps no pointer.
package kernel

// A Kernel is the functions for one instruction set.
type Kernel struct {
	Name string

	// IDCT writes len(last) blocks of 8×8 samples side by side at dst, whose rows lie stride apart. coef holds 64 dequantised coefficients a
	// block, in natural order; where last is 0, all but the first of the block are zero.
	IDCT func(dst []uint8, stride int, coef []int16, last []uint8)

	// YCC writes the width×height pixels of a picture as interleaved RGB from luma and two planes of chroma, which it enlarges with the
	// triangle filter.
	YCC func(dst []uint8, width, height int, y []uint8, stride int, c *Chroma, work []uint8)

	// Across resizes rows, at most Rows of width bytes and stride apart, into rows of dst that lie dstStride apart. There are 1 to 4
	// channels.
	Across func(dst []uint8, dstStride int, src []uint8, stride, width, rows, channels int, w *Weights, work []uint8)

	// Down resizes rows of width bytes, stride apart, into rows of dst without gaps.
	Down func(dst []uint8, src []uint8, stride, width int, w *Weights)
}

// Rows is the number of rows that are resized across together.
const Rows = 16

// A Chroma is the two planes of chroma of a picture, H and V times smaller than luma: 1 or 2. Where H is 2, Width is above 1.
type Chroma struct {
	Cb, Cr                []uint8
	Stride, Width, Height int
	H, V                  int
}

// WorkYCC is the length of the working memory of Kernel.YCC.
func (c *Chroma) WorkYCC() int { return 4 * c.Width }

// Weights say how a line is resized: output i is Σ Coef[i·Taps+t] · input[Start[i]−First+t] over t < Taps, with 22 bits of fraction. Coef
// holds signed 32-bit numbers, sign-extended.
type Weights struct {
	Start []int32
	First int
	Coef  []uint64
	Taps  int
}

// WorkAcross is the length of the working memory of Kernel.Across.
func (w *Weights) WorkAcross(width, channels int) int { return Rows * (width + len(w.Start)*channels) }

// end returns the number of inputs that the weights reach over.
func (w *Weights) end() int {
	n := 0
	for _, s := range w.Start {
		if int(s) < w.First {
			panic(errSlices)
		}
		n = max(n, int(s)-w.First+w.Taps)
	}
	return n
}

// errSlices is what a caller's fault panics with.
const errSlices = "kernel: slices too short"

func need(ok bool) {
	if !ok {
		panic(errSlices)
	}
}
