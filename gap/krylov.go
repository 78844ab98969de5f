package gap

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Leading eigenpairs by block Krylov iteration with full orthogonalisation and Rayleigh–Ritz: a basis Q of
// span{V, CV, C²V, …} is grown block by block, and the eigenpairs of QᵀCQ approach the leading ones of C from inside. A few hundred
// products with C replace the d³ of a full decomposition, most of which goes into eigenvectors that nobody asked for.
const (
	// krylovLeast is the size below which a full decomposition is as fast.
	krylovLeast = 160
	// krylovResidual is the largest ‖Cv − θv‖ of an accepted pair, relative to the largest eigenvalue. The error of θ is of the order
	// of its square.
	krylovResidual = 1e-10
)

// leadingEigen returns the k largest eigenvalues of c, descending, and their unit eigenvectors. ok is false if a full decomposition did
// not converge.
func leadingEigen(ctx context.Context, c *mat.SymDense, k int) (values []float64, vectors [][]float64, ok bool, err error) {
	d := c.SymmetricDim()
	if d >= krylovLeast && k+2 <= d/8 {
		values, vectors, ok, err = krylov(ctx, c, k)
		if ok || err != nil {
			return values, vectors, ok, err
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(c, true) {
		return nil, nil, false, nil
	}
	all := eigen.Values(nil) // ascending
	var q mat.Dense
	eigen.VectorsTo(&q)
	for j := range k {
		values = append(values, all[d-1-j])
		vectors = append(vectors, mat.Col(nil, d-1-j, &q))
	}
	return values, vectors, true, ctx.Err()
}

// krylov is leadingEigen for large matrices; ok is false if the pairs did not converge while the basis was still small.
func krylov(ctx context.Context, c *mat.SymDense, k int) (values []float64, vectors [][]float64, ok bool, err error) {
	d := c.SymmetricDim()
	full := newRows(d, d)
	for i := range d {
		for j := range d {
			full.data[i*d+j] = c.At(i, j)
		}
	}
	// A block wider than k finds eigenvalues of multiplicity up to its width; a fixed start makes results reproducible.
	width := k + 2
	rng := rand.New(rand.NewPCG(1, 1))
	next := newRows(width, d)
	for i := range next.data {
		next.data[i] = rng.NormFloat64()
	}
	var basis, images [][]float64 // q and C·q
	for len(basis)+width <= d/2 {
		if err := ctx.Err(); err != nil {
			return nil, nil, false, err
		}
		added := orthonormalise(basis, next)
		if added.n == 0 { // the basis is invariant
			return ritz(basis, images, k)
		}
		product := newRows(added.n, d)
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(added), general(full), 0, general(product))
		next = newRows(added.n, d)
		copy(next.data, product.data)
		for i := range added.n {
			basis, images = append(basis, added.row(i)), append(images, product.row(i))
		}
		if blocksDone := len(basis) / width; blocksDone >= 6 && blocksDone%3 == 0 {
			if values, vectors, ok, err = ritz(basis, images, k); ok || err != nil {
				return values, vectors, ok, err
			}
		}
	}
	return nil, nil, false, nil
}

// orthonormalise returns the parts of the rows of block that are orthogonal to basis and to each other, normalised; rows that depend on
// the others are dropped.
func orthonormalise(basis [][]float64, block *rows) *rows {
	out := &rows{d: block.d}
	all := basis[:len(basis):len(basis)]
	for i := range block.n {
		v := block.row(i)
		before := norm(v)
		for range 2 { // the second pass removes what rounding left
			for _, q := range all {
				addScaled(v, -dot(v, q), q)
			}
		}
		length := norm(v)
		if !(length > 1e-12*before) {
			continue
		}
		for k := range v {
			v[k] /= length
		}
		all = append(all, v)
		out.data = append(out.data, v...)
		out.n++
	}
	return out
}

// ritz returns the k leading Ritz pairs of a basis; ok says that all their residuals are small.
func ritz(basis, images [][]float64, k int) (values []float64, vectors [][]float64, ok bool, err error) {
	m := len(basis)
	if m < k {
		return nil, nil, false, nil
	}
	t := mat.NewSymDense(m, nil)
	for i := range m {
		for j := i; j < m; j++ {
			t.SetSym(i, j, dot(basis[i], images[j]))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(t, true) {
		return nil, nil, false, nil
	}
	all := eigen.Values(nil)
	var y mat.Dense
	eigen.VectorsTo(&y)
	for j := range k {
		theta := all[m-1-j]
		v, residual := make([]float64, len(basis[0])), make([]float64, len(basis[0]))
		for i := range m {
			f := y.At(i, m-1-j)
			addScaled(v, f, basis[i])
			addScaled(residual, f, images[i])
		}
		addScaled(residual, -theta, v)
		if norm(residual) > krylovResidual*all[m-1] {
			return nil, nil, false, nil
		}
		values, vectors = append(values, theta), append(vectors, v)
	}
	return values, vectors, true, nil
}
