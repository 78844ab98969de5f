package main

import (
	"github.com/spf13/cobra"
)

func init() { verbs = append(verbs, inspectVerb) }

func inspectVerb(a *app) *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "inspect",
		Short: "Say what a checkpoint is and does",
		Long: `Inspect opens a model and says what was recognised: layout, graphs and their ports, tokenizer, preprocessing, logit scale and where it came
from. Then it tries the towers: the same caption under two paddings, the same input at two batch sizes, norms before normalising, whether
the text tower is causal, whether it pools at the end of the text. With --against a second model, it says how far the two differ on the
same inputs.`,
		Example: `  mindgap inspect --model path/to/clip
  mindgap inspect --model path/to/clip --precision int8 --against path/to/clip
  mindgap inspect --model path/to/clip --json`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	a.flags.runFlags(fs)
	fs.BoolVar(&a.flags.json, "json", false, "the record alone on standard output")
	fs.StringVar(&a.flags.out, "out", "", "also write the record to this file")
	fs.StringVar(&against, "against", "", "a second model to compare with")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.config()
		if err != nil {
			return err
		}
		rec, err := c.Inspect(cmd.Context(), against)
		if err != nil {
			return err
		}
		return a.finish(rec)
	}
	return cmd
}
