package gap

import (
	"context"
	"fmt"
	"math"
)

// pcaDepth is how many explained ratios are reported.
const pcaDepth = 10

func init() {
	for k := 1; k <= pcaDepth; k++ {
		register(Metric{Name: fmt.Sprintf("pca%d_explained", k), Order: 1300 + k,
			Doc: fmt.Sprintf("Share of the variance of the stacked rows, centred jointly, along principal component %d.", k),
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				p, err := in.projection(ctx)
				if err != nil {
					return math.NaN(), err
				}
				if k > len(p.Explained) {
					return math.NaN(), &Undefined{fmt.Sprintf("there are only %d components", len(p.Explained))}
				}
				return p.Explained[k-1], nil
			}})
	}
	register(Metric{Name: "pca1_gap_cosine", Order: 1350, Doc: "|cos| between the first principal component and the gap vector Δ.",
		Value: func(ctx context.Context, in *Inputs) (float64, error) {
			p, err := in.projection(ctx)
			if err != nil {
				return math.NaN(), err
			}
			return finite(math.Abs(cosine(p.Components[0], in.pairSums().Vector())), "the gap is zero")
		}})
}

// projection returns the leading components of both clouds, at most pcaDepth of them.
func (in *Inputs) projection(ctx context.Context) (*Projection, error) {
	return in.pca.get(func() (*Projection, error) {
		a := in.rows()
		p, err := principal(ctx, min(pcaDepth, a.x.d), a.x, a.y)
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			return nil, &Undefined{err.Error()}
		}
		return p, nil
	})
}
