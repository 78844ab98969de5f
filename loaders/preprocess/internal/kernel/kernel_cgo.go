//go:build cgo && (amd64 || arm64) && !windows

package kernel

// #cgo CFLAGS: -O3
// #include "kernel.h"
import "C"

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// Compiling fails if the two sides disagree about the rows of a strip.
var _ [Rows]struct{} = [C.IMG_ROWS]struct{}{}

// All lists the kernels that this processor runs, the fastest first.
func All() []*Kernel {
	var all []*Kernel
	if runtime.GOARCH == "amd64" && cpu.X86.HasAVX2 {
		all = append(all, newKernel("AVX2", C.IMG_AVX2))
	}
	return append(all, newKernel("base", C.IMG_BASE))
}

// Fastest returns the kernel to use, nil where the twins in Go are as fast: SSE2 lacks the multiplication of 32-bit lanes.
func Fastest() *Kernel {
	if runtime.GOARCH == "amd64" && !cpu.X86.HasAVX2 {
		return nil
	}
	return All()[0]
}

func newKernel(name string, set C.int) *Kernel {
	return &Kernel{
		Name: name,
		IDCT: func(dst []uint8, stride int, coef []int16, last []uint8) {
			n := len(last)
			if n == 0 {
				return
			}
			need(len(coef) >= 64*n && stride >= 8*n && len(dst) >= 7*stride+8*n)
			C.img_idct(set, bytes(dst), C.long(stride), (*C.int16_t)(&coef[0]), bytes(last), C.long(n))
		},
		YCC: func(dst []uint8, width, height int, y []uint8, stride int, c *Chroma, work []uint8) {
			need(width > 0 && height > 0 && len(dst) >= 3*width*height && stride >= width && len(y) >= (height-1)*stride+width)
			need((c.H == 1 || c.H == 2 && c.Width > 1) && (c.V == 1 || c.V == 2) && c.Width*c.H >= width && c.Height*c.V >= height)
			size := (c.Height-1)*c.Stride + c.Width
			need(c.Stride >= c.Width && len(c.Cb) >= size && len(c.Cr) >= size && len(work) >= c.WorkYCC())
			C.img_ycc(set, bytes(dst), C.long(width), C.long(height), bytes(y), C.long(stride), bytes(c.Cb), bytes(c.Cr), C.long(c.Stride),
				C.long(c.Width), C.long(c.Height), C.int(c.H), C.int(c.V), bytes(work))
		},
		Across: func(dst []uint8, dstStride int, src []uint8, stride, width, rows, channels int, w *Weights, work []uint8) {
			n := len(w.Start)
			if n == 0 || rows == 0 {
				return
			}
			need(rows > 0 && rows <= Rows && channels >= 1 && channels <= 4 && len(w.Coef) >= n*w.Taps)
			need(w.end()*channels <= width && stride >= width && len(src) >= (rows-1)*stride+width)
			need(dstStride >= n*channels && len(dst) >= (rows-1)*dstStride+n*channels && len(work) >= w.WorkAcross(width, channels))
			C.img_across(set, bytes(dst), C.long(dstStride), bytes(src), C.long(stride), C.long(width), C.long(rows), C.int(channels),
				(*C.int32_t)(&w.Start[0]), C.long(w.First), (*C.uint64_t)(&w.Coef[0]), C.long(w.Taps), C.long(n), bytes(work))
		},
		Down: func(dst []uint8, src []uint8, stride, width int, w *Weights) {
			n := len(w.Start)
			if n == 0 || width == 0 {
				return
			}
			need(width > 0 && stride >= width && len(w.Coef) >= n*w.Taps && len(src) >= (w.end()-1)*stride+width && len(dst) >= n*width)
			C.img_down(set, bytes(dst), bytes(src), C.long(stride), C.long(width), (*C.int32_t)(&w.Start[0]), C.long(w.First),
				(*C.uint64_t)(&w.Coef[0]), C.long(w.Taps), C.long(n))
		},
	}
}

func bytes(v []uint8) *C.uint8_t { return (*C.uint8_t)(&v[0]) }
