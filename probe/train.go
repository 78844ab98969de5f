package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"mindgap/gap"
	"mindgap/models/fault"
)

// TrainOptions say how Train goes: every temperature from every seed.
type TrainOptions struct {
	Temperatures []float64
	Seeds        int    // runs a temperature, from 1 to MaxSeeds
	Seed         uint64 // of the first; the others follow by one
	// Run holds the rest. Its Temperature and Seed are not read; Every 0 is a twentieth of the steps.
	Run gap.TrainOptions
}

// DefaultTemperatures are those of the paper's runs.
func DefaultTemperatures() []float64 {
	return []float64{1, 1.0 / 10, 1.0 / 20, 1.0 / 30, 1.0 / 50, 1.0 / 100}
}

// DefaultTrain are the options of a run of seconds: free vectors from the embeddings' own gap, by Adam in batches as large as the authors'.
func DefaultTrain() TrainOptions {
	return TrainOptions{Temperatures: DefaultTemperatures(), Seeds: 3, Seed: 1, Run: gap.TrainOptions{Parameters: gap.FreeParameters, Start: gap.GapStart, Steps: 400,
		BatchSize: 64, Optimizer: gap.DefaultOptimizer(gap.Adam, DefaultRate(gap.Adam))}}
}

// DefaultRate is the learning rate with which a method moves the built-in model's embeddings well within DefaultTrain's steps at every
// temperature of the paper. The gradient by a row of n is of the order of 1/n, which SGD makes up for and Adam does not see.
func DefaultRate(m gap.Method) float64 {
	if m == gap.SGD {
		return 1
	}
	return 0.005
}

// Validate says which option is wrong, whatever the data.
func (o TrainOptions) Validate() error {
	if len(o.Temperatures) == 0 {
		return wrongTraining(errors.New("no temperature"))
	}
	if err := checkSeeds(o.Seeds); err != nil {
		return wrongTraining(err)
	}
	for _, t := range o.Temperatures {
		run := o.Run
		if run.Temperature = t; run.Validate() != nil {
			return wrongTraining(run.Validate())
		}
	}
	return nil
}

// MaxSeeds is the greatest number of runs of one kind: each is held until all are done.
const MaxSeeds = 10_000

func checkSeeds(seeds int) error {
	if seeds < 1 || seeds > MaxSeeds {
		return fmt.Errorf("%d seeds, want 1 to %d", seeds, MaxSeeds)
	}
	return nil
}

func wrongTraining(err error) error {
	return &fault.Error{Kind: fault.Usage, Op: "train", Thing: "embeddings", Err: err, Next: "correct the flags"}
}

// TrainResults are contrastive trainings at fixed temperatures: a low one keeps the gap, a high one closes it (Liang et al. 2022, section 4).
type TrainResults struct {
	Parameters string         `json:"parameters"` // "free" vectors, or linear "heads" on the frozen embeddings
	Start      string         `json:"start"`      // "gap", "amended" or "random"; see gap.Start
	Optimizer  TrainOptimizer `json:"optimizer"`
	N          int            `json:"n"` // images, each with its first text
	D          int            `json:"d"`
	Steps      int            `json:"steps"`
	BatchSize  int            `json:"batch_size"` // pairs a step
	Seeds      []uint64       `json:"seeds"`      // of the runs at every temperature; one where nothing is drawn
	Curves     []TrainCurve   `json:"curves"`
}

// TrainOptimizer is what took the steps; constants of other methods are absent.
type TrainOptimizer struct {
	Method      string    `json:"method"` // "sgd", "adam", "adamw"
	Rate        Float     `json:"learning_rate"`
	Momentum    *Float    `json:"momentum,omitempty"`
	Betas       *[2]Float `json:"betas,omitempty"`
	Epsilon     *Float    `json:"epsilon,omitempty"`
	WeightDecay Float     `json:"weight_decay"`
}

// A TrainCurve is the runs at one temperature.
type TrainCurve struct {
	Temperature Float        `json:"temperature"`
	Scale       Float        `json:"scale"` // the logit scale, 1/temperature
	Points      []TrainPoint `json:"points"`
}

// A TrainPoint is the state after some steps, over all pairs; see gap.TrainPoint.
type TrainPoint struct {
	Step               int    `json:"step"`
	Gap                Spread `json:"gap"`
	Loss               Spread `json:"loss"` // at the curve's own scale
	MatchedCosine      Spread `json:"matched_cosine_mean"`
	ImageToTextRecall1 Spread `json:"image_to_text_recall_at_1"`
	TextToImageRecall1 Spread `json:"text_to_image_recall_at_1"`
}

// A Spread is a mean over seeds with the sample standard deviation (n − 1), undefined for one seed.
type Spread struct {
	Mean Float `json:"mean"`
	Std  Float `json:"std"`
}

// spreadOf returns the mean and spread of values.
func spreadOf(values []float64) Spread {
	var mean, squares float64
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return Spread{Float(mean), Float(math.Sqrt(squares / float64(len(values)-1)))} // NaN, which is null, for one value
}

// Train trains the subject's embeddings contrastively at every temperature of o, from every seed. progress may be nil.
func Train(ctx context.Context, s *Subject, o TrainOptions, progress func(Step)) (*TrainResults, []string, error) {
	if err := o.Validate(); err != nil {
		return nil, nil, err
	}
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, err
	}
	n := pair.Images.N
	var warnings []string
	if pair.Texts.N > n {
		warnings = append(warnings, fmt.Sprintf("%d images have %d texts: each is trained with its first", n, pair.Texts.N))
	}
	if !o.Run.Random(n) && o.Seeds > 1 {
		warnings = append(warnings, "all pairs in every batch and a start that is not drawn leave nothing to a seed: one run a temperature")
		o.Seeds = 1
	}
	if o.Run.Every == 0 {
		o.Run.Every = max(1, o.Run.Steps/20)
	}
	runs, err := o.runs(ctx, pair, progress)
	if err != nil {
		return nil, nil, s.blameTraining(ctx, err)
	}
	r := &TrainResults{Parameters: string(o.Run.Parameters), Start: string(o.Run.Start), Optimizer: trainOptimizer(o.Run.Optimizer), N: n, D: pair.Images.D,
		Steps: o.Run.Steps, BatchSize: o.Run.BatchSize}
	if r.BatchSize == 0 {
		r.BatchSize = n
	}
	for i := range o.Seeds {
		r.Seeds = append(r.Seeds, o.Seed+uint64(i))
	}
	for i, t := range o.Temperatures {
		r.Curves = append(r.Curves, TrainCurve{Temperature: Float(t), Scale: Float(1 / t), Points: overSeeds(runs[i])})
	}
	return r, warnings, nil
}

// overSeeds turns runs, a row of points each, into their means and spreads.
func overSeeds(runs [][]gap.TrainPoint) []TrainPoint {
	var points []TrainPoint
	for k, first := range runs[0] {
		of := func(value func(gap.TrainPoint) float64) Spread {
			values := make([]float64, len(runs))
			for i, run := range runs {
				values[i] = value(run[k])
			}
			return spreadOf(values)
		}
		points = append(points, TrainPoint{Step: first.Step,
			Gap:                of(func(p gap.TrainPoint) float64 { return p.Gap }),
			Loss:               of(func(p gap.TrainPoint) float64 { return p.Loss }),
			MatchedCosine:      of(func(p gap.TrainPoint) float64 { return p.MatchedCosine }),
			ImageToTextRecall1: of(func(p gap.TrainPoint) float64 { return p.ImageToTextRecall1 }),
			TextToImageRecall1: of(func(p gap.TrainPoint) float64 { return p.TextToImageRecall1 }),
		})
	}
	return points
}

// runs trains at every temperature from every seed: [temperature][seed][point].
func (o TrainOptions) runs(ctx context.Context, pair gap.Pair, progress func(Step)) ([][][]gap.TrainPoint, error) {
	runs := make([][][]gap.TrainPoint, len(o.Temperatures))
	for i := range runs {
		runs[i] = make([][]gap.TrainPoint, o.Seeds)
	}
	var telling sync.Mutex
	done, total := 0, len(runs)*o.Seeds*o.Run.Steps
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(o.together(pair.Images.N, pair.Images.D))
	for i, temperature := range o.Temperatures {
		for seed := range o.Seeds {
			g.Go(func() (err error) {
				run := o.Run
				run.Temperature, run.Seed = temperature, o.Seed+uint64(seed)
				runs[i][seed], err = gap.Train(inner, pair, run, func(int, int) {
					telling.Lock()
					defer telling.Unlock()
					if done++; progress != nil {
						progress(Step{What: "training steps", Done: done, Total: total})
					}
				})
				return err
			})
		}
	}
	return runs, g.Wait()
}

// togetherBytes is the memory that all runs under way may take; one run goes on whatever it takes.
const togetherBytes = 1 << 30

// together is the number of runs that go on at once. A run holds a batch's similarities, and for either side rows, unit rows and the gradient
// by them, and weights with their gradient and up to two moments of it.
func (o TrainOptions) together(pairs, width int) int {
	batch := float64(o.Run.BatchSize)
	if batch == 0 {
		batch = float64(pairs)
	}
	bytes := 8 * (batch*batch + 2*7*float64(pairs)*float64(width))
	return max(1, int(min(float64(runtime.GOMAXPROCS(0)), togetherBytes/bytes)))
}

// blameTraining says whose fault it is that a training failed.
func (s *Subject) blameTraining(ctx context.Context, err error) error {
	var diverged *gap.DivergedError
	var bad *gap.ValueError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &bad):
		return s.blame("train", err)
	case errors.As(err, &diverged):
		return &fault.Error{Kind: fault.Usage, Op: "train", Thing: s.Name, Err: err, Next: "lower the learning rate"}
	}
	return wrongTraining(err)
}

func trainOptimizer(o gap.Optimizer) TrainOptimizer {
	out := TrainOptimizer{Method: string(o.Method), Rate: Float(o.Rate), WeightDecay: Float(o.WeightDecay)}
	if o.Method == gap.SGD {
		out.Momentum = ptr(Float(o.Momentum))
	} else {
		out.Betas, out.Epsilon = &[2]Float{Float(o.Beta1), Float(o.Beta2)}, ptr(Float(o.Epsilon))
	}
	return out
}
