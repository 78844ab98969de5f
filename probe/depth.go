package probe

import (
	"context"
	"math"

	"mindgap/gap"
	"mindgap/models/fault"
)

// DepthOptions say which random networks are run.
type DepthOptions struct {
	Width, Batch, Depth int
	Bias                gap.Bias
	Activations         []gap.Activation
	Seeds               int    // networks an activation, from 1 to MaxSeeds
	Seed                uint64 // of the first; the others follow by one
}

// PaperDepth are the options of Liang et al. 2022, Fig. 2b, with all activations and five seeds.
func PaperDepth() DepthOptions {
	m := gap.PaperMLP(gap.ReLU)
	return DepthOptions{Width: m.Width, Batch: m.Batch, Depth: m.Depth, Bias: m.Bias, Activations: gap.Activations(), Seeds: 5, Seed: 1}
}

// DepthResults are the mean cosines behind every layer of random networks: the cone narrows with depth (Liang et al. 2022, Fig. 2b).
type DepthResults struct {
	Width  int          `json:"width"`
	Batch  int          `json:"batch"` // random inputs from N(0, 1)
	Depth  int          `json:"depth"`
	Bias   string       `json:"bias"`  // "none", "normal" (N(0, 1/width), as the weights) or "uniform" (PyTorch's default)
	Seeds  []uint64     `json:"seeds"` // networks an activation; those of one seed share inputs and weights
	Curves []DepthCurve `json:"curves"`
}

// A DepthCurve is one activation's.
type DepthCurve struct {
	Activation string       `json:"activation"` // or a mixed form, of which each is one layer of a curve
	Points     []DepthPoint `json:"points"`     // before the first layer, then behind each
}

// A DepthPoint is one layer's mean over the seeds with the sample standard deviation (undefined for one seed).
type DepthPoint struct {
	Layer    int   `json:"layer"`
	Mean     Float `json:"mean"` // over all pairs, each input with itself among them, as the authors have it
	Std      Float `json:"std"`
	Distinct Float `json:"mean_distinct"` // over pairs of different inputs
	// DistinctStd is the standard deviation of Distinct over the seeds.
	DistinctStd Float `json:"std_distinct"`
	// Expected is what Distinct tends to as the width grows; absent where no closed form is known here.
	Expected *Float `json:"expected,omitempty"`
	// InitShare is the share of an entry's variance that comes from initialisation and not from the input, Var(E[h|θ])/Var(h), with its
	// standard error by the jackknife over seeds: see gap.InitShare. Undefined for one seed, the error also for two.
	InitShare         Float  `json:"init_share"`
	InitShareError    Float  `json:"init_share_std_error"`
	ExpectedInitShare *Float `json:"expected_init_share,omitempty"` // as Expected
}

// Depth runs the networks that o asks for. progress may be nil.
func Depth(ctx context.Context, o DepthOptions, progress func(Step)) (*DepthResults, error) {
	if err := checkSeeds(o.Seeds); err != nil {
		return nil, wrongNetworks(err)
	}
	r := &DepthResults{Width: o.Width, Batch: o.Batch, Depth: o.Depth, Bias: string(o.Bias)}
	for i := range o.Seeds {
		r.Seeds = append(r.Seeds, o.Seed+uint64(i))
	}
	var networks []gap.RandomMLP
	for _, a := range o.Activations {
		networks = append(networks, gap.RandomMLP{Width: o.Width, Batch: o.Batch, Depth: o.Depth, Activation: a, Bias: o.Bias})
	}
	layers, err := gap.DepthLayers(ctx, networks, r.Seeds, func(done, total int) {
		if progress != nil {
			progress(Step{What: "random networks", Done: done, Total: total})
		}
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, wrongNetworks(err)
	}
	for i, m := range networks {
		expected, known := m.Expected()
		shares, _ := m.ExpectedInitShare()
		c := DepthCurve{Activation: string(m.Activation)}
		for layer := range m.Depth + 1 {
			at := make([]gap.MLPLayer, o.Seeds)
			for seed := range at {
				at[seed] = layers[i][seed][layer]
			}
			p := depthPoint(layer, at)
			if known {
				p.Expected, p.ExpectedInitShare = ptr(Float(expected[layer])), ptr(Float(shares[layer]))
			}
			c.Points = append(c.Points, p)
		}
		r.Curves = append(r.Curves, c)
	}
	return r, nil
}

// depthPoint sums up one layer over the seeds.
func depthPoint(layer int, seeds []gap.MLPLayer) DepthPoint {
	n, batch := float64(len(seeds)), seeds[0].Batch
	var distinct, std float64
	for _, s := range seeds {
		distinct += s.MeanCosine / n
	}
	for _, s := range seeds {
		std += (s.MeanCosine - distinct) * (s.MeanCosine - distinct)
	}
	std = math.Sqrt(std / (n - 1)) // NaN, which is null, for one seed
	share, standardError := gap.InitShare(seeds)
	// The mean over all pairs is an affine function of that over pairs of different inputs.
	return DepthPoint{Layer: layer, Mean: Float(gap.AllPairs(distinct, batch)), Std: Float(std * float64(batch-1) / float64(batch)),
		Distinct: Float(distinct), DistinctStd: Float(std), InitShare: Float(share), InitShareError: Float(standardError)}
}

func wrongNetworks(err error) error {
	return &fault.Error{Kind: fault.Usage, Op: "run", Thing: "random networks", Err: err, Next: "correct the flags"}
}
