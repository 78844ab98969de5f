package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mindgap/gap"
	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, depthVerb) }

func depthVerb(a *app) *cobra.Command {
	o := probe.PaperDepth()
	var activations []string
	var bias string
	var picture plotFlag
	for _, known := range o.Activations {
		activations = append(activations, string(known))
	}
	all := strings.Join(activations, ", ")
	var mixed []string
	for _, known := range gap.MixedForms() {
		mixed = append(mixed, string(known))
	}
	cmd := &cobra.Command{
		Use:   "depth",
		Short: "Show how random networks narrow the cone, layer by layer",
		Long: `Depth sends random inputs through untrained networks and measures the mean cosine of all pairs behind every layer: the cone effect (Fig. 2b and
appendix). Weights are drawn from N(0, 1/width), biases likewise, not at all, or as PyTorch draws them by default (uniform), which is what the
authors' "no bias" runs have. Each curve is a mean over seeds with its standard deviation; where a closed form is known, the record also holds
what networks of infinite width would do (for ReLU the arc-cosine kernel). It also gives the share of the variance of a unit that comes from
initialisation and not from the input, Var(E[h|weights])/Var(h), over the seeds.`,
		Example: `  mindgap depth
  mindgap depth --bias none --activation relu,linear --seeds 20
  mindgap depth --bias uniform --activation linear,relu,relu+linear,linear+relu+linear+relu
  mindgap depth --width 128 --batch 256 --layers 10 --plot depth.svg`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.recordFlags(fs)
	picture.add(fs)
	fs.StringSliceVar(&activations, "activation", activations, "list of "+all+", or of the mixed forms "+strings.Join(mixed, ", "))
	fs.StringVar(&bias, "bias", string(o.Bias), "normal, uniform or none")
	fs.IntVar(&o.Width, "width", o.Width, fmt.Sprintf("width of every layer, at most %d", gap.MaxMLPWidth))
	fs.IntVar(&o.Batch, "batch", o.Batch, fmt.Sprintf("random inputs, at most %d", gap.MaxMLPBatch))
	fs.IntVar(&o.Depth, "layers", o.Depth, fmt.Sprintf("number of layers, at most %d", gap.MaxMLPDepth))
	fs.IntVar(&o.Seeds, "seeds", o.Seeds, "networks an activation; seeds count up from --seed")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		wrong := func(flag string, err error) error {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Err: err, Next: "correct the flag"}
		}
		if err := picture.check(); err != nil {
			return err
		}
		o.Activations = nil
		for _, name := range activations {
			activation, err := gap.ParseActivation(strings.TrimSpace(name))
			if err != nil {
				return wrong("--activation", err)
			}
			o.Activations = append(o.Activations, activation)
		}
		var err error
		if o.Bias, err = gap.ParseBias(bias); err != nil {
			return wrong("--bias", err)
		}
		o.Seed = a.flags.seed
		res, err := probe.Depth(cmd.Context(), o, func(s probe.Step) { a.progress.step(s.What, s.Done, s.Total) })
		if err != nil {
			return err
		}
		return a.finishPlotted(probe.NewRecord("depth", a.flags.seed, res), picture)
	}
	return cmd
}
