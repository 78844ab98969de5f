package gap

import "context"

// CrossCosines counts the cosines between images and texts in equal bins on [−1, 1], the last bin closed: those of texts with their own
// image, and those of all other combinations. The distance of the two histograms is what retrieval lives on, and their place on the axis
// is where the gap has moved them.
//
// Time is O(nmd), on all processors; no n×m matrix is held. It panics with ErrShape if bins < 1. The error is a *ValueError if a row holds
// NaN, an infinity or only zeros, and otherwise ctx's.
func CrossCosines(ctx context.Context, p Pair, bins int) (matched, unmatched []int64, err error) {
	if bins < 1 {
		panic(ErrShape)
	}
	if err := p.Validate(); err != nil {
		return nil, nil, err
	}
	x, err := similarUnit(ctx, p.Images, p.Texts.N)
	if err != nil {
		return nil, nil, err
	}
	y, err := similarUnit(ctx, p.Texts, p.Images.N)
	if err != nil {
		return nil, nil, err
	}
	tolerance := x.tolerance()
	tasks := blocks(x.n, tileRows)
	own, other := make([]histogram, tasks), make([]histogram, tasks)
	err = parallel(ctx, tasks, func(b int) error {
		own[b], other[b] = newHistogram(bins), newHistogram(bins)
		t := newTile()
		i0, i1 := b*tileRows, min((b+1)*tileRows, x.n)
		for j0 := 0; j0 < y.n; j0 += tileColumns {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.product(x, y, i0, i1, j0, min(j0+tileColumns, y.n))
			for i := i0; i < i1; i++ {
				for k, c := range t.row(i) {
					h := &other[b]
					if p.Image(j0+k) == i {
						h = &own[b]
					}
					h.addExact(c, tolerance, func() float64 { return x.exactDot(i, y, j0+k) })
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	matched, unmatched = make([]int64, bins), make([]int64, bins)
	for b := range own {
		for k := range bins {
			matched[k] += own[b].count[k]
			unmatched[k] += other[b].count[k]
		}
	}
	return matched, unmatched, nil
}
