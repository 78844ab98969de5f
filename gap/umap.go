package gap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// A LayoutInit says where UMAP's optimisation starts.
type LayoutInit uint8

const (
	// SpectralInit starts from the eigenvectors of the normalised Laplacian of the graph.
	SpectralInit LayoutInit = iota
	// PCAInit starts from the principal components of the rows as they are.
	PCAInit
)

// String returns "spectral" or "pca".
func (i LayoutInit) String() string {
	if i == PCAInit {
		return "pca"
	}
	return "spectral"
}

// UMAPOptions say how UMAP draws its picture. DefaultUMAP gives umap-learn's defaults, but for the distance.
type UMAPOptions struct {
	Neighbours int         // size of a neighbourhood, the row itself included: from 2 to the number of rows
	MinDist    float64     // how close rows may lie in the picture: from 0 to Spread
	Spread     float64     // scale of the picture: positive
	Epochs     int         // passes over the edges; 0 leaves the initial layout
	Components int         // dimensions of the picture
	Distance   RowDistance // between rows
	Init       LayoutInit
	Seed       uint64 // the same seed gives the same picture, to the last bit, on any number of processors

	// Progress, if not nil, is called after every epoch with the number of epochs that are done, from the caller's goroutine.
	Progress func(done, epochs int)
}

// DefaultUMAP returns umap-learn's defaults for a number of rows: 15 neighbours, minimal distance 0.1, spread 1, 2 dimensions, spectral
// start, 500 epochs up to 10,000 rows and 200 above; with cosine distance, which is what contrastive towers are trained on.
func DefaultUMAP(rows int) UMAPOptions {
	o := UMAPOptions{Neighbours: 15, MinDist: 0.1, Spread: 1, Components: 2, Epochs: 500}
	if rows > 10000 {
		o.Epochs = 200
	}
	return o
}

// UMAP lays out the rows of the clouds, stacked, in a few dimensions so that neighbours stay neighbours: uniform manifold approximation
// and projection (McInnes, Healy & Melville 2018) as umap-learn defines it, stage by stage: exact nearest neighbours, the fuzzy graph over
// them (NewFuzzyGraph), the curve (CurveParameters), a spectral start, and stochastic gradient descent with 5 negative samples an edge and
// a learning rate that falls from 1 to 0. It returns Components coordinates for every row, cloud by cloud.
//
// Two things differ, so that all processors are used and the picture still depends on the seed alone: an epoch uses its edges in another
// order, and negative samples see the rows as they were before the epoch.
//
// The error is a *ValueError if a row holds NaN, an infinity or only zeros, ctx's if ctx ends, and otherwise says which option is wrong,
// a neighbourhood larger than the number of rows among them. It panics with ErrShape if the widths differ, and with ErrTooFew without clouds.
func UMAP(ctx context.Context, o UMAPOptions, clouds ...*Embeddings) ([][][]float64, error) {
	e := stack(clouds)
	if err := o.check(e); err != nil {
		return nil, err
	}
	lists, err := Neighbours(ctx, e, o.Neighbours-1, o.Distance)
	if err != nil {
		return nil, err
	}
	positions, err := layOut(ctx, o, e, NewFuzzyGraph(lists))
	if err != nil {
		return nil, err
	}
	pictures := make([][][]float64, len(clouds))
	first := 0
	for c, cloud := range clouds {
		pictures[c] = make([][]float64, cloud.N)
		for i := range pictures[c] {
			row := make([]float64, o.Components)
			for k := range row {
				row[k] = float64(positions[(first+i)*o.Components+k])
			}
			pictures[c][i] = row
		}
		first += cloud.N
	}
	return pictures, nil
}

// stack returns the rows of all clouds in one matrix.
func stack(clouds []*Embeddings) *Embeddings {
	if len(clouds) == 0 {
		panic(ErrTooFew)
	}
	if len(clouds) == 1 {
		return clouds[0]
	}
	var data []float32
	n := 0
	for _, c := range clouds {
		if c.D != clouds[0].D {
			panic(ErrShape)
		}
		data = append(data, c.Data...)
		n += c.N
	}
	return NewEmbeddings(n, clouds[0].D, data)
}

func (o *UMAPOptions) check(e *Embeddings) error {
	switch {
	case o.Neighbours < 2:
		return fmt.Errorf("gap: UMAP with neighbourhoods of %d rows, want at least 2", o.Neighbours)
	case o.Neighbours > e.N:
		return fmt.Errorf("gap: UMAP with neighbourhoods of %d rows among %d rows", o.Neighbours, e.N)
	case !(o.Spread > 0) || math.IsInf(o.Spread, 1) || !(o.MinDist >= 0 && o.MinDist <= o.Spread):
		return fmt.Errorf("gap: UMAP with minimal distance %v and spread %v, want 0 ≤ minimal distance ≤ spread and a positive spread", o.MinDist, o.Spread)
	case o.Epochs < 0:
		return fmt.Errorf("gap: UMAP of %d epochs, want 0 or more", o.Epochs)
	case o.Components < 1:
		return fmt.Errorf("gap: UMAP in %d dimensions, want at least 1", o.Components)
	case o.Init == PCAInit && o.Components > e.D:
		return fmt.Errorf("gap: UMAP in %d dimensions from the principal components of %d", o.Components, e.D)
	}
	return nil
}

// layOut is UMAP from the graph on: the initial layout and its optimisation, n×Components, row-major.
func layOut(ctx context.Context, o UMAPOptions, e *Embeddings, g *FuzzyGraph) ([]float32, error) {
	strongest := 0.0
	for _, w := range g.Weight {
		strongest = max(strongest, w)
	}
	epochs := o.Epochs
	if epochs <= 10 { // as umap-learn: too few epochs are no reason to drop edges
		epochs = DefaultUMAP(e.N).Epochs
	}
	g = g.prune(strongest / float64(epochs))
	rng := rand.New(rand.NewPCG(o.Seed, 0x756d6170))
	var start *rows
	var err error
	if o.Init == PCAInit {
		start, err = pcaLayout(ctx, e, o.Components)
	} else {
		start, err = spectralLayout(ctx, e, g, o.Components, o.Distance, rng)
	}
	if err != nil {
		return nil, err
	}
	positions, err := scaleLayout(start, rng)
	if err != nil {
		return nil, err
	}
	a, b := CurveParameters(o.MinDist, o.Spread)
	return positions, optimise(ctx, positions, o, g, a, b)
}

// scaleLayout scales a layout so that its greatest coordinate is 10, adds noise of 1e-4 against coincident rows, and stretches every axis
// to [0, 10].
func scaleLayout(start *rows, rng *rand.Rand) ([]float32, error) {
	greatest := 0.0
	for _, v := range start.data {
		greatest = max(greatest, math.Abs(v))
	}
	if !(greatest > 0) || math.IsInf(greatest, 1) {
		return nil, errors.New("gap: the initial layout of UMAP has no extent")
	}
	positions := make([]float32, len(start.data))
	noisy := make([]float64, len(start.data))
	for i, v := range start.data {
		noisy[i] = v*(10/greatest) + 1e-4*rng.NormFloat64()
	}
	for k := range start.d {
		low, high := math.Inf(1), math.Inf(-1)
		for i := k; i < len(noisy); i += start.d {
			low, high = min(low, noisy[i]), max(high, noisy[i])
		}
		for i := k; i < len(noisy); i += start.d {
			positions[i] = float32(10 * (noisy[i] - low) / (high - low))
		}
	}
	return positions, nil
}
