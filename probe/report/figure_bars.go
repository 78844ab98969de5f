package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A bar runs along a row from 0 to its value, with words beyond its end.
type bar struct {
	value float64
	color color.Color
	label string
}

// bars are horizontal bars, at the heights n−1, …, 0; each row may hold several, drawn over one another.
type bars struct {
	rows [][]bar
}

// barHalf is half of a bar's thickness, in rows.
const barHalf = 0.34

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, row := range b.rows {
		at := float64(len(b.rows) - 1 - i)
		for _, r := range row {
			from, to, low, high := x(0), x(r.value), y(at-barHalf), y(at+barHalf)
			c.FillPolygon(r.color, []vg.Point{{X: from, Y: low}, {X: to, Y: low}, {X: to, Y: high}, {X: from, Y: high}})
			if r.label == "" {
				continue
			}
			sty, beyond := textStyle(p, tickSize, mutedColor, draw.XLeft, draw.YCenter), vg.Length(5)
			if r.value < 0 {
				sty.XAlign, beyond = draw.XRight, -5
			}
			c.FillText(sty, vg.Point{X: to + beyond, Y: y(at) + 1}, r.label)
		}
	}
}

// DataRange implements plot.DataRanger.
func (b bars) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, row := range b.rows {
		for _, r := range row {
			xmin, xmax = min(xmin, r.value), max(xmax, r.value)
		}
	}
	return xmin, xmax, -0.5, float64(len(b.rows)) - 0.5
}

// barPlot returns a plot of rows of bars with names at their left and a line at 0. Room beyond the bars is left for their labels.
func barPlot(xLabel string, names []string, b bars) *plot.Plot {
	p := newPlot(xLabel, "")
	ticks := make(plot.ConstantTicks, len(names))
	for i, name := range names {
		ticks[i] = plot.Tick{Value: float64(len(names) - 1 - i), Label: name}
	}
	p.Add(guide{at: 0, vertical: true, color: guideColor}, b)
	p.Y.Tick.Marker, p.Y.Tick.Label.Color = ticks, inkColor
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	low, high, bottom, top := b.DataRange()
	room := 0.14 * max(high-low, math.SmallestNonzeroFloat64)
	if low < 0 {
		low -= room
	}
	if high > 0 {
		high += room
	}
	if low == high {
		low, high = -1, 1
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, bottom, top
	return p
}
