package gap

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// The initial layouts of UMAP.

// pcaLayout projects the rows as they are on their leading principal components.
func pcaLayout(ctx context.Context, e *Embeddings, components int) (*rows, error) {
	raw := newRows(e.N, e.D)
	for i, v := range e.Data {
		raw.data[i] = float64(v)
	}
	p, err := principal(ctx, components, raw)
	if err != nil {
		return nil, err
	}
	centred, out := raw.centred(p.Origin), newRows(e.N, components)
	for i := range e.N {
		for k, c := range p.Components {
			out.row(i)[k] = dot(centred.row(i), c)
		}
	}
	return out, nil
}

// spectralLayout embeds a graph by the eigenvectors of its normalised Laplacian. Two clouds with a gap between them seldom share a
// neighbour, so that the graph falls into components: these are embedded one by one and placed around points of their own, as umap-learn's
// multi_component_layout does: on opposite ends of the axes while there are ends enough, and else by a spectral embedding of their
// centroids.
func spectralLayout(ctx context.Context, e *Embeddings, g *FuzzyGraph, dim int, distance RowDistance, rng *rand.Rand) (*rows, error) {
	members := g.components()
	if len(members) == 1 {
		return g.spectral(ctx, members[0], dim, 1, rng)
	}
	centres := newRows(len(members), dim)
	if half := (len(members) + 1) / 2; len(members) <= 2*dim {
		for c := range members {
			if c < half {
				centres.row(c)[c] = 1
			} else {
				centres.row(c)[c-half] = -1
			}
		}
	} else {
		var err error
		if centres, err = centroidLayout(ctx, e, members, dim, distance, rng); err != nil {
			return nil, err
		}
	}
	out := newRows(e.N, dim)
	for c, rows := range members {
		reach := math.Inf(1)
		for o := range members {
			if d := norm(minus(centres.row(c), centres.row(o))); d > 0 {
				reach = min(reach, d/2)
			}
		}
		if math.IsInf(reach, 1) {
			reach = 1 // all centres coincide
		}
		part, err := g.spectral(ctx, rows, dim, reach, rng)
		if err != nil {
			return nil, err
		}
		for at, i := range rows {
			for k, v := range part.row(at) {
				out.row(i)[k] = centres.row(c)[k] + v
			}
		}
	}
	return out, nil
}

// centroidLayout is the spectral embedding of the components' centroids with affinity exp(−d²), scaled to a greatest coordinate of 1.
func centroidLayout(ctx context.Context, e *Embeddings, members [][]int, dim int, distance RowDistance, rng *rand.Rand) (*rows, error) {
	n := len(members)
	centroids := newRows(n, e.D)
	for c, index := range members {
		out := centroids.row(c)
		for _, i := range index {
			for k, v := range e.Row(i) {
				out[k] += float64(v) / float64(len(index))
			}
		}
	}
	degree := make([]float64, n)
	affinity := newRows(n, n)
	for a := range n {
		for b := range n {
			if a == b {
				continue
			}
			x, y := centroids.row(a), centroids.row(b)
			d := norm(minus(x, y))
			if distance == CosineDistance {
				d = 1 - dotSum(x, y)/math.Max(norm(x)*norm(y), math.SmallestNonzeroFloat64)
			}
			affinity.row(a)[b] = math.Exp(-d * d)
			degree[a] += affinity.row(a)[b]
		}
		degree[a] = math.Max(degree[a], math.SmallestNonzeroFloat64)
	}
	root := make([]float64, n)
	for i, d := range degree {
		root[i] = math.Sqrt(d)
	}
	vectors, err := leadingVectors(ctx, n, dim, root, rng, func(dst, src []float64) {
		for i := range dst {
			dst[i] = 0
			for j, w := range affinity.row(i) {
				dst[i] += w / (root[i] * root[j]) * src[j]
			}
		}
	})
	if err != nil {
		return nil, err
	}
	out := newRows(n, dim)
	greatest := 0.0
	for k, v := range vectors {
		for i, x := range v {
			out.row(i)[k] = x / root[i] // from eigenvectors of the symmetric form to those of the random walk
			greatest = max(greatest, math.Abs(out.row(i)[k]))
		}
	}
	for i := range out.data {
		out.data[i] /= greatest
	}
	return out, nil
}

// spectral embeds one component, the given rows, by the eigenvectors of D^−½ W D^−½ with the largest eigenvalues but the first, which says
// nothing but the degrees. The greatest coordinate is reach. A component too small to have such vectors is drawn at random.
func (g *FuzzyGraph) spectral(ctx context.Context, members []int, dim int, reach float64, rng *rand.Rand) (*rows, error) {
	n := len(members)
	out := newRows(n, dim)
	if n < 2*dim || n <= dim+1 {
		for i := range out.data {
			out.data[i] = reach * (2*rng.Float64() - 1)
		}
		return out, nil
	}
	place := make([]int32, len(g.Sigma))
	for at, i := range members {
		place[i] = int32(at)
	}
	// The component's own matrix, scaled once.
	root := make([]float64, n)
	start := make([]int, n+1)
	var tail []int32
	var weight []float64
	for at, i := range members {
		for e := g.Start[i]; e < g.Start[i+1]; e++ {
			root[at] += g.Weight[e]
			tail, weight = append(tail, place[g.Tail[e]]), append(weight, g.Weight[e])
		}
		root[at] = math.Sqrt(root[at])
		start[at+1] = len(tail)
	}
	for at := range n {
		for e := start[at]; e < start[at+1]; e++ {
			weight[e] /= root[at] * root[tail[e]]
		}
	}
	vectors, err := leadingVectors(ctx, n, dim, root, rng, func(dst, src []float64) {
		for i := range dst {
			var sum float64
			for e := start[i]; e < start[i+1]; e++ {
				sum += weight[e] * src[tail[e]]
			}
			dst[i] = sum
		}
	})
	if err != nil {
		return nil, err
	}
	greatest := 0.0
	for k, v := range vectors {
		for i, x := range v {
			out.row(i)[k] = x
			greatest = max(greatest, math.Abs(x))
		}
	}
	for i := range out.data {
		out.data[i] *= reach / greatest
	}
	return out, nil
}

const (
	lanczosBasis    = 64   // vectors held between restarts
	lanczosProducts = 4000 // after so many products the best found serve: it is only a start
	// lanczosResidual is the largest ‖Cv − θv‖ of an accepted vector: umap-learn's.
	lanczosResidual = 1e-4
)

// leadingVectors returns k unit vectors orthogonal to known that belong to the largest eigenvalues of the symmetric n×n operator apply
// there, k ≤ n − 2: Lanczos iteration with full orthogonalisation, restarted with the Ritz vectors of the largest values.
func leadingVectors(ctx context.Context, n, k int, known []float64, rng *rand.Rand, apply func(dst, src []float64)) ([][]float64, error) {
	length := norm(known)
	first := scaled(known, 1/length)
	size := min(max(lanczosBasis, 4*k), n-1)
	keep := min(k+8, size-1)
	var basis, images [][]float64
	projected := newRows(size, size)
	random := func() []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	next := random()
	for products := 0; ; products++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for !orthogonalise(next, first, basis) { // the basis is invariant: begin anew beside it
			next = random()
		}
		image := make([]float64, n)
		apply(image, next)
		at := len(basis)
		basis, images = append(basis, next), append(images, image)
		for i, v := range basis {
			t := dot(v, image)
			projected.row(i)[at], projected.row(at)[i] = t, t
		}
		if len(basis) < size {
			next = append([]float64(nil), image...)
			continue
		}
		t := mat.NewSymDense(size, nil)
		for i := range size {
			for j := i; j < size; j++ {
				t.SetSym(i, j, projected.row(i)[j])
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(t, true) {
			return basis[:k], nil // never seen; any orthogonal vectors are a start
		}
		values := eigen.Values(nil)
		var y mat.Dense
		eigen.VectorsTo(&y)
		vectors, products2 := make([][]float64, keep), make([][]float64, keep)
		for j := range keep {
			vectors[j], products2[j] = make([]float64, n), make([]float64, n)
			for i := range size {
				f := y.At(i, size-1-j)
				addScaled(vectors[j], f, basis[i])
				addScaled(products2[j], f, images[i])
			}
		}
		converged := true
		for j := range k {
			residual := append([]float64(nil), products2[j]...)
			addScaled(residual, -values[size-1-j], vectors[j])
			addScaled(residual, -dot(residual, first), first)
			converged = converged && norm(residual) <= lanczosResidual
		}
		if converged || size == n-1 || products >= lanczosProducts {
			for j := range k {
				fixSign(vectors[j])
			}
			return vectors[:k], nil
		}
		// What the last image adds to the basis continues the iteration.
		next = append([]float64(nil), images[size-1]...)
		orthogonalise(next, first, basis)
		basis, images = vectors, products2
		clear(projected.data)
		for j := range keep {
			projected.row(j)[j] = values[size-1-j]
		}
	}
}

// orthogonalise makes v a unit vector orthogonal to first and to the basis; false if nothing of it is left.
func orthogonalise(v, first []float64, basis [][]float64) bool {
	before := norm(v)
	for range 2 { // the second pass removes what rounding left
		addScaled(v, -dot(v, first), first)
		for _, q := range basis {
			addScaled(v, -dot(v, q), q)
		}
	}
	length := norm(v)
	if !(length > 1e-12*before) {
		return false
	}
	for i := range v {
		v[i] /= length
	}
	return true
}
