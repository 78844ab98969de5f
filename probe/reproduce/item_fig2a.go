package reproduce

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"mindgap/probe"
)

// fig2a is the cone effect: cosines within each tower, trained and not, on data and on noise.
var fig2a = item{id: "fig-2a", run: runFig2a, need: func(row string) Need {
	switch {
	case strings.Contains(row, "resnet"):
		return needResNet
	case strings.HasPrefix(row, "noise"):
		return needNoise
	case strings.HasPrefix(row, "untrained"):
		return needUntrained
	}
	return needCOCO
}}

// noiseInputs is how many random inputs a twin is fed.
const noiseInputs = 1000

// A ConeFigure is the distribution of cosines within each tower, a panel a state of the model.
type ConeFigure struct {
	Panels []ConePanel `json:"panels"`
}

// A ConePanel is one state: both towers' cones, of several models added up, beside the paper's mean cosines.
type ConePanel struct {
	Title string       `json:"title"`
	Cones []probe.Cone `json:"cones"`
	Paper []PaperMean  `json:"paper"`
}

// A PaperMean is the mean cosine that the paper has for a tower.
type PaperMean struct {
	Tower string      `json:"tower"`
	Mean  probe.Float `json:"mean"`
}

// coneState is one of the figure's three conditions.
type coneState struct{ name, title string }

var coneStates = []coneState{{"trained", "trained, on data"}, {"untrained", "untrained, on data"}, {"noise", "untrained, on noise"}}

func runFig2a(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	s, err := e.trained(ctx)
	if err != nil {
		return nil, err
	}
	twins, err := e.untrained(ctx)
	if err != nil {
		return nil, err
	}
	out.inputs = []string{fmt.Sprintf("%s, %d untrained twins of it, and %s random inputs", e.on(s), len(twins), thousands(noiseInputs))}
	cones := map[string][]probe.Cone{}
	for i, one := range append([]*probe.Subject{s}, twins...) {
		r, err := probe.Cones(ctx, one)
		if err != nil {
			return nil, err
		}
		state := "untrained"
		if i == 0 {
			state = "trained"
		}
		cones[state] = append(cones[state], r.Cones...)
	}
	for i, ref := range e.twins(ctx) {
		r, err := e.noise(ctx, ref, noiseInputs, e.Seed+uint64(i))
		if err != nil {
			return nil, err
		}
		cones["noise"] = append(cones["noise"], r...)
	}
	figure := &ConeFigure{}
	for _, state := range coneStates {
		panel := ConePanel{Title: state.title}
		for _, tower := range []string{"image", "text"} {
			all := slices.DeleteFunc(slices.Clone(cones[state.name]), func(c probe.Cone) bool { return c.Tower != tower })
			mean, low, high := overSeeds(means(all))
			v, why := between(mean, low, high), fmt.Sprintf("other models, least to greatest of %d seeds: all means above 0", len(all))
			if state.name == "trained" {
				v, why = probe.Interval{Value: probe.Float(mean)}, "another model: its mean is above 0, that of directions without a cone"
			}
			id := state.name + "." + tower
			if state.name == "trained" && e.papersPairs(s) {
				out.here[id+".mean"] = same(mean, pairsTolerance, pairsWhy)
				out.here[id+".min"] = same(float64(all[0].Min), leastTolerance, pairsWhy)
			} else {
				out.here[id+".mean"] = standIn(v, low > 0, why)
			}
			panel.Cones = append(panel.Cones, pooled(all))
			panel.Paper = append(panel.Paper, PaperMean{tower, thePaper.number("fig-2a", state.name+"."+tower+".mean").Value})
		}
		figure.Panels = append(figure.Panels, panel)
	}
	out.figures = []Figure{{Name: "fig-2a", Title: "The cone effect", Data: figure,
		Caption: "How often each cosine occurs between two images, or two texts, of one model, as a density (each outline has area 1). " +
			"Dashed lines are the paper's mean cosines, of CLIP; untrained panels add up three seeds, each cosine being of two inputs of one seed."}}
	if e.Full {
		return out, e.fullTowers(ctx, out)
	}
	return out, nil
}

// noise returns the cones of random inputs.
func (e *env) noise(ctx context.Context, ref string, n int, seed uint64) ([]probe.Cone, error) {
	c := *e.config
	c.Model = ref
	_, r, err := c.NoiseCones(ctx, n, seed)
	if err != nil {
		return nil, err
	}
	return r.Cones, nil
}

// fullSeeds is how many untrained models of full size are drawn, and fullWidths the standard deviations within which one of the authors' must lie of
// their mean: t of 4 degrees of freedom exceeds 4.6 in one run of a hundred. Seeds of the text tower scatter, and a wider bound would say little.
const (
	fullSeeds  = 5
	fullWidths = 4.6
)

// fullTowers adds untrained ViT-B/32, the paper's architecture: on noise, where its numbers are the paper's, and on the data at hand.
func (e *env) fullTowers(ctx context.Context, out *outcome) error {
	cones := map[string][]probe.Cone{}
	for i := range uint64(fullSeeds) {
		c := *e.config
		c.Model = fmt.Sprintf("random:ViT-B-32?seed=%d&init=openai", e.Seed+i)
		noise, err := e.noise(ctx, c.Model, e.Inputs, e.Seed+i)
		if err != nil {
			return err
		}
		data, err := dataCones(ctx, c, e.Inputs)
		if err != nil {
			return err
		}
		cones["noise"], cones["untrained"] = append(cones["noise"], noise...), append(cones["untrained"], data...)
	}
	figure := out.figures[0].Data.(*ConeFigure)
	for _, state := range coneStates[1:] {
		panel := ConePanel{Title: strings.Replace(state.title, "untrained", "untrained ViT-B/32", 1)}
		for _, tower := range []string{"image", "text"} {
			all := slices.DeleteFunc(slices.Clone(cones[state.name]), func(c probe.Cone) bool { return c.Tower != tower })
			id := state.name + "." + tower
			mean, low, high := overSeeds(means(all))
			panel.Cones = append(panel.Cones, pooled(all))
			panel.Paper = append(panel.Paper, PaperMean{tower, thePaper.number("fig-2a", id+".mean").Value})
			if state.name != "noise" {
				out.here[id+".mean"] = standIn(between(mean, low, high), low > 0, fmt.Sprintf("the paper's architecture on other data, least to greatest of %d seeds: all means above 0", len(all)))
				continue
			}
			why := fmt.Sprintf("one untrained network against %d: within %g standard deviations of one, %s inputs", len(all), fullWidths, thousands(e.Inputs))
			out.here[id+".mean"] = spread(mean, low, high, oneOf(means(all)), why)
			if e.Inputs >= papersPairs {
				least := leasts(all)
				mean, low, high := overSeeds(least)
				out.here[id+".min"] = spread(mean, low, high, oneOf(least), why)
			}
		}
		figure.Panels = append(figure.Panels, panel)
	}
	out.figures[0].Caption += fmt.Sprintf(" Panels of ViT-B/32 add up %d.", fullSeeds)
	out.inputs = append(out.inputs, fmt.Sprintf("%d untrained ViT-B/32 on %s random inputs, and as many of the data", fullSeeds, thousands(e.Inputs)))
	return nil
}

// dataCones returns the cones of the first n of the data.
func dataCones(ctx context.Context, c probe.Config, n int) (_ []probe.Cone, err error) {
	if c.Data.Limit == 0 || c.Data.Limit > n {
		c.Data.Limit = n
	}
	s, err := c.Load(ctx, probe.WithTexts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := probe.Cones(ctx, s)
	if err != nil {
		return nil, err
	}
	return r.Cones, nil
}

// oneOf is fullWidths standard deviations of the difference of one value and the mean of several.
func oneOf(values []float64) float64 {
	return fullWidths * deviation(values) * math.Sqrt(1+1/float64(len(values)))
}

func leasts(cones []probe.Cone) []float64 {
	var v []float64
	for _, c := range cones {
		v = append(v, float64(c.Min))
	}
	return v
}

func means(cones []probe.Cone) []float64 {
	var v []float64
	for _, c := range cones {
		v = append(v, float64(c.Mean))
	}
	return v
}

// deviation is the sample standard deviation, NaN for one value.
func deviation(v []float64) float64 {
	mean, _, _ := overSeeds(v)
	var sum float64
	for _, x := range v {
		sum += (x - mean) * (x - mean)
	}
	return math.Sqrt(sum / float64(len(v)-1))
}

// pooled adds cones of one tower up: counts of all, mean of the means, extremes of the extremes.
func pooled(cones []probe.Cone) probe.Cone {
	c := cones[0]
	c.Histogram = make([]int64, len(cones[0].Histogram))
	mean, _, _ := overSeeds(means(cones))
	c.Mean, c.Std, c.N = probe.Float(mean), probe.Float(math.NaN()), 0
	if len(cones) > 1 {
		c.Model = fmt.Sprintf("%s and %d more", c.Model, len(cones)-1)
	}
	for _, one := range cones {
		c.N += one.N
		c.Min, c.Max = min(c.Min, one.Min), max(c.Max, one.Max)
		for b, n := range one.Histogram {
			c.Histogram[b] += n
		}
	}
	return c
}
