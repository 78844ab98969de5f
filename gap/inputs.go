package gap

import (
	"context"
	"math"
)

// Inputs is what metrics compute from: the pair, the logit scale, and intermediates that are computed when first asked for and shared
// from then on. It is not safe for concurrent use; the intermediates are parallel inside.
type Inputs struct {
	Pair  Pair
	Scale float64 // logit scale of the loss

	aligned *aligned
	sums    *Sums
	image   *CosineStats
	text    *CosineStats
	cross   *cross
	pca     *Projection
	mmd     *discrepancy

	separable *separability

	spectra   map[Modality][]float64
	triangles map[Modality]*rows
}

func (in *Inputs) rows() *aligned {
	if in.aligned == nil {
		in.aligned = align(in.Pair)
	}
	return in.aligned
}

func (in *Inputs) pairSums() *Sums {
	if in.sums == nil {
		in.sums = SumsOf(in.Pair)
	}
	return in.sums
}

// cosines returns the statistics of all pairs inside one modality.
func (in *Inputs) cosines(ctx context.Context, m Modality) (*CosineStats, error) {
	at, u := &in.image, in.rows().x
	if m == Text {
		at, u = &in.text, in.rows().y
	}
	if *at == nil {
		stats, err := pairwiseCosine(ctx, u, 0)
		if err != nil {
			return nil, err
		}
		*at = stats
	}
	return *at, nil
}

func (in *Inputs) products(ctx context.Context) (*cross, error) {
	if in.cross == nil {
		c, err := newCross(ctx, in.rows(), in.Scale)
		if err != nil {
			return nil, err
		}
		in.cross = c
	}
	return in.cross, nil
}

// paired returns the unit images and the unit first texts, row by row.
func (in *Inputs) paired() (x, y *rows) {
	a := in.rows()
	n, d := a.x.n, a.x.d
	return a.x, &rows{n: n, d: d, data: a.y.data[:n*d]}
}

// finite turns a value that came out NaN or infinite into an Undefined error.
func finite(v float64, reason string) (float64, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.NaN(), &Undefined{Reason: reason}
	}
	return v, nil
}
