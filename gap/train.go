package gap

import (
	"context"
	"fmt"
	"math"
)

// Parameters name what contrastive training changes.
type Parameters string

const (
	// FreeParameters: every image and every text is a vector of its own, x_i = w_i/‖w_i‖. What the loss does to the clouds when no tower
	// stands in the way.
	FreeParameters Parameters = "free"
	// HeadParameters: a linear head on the frozen embeddings of each side, x_i = u_i·W_image/‖u_i·W_image‖ and y_j = v_j·W_text/‖v_j·W_text‖.
	HeadParameters Parameters = "heads"
)

// ParseParameters reads a name of Parameters.
func ParseParameters(name string) (Parameters, error) {
	switch p := Parameters(name); p {
	case FreeParameters, HeadParameters:
		return p, nil
	}
	return "", fmt.Errorf("gap: parameters %q, want free or heads", name)
}

// A Start is where training begins.
type Start string

const (
	// GapStart: the embeddings as they are; heads are the identity.
	GapStart Start = "gap"
	// AmendedStart: texts turned onto their images by the orthogonal map V·Uᵀ of XᵀY = U·Σ·Vᵀ (unit rows, not centred), which closes most of
	// the gap before the first step (the authors' experiment with another initialisation, Liang et al. 2022, util/gap_amend_std.ipynb and
	// train_clip_toy_fix_init). Heads: W_text = V·Uᵀ.
	AmendedStart Start = "amended"
	// RandomStart: free vectors equally distributed over the sphere, so that there is no gap but chance; heads with entries from N(0, 1/d).
	RandomStart Start = "random"
)

// ParseStart reads a name of a Start.
func ParseStart(name string) (Start, error) {
	switch s := Start(name); s {
	case GapStart, AmendedStart, RandomStart:
		return s, nil
	}
	return "", fmt.Errorf("gap: start %q, want gap, amended or random", name)
}

const (
	// MaxTrainBatch is the greatest number of pairs in a batch: its similarities are held whole, in 8 bytes each.
	MaxTrainBatch = 8192
	// MinTemperature is the least temperature of training: below it a softmax denominator in float64 may underflow.
	MinTemperature = 1.0 / maxShiftScale
)

// TrainOptions say how Train goes.
type TrainOptions struct {
	Parameters  Parameters
	Start       Start
	Temperature float64 // fixed: the logit scale is 1/Temperature; MinTemperature or more
	Steps       int
	BatchSize   int    // pairs a step, 2 to MaxTrainBatch; 0 = all. What a pass over the shuffled pairs leaves over is dropped
	Every       int    // steps between two points; 0 = the first and the last alone
	Seed        uint64 // of the random start and of the order of pairs
	Optimizer   Optimizer
	Exact       bool // products in float64 throughout, several times slower
}

// Random reports whether the seed decides anything.
func (o TrainOptions) Random(pairs int) bool {
	return o.Start == RandomStart || o.BatchSize > 0 && o.BatchSize < pairs
}

// Validate says which option is wrong, whatever the data.
func (o TrainOptions) Validate() error {
	switch {
	case !(o.Temperature >= MinTemperature) || math.IsInf(o.Temperature, 1):
		return fmt.Errorf("gap: a temperature of %v, want 1/%d or more", o.Temperature, maxShiftScale)
	case o.Steps < 0:
		return fmt.Errorf("gap: %d steps, want 0 or more", o.Steps)
	case o.Every < 0:
		return fmt.Errorf("gap: a point every %d steps, want 0 or more", o.Every)
	case o.BatchSize < 0 || o.BatchSize == 1 || o.BatchSize > MaxTrainBatch:
		return fmt.Errorf("gap: a batch of %d pairs, want 2 to %d, or 0 for all", o.BatchSize, MaxTrainBatch)
	}
	if _, err := ParseParameters(string(o.Parameters)); err != nil {
		return err
	}
	if _, err := ParseStart(string(o.Start)); err != nil {
		return err
	}
	return o.Optimizer.validate()
}

// check says what of o is wrong for n pairs.
func (o TrainOptions) check(n int) error {
	switch {
	case n < 2:
		return fmt.Errorf("gap: training on %d images, want 2 or more", n)
	case o.BatchSize > n:
		return fmt.Errorf("gap: a batch of %d pairs, want at most the %d that there are", o.BatchSize, n)
	case o.BatchSize == 0 && n > MaxTrainBatch:
		return fmt.Errorf("gap: a batch of all %d pairs, want at most %d", n, MaxTrainBatch)
	}
	return o.Validate()
}

// A DivergedError is a training whose parameters grew or shrank beyond float64, or met NaN.
type DivergedError struct {
	Temperature, Rate float64
	Step              int
	Modality          Modality
}

// Error says when and where.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("gap: training at temperature %v and learning rate %v diverged at step %d: a row of the %s side has no direction any more", e.Temperature, e.Rate,
		e.Step, e.Modality)
}

// A TrainPoint is the state after some steps, over every image with its first text, whatever the batch.
type TrainPoint struct {
	Step               int
	Gap                float64 // ‖mean x − mean y‖
	Loss               float64 // symmetric InfoNCE at the temperature of training
	MatchedCosine      float64
	ImageToTextRecall1 float64
	TextToImageRecall1 float64
}

// Train minimises the symmetric contrastive loss of p's images with their first texts at a fixed temperature, and returns the state at step 0,
// every o.Every steps and at the last: how the gap moves while the loss falls (Liang et al. 2022, section 4 and appendix: a low temperature
// keeps it, a high one closes it). With unit rows x and y of a batch of n pairs and the logit scale s = 1/Temperature,
//
//	L = 1/(2n)·Σ_i (log Σ_j exp(s·x_i·y_j) + log Σ_j exp(s·x_j·y_i) − 2s·x_i·y_i)
//
// and the gradients are exact. Parameters and all sums are in float64, products of matrices in float32 where there is a kernel (see
// Exact). Every text of an image but its first is ignored. The same seed gives the same points on any number of processors.
//
// progress may be nil. The error is ctx's, a *ValueError of a row of p that has no direction, a *DivergedError, or says which option is wrong.
func Train(ctx context.Context, p Pair, o TrainOptions, progress func(step, steps int)) ([]TrainPoint, error) {
	t, err := NewTrainer(ctx, p, o)
	if err != nil {
		return nil, err
	}
	var points []TrainPoint
	for {
		if step := t.Steps(); step == 0 || step == o.Steps || o.Every > 0 && step%o.Every == 0 {
			point, err := t.Point(ctx)
			if err != nil {
				return nil, err
			}
			points = append(points, point)
		}
		if t.Steps() == o.Steps {
			return points, nil
		}
		if _, err := t.Step(ctx); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(t.Steps(), o.Steps)
		}
	}
}
