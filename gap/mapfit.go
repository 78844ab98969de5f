package gap

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// A MapFitter fits the linear maps of a pair of clouds, PCA, SVDMap and GapAxes, from one pass over their rows: all three follow from the
// joint mean, the joint covariance and the gap vector. Rows are never whole in float64, so that memory is O(d²).
type MapFitter struct {
	n     int // rows of both clouds
	delta []float64
	mean  []float64
	cov   *mat.SymDense // with divisor n − 1
}

// momentRows is the number of rows that are centred and multiplied at a time.
const momentRows = 1024

// NewMapFitter makes the pass. The error is a *ValueError if a row holds NaN, an infinity or only zeros, and ctx's if ctx ends. It panics with
// ErrShape if the widths differ, and with ErrTooFew if a cloud is empty.
func NewMapFitter(ctx context.Context, images, texts *Embeddings) (*MapFitter, error) {
	if images.D != texts.D {
		panic(ErrShape)
	}
	if images.N == 0 || texts.N == 0 {
		panic(ErrTooFew)
	}
	f := &MapFitter{n: images.N + texts.N}
	var sums [2][]float64
	for k, e := range []*Embeddings{images, texts} {
		err := e.Validate([]Modality{Image, Text}[k])
		if err == nil {
			sums[k], err = unitSum(ctx, e)
		}
		if err != nil {
			return nil, err
		}
	}
	f.delta = minus(scaled(sums[0], 1/float64(images.N)), scaled(sums[1], 1/float64(texts.N)))
	f.mean = scaled(sumOf(sums[:], images.D), 1/float64(f.n))
	// gonum's Gemm works in blocks that stay in cache, and in parallel; its Syrk does neither, and is slower for all that it computes half.
	products := newRows(images.D, images.D)
	block := newRows(momentRows, images.D)
	for _, e := range []*Embeddings{images, texts} {
		for i0 := 0; i0 < e.N; i0 += momentRows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			part := &rows{n: min(momentRows, e.N-i0), d: e.D}
			part.data = block.data[:part.n*e.D]
			e.Slice(i0, i0+part.n).UnitTo(part.data)
			for i := range part.n {
				addScaled(part.row(i), -1, f.mean)
			}
			blas64.Gemm(blas.Trans, blas.NoTrans, 1, general(part), general(part), 1, general(products))
		}
	}
	f.cov = mat.NewSymDense(images.D, nil)
	for i := range images.D {
		for j := i; j < images.D; j++ {
			f.cov.SetSym(i, j, products.row(i)[j]/float64(max(1, f.n-1)))
		}
	}
	return f, nil
}

// PCA is the function PCA of both clouds, and has its errors.
func (f *MapFitter) PCA(ctx context.Context, k int) (*Projection, error) {
	if err := f.varied(); err != nil {
		return nil, err
	}
	p := &Projection{Origin: f.mean, Total: mat.Trace(f.cov)}
	return p, p.addLeading(ctx, f.cov, k)
}

// SVDMap is the function SVDMap of both clouds, and has its errors. ZᵀZ = (n − 1)·C + n·μμᵀ.
func (f *MapFitter) SVDMap(ctx context.Context, k int) (*Projection, error) {
	squares := mat.NewSymDense(len(f.mean), nil)
	squares.ScaleSym(float64(f.n-1), f.cov)
	squares.SymRankOne(squares, float64(f.n), mat.NewVecDense(len(f.mean), f.mean))
	p := &Projection{Origin: make([]float64, len(f.mean)), Total: mat.Trace(squares)}
	return p, p.addLeading(ctx, squares, k)
}

// GapAxes is the function GapAxes, and has its errors.
func (f *MapFitter) GapAxes(ctx context.Context, k int) (*Projection, error) {
	if norm(f.delta) <= coincident {
		return nil, errors.New("gap: the centroids of images and texts coincide, so that no axis is the gap's")
	}
	if err := f.varied(); err != nil {
		return nil, err
	}
	if d := len(f.mean); k > d {
		return nil, fmt.Errorf("gap: %d components of %d dimensions", k, d)
	}
	cov := mat.NewSymDense(len(f.mean), nil)
	cov.CopySym(f.cov)
	return gapAxes(ctx, k, scaled(f.delta, 1/norm(f.delta)), f.mean, cov)
}

// varied is an error if there is no variance to explain.
func (f *MapFitter) varied() error {
	if mat.Trace(f.cov) <= coincident*coincident {
		return fmt.Errorf("gap: all %d rows coincide, they have no principal components", f.n)
	}
	return nil
}
