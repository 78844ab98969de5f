package report

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// depthPlot is the mean cosine of random networks against depth, a curve an activation, with its spread over seeds, and below it the share of
// variance that comes from initialisation, where there are seeds enough to tell.
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
	s += ", " + biasWords(r.Bias) + ". Dashed lines are what networks of infinite width would do, where a closed form is known (for ReLU the arc-cosine kernel)."
	if len(depthPanels(r)) > 1 {
		s += " Below: the share of a unit's variance that comes from the random weights and not from the input"
		if len(r.Seeds) > 2 {
			s += ", with bands of one standard error over the seeds"
		}
		s += "."
	}
	return s
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
	return ok && r != nil && len(depthPanels(r)) > 0
}

// A depthPanel chooses what a panel of depth shows of every layer; nil where a point lacks it.
type depthPanel struct {
	label                string
	value, error, closed func(*probe.DepthPoint) *probe.Float
}

// distinct is the panel of Fig. 2b.
var distinct = depthPanel{"mean cosine of different inputs",
	func(p *probe.DepthPoint) *probe.Float { return &p.Distinct },
	func(p *probe.DepthPoint) *probe.Float { return &p.DistinctStd },
	func(p *probe.DepthPoint) *probe.Float { return p.Expected }}

// initShare is the panel of the variance that comes from initialisation.
var initShare = depthPanel{"variance from initialisation",
	func(p *probe.DepthPoint) *probe.Float { return &p.InitShare },
	func(p *probe.DepthPoint) *probe.Float { return &p.InitShareError },
	func(p *probe.DepthPoint) *probe.Float { return p.ExpectedInitShare }}

// depthPanels returns the panels that have something to show.
func depthPanels(r *probe.DepthResults) []depthPanel {
	var panels []depthPanel
	for _, panel := range []depthPanel{distinct, initShare} {
		for _, c := range r.Curves {
			if len(depthCurve(c, panel.value)) > 1 {
				panels = append(panels, panel)
				break
			}
		}
	}
	return panels
}

func depthCurve(c probe.DepthCurve, of func(*probe.DepthPoint) *probe.Float) plotter.XYs {
	var xys plotter.XYs
	for i := range c.Points {
		if v := of(&c.Points[i]); v != nil {
			xys = defined(xys, float64(c.Points[i].Layer), float64(*v))
		}
	}
	return xys
}

type depthLook struct {
	label string
	color color.NRGBA
	shape shape
}

// depthStyles tell activations apart by colour (Okabe and Ito's) and by mark, so that neither alone must do.
var depthStyles = map[string]depthLook{
	"linear":     {"linear", inkColor, dotShape},
	"tanh":       {"tanh", color.NRGBA{0x56, 0xB4, 0xE9, 0xFF}, diamondShape},
	"gelu":       {"GELU", color.NRGBA{0xE6, 0x9F, 0x00, 0xFF}, dotShape},
	"leaky-relu": {"LeakyReLU", color.NRGBA{0x00, 0x9E, 0x73, 0xFF}, ringShape},
	"relu":       {"ReLU", color.NRGBA{0x00, 0x72, 0xB2, 0xFF}, dotShape},
	"maxout":     {"Maxout", color.NRGBA{0xD5, 0x5E, 0x00, 0xFF}, diamondShape},
	"sigmoid":    {"sigmoid", color.NRGBA{0xB0, 0x5A, 0x8C, 0xFF}, ringShape},

	"relu+linear":             {"ReLU+linear", color.NRGBA{0x4B, 0x7A, 0x2B, 0xFF}, diamondShape},
	"linear+relu+linear":      {"linear+ReLU+linear", color.NRGBA{0x6A, 0x51, 0xA3, 0xFF}, dotShape},
	"linear+relu+linear+relu": {"linear+ReLU+linear+ReLU", color.NRGBA{0x8C, 0x6D, 0x31, 0xFF}, ringShape},
}

func (depthPlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.DepthResults)
	shown := depthPanels(r)
	var panels [][]*plot.Plot
	var theory bool
	drawn := map[string]bool{}
	for i, panel := range shown {
		p := newPlot("", panel.label)
		if i == len(shown)-1 {
			p.X.Label.Text = "layers"
		}
		p.Y.Tick.Marker = niceTicks{about: 6}
		p.Add(rules{})
		for _, c := range r.Curves {
			style := depthStyle(c.Activation)
			if b := depthBand(c, panel, faded(style.color, 0.18)); b != nil {
				p.Add(b)
			}
			if l := curve(depthCurve(c, panel.closed), style.color, dashed); l != nil {
				l.Width = 1.2
				p.Add(l)
				theory = true
			}
			xys := depthCurve(c, panel.value)
			if l := curve(xys, style.color, nil); l != nil {
				l.Width = 1.3
				p.Add(l, marks{xys, style.shape, style.color, 2.8})
				drawn[c.Activation] = true
			}
		}
		pad(p, 0.01, 0.04)
		panels = append(panels, []*plot.Plot{p})
	}
	var legend []key
	for _, c := range r.Curves {
		if drawn[c.Activation] {
			style := depthStyle(c.Activation)
			legend = append(legend, key{label: style.label, shape: style.shape, color: style.color})
			drawn[c.Activation] = false // once
		}
	}
	if n := len(r.Seeds); n > 1 {
		label := fmt.Sprintf("± std over %d seeds", n)
		if n > 2 && len(shown) > 1 {
			label += " (below ± standard error)"
		}
		legend = append(legend, key{label: label, shape: bandShape, color: faded(inkColor, 0.18)})
	}
	if theory {
		legend = append(legend, key{label: "infinite width", shape: lineShape, color: inkColor, dashes: dashed})
	}
	return figure{legend: legend, panels: panels}, Size{plotWidth, vg.Length(140 + 300*len(shown))}
}

// depthStyle is how an activation is drawn: one that is not known by its name alone.
func depthStyle(activation string) depthLook {
	if look, ok := depthStyles[activation]; ok {
		return look
	}
	return depthLook{clean(activation), mutedColor, dotShape}
}

// depthBand is the area within one error of a curve, nil where none is defined.
func depthBand(c probe.DepthCurve, panel depthPanel, fill color.NRGBA) *plotter.Polygon {
	var upper, lower plotter.XYs
	for i := range c.Points {
		pt := &c.Points[i]
		x, m, s := float64(pt.Layer), float64(*panel.value(pt)), float64(*panel.error(pt))
		upper, lower = defined(upper, x, m+s), defined(lower, x, m-s)
	}
	return band(upper, lower, fill)
}

// band is the area between two lines from left to right, nil where they have fewer than two points.
func band(upper, lower plotter.XYs, fill color.NRGBA) *plotter.Polygon {
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
