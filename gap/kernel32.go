package gap

import (
	"context"
	"math"
	"unsafe"
)

// A kernel computes tiles of S = X·Yᵀ in float32, in C (kernel.c). The plain twin of everything that uses one computes in float64 in Go
// and is what runs without a C compiler, on small clouds, and where the caller asks for it.
type kernel struct {
	name                    string
	panelRows, panelColumns int // how rows and columns are packed
	lanes                   int // of a ranking

	// product stores the tile of a packed block of tileRows rows and one of tileColumns columns, d wide, into s, row-major.
	product func(a, b []float32, d int, s []float32)

	// narrow is product of a tile of which only the first columns count; the others hold anything.
	narrow func(a, b []float32, d, columns int, s []float32)

	// sweep takes a tile into the accumulators of every λ and scale; row is the index of its first row in r. work holds workSize(scales)
	// values.
	sweep func(s []float32, r *rowMoves, row int, c *columnMoves, t *terms, work []float32)

	// unitSum adds the L2-normalised rows of x, d wide, to sum, in float64.
	unitSum func(x []float32, d int, sum []float64)

	// nearest takes a tile, whose first column is number first, into r; add, sub and inverse are those of rowMoves, λ by λ stride apart, and
	// of columnMoves.
	nearest func(s, add []float32, stride int, sub, inverse []float32, first int, r *ranking)
}

// workSize is the size of the working memory of kernel.sweep: terms of a group of rows for every scale, sums of its columns, cosines.
func workSize(scales int) int { return (tileGroup + (1+tileGroup)*scales) * tileColumns }

const (
	tileGroup = 4   // rows that share a column's accumulator in registers
	tileDepth = 128 // products summed in one chain
	tileLanes = 16  // lanes of a ranking that are held apart
)

// fastKernel is the kernel in use, nil if this build or processor has none.
var fastKernel = func() *kernel {
	if all := kernels(); len(all) > 0 {
		return all[0]
	}
	return nil
}()

// fastCells is the number of entries of S from which the float32 kernel is used. Below it float64 takes milliseconds.
var fastCells = 1 << 18

// kernelFor returns the kernel for a matrix of n×m similarities, or nil if it is to be computed in float64.
func kernelFor(n, m int, exact bool) *kernel {
	if exact || n*m < fastCells {
		return nil
	}
	return fastKernel
}

// unitRoundoff is the largest relative error of rounding to float32.
const unitRoundoff = 1.0 / (1 << 24)

// productError bounds the error of a kernel's similarity of two unit rows of d entries. An entry is a sum of chains of at most tileDepth
// products; a sum of k terms is within k·u·Σ|x·y| of the exact one, u = 2⁻²⁴, and Σ|x·y| ≤ 1 for unit rows. Rounding the rows themselves
// to float32 adds 2u, and the product's own rounding, where there is no fused multiply-add, another u.
func productError(d int) float64 {
	return float64(min(d, tileDepth)+blocks(d, tileDepth)+4) * unitRoundoff
}

// aligned32 returns n zeros that start on a cache line, so that no wide load crosses one.
func aligned32(n int) []float32 {
	const line = 64
	raw := make([]float32, n+line/4)
	skip := (line - uintptr(unsafe.Pointer(&raw[0]))%line) % line / 4
	return raw[skip : skip+uintptr(n) : skip+uintptr(n)]
}

// packed holds unit rows in float32 in the order in which a kernel reads them: blocks of rows, each in panels, each panel with its first
// entries first. Blocks are filled up with zeros.
type packed struct {
	n, d         int
	block, panel int // rows in a block and in a panel
	data         []float32
}

func (p *packed) blocks() int { return blocks(p.n, p.block) }

func (p *packed) at(block int) []float32 {
	size := p.block * p.d
	return p.data[block*size : (block+1)*size]
}

// packUnit packs rows of e, L2-normalised: those at the given indices, or all if index is nil.
func packUnit(ctx context.Context, e *Embeddings, index []int, block, panel int) (*packed, error) {
	n := e.N
	if index != nil {
		n = len(index)
	}
	p := &packed{n: n, d: e.D, block: block, panel: panel}
	p.data = aligned32(p.blocks() * block * e.D)
	err := parallel(ctx, p.blocks(), func(b int) error {
		for i := b * block; i < min((b+1)*block, n); i++ {
			row := i
			if index != nil {
				row = index[i]
			}
			p.set(i, e.Row(row))
		}
		return ctx.Err()
	})
	return p, err
}

// set stores x/‖x‖ as row i.
func (p *packed) set(i int, x []float32) {
	out := p.data[i/p.panel*p.panel*p.d+i%p.panel:]
	length := norm32(x)
	for k, v := range x {
		out[k*p.panel] = float32(float64(v) / length)
	}
}

// rowMoves are the images of a sweep at every λ: row l·stride + i of each is image i at λ number l. add and inverse are those of move.
// Rows beyond the last are at outside.
type rowMoves struct {
	count, stride int
	add, inverse  []float32
	shift         []float32 // h of every λ: terms are exp(s·(c − h))
	greatest      []float32 // greatest cosine with a text that is not the image's own
	sums          []float64 // Σ exp(s·(c − h)); row (l·scales + k)·stride + i for scale number k
}

// columnMoves are one block of tileColumns texts at every λ.
type columnMoves struct {
	sub, inverse []float32
	greatest     []float32
	sums         []float64
}

// outside stands for the similarity of rows that are not there, or that are not to be counted: far below every cosine.
const outside = -1e4

// terms say how the exponentials of a sweep are computed, scale by scale in ascending order: by a polynomial, or as a small power of the
// exponentials of an earlier scale.
//
// The n-th power has n times the relative error of its base. A cosine's own error, e, shows as e·s in the exponential at scale s, so from a
// base scale of 1 on a power is as good as what it is computed from.
type terms struct {
	source, power []int32   // power[k] of scale source[k]; source −1 is the polynomial
	slope, low    []float32 // scale·log₂e, and what float32 lost of it
	least         []float32 // the shifted cosine below which 2^(slope·c) counts as 2⁻¹²⁶
}

// newTerms plans the exponentials of ascending scales.
func newTerms(scales []float64) *terms {
	t := &terms{}
	for k, s := range scales {
		slope := s * math.Log2E
		t.slope = append(t.slope, float32(slope))
		t.low = append(t.low, float32(slope-float64(float32(slope))))
		t.least = append(t.least, float32(-126/slope))
		source, power := int32(-1), 0
		for j, base := range scales[:k] {
			ratio := math.Round(s / base)
			if base < 1 || ratio < 2 || ratio > greatestPower || ratio*base != s {
				continue
			}
			if p := int(ratio); source < 0 || powerCost[p] <= powerCost[power] {
				source, power = int32(j), p
			}
		}
		t.source, t.power = append(t.source, source), append(t.power, int32(power))
	}
	return t
}

// greatestPower is the greatest power that kernels compute, powerCost the multiplications of each.
const greatestPower = 10

var powerCost = [greatestPower + 1]int{2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 8: 3, 9: 4, 10: 4}

// A term exp(s·(c − h)) is in range if −126 ≤ s·log₂e·(c − h) ≤ 127.
const (
	plainScale   = 40  // largest scale that needs no shift: 40·log₂e = 57.7
	termTop      = 115 // binary exponent of the greatest term expected: 4096 such terms do not overflow
	termRange    = 205 // binary orders of magnitude from there to the least sum that is good to float32
	greatestTerm = 119 // binary exponent above which a float32 sum of a tile may overflow

	// maxFastScale is the largest scale of the float32 kernel. Beyond it a range of 205 binary orders of magnitude no longer spans the
	// greatest cosines of rows, and the error of a cosine, times the scale, shows in the loss.
	maxFastScale = 400
)

// termShift returns the shift h for a λ, given the greatest scale and the greatest cosine expected. It lays the range of the greatest
// scale so that cosines may exceed what is expected by as much as they may fall short of it, and need not exceed 1. What is out of range
// nevertheless is found and computed again.
func termShift(scale, expected float64) float32 {
	if scale <= plainScale {
		return 0
	}
	slope := scale * math.Log2E
	return float32(min(1+1e-5, expected+min(0.4, termRange/2/slope)) - termTop/slope)
}

// leastSum is the least sum of n terms to which terms that count as 2⁻¹²⁶, or as 0 below it, add less than 2⁻²⁴ of it.
func leastSum(n int) float64 { return float64(n) * 0x1p-102 }
