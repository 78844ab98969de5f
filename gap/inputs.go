package gap

import (
	"context"
	"math"
	"sync"
)

// Inputs is what metrics compute from: the pair, the logit scale, and intermediates that are computed when first asked for and shared
// from then on. It is safe for concurrent use.
type Inputs struct {
	Pair  Pair
	Scale float64 // logit scale of the loss

	kernel *kernel // computes similarities; nil for float64

	aligned       memo[*aligned]
	sums          memo[*Sums]
	image, text   memo[*CosineStats]
	cross         memo[*cross]
	pca           memo[*Projection]
	mmd           memo[discrepancy]
	separable     memo[separability]
	imageSpectrum memo[[]float64]
	textSpectrum  memo[[]float64]
	imageRoot     memo[*rows]
	textRoot      memo[*rows]
}

// A memo is computed once, by whoever asks first.
type memo[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (m *memo[T]) get(compute func() (T, error)) (T, error) {
	m.once.Do(func() { m.value, m.err = compute() })
	return m.value, m.err
}

// of returns the memo of one modality.
func of[T any](m Modality, image, text *memo[T]) *memo[T] {
	if m == Text {
		return text
	}
	return image
}

func (in *Inputs) rows() *aligned {
	a, err := in.aligned.get(func() (*aligned, error) {
		a := align(in.Pair)
		if in.kernel == nil {
			return a, nil
		}
		return a, a.pack(context.Background(), in.kernel, in.Pair)
	})
	if err != nil { // only a context's end is one
		panic(err)
	}
	return a
}

func (in *Inputs) pairSums() *Sums {
	s, _ := in.sums.get(func() (*Sums, error) { return SumsOf(in.Pair), nil })
	return s
}

// cosines returns the statistics of all pairs inside one modality.
func (in *Inputs) cosines(ctx context.Context, m Modality) (*CosineStats, error) {
	u := in.rows().x
	if m == Text {
		u = in.rows().y
	}
	return of(m, &in.image, &in.text).get(func() (*CosineStats, error) { return pairwiseCosine(ctx, u, 0) })
}

func (in *Inputs) products(ctx context.Context) (*cross, error) {
	return in.cross.get(func() (*cross, error) { return newCross(ctx, in.rows(), in.Scale) })
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
