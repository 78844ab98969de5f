package reproduce

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"mindgap/gap"
	"mindgap/probe"
)

// fig3 is the loss landscape along the gap, with the principal components and the table of distances that go with it.
var fig3 = item{id: "fig-3", run: runFig3, need: func(row string) Need {
	if strings.HasPrefix(row, "clip.") {
		return needFeatures
	}
	return needCOCO
}}

// Of the authors' landscape: shifts by distance, and logit scales.
var landscapeScales = []float64{1, 10, 20, 30, 50, 100}

func landscapeShifts() []float64 {
	var d []float64
	for i := -20; i < 20; i++ {
		d = append(d, float64(i)/4)
	}
	return d
}

// leastScales are the scales whose λ of least loss is compared, and leastLambdas where it is looked for.
var leastScales = []float64{1, 5, 35, 50, 100}

func leastLambdas() []float64 {
	var l []float64
	for i := -10; i <= 10; i++ {
		l = append(l, float64(i)/10)
	}
	return l
}

func runFig3(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	if f := e.published("clip"); f != nil {
		if err := publishedLandscape(ctx, f, out); err != nil {
			return nil, err
		}
		out.inputs = append(out.inputs, "the authors' "+f.File)
		figure, err := landscape(ctx, f.subject, "fig-3-published", f.Model+", the authors' features")
		if err != nil {
			return nil, err
		}
		out.figures = append(out.figures, figure)
	}
	s, err := e.trained(ctx)
	if err != nil {
		return nil, err
	}
	out.inputs = append(out.inputs, e.on(s))
	if err := e.standInLandscape(ctx, s, out); err != nil {
		return nil, err
	}
	if e.papersPairs(s) {
		values, err := pairRows(ctx, e, s)
		if err != nil {
			return nil, err
		}
		for id, v := range values {
			out.here[id] = same(v, pairsTolerance, pairsWhy)
		}
	}
	figure, err := landscape(ctx, s, "fig-3", s.Name)
	if err != nil {
		return nil, err
	}
	out.figures = append(out.figures, figure)
	out.notes = []string{"The figure's loss is symmetric and over all pairs. The authors' loss_txt transposes twice, so that theirs is one direction alone, over chunks of 50 pairs; the rows “as the authors' code has it” repeat that.",
		"Shifts are distances along the unit gap direction, by half on each side, as in the paper; λ is a fraction of the gap.",
		fmt.Sprintf("%s was trained to a scale of %.3g. What the paper says of scale 100 is that of the scale a model was trained to; far above it a landscape has other hollows.", s.Name, s.Scale)}
	return out, nil
}

// landscape draws the loss against the shift, as the paper's Fig. 3b–d.
func landscape(ctx context.Context, s *probe.Subject, name, of string) (Figure, error) {
	r, _, err := probe.Shift(ctx, s, probe.ShiftOptions{Lambdas: landscapeShifts(), Unit: gap.Distance, Scales: landscapeScales})
	if err != nil {
		return Figure{}, err
	}
	return Figure{Name: name, Title: "The loss landscape of " + of, Plot: "loss-landscape", Data: &probe.ReportResults{Shift: r},
		Caption: fmt.Sprintf("Symmetric contrastive loss (nats) of %s pairs against how far the clouds are moved along the gap's unit direction, by half on each side; below it the signed distance between the moved centroids. "+
			"A panel a logit scale (1/temperature), each with a loss axis of its own. The dashed line is the model as it is, the diamond the least loss.", thousands(s.Images.N))}, nil
}

// publishedLandscape holds the rows named clip.… to NumPy's values of the same file.
func publishedLandscape(ctx context.Context, f *authors, out *outcome) error {
	pair, err := f.subject.Pair()
	if err != nil {
		return err
	}
	hold := func(id string, value float64) {
		out.here[id] = same(value, 1e-5, "same file: within 1e-5 of NumPy's value")
	}
	for _, side := range []gap.Side{gap.Both, gap.ImageSide} {
		deltas := []float64{-1, -0.5, 0, 0.5, 1}
		points, err := gap.Sweep(ctx, pair, gap.SweepOptions{Lambdas: deltas, Unit: gap.Distance, Side: side})
		if err != nil {
			return err
		}
		for i, p := range points {
			hold("clip."+side.String()+"."+key(deltas[i]), p.Distance)
		}
	}
	least, atZero, err := leastLambda(ctx, pair, gap.SweepOptions{})
	if err != nil {
		return err
	}
	for i, s := range leastScales {
		out.here["clip.least."+key(s)] = same(least[i], 1e-9, "same file: the same of 21 values of λ")
	}
	_, authors, err := leastLambda(ctx, pair, gap.SweepOptions{Loss: gap.ImageToText, Chunk: 50})
	if err != nil {
		return err
	}
	for i, s := range leastScales {
		if s == 1 || s == 100 {
			hold("clip.loss."+key(s), atZero[i])
			hold("clip.authors."+key(s), authors[i])
		}
	}
	return nil
}

// pairRows measures the rows that the paper's 5,000 pairs decide: the gap, six principal components, and the distances of Table 2's shifts.
func pairRows(ctx context.Context, e *env, s *probe.Subject) (map[string]float64, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, err
	}
	names := []string{"gap"}
	for i := range 6 {
		names = append(names, fmt.Sprintf("pca%d_explained", i+1))
	}
	m, err := e.metrics(ctx, s, 0, names...)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{"gap": float64(m["gap"].Value)}
	for i, name := range names[1:] {
		values[fmt.Sprintf("pca%d", i+1)] = float64(m[name].Value)
		values["pca.sum"] += float64(m[name].Value)
	}
	for _, side := range []gap.Side{gap.Both, gap.ImageSide} {
		deltas := []float64{-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75}
		points, err := gap.Sweep(ctx, pair, gap.SweepOptions{Lambdas: deltas, Unit: gap.Distance, Side: side})
		if err != nil {
			return nil, err
		}
		for i, p := range points {
			values[side.String()+"."+key(deltas[i])] = p.Distance
		}
	}
	return values, nil
}

// leastLambda returns the λ of least loss at each of leastScales, and the losses at λ = 0.
func leastLambda(ctx context.Context, pair gap.Pair, o gap.SweepOptions) (least, atZero []float64, err error) {
	o.Lambdas, o.Scales = leastLambdas(), leastScales
	points, err := gap.Sweep(ctx, pair, o)
	if err != nil {
		return nil, nil, err
	}
	for k := range leastScales {
		best := math.Inf(1)
		l, zero := math.NaN(), math.NaN()
		for _, p := range points {
			if p.Loss[k] < best {
				best, l = p.Loss[k], p.Lambda
			}
			if p.Lambda == 0 {
				zero = p.Loss[k]
			}
		}
		least, atZero = append(least, l), append(atZero, zero)
	}
	return least, atZero, nil
}

// standInLandscape checks the findings on another model.
func (e *env) standInLandscape(ctx context.Context, s *probe.Subject, out *outcome) error {
	m, err := e.metrics(ctx, s, resamples, "gap", "pca1_explained", "pca1_gap_cosine")
	if err != nil {
		return err
	}
	g := m["gap"]
	out.here["gap"] = standIn(g, g.Low != nil && *g.Low > 0, "another model: its gap's 95% interval lies above 0")
	first, along := m["pca1_explained"], math.Abs(float64(m["pca1_gap_cosine"].Value))
	out.here["pca1"] = standIn(first, along > 0.9, fmt.Sprintf("another model: the component of most variance lies along the gap (cosine %.3f, above 0.9)", along))
	if e.published("clip") != nil {
		return nil
	}
	pair, err := s.Pair()
	if err != nil {
		return err
	}
	least, _, err := leastLambda(ctx, pair, gap.SweepOptions{})
	if err != nil {
		return err
	}
	for i, scale := range leastScales {
		holds, why := least[i] <= least[max(0, i-1)], "another model: no larger than at the next smaller scale"
		switch i {
		case 0:
			holds, why = least[i] >= 0.75, "another model: a high temperature closes at least three quarters of the gap"
		case len(leastScales) - 1:
			holds, why = holds && least[i] <= 0.25, "another model: a low temperature leaves at least three quarters of the gap, or widens it"
		}
		out.here["clip.least."+key(scale)] = standIn(probe.Interval{Value: probe.Float(least[i])}, holds, why)
	}
	return nil
}

// key writes a scale as a row's id has it.
func key(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
