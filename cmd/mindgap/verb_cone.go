package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, coneVerb) }

func coneVerb(a *app) *cobra.Command {
	var inputs string
	cmd := &cobra.Command{
		Use:   "cone",
		Short: "Show how narrow each tower's cone is: pairwise cosines",
		Long: `Cone computes the cosines of all pairs within one tower's embeddings: mean, least, greatest, spread and histogram. On a data set, or on
random inputs (--inputs noise: pixels from N(0, 1), token ids uniform over the vocabulary), for a trained model or an untrained one.`,
		Example: `  mindgap cone
  mindgap cone --model builtin:emoji-random1 --inputs noise --limit 500`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	a.flags.embeddingsFlag(cmd.Flags())
	cmd.Flags().StringVar(&inputs, "inputs", "data", "data or noise")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		c, err := a.config()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		switch inputs {
		case "data":
			var s *probe.Subject
			if s, err = c.Load(ctx, probe.WithTexts); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			res, err := probe.Cones(ctx, s)
			if err != nil {
				return err
			}
			return a.finish(s.Record("cone", a.flags.seed, res))
		case "noise":
			n := a.flags.limit
			if n == 0 {
				n = 1000
			}
			s, res, err := c.NoiseCones(ctx, n, a.flags.seed)
			if err != nil {
				return err
			}
			return a.finish(s.Record("cone", a.flags.seed, res))
		}
		return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--inputs", Found: fmt.Sprintf("%q", inputs), Wanted: "data or noise", Next: "correct the flag"}
	}
	return cmd
}
