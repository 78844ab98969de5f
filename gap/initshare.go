package gap

import "math"

// An MLPLayer is what one random network has behind a layer, over its inputs.
type MLPLayer struct {
	MeanCosine float64   // of all pairs of different inputs
	Means      []float64 // the mean of each unit: E[h_j|θ] of this network's weights θ
	Within     float64   // Σ_j of the variance of unit j over inputs, with divisor n − 1
	Batch      int       // inputs n
}

func newMLPLayer(x *Embeddings) MLPLayer {
	l := MLPLayer{MeanCosine: MeanCosine(x), Means: make([]float64, x.D), Batch: x.N}
	for i := range x.N {
		for j, v := range x.Row(i) {
			l.Means[j] += float64(v)
		}
	}
	for j := range l.Means {
		l.Means[j] /= float64(x.N)
	}
	for i := range x.N {
		for j, v := range x.Row(i) {
			l.Within += (float64(v) - l.Means[j]) * (float64(v) - l.Means[j])
		}
	}
	l.Within /= float64(x.N - 1)
	return l
}

func meanCosines(layers []MLPLayer) []float64 {
	var means []float64
	for _, l := range layers {
		means = append(means, l.MeanCosine)
	}
	return means
}

// InitShare estimates how much of the variance behind a layer comes from the initialisation θ rather than from the input u, from networks
// that differ in both (Liang et al. 2022, Theorem 2: where cosines are high, most of it does). By the law of total variance, over the units
// j of the layer,
//
//	share = Σ_j Var(E[h_j|θ]) / Σ_j Var(h_j),  Var(h_j) = Var(E[h_j|θ]) + E[Var(h_j|θ)]
//
// With S networks of n inputs each, W the mean over networks of Σ_j of the variance over inputs, and B = Σ_j of the variance over networks of
// the unit's mean, both with divisors less one, E[Var(h|θ)] is estimated by W and Var(E[h|θ]) by B − W/n, because a mean over n inputs keeps
// W/n of their variance. Both are unbiased, so that a share of 0 may come out a little below it. The second value is the standard
// error by the jackknife over networks.
//
// The share is NaN for fewer than two networks and where nothing varies, the standard error also for fewer than three. It panics with
// ErrShape if the layers differ in width or batch.
func InitShare(networks []MLPLayer) (share, standardError float64) {
	s := len(networks)
	if s < 2 {
		return math.NaN(), math.NaN()
	}
	d, n := len(networks[0].Means), networks[0].Batch
	centre := make([]float64, d)
	for _, l := range networks {
		if len(l.Means) != d || l.Batch != n {
			panic(ErrShape)
		}
		addScaled(centre, 1/float64(s), l.Means)
	}
	var within, between float64               // sums over all networks
	squares := make([]float64, s)             // of each network's means about the centre
	of := func(b, w float64, s int) float64 { // of s networks
		w /= float64(s)
		b = b/float64(s-1) - w/float64(n)
		return b / (b + w)
	}
	for i, l := range networks {
		for j, m := range l.Means {
			squares[i] += (m - centre[j]) * (m - centre[j])
		}
		within, between = within+l.Within, between+squares[i]
	}
	share = of(between, within, s)
	if s < 3 {
		return share, math.NaN()
	}
	// Without network i the centre moves by −(m_i − centre)/(s − 1), which takes s/(s − 1) of its squares out of the sum.
	left := make([]float64, s)
	var mean float64
	for i, l := range networks {
		left[i] = of(between-squares[i]*float64(s)/float64(s-1), within-l.Within, s-1)
		mean += left[i] / float64(s)
	}
	for _, v := range left {
		standardError += (v - mean) * (v - mean)
	}
	return share, math.Sqrt(standardError * float64(s-1) / float64(s))
}
