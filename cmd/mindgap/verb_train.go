package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mindgap/gap"
	"mindgap/models/fault"
	"mindgap/probe"
)

func init() { verbs = append(verbs, trainVerb) }

func trainVerb(a *app) *cobra.Command {
	o := probe.DefaultTrain()
	var temperatures, parameters, start, optimizer string
	var rate float64
	var picture plotFlag
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train embeddings at fixed temperatures: which keep the gap, which close it",
		Long: `Train minimises the contrastive loss of embeddings at one fixed temperature after another and records gap, loss and retrieval over the steps: a low
temperature keeps the gap that the embeddings start with, a high one closes it. What is trained are the vectors themselves (free), or a
linear head on the frozen embeddings of each side (heads). It starts from the embeddings as they are (gap), from texts turned onto their
images by the orthogonal map that fits best (amended, as the authors amend an initialisation), or from chance (random). Every image is
trained with its first text. No tower is trained, and nothing is held out: losses and retrieval are those of the training data.`,
		Example: `  mindgap train
  mindgap train --model builtin:emoji-random1 --plot train.svg
  mindgap train --parameters heads --start amended --temperatures 1,1/10,0.01 --seeds 5
  mindgap train --embeddings features.npy --batch-size 0 --optimizer sgd --lr 2`,
		Args: cobra.NoArgs,
	}
	a.experiment(cmd)
	fs := cmd.Flags()
	a.flags.embeddingsFlag(fs)
	picture.add(fs)
	run := &o.Run
	fs.StringVar(&temperatures, "temperatures", "1,1/10,1/20,1/30,1/50,1/100", fmt.Sprintf("list of temperatures, as numbers or fractions, from 1/%.0f", 1/gap.MinTemperature))
	fs.StringVar(&parameters, "parameters", string(run.Parameters), "what is trained: free vectors, or linear heads on the frozen embeddings")
	fs.StringVar(&start, "start", string(run.Start), "gap: the embeddings as they are; amended: texts turned onto their images; random")
	fs.IntVar(&run.Steps, "steps", run.Steps, "steps of a run")
	fs.IntVar(&run.BatchSize, "batch-size", run.BatchSize, "pairs a step of training, 0 = all; of fewer pairs than the default, all")
	fs.IntVar(&run.Every, "every", 0, "steps between two points of the record (default a twentieth of the steps)")
	fs.StringVar(&optimizer, "optimizer", string(run.Optimizer.Method), "sgd, adam or adamw")
	fs.Float64Var(&rate, "lr", 0, fmt.Sprintf("learning rate (default %v, for sgd %v)", probe.DefaultRate(gap.Adam), probe.DefaultRate(gap.SGD)))
	fs.Float64Var(&run.Optimizer.WeightDecay, "weight-decay", 0, "weight decay: in the gradient for sgd and adam, apart from it for adamw")
	fs.Float64Var(&run.Optimizer.Momentum, "momentum", run.Optimizer.Momentum, "momentum of sgd")
	fs.Float64Var(&run.Optimizer.Beta1, "beta1", run.Optimizer.Beta1, "decay of the mean of gradients, for adam and adamw")
	fs.Float64Var(&run.Optimizer.Beta2, "beta2", run.Optimizer.Beta2, "decay of the mean of their squares")
	fs.Float64Var(&run.Optimizer.Epsilon, "epsilon", run.Optimizer.Epsilon, "what adam and adamw add to the root of that")
	fs.IntVar(&o.Seeds, "seeds", o.Seeds, "runs a temperature; seeds count up from --seed")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		wrong := func(flag string, err error) error {
			return &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Err: err, Next: "correct the flag"}
		}
		if err := picture.check(); err != nil {
			return err
		}
		if o.Temperatures, err = parseTemperatures(temperatures); err != nil {
			return err
		}
		if run.Parameters, err = gap.ParseParameters(parameters); err != nil {
			return wrong("--parameters", err)
		}
		if run.Start, err = gap.ParseStart(start); err != nil {
			return wrong("--start", err)
		}
		if run.Optimizer.Method, err = gap.ParseMethod(optimizer); err != nil {
			return wrong("--optimizer", err)
		}
		if run.Optimizer.Rate = rate; !cmd.Flags().Changed("lr") {
			run.Optimizer.Rate = probe.DefaultRate(run.Optimizer.Method)
		}
		o.Seed = a.flags.seed
		if err := o.Validate(); err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.withSubject(ctx, probe.WithTexts, func(c *probe.Config, s *probe.Subject) error {
			if s.Images != nil && !cmd.Flags().Changed("batch-size") && run.BatchSize > s.Images.N {
				run.BatchSize = 0
			}
			res, warnings, err := probe.Train(ctx, s, o, c.Progress)
			if err != nil {
				return err
			}
			return a.finishPlotted(s.Record("train", a.flags.seed, res, warnings...), picture)
		})
	}
	return cmd
}

// parseTemperatures reads a list of numbers and fractions: 1,1/10,0.05.
func parseTemperatures(text string) ([]float64, error) {
	var temperatures []float64
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		above, below, fraction := strings.Cut(part, "/")
		v, err := strconv.ParseFloat(above, 64)
		if fraction && err == nil {
			var divisor float64
			divisor, err = strconv.ParseFloat(below, 64)
			v /= divisor
		}
		if err != nil || !(v > 0) || math.IsInf(v, 1) {
			return nil, &fault.Error{Kind: fault.Usage, Op: "read", Thing: "--temperatures", Found: strconv.Quote(part), Wanted: "a number above 0, or a fraction as 1/10",
				Next: "correct the flag"}
		}
		temperatures = append(temperatures, v)
	}
	return temperatures, nil
}
