package report

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/gap"
	"mindgap/probe"
)

// trainPlot is what training at fixed temperatures does to the gap, the loss and retrieval: a curve a temperature, with its spread over seeds.
type trainPlot struct{}

func (trainPlot) Name() string { return "train" }

func (trainPlot) Title(any) string { return "Temperature and the gap under training" }

func (trainPlot) Caption(results any) string {
	r := results.(*probe.TrainResults)
	s := fmt.Sprintf("Contrastive training at fixed temperatures: %s, %s, %s of %s pairs by %s at learning rate %s. ", trainedWords(r), startWords(r.Start),
		countOf(r.Steps, "step"), trainBatch(r), methodName(r.Optimizer.Method), scaleKey(r.Optimizer.Rate))
	s += "Top: the distance between the two centroids over the steps, and what is left of it in the end. Bottom: symmetric contrastive loss, each curve at its own " +
		"temperature, and the share of images whose nearest text is their own, over all training pairs."
	if len(r.Seeds) > 1 {
		s += fmt.Sprintf(" Bands and bars are one standard deviation over %d seeds.", len(r.Seeds))
	}
	return s
}

// trainedWords says what was trained.
func trainedWords(r *probe.TrainResults) string {
	pairs := fmt.Sprintf("%s pairs of width %s", count(r.N), count(r.D))
	switch gap.Parameters(r.Parameters) {
	case gap.FreeParameters:
		return "free vectors of " + pairs
	case gap.HeadParameters:
		return "linear heads on the embeddings of " + pairs
	}
	return clean(r.Parameters) + " on " + pairs
}

// startWords says where training began.
func startWords(start string) string {
	switch gap.Start(start) {
	case gap.GapStart:
		return "from the embeddings as they are"
	case gap.AmendedStart:
		return "from texts turned onto their images"
	case gap.RandomStart:
		return "from a random start"
	}
	return "from start " + clean(start)
}

// methodName is an optimizer's usual spelling.
func methodName(method string) string {
	switch gap.Method(method) {
	case gap.SGD:
		return "SGD"
	case gap.Adam:
		return "Adam"
	case gap.AdamW:
		return "AdamW"
	}
	return clean(method)
}

func trainBatch(r *probe.TrainResults) string {
	if r.BatchSize == r.N {
		return "all"
	}
	return count(r.BatchSize)
}

// trainSeeds says over how many seeds, nothing where there is one.
func trainSeeds(r *probe.TrainResults, before string) string {
	if len(r.Seeds) < 2 {
		return ""
	}
	return before + countOf(len(r.Seeds), "seed")
}

func countOf(n int, noun string) string { return count(n) + " " + plural(n, noun) }

// temperatureLabel writes a temperature as the fraction that it is, where it is one over a whole number.
func temperatureLabel(t float64) string {
	if below := 1 / t; t < 1 && math.Abs(below-math.Round(below)) < 1e-9*below {
		return "1/" + decimal(below, 0)
	}
	return strconv.FormatFloat(t, 'g', 4, 64)
}

// spread writes a mean with its standard deviation, where there is one and seeds differ at all.
func spread(s probe.Spread, decimals int) string {
	out := decimal(float64(s.Mean), decimals)
	if s.Std > 1e-12 {
		out += " ± " + decimal(float64(s.Std), decimals)
	}
	return out
}

// spreadPercent is spread of a share.
func spreadPercent(s probe.Spread) string {
	return spread(probe.Spread{Mean: 100 * s.Mean, Std: 100 * s.Std}, 1) + "%"
}

// The quantities that a point of training holds.
func trainGap(p *probe.TrainPoint) probe.Spread    { return p.Gap }
func trainLoss(p *probe.TrainPoint) probe.Spread   { return p.Loss }
func trainRecall(p *probe.TrainPoint) probe.Spread { return p.ImageToTextRecall1 }

func trainMeans(c probe.TrainCurve, of func(*probe.TrainPoint) probe.Spread) plotter.XYs {
	var xys plotter.XYs
	for i := range c.Points {
		xys = defined(xys, float64(c.Points[i].Step), float64(of(&c.Points[i]).Mean))
	}
	return xys
}

func (trainPlot) Applies(results any) bool {
	r, ok := results.(*probe.TrainResults)
	return ok && r != nil && slices.ContainsFunc(r.Curves, func(c probe.TrainCurve) bool { return len(trainMeans(c, trainGap)) > 1 })
}

// temperatureColors run from cold to hot; every one has a contrast of 2.4:1 or more to white, and they differ in lightness, so that their order is
// seen without colour, too.
var temperatureColors = []color.NRGBA{{0x1B, 0x0C, 0x6B, 0xFF}, {0x6A, 0x1B, 0x9A, 0xFF}, {0xB1, 0x2A, 0x80, 0xFF}, {0xDD, 0x51, 0x4C, 0xFF}, {0xF2, 0x8E, 0x1C, 0xFF}}

// temperatureColor is the colour at a share of the way from the coldest to the hottest.
func temperatureColor(share float64) color.NRGBA {
	at := min(1, max(0, share)) * float64(len(temperatureColors)-1)
	k := min(int(at), len(temperatureColors)-2)
	a, b, f := temperatureColors[k], temperatureColors[k+1], at-float64(k)
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*(1-f) + float64(y)*f)) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xFF}
}

func (trainPlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.TrainResults)
	curves := slices.Clone(r.Curves)
	slices.SortStableFunc(curves, func(a, b probe.TrainCurve) int { return cmp.Compare(b.Temperature, a.Temperature) }) // the hottest first
	colors := make([]color.NRGBA, len(curves))
	var legend []key
	for i, c := range curves {
		colors[i] = temperatureColor(1 - float64(i)/float64(max(1, len(curves)-1)))
		label := temperatureLabel(float64(c.Temperature))
		if i == 0 {
			label = "temperature " + label
		}
		legend = append(legend, key{label: label, shape: lineShape, color: colors[i]})
	}
	if len(r.Seeds) > 1 {
		legend = append(legend, key{label: fmt.Sprintf("± std over %d seeds", len(r.Seeds)), shape: bandShape, color: faded(inkColor, 0.18)})
	}
	over := func(label string, of func(*probe.TrainPoint) probe.Spread, ticks plot.Ticker) *plot.Plot {
		p := newPlot("steps", label)
		p.X.Tick.Marker, p.Y.Tick.Marker = niceTicks{about: 5}, ticks
		p.Add(rules{})
		for i, c := range curves {
			if b := trainBand(c, of, faded(colors[i], 0.18)); b != nil {
				p.Add(b)
			}
		}
		for i, c := range curves {
			if l := curve(trainMeans(c, of), colors[i], nil); l != nil {
				p.Add(l)
			}
		}
		p.Y.Min = min(p.Y.Min, 0)
		pad(p, 0.01, 0.03)
		return p
	}
	return figure{legend: legend, panels: [][]*plot.Plot{
		{over("gap", trainGap, niceTicks{about: 5}), finalGaps(curves, colors)},
		{over("loss (nats)", trainLoss, niceTicks{about: 5}), over("image to text R@1", trainRecall, niceTicks{about: 5, percent: true})},
	}}, Size{plotWidth, 560}
}

// finalGaps is the gap after the last step against the temperature, the temperatures at equal distances.
func finalGaps(curves []probe.TrainCurve, colors []color.NRGBA) *plot.Plot {
	p := newPlot("temperature", "gap after the last step")
	p.Y.Tick.Marker = niceTicks{about: 5}
	p.Add(rules{})
	var ticks plot.ConstantTicks
	var line plotter.XYs
	start := math.NaN()
	for i, c := range curves {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: temperatureLabel(float64(c.Temperature))})
		if len(c.Points) > 0 {
			line = defined(line, float64(i), float64(c.Points[len(c.Points)-1].Gap.Mean))
			start = float64(c.Points[0].Gap.Mean) // the same at every temperature
		}
	}
	p.X.Tick.Marker = ticks
	if within := defined(nil, 0, start); within != nil {
		p.Add(startGuide{guide{at: start, color: guideColor, dashes: dashed}})
	}
	if l := curve(line, guideColor, nil); l != nil {
		l.Width = 1.2
		p.Add(l)
	}
	for i, c := range curves {
		if len(c.Points) == 0 {
			continue
		}
		g := c.Points[len(c.Points)-1].Gap
		if at := defined(nil, float64(i), float64(g.Mean)); at != nil {
			if bar := defined(nil, float64(i), float64(g.Std)); bar != nil {
				p.Add(errorBar{at[0], float64(g.Std), colors[i]})
			}
			p.Add(marks{at, dotShape, colors[i], 4})
		}
	}
	p.X.Min, p.X.Max, p.Y.Min = -0.4, float64(len(curves))-0.6, min(p.Y.Min, 0)
	pad(p, 0, 0.06)
	return p
}

// startGuide is a guide that says that it stands for the start, and that the axis reaches.
type startGuide struct{ guide }

// Plot implements plot.Plotter.
func (g startGuide) Plot(c draw.Canvas, p *plot.Plot) {
	g.guide.Plot(c, p)
	_, y := p.Transforms(&c)
	c.FillText(textStyle(p, tickSize, mutedColor, draw.XLeft, draw.YBottom), vg.Point{X: c.Min.X + 4, Y: y(g.at) + 2}, "at the start")
}

// DataRange implements plot.DataRanger.
func (g startGuide) DataRange() (xmin, xmax, ymin, ymax float64) { return 0, 0, g.at, g.at * 1.08 }

// errorBar is one standard deviation to either side of a point.
type errorBar struct {
	at    plotter.XY
	std   float64
	color color.Color
}

// Plot implements plot.Plotter.
func (b errorBar) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at, low, high := x(b.at.X), y(b.at.Y-b.std), y(b.at.Y+b.std)
	sty := draw.LineStyle{Color: b.color, Width: 1.4}
	c.StrokeLine2(sty, at, low, at, high)
	for _, end := range []vg.Length{low, high} {
		c.StrokeLine2(sty, at-5, end, at+5, end)
	}
}

// DataRange implements plot.DataRanger.
func (b errorBar) DataRange() (xmin, xmax, ymin, ymax float64) {
	return b.at.X, b.at.X, b.at.Y - b.std, b.at.Y + b.std
}

// trainBand is the area within one standard deviation of a curve, nil where none is defined.
func trainBand(c probe.TrainCurve, of func(*probe.TrainPoint) probe.Spread, fill color.NRGBA) *plotter.Polygon {
	var upper, lower plotter.XYs
	for i := range c.Points {
		x, s := float64(c.Points[i].Step), of(&c.Points[i])
		upper, lower = defined(upper, x, float64(s.Mean+s.Std)), defined(lower, x, float64(s.Mean-s.Std))
	}
	return band(upper, lower, fill)
}
