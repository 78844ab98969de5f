//go:build cgo && (amd64 || arm64) && !windows

package gap

// #cgo LDFLAGS: -lm
// #include "kernel.h"
import "C"

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// Compiling fails if the two sides disagree about the shape of a tile.
var (
	_ [tileRows]struct{}    = [C.GAP_ROWS]struct{}{}
	_ [tileColumns]struct{} = [C.GAP_COLUMNS]struct{}{}
	_ [tileGroup]struct{}   = [C.GAP_GROUP]struct{}{}
	_ [tileDepth]struct{}   = [C.GAP_DEPTH]struct{}{}
	_ [tileLanes]struct{}   = [C.GAP_LANES]struct{}{}
)

// kernels lists the kernels that this processor runs, the fastest first.
func kernels() []*kernel {
	var all []*kernel
	if runtime.GOARCH == "amd64" {
		x := &cpu.X86
		if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512BW && x.HasFMA {
			all = append(all, newKernel("AVX-512", C.GAP_AVX512))
		}
		if x.HasAVX2 && x.HasFMA {
			all = append(all, newKernel("AVX2", C.GAP_AVX2))
		}
	}
	return append(all, newKernel("base", C.GAP_BASE))
}

func newKernel(name string, set C.int) *kernel {
	return &kernel{
		name:         name,
		panelRows:    int(C.gap_panel_rows(set)),
		panelColumns: int(C.gap_panel_columns(set)),
		lanes:        int(C.gap_lanes(set)),
		product:      func(a, b []float32, d int, s []float32) { tileProduct(set, a, b, d, tileColumns, s) },
		narrow: func(a, b []float32, d, columns int, s []float32) {
			if columns > tileColumns {
				panic(ErrShape)
			}
			tileProduct(set, a, b, d, columns, s)
		},
		sweep: func(s []float32, r *rowMoves, row int, c *columnMoves, t *terms, work []float32) {
			lambdas, scales := r.count, len(t.slope)
			var rowSums, columnSums *C.double
			var source, power *C.int
			var slope, low, least *C.float
			if scales > 0 {
				rowSums, columnSums = (*C.double)(&r.sums[row]), (*C.double)(&c.sums[0])
				source, power = (*C.int)(&t.source[0]), (*C.int)(&t.power[0])
				slope, low, least = floats32(t.slope), floats32(t.low), floats32(t.least)
			}
			C.gap_sweep(set, floats32(s), C.long(lambdas), floats32(r.add[row:]), floats32(r.inverse[row:]), floats32(r.greatest[row:]),
				C.long(r.stride), floats32(c.sub), floats32(c.inverse), tileColumns, floats32(c.greatest), floats32(r.shift), C.long(scales),
				source, power, slope, low, least, rowSums, columnSums, floats32(work))
		},
		unitSum: func(x []float32, d int, sum []float64) {
			if len(x) > 0 {
				C.gap_unit_sum(set, floats32(x), C.long(len(x)/d), C.long(d), (*C.double)(&sum[0]))
			}
		},
		nearest: func(s, add []float32, stride int, sub, inverse []float32, first int, r *ranking) {
			C.gap_nearest(set, floats32(s), C.long(r.lambdas), floats32(add), C.long(stride), floats32(sub), floats32(inverse), C.long(first),
				floats32(r.best), floats32(r.second), floats32(r.index))
		},
	}
}

func tileProduct(set C.int, a, b []float32, d, columns int, s []float32) {
	if d == 0 {
		clear(s)
		return
	}
	C.gap_product(set, floats32(a[:tileRows*d]), floats32(b[:tileColumns*d]), C.long(d), C.long(columns), floats32(s[:tileRows*tileColumns]))
}

func floats32(v []float32) *C.float { return (*C.float)(&v[0]) }
