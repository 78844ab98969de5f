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

// fig2b and fig2bAppendix are random networks of the paper's size, layer by layer. Nothing is missing for them.
var (
	fig2b         = item{id: "fig-2b", need: nothing, run: runFig2b}
	fig2bAppendix = item{id: "fig-2b-appendix", need: nothing, run: runFig2bAppendix}
)

// nothing is the need of items that always measure every row.
func nothing(string) Need { return Need{} }

// depthSeeds is how many networks a curve is a mean of.
const depthSeeds = 5

// A DepthFigure is curves of random networks beside the paper's points.
type DepthFigure struct {
	*probe.DepthResults
	Paper []PaperPoint `json:"paper"`
}

// A PaperPoint is a mean cosine that the paper has behind a layer of a network with an activation.
type PaperPoint struct {
	Activation string      `json:"activation"`
	Layer      int         `json:"layer"`
	Mean       probe.Float `json:"mean"`
}

// initCaption ends the caption of a figure of networks.
const initCaption = "Below: the share of a unit's variance that comes from the random weights and not from the input, ± one standard error over the seeds."

// The authors print one ReLU network. printedSeeds are as many of ours as tell how far one of them may lie from the mean: t of 19 degrees of
// freedom exceeds printedWidths standard deviations in one run of a thousand, where t of 4 would have to be let go to 9.
const (
	printedSeeds  = 20
	printedWidths = 4
)

func runFig2b(ctx context.Context, e *env) (*outcome, error) {
	r, err := e.depth(ctx, gap.NormalBias)
	if err != nil {
		return nil, err
	}
	o := probe.PaperDepth()
	o.Seed, o.Seeds, o.Activations = e.Seed, printedSeeds, []gap.Activation{gap.ReLU}
	printed, err := probe.Depth(ctx, o, e.config.Progress)
	if err != nil {
		return nil, err
	}
	out := &outcome{here: map[string]Here{}, inputs: []string{fmt.Sprintf("%d random networks a curve, of ReLU %d, %d wide, %s inputs: the paper's size",
		depthSeeds, printedSeeds, r.Width, thousands(r.Batch))}}
	shown := *r
	shown.Curves = nil
	for _, activation := range []string{"linear", "tanh", "relu", "sigmoid"} { // the appendix has the others
		shown.Curves = append(shown.Curves, *curveOf(r, activation))
	}
	figure := &DepthFigure{DepthResults: &shown}
	for _, n := range thePaper.item("fig-2b").Rows {
		layer, _ := strconv.Atoi(strings.TrimPrefix(n.ID, "relu."))
		p := curveOf(printed, "relu").Points[layer]
		mean, std := float64(p.Mean), float64(p.Std)
		out.here[n.ID] = spread(mean, mean-std, mean+std, printedWidths*std*math.Sqrt(1+1.0/printedSeeds),
			fmt.Sprintf("one network against %d, ± their standard deviation: within %d of them", printedSeeds, printedWidths))
		figure.Paper = append(figure.Paper, PaperPoint{"relu", layer, n.Value})
	}
	out.figures = []Figure{{Name: "fig-2b", Title: "The cone narrows with depth", Data: figure,
		Caption: fmt.Sprintf("Mean cosine of different inputs behind each layer of random networks %d wide (weights and biases N(0, 1/d), %s inputs from N(0, 1)); bands are ± one standard deviation "+
			"over %d seeds. Diamonds are what the authors' notebook prints for ReLU. Dashed lines are networks of infinite width, where a closed form is known. "+initCaption, r.Width, thousands(r.Batch), depthSeeds)}}
	out.notes = []string{"The paper's mean counts every input with itself, 1 in 1,024 pairs; so do the numbers of the table. The figure leaves these pairs out, which is why its first points lie at 0."}
	return out, nil
}

func runFig2bAppendix(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	runs := map[gap.Bias]*probe.DepthResults{}
	for _, b := range []gap.Bias{gap.NormalBias, gap.UniformBias, gap.NoBias} {
		r, err := e.depth(ctx, b)
		if err != nil {
			return nil, err
		}
		runs[b] = r
		words := map[gap.Bias]string{gap.NormalBias: "biases from N(0, 1/d)", gap.UniformBias: "PyTorch's default biases", gap.NoBias: "no biases"}[b]
		figure := &DepthFigure{DepthResults: r}
		for _, n := range thePaper.item("fig-2b-appendix").Rows {
			bias, activation, layer, ok := depthRow(n.ID)
			if !ok || bias != b {
				continue
			}
			p := curveOf(r, activation).Points[layer]
			mean, std := float64(p.Mean), float64(p.Std)
			out.here[n.ID] = spread(mean, mean-std, mean+std, sixErrors(std, n.Std, n.Seeds),
				fmt.Sprintf("%d networks each, ± the standard deviation here: within 6 standard errors of the difference", depthSeeds))
			figure.Paper = append(figure.Paper, PaperPoint{activation, layer, n.Value})
		}
		out.figures = append(out.figures, Figure{Name: "fig-2b-" + string(b), Title: "Networks with " + words, Data: figure,
			Caption: fmt.Sprintf("Mean cosine of different inputs behind each layer of random networks with %s; bands are ± one standard deviation over %d seeds, "+
				"diamonds the authors' code run in NumPy, dashed lines infinite width. "+initCaption, words, depthSeeds)})
	}
	p := curveOf(runs[gap.NoBias], "relu").Points[1]
	mean, std := float64(p.Distinct), float64(p.DistinctStd)
	out.here["guide"] = spread(mean, mean-std, mean+std, 6*std/math.Sqrt(depthSeeds)+1/float64(runs[gap.NoBias].Width),
		fmt.Sprintf("%d networks, no biases: within 6 standard errors of the theory, and 1/d, which it neglects", depthSeeds))
	mixed, err := e.mixedForms(ctx)
	if err != nil {
		return nil, err
	}
	out.figures = append(out.figures, Figure{Name: "fig-2b-mixed", Title: "Mixed forms", Data: mixed,
		Caption: fmt.Sprintf("Mean cosine of different inputs behind each step of networks whose steps have several layers, with PyTorch's default biases; bands are ± one standard deviation over %d seeds, dashed lines infinite width. "+initCaption, depthSeeds)})
	share := curveOf(runs[gap.UniformBias], "relu").Points[25]
	low, high := float64(share.InitShare-2*share.InitShareError), float64(share.InitShare+2*share.InitShareError)
	out.here["init.relu"] = standIn(between(float64(share.InitShare), low, high), low > 0.5, "± 2 standard errors by the jackknife over seeds: their lower end is above a half")
	out.inputs = []string{fmt.Sprintf("%d random networks a curve, of the paper's size", depthSeeds)}
	out.notes = []string{"The authors' “no bias” notebook leaves PyTorch's biases in every layer but the purely linear one: ReLU then reaches 1.0000 at layer 25, and 0.957 where there is truly none."}
	return out, nil
}

// mixedForms runs the forms of the authors' notebook whose steps have several layers. The paper has a picture of them and no number.
func (e *env) mixedForms(ctx context.Context) (*DepthFigure, error) {
	o := probe.PaperDepth()
	o.Bias, o.Seed, o.Seeds, o.Activations = gap.UniformBias, e.Seed, depthSeeds, gap.MixedForms()
	r, err := probe.Depth(ctx, o, e.config.Progress)
	return &DepthFigure{DepthResults: r}, err
}

// depthRow reads a row's id: BIAS.ACTIVATION.LAYER.
func depthRow(id string) (b gap.Bias, activation string, layer int, ok bool) {
	parts := strings.Split(id, ".")
	if len(parts) != 3 {
		return "", "", 0, false
	}
	layer, err := strconv.Atoi(parts[2])
	return gap.Bias(parts[0]), parts[1], layer, err == nil
}

// sixErrors is six standard errors of the difference of two means over seeds: std is the sample deviation here, reference a population one.
// A millionth is what float32 leaves of a cosine of 1.
func sixErrors(std, reference float64, seeds int) float64 {
	return 6*math.Sqrt(std*std/depthSeeds+reference*reference/float64(seeds-1)) + 1e-6
}

func curveOf(r *probe.DepthResults, activation string) *probe.DepthCurve {
	for i := range r.Curves {
		if r.Curves[i].Activation == activation {
			return &r.Curves[i]
		}
	}
	panic("reproduce: no curve of " + activation)
}
