package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, coneVerb) }

func coneVerb(a *app) *cobra.Command {
	var o probe.ConeOptions
	var refs []string
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "cone",
		Short: "Show how narrow each tower's cone is: pairwise cosines",
		Long: `Cone computes the cosines of all pairs within one tower's embeddings: mean, least, greatest, spread and histogram (Fig. 2a of the paper). On a
data set, on random inputs (--inputs noise: pixels from N(0, 1), token ids uniform over the vocabulary) or on both, for any number of models,
trained or untrained. Several models see the same items and the same noise. Flags that say how a model is opened are for the first.`,
		Example: `  mindgap cone
  mindgap cone --model builtin --model builtin:emoji-random1 --inputs data,noise --limit 500 --plot cones.svg
  mindgap cone --embeddings features.npy --json`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	fs.StringArrayVar(&refs, "model", []string{"builtin"}, "a model, repeatable: builtin, builtin:NAME, hf:org/name[@revision], or a directory")
	a.flags.openFlags(fs)
	a.flags.dataFlags(fs)
	a.flags.promptFlags(fs)
	a.flags.runFlags(fs)
	a.flags.recordFlags(fs)
	a.flags.embeddingsFlag(fs)
	picture.add(fs)
	fs.StringSliceVar(&o.Inputs, "inputs", []string{probe.ConeData}, "data, noise or both; of noise, --limit inputs (default 1000)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := picture.check(); err != nil {
			return err
		}
		for _, ref := range refs {
			if strings.TrimSpace(ref) == "" {
				return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--model", Found: "nothing", Wanted: "a reference", Next: "name one, or leave the flag out"}
			}
		}
		a.flags.model = refs[0]
		c, err := a.config()
		if err != nil {
			return err
		}
		o.Others, o.Noise, o.Seed = refs[1:], a.flags.limit, a.flags.seed
		rec, err := c.Cones(cmd.Context(), o)
		if err != nil {
			return err
		}
		return a.finishPlotted(rec, picture)
	}
	return cmd
}
