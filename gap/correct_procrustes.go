package gap

import (
	"context"
	"errors"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// ProcrustesCorrection turns the images, or reflects them, so that they come closest to their first texts: with X and Y the unit rows of the
// pair fitted to,
//
//	R = argmin ‖X·Rᵀ − Y‖_F over orthogonal R,  Rᵀ = U·Vᵀ for XᵀY = U·Σ·Vᵀ (Schönemann 1966)
//
// If centred, each modality first loses its mean and is normalised again, as CentreCorrection does. Fit takes O(nd² + d³) time. With fewer
// pairs than dimensions Rᵀ is not unique where nothing was seen, and overfits where something was: judge it on other pairs.
func ProcrustesCorrection(centred bool) Correction {
	name, doc := "procrustes", "Images turned onto their texts by the best orthogonal map (Schönemann 1966)."
	if centred {
		name, doc = "procrustes_centred", "Each modality less its mean, then images turned onto their texts by the best orthogonal map."
	}
	return Correction{Name: name, Doc: doc,
		Fit: func(ctx context.Context, train Pair) (*CorrectionMap, error) {
			c, err := newCorrectionMap(ctx, name, train, func(x, y *rows) (image, text affine, err error) {
				if centred {
					image.centre, text.centre = x.mean(), y.mean()
				}
				return image, text, nil
			})
			if err != nil {
				return nil, err
			}
			moved, err := c.Pair(train)
			if err != nil {
				return nil, err
			}
			rotation, err := orthogonalMap(moved.Images.unit(), moved.Texts.unit().take(train.FirstTexts()))
			if err != nil {
				return nil, err
			}
			image := c.sides[Image]
			image.rotate = rotation
			c.sides[Image] = image
			return c, ctx.Err()
		}}
}

// orthogonalMap returns the orthogonal matrix Q that minimises ‖x·Q − y‖.
func orthogonalMap(x, y *rows) (*rows, error) {
	c := newRows(x.d, x.d)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, general(x), general(y), 0, general(c))
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(x.d, x.d, c.data), mat.SVDFull) {
		return nil, errors.New("gap: the singular values of a product of embeddings did not converge")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	q := newRows(x.d, x.d)
	mat.NewDense(x.d, x.d, q.data).Mul(&u, v.T())
	return q, nil
}
