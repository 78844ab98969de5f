package gap

import (
	"context"
	"math"
	"math/rand/v2"
)

// A Disparity is how far a rate differs between groups.
type Disparity struct {
	Range          float64 // the greatest rate minus the least
	MeanDifference float64 // mean of |r_a − r_b| over all pairs of groups
}

// DisparityOf compares the rates of groups. A rate that is NaN, of a group without items, counts for none; with fewer than two others both
// numbers are NaN.
func DisparityOf(rates []float64) Disparity {
	low, high := math.Inf(1), math.Inf(-1)
	var sum float64
	pairs := 0
	for i, a := range rates {
		if math.IsNaN(a) {
			continue
		}
		low, high = min(low, a), max(high, a)
		for _, b := range rates[:i] {
			if !math.IsNaN(b) {
				sum += math.Abs(a - b)
				pairs++
			}
		}
	}
	if pairs == 0 {
		return Disparity{math.NaN(), math.NaN()}
	}
	return Disparity{high - low, sum / float64(pairs)}
}

// DisparityDraws returns bootstrap draws of the disparities of several events over the same items: draws[e][b] is that of event e in resample b.
// groups has the group of each item, from 0 to count − 1; events[e][i] says whether event e happened to item i. Each group is resampled by itself, so
// that its size stays, and one resample serves all events, so that differences of draws are paired. Resample b is drawn from PCG(seed, b).
//
// Time is O(resamples·items·events). The error is ctx's if ctx ends. It panics with ErrShape if lengths differ and with ErrIndex if a group is
// out of range.
func DisparityDraws(ctx context.Context, groups []int, count int, events [][]bool, resamples int, seed uint64) ([][]Disparity, error) {
	members := make([][]int, count)
	for i, g := range groups {
		if g < 0 || g >= count {
			panic(ErrIndex)
		}
		members[g] = append(members[g], i)
	}
	// happened holds the events of an item side by side: what a draw adds.
	happened := make([]uint8, len(groups)*len(events))
	draws := make([][]Disparity, len(events))
	for e, event := range events {
		if len(event) != len(groups) {
			panic(ErrShape)
		}
		for i, yes := range event {
			if yes {
				happened[i*len(events)+e] = 1
			}
		}
		draws[e] = make([]Disparity, resamples)
	}
	err := parallel(ctx, resamples, func(b int) error {
		rng := rand.New(rand.NewPCG(seed, uint64(b)))
		rates := newRows(len(events), count)
		sums := make([]int, len(events))
		for g, items := range members {
			clear(sums)
			for range items {
				i := items[rng.IntN(len(items))]
				for e, v := range happened[i*len(events) : (i+1)*len(events)] {
					sums[e] += int(v)
				}
			}
			for e, s := range sums {
				rates.row(e)[g] = float64(s) / float64(len(items)) // NaN of a group without items
			}
		}
		for e := range events {
			draws[e][b] = DisparityOf(rates.row(e))
		}
		return ctx.Err()
	})
	return draws, err
}
