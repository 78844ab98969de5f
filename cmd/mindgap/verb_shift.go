package main

import (
	"github.com/spf13/cobra"

	"mindgap/probe"
)

func init() { verbs = append(verbs, shiftVerb) }

func shiftVerb(a *app) *cobra.Command {
	var s sweepFlags
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "shift",
		Short: "Move the two clouds and score every step",
		Long: `Shift moves images and texts along the difference of their centroids by a range of λ and computes at each: the distance that is left,
the contrastive loss at every scale, retrieval, and zero-shot accuracy where the data has labels. λ = 0 is the model as it is; at λ = 1
(unit fraction) the centroids meet before rows are normalised again. For each objective it chooses λ on one half of the data and reports
the value on the other. --plot draws the loss landscape (Fig. 3b–d): the loss at each scale against λ and the signed distance that is left.`,
		Example: `  mindgap shift
  mindgap shift --lambdas=-1:1:0.125 --scales 1,100 --chunk 50
  mindgap shift --unit distance --lambdas=-5:5:0.25 --scales 100,50,30,20,10,1 --plot landscape.svg
  mindgap shift --embeddings features.npy --side image --unit distance --json`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	a.flags.embeddingsFlag(cmd.Flags())
	s.add(cmd.Flags())
	picture.add(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := picture.check(); err != nil {
			return err
		}
		o, err := s.options()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.withSubject(ctx, probe.WithTexts|probe.WithPrompts, func(_ *probe.Config, sub *probe.Subject) error {
			res, warnings, err := probe.Shift(ctx, sub, o)
			if err != nil {
				return err
			}
			return a.finishPlotted(sub.Record("shift", a.flags.seed, res, warnings...), picture)
		})
	}
	return cmd
}
