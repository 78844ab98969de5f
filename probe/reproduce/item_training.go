package reproduce

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"mindgap/gap"
	"mindgap/probe"
)

// fineTuning and amended are what training does to the gap. The paper trains towers; here the embeddings themselves are trained, or a linear
// head on those of an untrained model, so that their rows are findings and never numbers.
var (
	fineTuning = item{id: "fine-tuning", run: runFineTuning, need: func(string) Need { return needTuning }}
	amended    = item{id: "amended", run: runAmended, need: func(string) Need { return needTuning }}
)

func runFineTuning(ctx context.Context, e *env) (*outcome, error) {
	s, err := e.trained(ctx)
	if err != nil {
		return nil, err
	}
	o := e.training(s)
	r, _, err := probe.Train(ctx, s, o, e.config.Progress)
	if err != nil {
		return nil, err
	}
	out := &outcome{here: map[string]Here{}, inputs: []string{e.on(s) + ", its embeddings trained as free vectors"}}
	var last []probe.TrainPoint
	for _, c := range r.Curves {
		last = append(last, c.Points[len(c.Points)-1])
	}
	for i, t := range o.Temperatures {
		g := last[i].Gap
		holds, why := g.Mean < r.Curves[0].Points[0].Gap.Mean/2, "free vectors, ± std over seeds: a high temperature closes more than half of the gap"
		if i > 0 {
			before := last[i-1].Gap
			holds, why = float64(g.Mean) >= float64(before.Mean)-2*math.Hypot(float64(g.Std), float64(before.Std)),
				"free vectors, ± std over seeds: no smaller than at the next higher temperature, within 2 standard deviations"
		}
		out.here["gap."+fraction(t)] = standIn(plusMinus(g.Mean, g.Std), holds, why)
	}
	out.figures = []Figure{{Name: "fine-tuning", Title: "Temperature and the gap", Data: r,
		Caption: fmt.Sprintf("Contrastive training of the embeddings themselves at fixed temperatures, %d steps of %d pairs. Top: the distance between the centroids over the steps, and what is left of it in the end. "+
			"Bottom: symmetric loss (nats), each curve at its own temperature, and R@1 of images, over all training pairs."+bands(len(r.Seeds)), r.Steps, r.BatchSize)}}
	out.notes = []string{"Free vectors are what the loss alone does, without towers in its way; the paper fine-tunes CLIP's. Recall and accuracy of the paper are held-out, and nothing here is: their rows are not run."}
	return out, nil
}

// training are the options of a training of the subject: all of its pairs a step where there are few.
func (e *env) training(s *probe.Subject) probe.TrainOptions {
	o := probe.DefaultTrain()
	o.Seed = e.Seed
	if s.Images.N < o.Run.BatchSize {
		o.Run.BatchSize = 0
	}
	return o
}

// bands ends a caption, where there are seeds enough for bands.
func bands(seeds int) string {
	if seeds < 2 {
		return ""
	}
	return fmt.Sprintf(" Bands and bars are ± one standard deviation over %d seeds.", seeds)
}

// fraction writes a temperature as the paper does: 1, 1/10, ….
func fraction(t float64) string {
	if t == 1 {
		return "1"
	}
	return "1/" + strconv.Itoa(int(math.Round(1/t)))
}

// plusMinus is a mean with the range of one standard deviation.
func plusMinus(mean, std probe.Float) probe.Interval {
	if math.IsNaN(float64(std)) {
		return probe.Interval{Value: mean}
	}
	return between(float64(mean), float64(mean-std), float64(mean+std))
}

// clipTemperature is where CLIP's temperature starts.
const clipTemperature = 0.07

// A StartFigure is the gap under training from several starts.
type StartFigure struct {
	Steps  int          `json:"steps"`
	Seeds  int          `json:"seeds"`
	Starts []StartCurve `json:"starts"`
}

// A StartCurve is the gap over the steps, its mean and standard deviation over seeds.
type StartCurve struct {
	Name   string       `json:"name"`
	Points []StartPoint `json:"points"`
}

// A StartPoint is the gap after some steps.
type StartPoint struct {
	Step int         `json:"step"`
	Mean probe.Float `json:"mean"`
	Std  probe.Float `json:"std"`
}

func runAmended(ctx context.Context, e *env) (*outcome, error) {
	twins, err := e.untrained(ctx)
	if err != nil {
		return nil, err
	}
	s := twins[0]
	figure := &StartFigure{}
	for _, start := range []gap.Start{gap.GapStart, gap.AmendedStart} {
		o := e.training(s)
		o.Temperatures = []float64{clipTemperature}
		o.Run.Parameters, o.Run.Start = gap.HeadParameters, start
		r, _, err := probe.Train(ctx, s, o, e.config.Progress)
		if err != nil {
			return nil, err
		}
		figure.Steps, figure.Seeds = r.Steps, len(r.Seeds)
		curve := StartCurve{Name: map[gap.Start]string{gap.GapStart: "as initialised", gap.AmendedStart: "amended"}[start]}
		for _, p := range r.Curves[0].Points {
			curve.Points = append(curve.Points, StartPoint{p.Step, p.Gap.Mean, p.Gap.Std})
		}
		figure.Starts = append(figure.Starts, curve)
	}
	out := &outcome{here: map[string]Here{}, inputs: []string{e.on(s) + ", a linear head on each side trained"}}
	ends := func(c StartCurve) (first, last probe.Interval) {
		return plusMinus(c.Points[0].Mean, c.Points[0].Std), plusMinus(c.Points[len(c.Points)-1].Mean, c.Points[len(c.Points)-1].Std)
	}
	start, end := ends(figure.Starts[0])
	mended, after := ends(figure.Starts[1])
	out.here["original.start"] = standIn(start, start.Value > 0.5, "another model: it starts with a gap, above half a radius")
	out.here["original.end"] = standIn(end, end.Value > start.Value/2, "another model, ± std over seeds: training keeps more than half of the gap")
	out.here["amended.start"] = standIn(mended, mended.Value < start.Value/4, "another model: below a quarter of the gap that was mended")
	out.here["amended.end"] = standIn(after, after.Value > mended.Value && after.Value < end.Value,
		"another model, ± std over seeds: the loss opens the gap again, but not as far as from the original start")
	out.figures = []Figure{{Name: "amended", Title: "Two starts", Data: figure,
		Caption: fmt.Sprintf("The gap (distance between centroids) over %d steps of contrastive training of linear heads on the embeddings of an untrained model at temperature %g, from its own start and from texts turned onto "+
			"their images by the orthogonal map that fits best."+bands(figure.Seeds), figure.Steps, clipTemperature)}}
	return out, nil
}
