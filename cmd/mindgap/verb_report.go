package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mindgap/probe"
	"mindgap/probe/report"
)

func init() { verbs = append(verbs, reportVerb) }

func reportVerb(a *app) *cobra.Command {
	var (
		o   probe.ReportOptions
		s   sweepFlags
		dir string
	)
	cmd := &cobra.Command{
		Use:   "report",
		Short: "The main job: embed, measure, shift, score, draw",
		Long: `Report embeds a data set with a model, measures the gap, moves the two clouds, scores zero-shot classification and sets random models
beside it. It writes a folder with index.html (one file, nothing else needed), record.json (every number) and the plots as SVG and PNG, and
prints a summary.`,
		Example: `  mindgap report
  mindgap report --model path/to/clip --dataset path/to/images --out my-report
  mindgap report --embeddings features.npy`,
		Args: cobra.NoArgs,
	}
	fs := cmd.Flags()
	a.flags.common(fs)
	a.flags.modelFlag(fs)
	a.flags.dataFlags(fs)
	a.flags.promptFlags(fs)
	a.flags.runFlags(fs)
	a.flags.embeddingsFlag(fs)
	a.flags.seedFlag(fs)
	s.add(fs)
	fs.BoolVar(&a.flags.json, "json", false, "the record alone on standard output, besides the folder")
	fs.StringVar(&dir, "out", "mindgap-report", "folder to write")
	fs.IntVar(&o.Measure.Bootstrap, "bootstrap", probe.DefaultBootstrap, "resamples for the intervals, 0 = none")
	fs.StringArrayVar(&o.Against, "against", nil, "a model to set beside it, repeatable (default the untrained twins of a built-in model)")
	mapFlag(fs, &o.Map)
	thumbnailsFlag(fs, &o.Thumbnails)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := probe.CheckMap(o.Map); err != nil {
			return err
		}
		var err error
		if o.Shift, err = s.options(); err != nil {
			return err
		}
		if err := checkMeasure(&o.Measure); err != nil {
			return err
		}
		if err := checkThumbnails(&o.Thumbnails); err != nil {
			return err
		}
		c, err := a.config()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		// A place that cannot be written is said before the work, not after.
		if err := report.Check(dir); err != nil {
			return err
		}
		o.Measure.Seed = a.flags.seed
		rec, scene, err := c.Report(ctx, o)
		if err != nil {
			return err
		}
		err = report.Write(ctx, dir, rec, report.Options{Scene: scene, Thumbnails: scene.Examples, Command: commandLine(cmd),
			Progress: func(done, total int) { a.progress.step("drawing", done, total) }})
		if err != nil {
			return err
		}
		return a.finishFolder(rec, "report", dir)
	}
	return cmd
}

// commandLine repeats a command as it was given, flags that were set in the order of their names.
func commandLine(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	visitSet(cmd, func(name, value string) { words = append(words, "--"+name+"="+quote(value)) })
	return strings.Join(words, " ")
}

// quote makes a word safe to paste into a shell, where it needs that.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@%+", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
