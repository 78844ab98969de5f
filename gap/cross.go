package gap

import (
	"context"
	"math"
)

// cross is what one pass over S = X·Yᵀ gives the metrics. Columns are those of aligned.
type cross struct {
	matched   []float64 // cosine of every text with its image
	imageRank []int     // #{j : S_ij > the best of image i's own texts}
	textRank  []int     // #{i : S_ij > S of text j's own image}
	pairLoss  []float64 // symmetric InfoNCE of every image with its first text, over all n first texts
	potential float64   // mean of exp(−2‖x_i − y_j‖²) over all n·m pairs, matched ones included
}

// exceeds reports whether the similarity of image i and column j is greater than limit. v is the similarity as a tile has it; float64
// decides where it is within the tile's tolerance.
func exceeds(v, limit, tolerance float64, a *aligned, i, j int) bool {
	if v <= limit-tolerance {
		return false
	}
	return v > limit+tolerance || a.x.exactDot(i, a.y, j) > limit
}

// crossStrips is how many strips of rows accumulate their columns apart; fixed, so that results do not depend on the processors.
const crossStrips = 8

func newCross(ctx context.Context, a *aligned, scale float64) (*cross, error) {
	n, m := a.n(), a.m()
	c := &cross{matched: make([]float64, m), imageRank: make([]int, n), textRank: make([]int, m), pairLoss: make([]float64, n)}
	best := filled(n, math.Inf(-1))
	for j := range m {
		i := a.imageOf[j]
		c.matched[j] = dot(a.x.row(i), a.y.row(j))
		best[i] = max(best[i], c.matched[j])
	}

	size := blocks(blocks(n, tileRows), crossStrips) * tileRows
	strips := blocks(n, size)
	tolerance := a.x.tolerance()
	loss := newContrast(scale, n, n)
	type part struct {
		columns   *contrast
		textRank  []int
		potential float64
	}
	parts := make([]part, strips)
	err := parallel(ctx, strips, func(s int) error {
		p := part{columns: newContrast(scale, 0, n), textRank: make([]int, m)}
		p.columns.row, p.columns.rowMax = loss.row, loss.rowMax // rows of different strips are disjoint
		t := newTile()
		end := min((s+1)*size, n)
		for i0 := s * size; i0 < end; i0 += tileRows {
			i1 := min(i0+tileRows, end)
			for j0 := 0; j0 < m; j0 += tileColumns {
				if err := ctx.Err(); err != nil {
					return err
				}
				t.product(a.x, a.y, i0, i1, j0, min(j0+tileColumns, m))
				for i := i0; i < i1; i++ {
					row := t.row(i)
					for k, v := range row {
						if exceeds(v, best[i], tolerance, a, i, j0+k) {
							c.imageRank[i]++
						}
						if exceeds(v, c.matched[j0+k], tolerance, a, i, j0+k) {
							p.textRank[j0+k]++
						}
						p.potential += fastExp(4 * (v - 1))
					}
					if j0 < n {
						p.columns.add(i, j0, row[:min(len(row), n-j0)])
					}
				}
			}
		}
		parts[s] = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		loss.mergeColumns(p.columns)
		for j, r := range p.textRank {
			c.textRank[j] += r
		}
		c.potential += p.potential
	}
	c.potential /= float64(n) * float64(m)
	for i := range n {
		c.pairLoss[i] = (loss.rowLog(i)+loss.colLog(i))/2 - scale*c.matched[i]
	}
	return c, nil
}
