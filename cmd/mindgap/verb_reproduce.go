package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mindgap/probe/report"
	"mindgap/probe/reproduce"
)

func init() { verbs = append(verbs, reproduceVerb) }

func reproduceVerb(a *app) *cobra.Command {
	var o reproduce.Options
	var dir string
	cmd := &cobra.Command{
		Use:   "reproduce",
		Short: "Repeat the paper: every figure and table that the inputs allow, beside its numbers",
		Long: `Reproduce repeats "Mind the Gap" (Liang et al. 2022) item by item and sets every number beside the paper's: paper, here, difference, verdict.
Simulations are run at the paper's size and held to its numbers. What the paper measured on its own models and data is measured on those at
hand, and the verdict says whether its finding holds for them; the authors' published features (--embeddings), data sets (--data-root) and
full-size untrained towers (--full) are held to the paper's numbers. What lacks an input is not run, and says which flag would supply it.
It writes a folder with index.html (one file, nothing else needed), record.json and the figures as SVG and PNG, and prints a summary.`,
		Example: `  mindgap reproduce
  mindgap reproduce --item fig-2b,fig-3-sphere
  mindgap reproduce --embeddings features --full`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{embeddingsBeside: ""},
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	a.flags.dataFlags(fs)
	a.flags.runFlags(fs)
	a.flags.seedFlag(fs)
	fs.StringVar(&o.Features, "embeddings", "", "the authors' published features: a folder that holds features_clip.npy and its like, or one of these files")
	fs.StringSliceVar(&o.Items, "item", nil, "list of "+strings.Join(reproduce.Items(), ", ")+" (default all)")
	fs.BoolVar(&o.Full, "full", false, "run untrained towers of full size as well (minutes)")
	fs.IntVar(&o.Inputs, "inputs", reproduce.DefaultInputs, "with --full, inputs a tower is fed")
	fs.BoolVar(&a.flags.json, "json", false, "the record alone on standard output, besides the folder")
	fs.StringVar(&dir, "out", "mindgap-reproduce", "folder to write")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.Check(); err != nil {
			return err
		}
		c, err := a.config()
		if err != nil {
			return err
		}
		// A place that cannot be written is said before the work, not after.
		if err := report.CheckReproduction(dir); err != nil {
			return err
		}
		ctx := cmd.Context()
		o.Seed = a.flags.seed
		rec, err := reproduce.Run(ctx, c, o)
		if err != nil {
			return err
		}
		err = report.WriteReproduction(ctx, dir, rec, report.Options{Command: commandLine(cmd),
			Progress: func(done, total int) { a.progress.step("drawing", done, total) }})
		if err != nil {
			return err
		}
		return a.finishFolder(rec, "reproduction", dir)
	}
	return cmd
}
