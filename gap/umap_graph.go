package gap

import (
	"context"
	"math"
	"slices"
)

// The constants of umap-learn's smooth_knn_dist.
const (
	smoothSteps     = 64   // of the binary search
	smoothTolerance = 1e-5 // of Σ exp(−…) against log₂(k)
	leastBandwidth  = 1e-3 // σ in mean distances, at least
)

// FuzzyGraph is the fuzzy simplicial set of UMAP: a symmetric weighted graph over n rows in compressed rows. The neighbours of row i are
// Tail[Start[i]:Start[i+1]], ascending, with the membership strengths Weight, each in (0, 1]. No row is its own neighbour.
type FuzzyGraph struct {
	Sigma, Rho []float64 // of every row: bandwidth, and distance to the nearest row that does not coincide with it
	Start      []int
	Tail       []int32
	Weight     []float64
}

// NewFuzzyGraph builds the graph of UMAP over neighbour lists (McInnes, Healy & Melville 2018, algorithms 2 and 3; umap-learn's
// fuzzy_simplicial_set with local_connectivity 1, bandwidth 1, set_op_mix_ratio 1). With k counting the row itself, so k = K + 1:
//
//	ρ_i = the least positive distance d_ij,  σ_i such that Σ_j exp(−max(0, d_ij − ρ_i)/σ_i) = log₂ k
//	p_j|i = exp(−max(0, d_ij − ρ_i)/σ_i),    w_ij = p_j|i + p_i|j − p_j|i·p_i|j
//
// σ is found by bisection and is at least a thousandth of the mean distance of row i, or of all rows where ρ_i = 0.
func NewFuzzyGraph(l *NeighbourLists) *FuzzyGraph {
	n := len(l.Index) / l.K
	g := &FuzzyGraph{Sigma: make([]float64, n), Rho: make([]float64, n)}
	var sum float64
	for _, d := range l.Distance {
		sum += d
	}
	k := float64(l.K + 1) // the row itself, at distance 0, counts as a neighbour
	overall := sum / (float64(n) * k)
	directed := make([]float64, len(l.Index))
	// There is no context to end this: it takes milliseconds.
	_ = parallel(context.Background(), blocks(n, 256), func(b int) error {
		for i := b * 256; i < min((b+1)*256, n); i++ {
			_, distance := l.Row(i)
			g.Sigma[i], g.Rho[i] = smoothDistance(distance, math.Log2(k), overall)
			for at, d := range distance {
				strength := 1.0
				if d > g.Rho[i] && g.Sigma[i] > 0 {
					strength = math.Exp(-(d - g.Rho[i]) / g.Sigma[i])
				}
				directed[i*l.K+at] = strength
			}
		}
		return nil
	})
	g.unite(l, directed)
	return g
}

// smoothDistance returns σ and ρ of one row from its ascending distances. overall is the mean distance of all rows.
func smoothDistance(distance []float64, target, overall float64) (sigma, rho float64) {
	var mean float64
	for _, d := range distance {
		mean += d
		if rho == 0 {
			rho = d
		}
	}
	mean /= float64(len(distance) + 1)
	low, high := 0.0, math.Inf(1)
	sigma = 1
	for range smoothSteps {
		var sum float64
		for _, d := range distance {
			if d > rho {
				sum += math.Exp(-(d - rho) / sigma)
			} else {
				sum++
			}
		}
		if math.Abs(sum-target) < smoothTolerance {
			break
		}
		switch {
		case sum > target:
			high = sigma
			sigma = (low + high) / 2
		case math.IsInf(high, 1):
			low = sigma
			sigma *= 2
		default:
			low = sigma
			sigma = (low + high) / 2
		}
	}
	if rho > 0 {
		return max(sigma, leastBandwidth*mean), rho
	}
	return max(sigma, leastBandwidth*overall), 0
}

// unite fills the graph with the fuzzy union of the directed strengths and their transpose.
func (g *FuzzyGraph) unite(l *NeighbourLists, directed []float64) {
	n := len(g.Sigma)
	// The transpose: in[j] are the rows that list j, ascending because rows are visited in order.
	type link struct {
		row      int32
		strength float64
	}
	in := make([][]link, n)
	for i := range n {
		index, _ := l.Row(i)
		for at, j := range index {
			in[j] = append(in[j], link{int32(i), directed[i*l.K+at]})
		}
	}
	g.Start = make([]int, 1, n+1)
	out := make([]link, 0, l.K)
	for i := range n {
		index, _ := l.Row(i)
		out = out[:0]
		for at, j := range index {
			out = append(out, link{j, directed[i*l.K+at]})
		}
		slices.SortFunc(out, func(a, b link) int { return int(a.row) - int(b.row) })
		a, b := out, in[i]
		for len(a) > 0 || len(b) > 0 {
			var p, q float64
			var tail int32
			switch {
			case len(b) == 0 || len(a) > 0 && a[0].row < b[0].row:
				tail, p, a = a[0].row, a[0].strength, a[1:]
			case len(a) == 0 || b[0].row < a[0].row:
				tail, q, b = b[0].row, b[0].strength, b[1:]
			default:
				tail, p, q, a, b = a[0].row, a[0].strength, b[0].strength, a[1:], b[1:]
			}
			// A strength that underflows to 0 is no edge.
			if w := p + q - p*q; w > 0 {
				g.Tail, g.Weight = append(g.Tail, tail), append(g.Weight, w)
			}
		}
		g.Start = append(g.Start, len(g.Tail))
	}
}

// prune returns the graph without edges weaker than least.
func (g *FuzzyGraph) prune(least float64) *FuzzyGraph {
	out := &FuzzyGraph{Sigma: g.Sigma, Rho: g.Rho, Start: make([]int, 1, len(g.Start))}
	for i := range g.Sigma {
		for at := g.Start[i]; at < g.Start[i+1]; at++ {
			if g.Weight[at] >= least {
				out.Tail, out.Weight = append(out.Tail, g.Tail[at]), append(out.Weight, g.Weight[at])
			}
		}
		out.Start = append(out.Start, len(out.Tail))
	}
	return out
}

// components numbers the connected components in the order of their first rows and returns the rows of each, ascending.
func (g *FuzzyGraph) components() [][]int {
	n := len(g.Sigma)
	label := make([]int, n)
	for i := range label {
		label[i] = -1
	}
	count := 0
	for i := range n {
		if label[i] >= 0 {
			continue
		}
		stack := []int{i}
		label[i] = count
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, j := range g.Tail[g.Start[at]:g.Start[at+1]] {
				if label[j] < 0 {
					label[j] = count
					stack = append(stack, int(j))
				}
			}
		}
		count++
	}
	members := make([][]int, count)
	for i, c := range label {
		members[c] = append(members[c], i)
	}
	return members
}
