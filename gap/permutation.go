package gap

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A Permutation is the outcome of PermutationTest.
type Permutation struct {
	Gap      float64 // ‖mean(x) − mean(y)‖ as paired
	P        float64 // p-value
	Swaps    int     // arrangements tried
	Complete bool    // they are all arrangements there are
}

// PermutationTest tests whether the gap is larger than chance. If the modality of a row meant nothing, an image and its text could be
// swapped, pair by pair, without changing the distribution of
//
//	‖(1/n) Σ ±(x_i − y_i)‖,  unit rows
//
// The p-value is the share of arrangements with a gap at least as large as that of the pairs as they are, these counted in:
// (1 + as large)/(1 + swaps) over random swaps, arrangement b drawn from PCG(seed, b). If there are at most swaps arrangements (2ⁿ), all of
// them are tried, and p is exact. An image stands with its first text.
//
// Time is O(swaps·n·d), on all processors. The error is a *ValueError for rows without a direction, ctx's if ctx ends, and otherwise says
// that swaps is below 1. It panics with ErrTooFew without pairs.
func PermutationTest(ctx context.Context, p Pair, swaps int, seed uint64) (Permutation, error) {
	if swaps < 1 {
		return Permutation{}, fmt.Errorf("gap: %d swaps, want 1 or more", swaps)
	}
	if err := p.Validate(); err != nil {
		return Permutation{}, err
	}
	n, d := p.Images.N, p.Images.D
	if n == 0 {
		panic(ErrTooFew)
	}
	difference := newRows(n, d)
	if err := eachUnit(ctx, p.Images, nil, func(_, i0 int, block *rows) { copy(difference.data[i0*d:], block.data) }); err != nil {
		return Permutation{}, err
	}
	if err := eachUnit(ctx, p.Texts, p.FirstTexts(), func(_, i0 int, block *rows) {
		addScaled(difference.data[i0*d:(i0+block.n)*d], -1, block.data)
	}); err != nil {
		return Permutation{}, err
	}
	t := Permutation{Gap: norm(scaled(difference.sum(), 1/float64(n))), Swaps: swaps}
	if n < 63 && 1<<n <= swaps {
		t.Complete, t.Swaps = true, 1<<n
	}
	// Arrangements that are equal but for the order of summation are as large.
	limit := t.Gap * (1 - 1e-12)
	parts := make([]int, blocks(t.Swaps, resampleBlock))
	err := parallel(ctx, len(parts), func(b int) error {
		first, last := b*resampleBlock, min((b+1)*resampleBlock, t.Swaps)
		signs, sums := newRows(last-first, n), newRows(last-first, d)
		for at := range signs.n {
			arrange(signs.row(at), uint64(first+at), seed, t.Complete)
		}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1/float64(n), general(signs), general(difference), 0, general(sums))
		for at := range sums.n {
			if norm(sums.row(at)) >= limit {
				parts[b]++
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return Permutation{}, err
	}
	large := 0
	for _, k := range parts {
		large += k
	}
	t.P = float64(large) / float64(t.Swaps)
	if !t.Complete {
		t.P = float64(1+large) / float64(1+t.Swaps)
	}
	return t, nil
}

// arrange fills in the signs of arrangement number b: its binary digits, or draws.
func arrange(signs []float64, b, seed uint64, complete bool) {
	rng := rand.New(rand.NewPCG(seed, b))
	bits := b
	for i := range signs {
		if !complete && i%64 == 0 {
			bits = rng.Uint64()
		}
		signs[i] = 1 - 2*float64(bits&1)
		bits >>= 1
	}
}
