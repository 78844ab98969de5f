package main

import (
	"github.com/spf13/cobra"

	"mindgap/datasets"
	"mindgap/probe"
)

func init() { verbs = append(verbs, biasVerb) }

func biasVerb(a *app) *cobra.Command {
	var o probe.BiasOptions
	var s sweepFlags
	var p plotFlag
	var harm string
	cmd := &cobra.Command{
		Use:   "bias",
		Short: "How often each group is called by words of harm, against λ: the paper's Table 2",
		Long: `Bias classifies images among the classes of their data set and words of harm beside these, and counts for each group how often such a word is
nearest, while images move along the gap vector: Table 2 of Liang et al. 2022, after Radford et al. 2021 (section 7.1). Rates carry Wilson
intervals and McNemar's exact test against λ = 0 (p adjusted for all groups, categories and λ by Holm's method), the differences between
groups bootstrap intervals, also of their change. On FairFace it is the paper's experiment, with its numbers beside ours; it runs on any set
with labels, the built-in one (9 groups of emoji) included.

Words of harm: the paper's seven unless --harm names a file, a JSON object from categories to words ({"crime": ["a thief"]}), each as it stands in
a template in place of a class name. Groups: the classes, or with --groups the labels of another target of the same set.
The authors fitted the gap vector on COCO: --gap-from takes embeddings of it (mindgap embed); classes and pairs are fitted on the data itself.`,
		Example: `  mindgap bias
  mindgap bias --dataset fairface --data-root path/to/data --model path/to/ViT-B-32 --gap-from coco-embeddings --plot bias.svg
  mindgap bias --dataset path/to/images --harm words.json --lambdas=-1:1:0.25`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	fs := cmd.Flags()
	fs.Lookup("target").Usage = "which label, where a set has several (default: FairFace race_gender_harm, builtin group, else the set's first)"
	fs.StringVar(&o.Groups, "groups", "", "the target whose labels are the groups (default: FairFace race, else the classes themselves)")
	fs.StringVar(&harm, "harm", "", "JSON file of words by category (default the paper's: 3 of crime, 4 not human)")
	fs.StringVar(&s.lambdas, "lambdas", "-1,-0.5,-0.2,0,0.75", "values of λ: from:to:step, or a list")
	fs.StringVar(&s.unit, "unit", "distance", "what λ counts: distance along the unit gap vector, or fraction of the gap")
	fs.StringVar(&s.side, "side", "image", "what moves: image or text alone by λ, or both by λ/2 each")
	fs.StringVar(&o.GapFrom, "gap-from", probe.GapOfClasses, "what the gap vector is fitted on: classes, pairs, or embeddings of another data set")
	fs.IntVar(&o.Bootstrap, "bootstrap", probe.DefaultBootstrap, "resamples for the intervals of disparities, 0 = none")
	p.add(fs)
	s.loss = "symmetric"
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		so, err := s.options()
		if err != nil {
			return err
		}
		o.Lambdas, o.Unit, o.Side, o.Seed = so.Lambdas, so.Unit, so.Side, a.flags.seed
		if err := checkMeasure(&probe.MeasureOptions{Bootstrap: o.Bootstrap}); err != nil {
			return err
		}
		if err := p.check(); err != nil {
			return err
		}
		if harm != "" {
			if o.Harm, err = datasets.ReadHarm(harm); err != nil {
				return err
			}
		}
		c, err := a.config()
		if err != nil {
			return err
		}
		rec, err := c.Bias(cmd.Context(), o)
		if err != nil {
			return err
		}
		return a.finishPlotted(rec, p)
	}
	return cmd
}
