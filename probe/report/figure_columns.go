package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/probe"
)

// columns draws named rows against several quantities, a plot each with an axis of its own: data areas of equal width and one column of names,
// which plot.Align would reserve for every plot.
type columns struct {
	legend []key
	rows   []string
	plots  []*plot.Plot
}

// A rowPoint is a value with its interval in a row.
type rowPoint struct {
	row   int
	value probe.Interval
	shape shape
	color color.NRGBA
	// lift moves it up by this share of a row, so that two points of a row do not hide each other.
	lift float64
}

// lifted is the lift of the first of two points of a row; the second is as far below.
const lifted = 0.14

// liftOf is the lift of point k of so many of a row.
func liftOf(k, of int) float64 {
	if of < 2 {
		return 0
	}
	return lifted * float64(1-2*k)
}

// add adds a quantity whose axis reaches from 0 to top or beyond, with dashed lines down from the points of row base, none if that is
// negative. A quantity of which nothing is defined is left out.
func (c *columns) add(label string, points []rowPoint, top float64, share bool, base int) {
	p := newPlot(label, "")
	n := len(c.rows)
	height := func(row int) float64 { return float64(n - 1 - row) }
	for i := range c.rows {
		p.Add(guide{at: height(i), color: gridColor})
	}
	var values []plot.Plotter
	for _, pt := range points {
		at := defined(nil, float64(pt.value.Value), height(pt.row)+pt.lift)
		if at == nil {
			continue
		}
		if pt.row == base {
			p.Add(guide{at: at[0].X, vertical: true, color: faded(pt.color, 0.5), dashes: dashed})
		}
		if low, high := pt.value.Low, pt.value.High; low != nil && high != nil {
			if ends := defined(defined(nil, float64(*low), at[0].Y), float64(*high), at[0].Y); len(ends) == 2 {
				values = append(values, whisker{ends, pt.color})
			}
		}
		values = append(values, marks{at, pt.shape, pt.color, 4.2})
	}
	if len(values) == 0 {
		return
	}
	p.Add(values...)
	p.X.Min, p.X.Max = min(0, p.X.Min), max(top, p.X.Max)
	p.X.Max += 0.04 * (p.X.Max - p.X.Min)
	if p.X.Min == p.X.Max { // all are 0
		p.X.Max = 1
	}
	p.X.Tick.Marker = niceTicks{about: 3, percent: share}
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Add(guide{at: 0, vertical: true, color: guideColor})
	names := make(plot.ConstantTicks, n)
	for i, name := range c.rows {
		names[i] = plot.Tick{Value: height(i), Label: " "}
		if len(c.plots) == 0 {
			names[i].Label = shorten(clean(name), 28)
		}
	}
	p.Y.Tick.Marker, p.Y.Tick.Label.Color = names, inkColor
	c.plots = append(c.plots, p)
}

// whisker is the interval of a value: a line with caps, which stay visible where a mark covers most of the line.
type whisker struct {
	plotter.XYs // its two ends
	color       color.Color
}

// Plot implements plot.Plotter.
func (w whisker) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	sty := draw.LineStyle{Color: w.color, Width: 1.4}
	const half = 3.4
	at := y(w.XYs[0].Y)
	c.StrokeLine2(sty, x(w.XYs[0].X), at, x(w.XYs[1].X), at)
	for _, end := range w.XYs {
		c.StrokeLine2(sty, x(end.X), at-half, x(end.X), at+half)
	}
}

// DataRange implements plot.DataRanger.
func (w whisker) DataRange() (xmin, xmax, ymin, ymax float64) { return plotter.XYRange(w.XYs) }

// Draw implements Drawing.
func (c columns) Draw(canvas draw.Canvas) {
	figure{panels: [][]*plot.Plot{{nil}}}.Draw(canvas)
	area := drawLegend(draw.Crop(canvas, 10, -14, 8, -8), c.legend)
	if len(c.plots) == 0 {
		return
	}
	// A plot without names keeps 14 points at its left for a blank label.
	const space, blank = 26, 14
	names := c.plots[0].DataCanvas(area).Min.X - area.Min.X
	n := vg.Length(len(c.plots))
	width := (area.Max.X - area.Min.X - names - space*(n-1)) / n
	for i, p := range c.plots {
		part, left := area, area.Min.X+names+vg.Length(i)*(width+space)
		if i > 0 {
			part.Min.X = left - blank
		}
		part.Max.X = left + width
		p.Draw(part)
	}
}
