package probe

import (
	"context"
	"fmt"
	"math"

	"mindgap/gap"
	"mindgap/models/fault"
)

// DepthOptions say which random networks are run.
type DepthOptions struct {
	Width, Batch, Depth int
	Bias                gap.Bias
	Activations         []gap.Activation
	Seeds               int    // networks an activation
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
	Activation string       `json:"activation"`
	Points     []DepthPoint `json:"points"` // before the first layer, then behind each
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
}

// Depth runs the networks that o asks for. progress may be nil.
func Depth(ctx context.Context, o DepthOptions, progress func(Step)) (*DepthResults, error) {
	if o.Seeds < 1 {
		return nil, wrongNetworks(fmt.Errorf("%d seeds, want at least 1", o.Seeds))
	}
	r := &DepthResults{Width: o.Width, Batch: o.Batch, Depth: o.Depth, Bias: string(o.Bias)}
	for i := range o.Seeds {
		r.Seeds = append(r.Seeds, o.Seed+uint64(i))
	}
	var networks []gap.RandomMLP
	for _, a := range o.Activations {
		networks = append(networks, gap.RandomMLP{Width: o.Width, Batch: o.Batch, Depth: o.Depth, Activation: a, Bias: o.Bias})
	}
	curves, err := gap.DepthCurves(ctx, networks, r.Seeds, func(done, total int) {
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
		c := DepthCurve{Activation: string(m.Activation)}
		for layer := range m.Depth + 1 {
			p := DepthPoint{Layer: layer}
			var distinct, std float64
			for _, curve := range curves[i] {
				distinct += curve[layer] / float64(o.Seeds)
			}
			for _, curve := range curves[i] {
				std += (curve[layer] - distinct) * (curve[layer] - distinct)
			}
			std = math.Sqrt(std / float64(o.Seeds-1)) // NaN, which is null, for one seed
			p.Distinct, p.DistinctStd = Float(distinct), Float(std)
			// The mean over all pairs is an affine function of it.
			p.Mean, p.Std = Float(gap.AllPairs(distinct, m.Batch)), Float(std*float64(m.Batch-1)/float64(m.Batch))
			if known {
				e := Float(expected[layer])
				p.Expected = &e
			}
			c.Points = append(c.Points, p)
		}
		r.Curves = append(r.Curves, c)
	}
	return r, nil
}

func wrongNetworks(err error) error {
	return &fault.Error{Kind: fault.Usage, Op: "run", Thing: "random networks", Err: err, Next: "correct the flags"}
}
