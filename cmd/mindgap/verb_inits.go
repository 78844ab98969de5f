package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, initsVerb) }

// defaultInits are the inputs of inits unless --limit says otherwise: enough for the cones, and a full-size model takes seconds over them.
const defaultInits = 200

func initsVerb(a *app) *cobra.Command {
	o := probe.InitsOptions{Inits: 25, Map: probe.MapUMAP}
	var inputs string
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "inits",
		Short: "Show that each random initialisation makes a cone of its own",
		Long: `Inits draws one architecture several times and sends the same inputs through each (Fig. 2c): embeddings of one initialisation share a narrow cone,
and another initialisation has another one. For each tower it gives the mean cosine within one initialisation and between different ones, the
share of variance that comes from the weights, the leading singular values of all embeddings (K cones show as K − 1 large ones), a map coloured
by seed, and over the seeds the mean and spread of cone and gap beside the paper's. One tower at a time is in memory.

The architecture is random:ARCH (see mindgap models), random:builtin for the built-in one, or a random network by
` + probe.MLPHelp + `, whose inputs are random. Inputs are a data set or noise (--inputs noise: pixels from N(0, 1), token ids uniform over the vocabulary).`,
		Example: `  mindgap inits --inits 5 --limit 100
  mindgap inits --model random:ViT-B-32 --dataset images --plot inits.svg
  mindgap inits --model random:RN50 --inputs noise --limit 50
  mindgap inits --model "mlp:relu?layers=2" --map pca`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	fs := cmd.Flags()
	picture.add(fs)
	fs.IntVar(&o.Inits, "inits", o.Inits, "number of initialisations; their seeds count up from --seed")
	fs.StringVar(&inputs, "inputs", "data", "data or noise")
	fs.StringVar(&o.Map, "map", o.Map, "how the map is drawn: pca or umap")
	setDefault := func(name, value, usage string) {
		f := fs.Lookup(name)
		f.DefValue, f.Usage = value, usage
	}
	setDefault("model", "random:builtin", "random:ARCH, random:builtin or "+probe.MLPHelp+", without a seed")
	setDefault("limit", strconv.Itoa(defaultInits), "number of inputs: the first N items, 0 = all; or as many random ones")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		changed := cmd.Flags().Changed
		if !changed("model") {
			a.flags.model = "random:builtin"
		}
		if !changed("limit") {
			a.flags.limit = defaultInits
		}
		mlp := strings.HasPrefix(a.flags.model, "mlp:")
		switch {
		case inputs != "data" && inputs != "noise":
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--inputs", Found: fmt.Sprintf("%q", inputs), Wanted: "data or noise", Next: "correct the flag"}
		case mlp && changed("inputs") && inputs == "data", changed("dataset") && (mlp || inputs == "noise"):
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--dataset or --inputs", Found: "data", Wanted: "random inputs, which is what was asked for",
				Next: "leave the flag out"}
		}
		if err := picture.check(); err != nil {
			return err
		}
		c, err := a.config()
		if err != nil {
			return err
		}
		o.Seed, o.Noise, o.Count = a.flags.seed, inputs == "noise", a.flags.limit
		rec, err := c.Inits(cmd.Context(), o)
		if err != nil {
			return err
		}
		return a.finishPlotted(rec, picture)
	}
	return cmd
}
