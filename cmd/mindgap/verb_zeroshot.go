package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"mindgap/loaders/output"
	"mindgap/probe"
)

func init() { verbs = append(verbs, zeroshotVerb) }

func zeroshotVerb(a *app) *cobra.Command {
	var lambdas, clipBenchmark string
	var s sweepFlags
	cmd := &cobra.Command{
		Use:   "zeroshot",
		Short: "Classify images by the names of their classes",
		Long: `Zeroshot fills every prompt template with every class name, makes one class embedding of them as CLIP_benchmark does (the mean of the
unit prompt embeddings, unit again) and gives each image the class with the greatest cosine. It reports accuracy with all templates and
with the first one alone, each with its count and 95% Wilson interval; of two classes also the area under the ROC curve. With --lambda the
same under a shift of the clouds.`,
		Example: `  mindgap zeroshot --target everyday
  mindgap zeroshot --model builtin:cifar10 --dataset cifar10 --data-root path/to/data
  mindgap zeroshot --templates templates.txt --classnames names.txt --lambda=-0.25,0.25
  mindgap zeroshot --templates cupl_prompts.json --dataset imagenet1k --data-root path/to/data
  mindgap zeroshot --target everyday --clip-benchmark everyday.json`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	cmd.Flags().StringVar(&lambdas, "lambda", "", "also score the clouds shifted by these λ: from:to:step, or a list")
	cmd.Flags().StringVar(&s.unit, "unit", "fraction", "what λ counts: fraction of the gap, or distance along its unit direction")
	cmd.Flags().StringVar(&s.side, "side", "both", "what moves: both by λ/2 each, or image or text alone by λ")
	cmd.Flags().StringVar(&clipBenchmark, "clip-benchmark", "", "also write a result file as CLIP_benchmark does, for its command build")
	s.loss, s.single = "symmetric", true
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		what := probe.WithPrompts | probe.WithLabels
		var o *probe.ShiftOptions
		if s.lambdas = lambdas; lambdas != "" {
			so, err := s.options()
			if err != nil {
				return err
			}
			o, what = &so, what|probe.WithTexts
		}
		ctx := cmd.Context()
		return a.withSubject(ctx, what, func(_ *probe.Config, sub *probe.Subject) error {
			res, warnings, err := probe.ZeroShot(ctx, sub, o)
			if err != nil {
				return err
			}
			if clipBenchmark != "" {
				if err := output.WriteFile(clipBenchmark, func(w io.Writer) error { return json.NewEncoder(w).Encode(res.CLIPBenchmark()) }); err != nil {
					return err
				}
			}
			return a.finish(sub.Record("zeroshot", a.flags.seed, res, warnings...))
		})
	}
	return cmd
}
