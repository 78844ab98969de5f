package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, compareVerb) }

func compareVerb(a *app) *cobra.Command {
	var o probe.MeasureOptions
	var refs []string
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Set several models side by side on the same data",
		Long: `Compare measures several models, trained or random, on the same data and gives the difference of each from the first: metrics with paired
95% bootstrap intervals (the same pairs drawn for both), accuracies with McNemar's exact p-value. Two or more untrained models
against another also give their mean difference over seeds, with Student's 95% interval. --plot draws gap, cosines, effective rank and accuracy.`,
		Example: `  mindgap compare --model builtin --model builtin:emoji-random1
  mindgap compare --model builtin --model builtin:emoji-random1 --model builtin:emoji-random2 --plot compared.svg
  mindgap compare --model path/to/a --model path/to/b --dataset path/to/images`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	fs.StringArrayVar(&refs, "model", nil, "a model; give it twice or more, the first is what the others are compared with")
	a.flags.dataFlags(fs)
	a.flags.promptFlags(fs)
	a.flags.runFlags(fs)
	a.flags.recordFlags(fs)
	picture.add(fs)
	fs.IntVar(&o.Bootstrap, "bootstrap", probe.DefaultBootstrap, "resamples for the intervals, 0 = none")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if len(refs) < 2 {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--model", Found: fmt.Sprintf("%d models", len(refs)), Wanted: "two or more",
				Next: "give --model once for each"}
		}
		if err := picture.check(); err != nil {
			return err
		}
		if err := checkMeasure(&o); err != nil {
			return err
		}
		a.flags.model = refs[0]
		c, err := a.config()
		if err != nil {
			return err
		}
		o.Seed = a.flags.seed
		rec, err := c.Compare(cmd.Context(), refs[1:], o)
		if err != nil {
			return err
		}
		return a.finishPlotted(rec, picture)
	}
	return cmd
}
