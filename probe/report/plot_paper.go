package report

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/probe/reproduce"
)

// drawDepthBeside is the plot of random networks with the paper's own points on it, hollow in the colour of their curve.
func drawDepthBeside(f *reproduce.DepthFigure) (Drawing, Size) {
	drawing, size := depthPlot{}.Draw(f.DepthResults)
	fig := drawing.(figure)
	points := map[string]plotter.XYs{}
	for _, p := range f.Paper {
		points[p.Activation] = defined(points[p.Activation], float64(p.Layer), float64(p.Mean))
	}
	for _, c := range f.Curves { // in the order of the curves, so that the same record gives the same bytes
		if xys := points[c.Activation]; len(xys) > 0 {
			fig.panels[0][0].Add(hollow{marks{xys, diamondShape, depthStyles[c.Activation].color, 5}})
		}
	}
	if len(points) > 0 {
		fig.legend = append(fig.legend, key{label: "the paper", shape: diamondShape, color: inkColor})
	}
	return fig, size
}

// drawConePanels is a histogram of cosines of either tower a panel, with the paper's means as dashed lines.
func drawConePanels(f *reproduce.ConeFigure) (Drawing, Size) {
	var panels []*plot.Plot
	for _, c := range f.Panels {
		panels = append(panels, conePanel(c))
	}
	legend := []key{{label: "two images", shape: lineShape, color: imageColor}, {label: "two texts", shape: lineShape, color: textColor},
		{label: "the paper's means", shape: lineShape, color: inkColor, dashes: dashed}}
	cols := min(len(panels), 3)
	if len(panels) == 4 {
		cols = 2
	}
	rows := (len(panels) + cols - 1) / cols
	grid := make([][]*plot.Plot, rows)
	for i := range grid {
		grid[i] = make([]*plot.Plot, cols)
		copy(grid[i], panels[i*cols:min(len(panels), (i+1)*cols)])
	}
	return shared{figure{legend: legend, panels: grid}, "cosine", "density"}, Size{plotWidth, vg.Length(90 + 230*rows)}
}

func conePanel(c reproduce.ConePanel) *plot.Plot {
	p := newPlot("", "")
	p.Title.Text = clean(c.Title)
	p.X.Tick.Marker, p.Y.Tick.Marker = niceTicks{about: 5}, niceTicks{about: 5}
	p.Add(rules{})
	low, high := 1.0, -1.0
	for _, tower := range c.Cones {
		if total(tower.Histogram) == 0 {
			continue
		}
		hue := coneColor(tower.Tower)
		outline := steps(tower.Histogram)
		low, high = min(low, outline[0].X), max(high, outline[len(outline)-1].X)
		if poly, err := plotter.NewPolygon(outline); err == nil {
			poly.Color, poly.LineStyle.Width = faded(hue, 0.12), 0
			p.Add(poly)
		}
		if l := curve(outline, hue, nil); l != nil {
			l.Width = 1.5
			p.Add(l)
		}
	}
	for _, m := range c.Paper {
		p.Add(guide{at: float64(m.Mean), vertical: true, color: coneColor(m.Tower), dashes: dashed})
		low, high = min(low, float64(m.Mean)), max(high, float64(m.Mean))
	}
	p.X.Min, p.X.Max = max(-1, low-0.03), min(1.02, high+0.03)
	p.Y.Min, p.Y.Max = 0, 1.05*p.Y.Max
	return p
}

// coneColor is the colour of a tower's side.
func coneColor(tower string) color.NRGBA {
	if tower == "text" {
		return textColor
	}
	return imageColor
}

// hollow draws marks as outlines, so that what lies beneath them is seen.
type hollow struct{ marks }

// Plot implements plot.Plotter.
func (h hollow) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, pt := range h.XYs {
		at, r := vg.Point{X: x(pt.X), Y: y(pt.Y)}, 1.3*h.radius
		var path vg.Path
		path.Move(vg.Point{X: at.X, Y: at.Y + r})
		path.Line(vg.Point{X: at.X + r, Y: at.Y})
		path.Line(vg.Point{X: at.X, Y: at.Y - r})
		path.Line(vg.Point{X: at.X - r, Y: at.Y})
		path.Close()
		c.SetLineStyle(draw.LineStyle{Color: h.color, Width: 1.1})
		c.Stroke(path)
	}
}

// drawStarts is the gap under training, a curve a start, with its spread over seeds.
func drawStarts(f *reproduce.StartFigure) (Drawing, Size) {
	p := newPlot("steps", "gap (distance between centroids)")
	p.Add(rules{})
	styles := []struct {
		color  color.NRGBA
		dashes []vg.Length
	}{{unmatchedColor, nil}, {matchedColor, dashed}}
	var legend []key
	for i, c := range f.Starts {
		s := styles[i%len(styles)]
		var mean, upper, lower plotter.XYs
		for _, pt := range c.Points {
			x, m, d := float64(pt.Step), float64(pt.Mean), float64(pt.Std)
			mean, upper, lower = defined(mean, x, m), defined(upper, x, m+d), defined(lower, x, m-d)
		}
		slices.Reverse(lower)
		if band, err := plotter.NewPolygon(append(upper, lower...)); err == nil && len(upper) > 1 {
			band.Color, band.LineStyle.Width = faded(s.color, 0.18), 0
			p.Add(band)
		}
		if l := curve(mean, s.color, s.dashes); l != nil {
			p.Add(l)
		}
		legend = append(legend, key{label: clean(c.Name), shape: lineShape, color: s.color, dashes: s.dashes})
	}
	if f.Seeds > 1 {
		legend = append(legend, key{label: fmt.Sprintf("± std over %d seeds", f.Seeds), shape: bandShape, color: faded(inkColor, 0.18)})
	}
	p.Y.Min = min(0, p.Y.Min)
	pad(p, 0.01, 0.03)
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}}, Size{plotWidth, 360}
}
