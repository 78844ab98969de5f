package main

import (
	"github.com/spf13/cobra"

	"mindgap/probe"
)

func init() { verbs = append(verbs, correctVerb) }

func correctVerb(a *app) *cobra.Command {
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "correct",
		Short: "Compare ways to close the gap after training",
		Long: `Correct fits the corrections that followed the paper on one half of the data and measures each on the other half: the shift along the
gap vector, centring and standardising each modality, dropping the coordinates that carry most of the gap, and turning images onto
texts (orthogonal Procrustes). It prints the gap that is left, the contrastive loss, retrieval, and zero-shot accuracy where the
data has labels.`,
		Example: `  mindgap correct
  mindgap correct --embeddings features.npy --json
  mindgap correct --target group --plot corrections.svg`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	a.flags.embeddingsFlag(cmd.Flags())
	picture.add(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := picture.check(); err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.withSubject(ctx, probe.WithTexts|probe.WithPrompts, func(_ *probe.Config, s *probe.Subject) error {
			res, warnings, err := probe.Correct(ctx, s)
			if err != nil {
				return err
			}
			return a.finishPlotted(s.Record("correct", a.flags.seed, res, warnings...), picture)
		})
	}
	return cmd
}
