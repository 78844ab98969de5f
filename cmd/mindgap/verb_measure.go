package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mindgap/gap"
	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, measureVerb) }

func measureVerb(a *app) *cobra.Command {
	var o probe.MeasureOptions
	cmd := &cobra.Command{
		Use:   "measure",
		Short: "Measure the gap: every metric with its interval",
		Long: `Measure embeds a data set with a model, or takes ready-made embeddings, and computes every metric of the modality gap with a 95%
bootstrap interval over pairs where it has one, and tests by permutation whether the gap is larger than chance.`,
		Example: `  mindgap measure
  mindgap measure --model path/to/clip --dataset path/to/images
  mindgap measure --embeddings features.npy --json`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	a.flags.embeddingsFlag(cmd.Flags())
	cmd.Flags().Float64Var(&o.Scale, "scale", 0, "logit scale of the loss (default the model's; 100 for ready-made embeddings)")
	cmd.Flags().IntVar(&o.Bootstrap, "bootstrap", probe.DefaultBootstrap, "resamples for the intervals, 0 = none")
	cmd.Flags().BoolVar(&o.BCa, "bca", false, "bias-corrected and accelerated intervals instead of percentile ones")
	cmd.Flags().StringSliceVar(&o.Names, "metrics", nil, "only these metrics, by name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkMeasure(&o); err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.withSubject(ctx, probe.WithTexts, func(_ *probe.Config, s *probe.Subject) error {
			o.Seed = a.flags.seed
			res, warnings, err := probe.Measure(ctx, s, o)
			if err != nil {
				return err
			}
			return a.finish(s.Record("measure", o.Seed, res, warnings...))
		})
	}
	return cmd
}

// checkMeasure refuses what no measurement can be, before anything is embedded.
func checkMeasure(o *probe.MeasureOptions) error {
	if o.Bootstrap < 0 {
		return negative("--bootstrap", o.Bootstrap)
	}
	if o.Scale < 0 {
		return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--scale", Found: fmt.Sprint(o.Scale), Wanted: "a number above 0", Next: "correct the flag"}
	}
	var known []string
	for _, m := range gap.Metrics() {
		known = append(known, m.Name)
	}
	for _, name := range o.Names {
		if !slices.Contains(known, name) {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--metrics", Found: strconv.Quote(name), Wanted: "names of " + strings.Join(known, ", "), Next: "correct the flag"}
		}
	}
	return nil
}
