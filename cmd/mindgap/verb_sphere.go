package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, sphereVerb) }

func sphereVerb(a *app) *cobra.Command {
	var o probe.SphereOptions
	var scales, angles, heights string
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "sphere",
		Short: "Simulate mismatched pairs on a sphere: why a gap can be the least loss",
		Long: `Sphere simulates the contrastive loss of image–text pairs on a sphere: images lie on the equator, texts are turned away from it by an angle.
Where pairs match, the least loss is at no gap; where some are mismatched and the temperature is low, it is at one. Without flags it is the
paper's six pairs, two of them swapped, beside the same pairs matched (Fig. 3e–g and appendix); --pairs draws any number of random ones. --nine
is the appendix's nine pairs at heights ±z: matched, two labels swapped, and with one label changed, as the authors' code runs.`,
		Example: `  mindgap sphere
  mindgap sphere --pairs 100 --mismatch 0.1 --dim 16 --scales 1,20,100
  mindgap sphere --nine --plot nine.svg`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.recordFlags(fs)
	picture.add(fs)
	fs.BoolVar(&o.Nine, "nine", false, "the nine pairs of the appendix")
	fs.IntVar(&o.Pairs, "pairs", 0, fmt.Sprintf("number of random pairs, at most %d (default the paper's six)", probe.MaxSpherePairs))
	fs.Float64Var(&o.Mismatch, "mismatch", 0.2, "share of the random pairs that are mismatched, 0 to 1")
	fs.IntVar(&o.Dim, "dim", 3, "dimensions of the random pairs' space, from 3")
	fs.StringVar(&scales, "scales", "", "logit scales of the loss, a list (default the paper's: 1,5,35,50,100; with --nine 1,5,10,50,100,500,1000)")
	fs.StringVar(&angles, "angles", "", "angles of the texts in degrees: from:to:step, or a list (default -90:90:1)")
	fs.StringVar(&heights, "heights", "", "with --nine, heights of the images: from:to:step, or a list (default 100 over -1 to 1)")
	cmd.MarkFlagsMutuallyExclusive("nine", "pairs")
	cmd.MarkFlagsMutuallyExclusive("nine", "angles")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		needs := func(flag, other string) error {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--" + flag, Found: "it without --" + other, Wanted: "both", Next: "add --" + other + ", or leave --" + flag + " out"}
		}
		for flag, other := range map[string]string{"mismatch": "pairs", "dim": "pairs", "heights": "nine"} {
			if cmd.Flags().Changed(flag) && !cmd.Flags().Changed(other) {
				return needs(flag, other)
			}
		}
		if cmd.Flags().Changed("pairs") && o.Pairs < 1 {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--pairs", Found: fmt.Sprint(o.Pairs), Wanted: "1 or more", Next: "correct the flag"}
		}
		if err := picture.check(); err != nil {
			return err
		}
		for _, list := range []struct {
			flag, text string
			to         *[]float64
		}{{"--scales", scales, &o.Scales}, {"--angles", angles, &o.Positions}, {"--heights", heights, &o.Positions}} {
			if list.text == "" {
				continue
			}
			if *list.to, err = parseNumbers(list.flag, list.text); err != nil {
				return err
			}
		}
		o.Seed = a.flags.seed
		res, err := probe.Sphere(o)
		if err != nil {
			return err
		}
		return a.finishPlotted(probe.NewRecord("sphere", a.flags.seed, res), picture)
	}
	return cmd
}
