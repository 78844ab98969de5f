package gap

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// GapAxes fits axes to look at a gap along: the first is g = Δ/‖Δ‖, Δ = mean(x) − mean(y) of unit rows, and the others are the k − 1
// principal components of all rows with that direction projected out, the leading eigenvectors of (I − ggᵀ)·C·(I − ggᵀ) for the joint
// covariance C.
//
// The whole gap lies along the first axis: there the centroids are ‖Δ‖ apart, the images' on the positive side, and on every other axis
// they coincide. A shift along Δ therefore moves rows along the first axis alone, before they are normalised again. Origin is the joint
// mean, Explained are shares of the total variance, and signs of the further components are PCA's.
//
// It returns an error as PCA does, and where the centroids coincide and no direction is the gap's. It panics with ErrShape if the widths
// differ or k < 1, and with ErrTooFew if a cloud is empty.
func GapAxes(ctx context.Context, k int, images, texts *Embeddings) (*Projection, error) {
	units, err := projected(k, []*Embeddings{images, texts})
	if err != nil {
		return nil, err
	}
	if images.N == 0 || texts.N == 0 {
		panic(ErrTooFew)
	}
	d := images.D
	if k > d {
		return nil, fmt.Errorf("gap: %d components of %d dimensions", k, d)
	}
	g := minus(units[0].mean(), units[1].mean())
	length := norm(g)
	if length <= coincident {
		return nil, fmt.Errorf("gap: the centroids of %d images and %d texts coincide, so that no axis is the gap's", images.N, texts.N)
	}
	for j := range g {
		g[j] /= length
	}
	mean, cov, err := covariance(ctx, units)
	if err != nil {
		return nil, err
	}
	return gapAxes(ctx, k, g, mean, cov)
}

// gapAxes fits k axes, of which g is the first, to rows of the given mean and covariance, which it overwrites.
func gapAxes(ctx context.Context, k int, g, mean []float64, cov *mat.SymDense) (*Projection, error) {
	d := len(g)
	cg := make([]float64, d)
	for i := range d {
		for j := range d {
			cg[i] += cov.At(i, j) * g[j]
		}
	}
	along := dotSum(g, cg)
	p := &Projection{Origin: mean, Total: mat.Trace(cov), Components: [][]float64{g}}
	p.Explained = []float64{along / p.Total}
	if k == 1 {
		return p, nil
	}
	// Subtracting Total along g puts it last among the eigenvectors: where the rest has too few dimensions of variance it would tie with them.
	for i := range d {
		for j := i; j < d; j++ {
			cov.SetSym(i, j, cov.At(i, j)-g[i]*cg[j]-cg[i]*g[j]+(along-p.Total)*g[i]*g[j])
		}
	}
	if err := p.addLeading(ctx, cov, k-1); err != nil {
		return nil, err
	}
	return p, nil
}
