package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mindgap/probe"
)

func init() { verbs = append(verbs, mapVerb) }

func mapVerb(a *app) *cobra.Command {
	var method string
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "map",
		Short: "Lay both clouds out in the plane",
		Long: `Map lays images and texts out in the plane and writes the coordinates, and with --plot the picture. --map svd is Fig. 1 of the paper: the first
two singular vectors of all unit rows, not centred. pca is centred; gap has the direction of the gap as its first axis, so that the whole gap is
seen, and the first principal component of what is left as its second; umap keeps neighbours together. The sign of an axis is fixed: the entry of
largest magnitude of its direction is positive, and images lie on the positive side along the gap.`,
		Example: `  mindgap map --map svd --plot fig1.svg
  mindgap map --embeddings features.npy --map gap --plot gap.png`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	a.flags.embeddingsFlag(cmd.Flags())
	mapFlag(cmd.Flags(), &method)
	picture.add(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := probe.CheckMap(method); err != nil {
			return err
		}
		if err := picture.check(); err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.withSubject(ctx, probe.WithTexts, func(c *probe.Config, s *probe.Subject) error {
			res, err := probe.DrawMap(ctx, s, method, a.flags.seed, c.Progress)
			if err != nil {
				return err
			}
			return a.finishPlotted(s.Record("map", a.flags.seed, res), picture)
		})
	}
	return cmd
}

// mapFlag is how a verb that draws a map is told to lay it out.
func mapFlag(fs *pflag.FlagSet, method *string) {
	fs.StringVar(method, "map", probe.MapPCA, "how the map of the two clouds is laid out: "+strings.Join(probe.MapMethods(), ", "))
}
