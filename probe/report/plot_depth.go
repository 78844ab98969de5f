package report

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"mindgap/probe"
)

// depthPlot is the mean cosine of random networks against depth, a curve an activation, with its spread over seeds.
type depthPlot struct{}

func (depthPlot) Name() string { return "depth" }

func (depthPlot) Title(any) string { return "The cone effect in random networks" }

func (depthPlot) Caption(results any) string {
	r := results.(*probe.DepthResults)
	s := fmt.Sprintf("Mean cosine of different inputs behind each layer of random networks %s wide, over %s inputs from N(0, 1) and %d %s", count(r.Width), count(r.Batch),
		len(r.Seeds), plural(len(r.Seeds), "seed"))
	if len(r.Seeds) > 1 {
		s += "; bands are one standard deviation over the seeds"
	}
	return s + ", " + biasWords(r.Bias) + ". Dashed lines are what networks of infinite width would do, where a closed form is known (for ReLU the arc-cosine kernel)."
}

// biasWords says how biases were drawn.
func biasWords(bias string) string {
	switch bias {
	case "none":
		return "without biases"
	case "normal":
		return "with biases from N(0, 1/width)"
	case "uniform":
		return "with biases from U(−1/√width, 1/√width)"
	}
	return "with biases of kind " + clean(bias)
}

func (depthPlot) Applies(results any) bool {
	r, ok := results.(*probe.DepthResults)
	if !ok || r == nil {
		return false
	}
	for _, c := range r.Curves {
		if len(depthCurve(c, distinct)) > 1 {
			return true
		}
	}
	return false
}

// distinct and expected choose what a curve of depth shows; nil where a point lacks it.
func distinct(p *probe.DepthPoint) *probe.Float { return &p.Distinct }
func expected(p *probe.DepthPoint) *probe.Float { return p.Expected }

func depthCurve(c probe.DepthCurve, of func(*probe.DepthPoint) *probe.Float) plotter.XYs {
	var xys plotter.XYs
	for i := range c.Points {
		if v := of(&c.Points[i]); v != nil {
			xys = defined(xys, float64(c.Points[i].Layer), float64(*v))
		}
	}
	return xys
}

// depthStyles tell activations apart by colour (Okabe and Ito's) and by mark, so that neither alone must do.
var depthStyles = map[string]struct {
	label string
	color color.NRGBA
	shape shape
}{
	"linear":     {"linear", inkColor, dotShape},
	"tanh":       {"tanh", color.NRGBA{0x56, 0xB4, 0xE9, 0xFF}, diamondShape},
	"gelu":       {"GELU", color.NRGBA{0xE6, 0x9F, 0x00, 0xFF}, dotShape},
	"leaky-relu": {"LeakyReLU", color.NRGBA{0x00, 0x9E, 0x73, 0xFF}, ringShape},
	"relu":       {"ReLU", color.NRGBA{0x00, 0x72, 0xB2, 0xFF}, dotShape},
	"maxout":     {"Maxout", color.NRGBA{0xD5, 0x5E, 0x00, 0xFF}, diamondShape},
	"sigmoid":    {"sigmoid", color.NRGBA{0xB0, 0x5A, 0x8C, 0xFF}, ringShape},
}

func (depthPlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.DepthResults)
	p := newPlot("layers", "mean cosine of different inputs")
	p.Y.Tick.Marker = niceTicks{about: 6}
	p.Add(rules{})
	var legend []key
	var theory bool
	for _, c := range r.Curves {
		style, ok := depthStyles[c.Activation]
		if !ok {
			style.label, style.color = clean(c.Activation), mutedColor
		}
		if b := depthBand(c, faded(style.color, 0.18)); b != nil {
			p.Add(b)
		}
		if l := curve(depthCurve(c, expected), style.color, dashed); l != nil {
			l.Width = 1.2
			p.Add(l)
			theory = true
		}
		xys := depthCurve(c, distinct)
		l := curve(xys, style.color, nil)
		if l == nil {
			continue
		}
		l.Width = 1.3
		p.Add(l, marks{xys, style.shape, style.color, 2.8})
		legend = append(legend, key{label: style.label, shape: style.shape, color: style.color})
	}
	if len(r.Seeds) > 1 {
		legend = append(legend, key{label: fmt.Sprintf("± std over %d seeds", len(r.Seeds)), shape: bandShape, color: faded(inkColor, 0.18)})
	}
	if theory {
		legend = append(legend, key{label: "infinite width", shape: lineShape, color: inkColor, dashes: dashed})
	}
	pad(p, 0.01, 0.04)
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}}, Size{plotWidth, 440}
}

// depthBand is the area within one standard deviation of a curve, nil where none is defined.
func depthBand(c probe.DepthCurve, fill color.NRGBA) *plotter.Polygon {
	var upper, lower plotter.XYs
	for i := range c.Points {
		pt := &c.Points[i]
		x, m, s := float64(pt.Layer), float64(pt.Distinct), float64(pt.DistinctStd)
		upper, lower = defined(upper, x, m+s), defined(lower, x, m-s)
	}
	if len(upper) < 2 {
		return nil
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	b, err := plotter.NewPolygon(upper)
	if err != nil {
		return nil
	}
	b.Color, b.LineStyle.Width = fill, 0
	return b
}
