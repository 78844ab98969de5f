package report

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/probe"
)

// Limits of the confusion: more classes have no room for their names, more still none for their counts.
const (
	namedClasses   = 60
	countedClasses = 12
)

// confusionPlot is the confusion of classes at λ = 0 as a heat map: a row a class, a column a predicted class.
type confusionPlot struct{}

func (confusionPlot) Name() string                      { return "confusion" }
func (confusionPlot) Title(*probe.ReportResults) string { return "Confusion of classes" }

func (confusionPlot) Caption(r *probe.ReportResults) string {
	s := "Of the images of each class (a row), the share that the model takes for each class (a column), at λ = 0 with all templates. " +
		"The diagonal is what it gets right; a dark column is a class that draws images of others."
	if n := len(r.ZeroShot.Confusion); n > namedClasses {
		s += " There are too many classes for their names, which record.json holds."
	}
	return s
}

func (confusionPlot) Applies(r *probe.ReportResults) bool {
	z := r.ZeroShot
	if z == nil || len(z.Confusion) < 2 {
		return false
	}
	sum := 0
	for _, row := range z.Confusion {
		if len(row) != len(z.Confusion) {
			return false
		}
		for _, n := range row {
			sum += max(0, n)
		}
	}
	return sum > 0
}

// confusedName is the name of class k of the confusion.
func confusedName(z *probe.ZeroShotResults, k int) string {
	if k < len(z.Classnames) {
		return clean(z.Classnames[k])
	}
	return strconv.Itoa(k)
}

func (confusionPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	z := r.ZeroShot
	n := len(z.Confusion)
	p := newPlot("predicted class", "class")
	p.Add(heat{z.Confusion})
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5, -0.5, float64(n)-0.5
	size := min(tickSize, 430/vg.Length(n)) // as high as a row, which is 560 points over n, leaves room for
	across, up := make(plot.ConstantTicks, 0, n), make(plot.ConstantTicks, 0, n)
	for k := range n {
		name := ""
		if n <= namedClasses {
			name = shorten(confusedName(z, k), 22)
		}
		across = append(across, plot.Tick{Value: float64(k), Label: name})
		up = append(up, plot.Tick{Value: float64(n - 1 - k), Label: name})
	}
	if n > namedClasses {
		across, up = nil, nil
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = across, up
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Length, a.LineStyle.Width, a.Padding = 0, 0, 0
		a.Tick.Label.Font, a.Tick.Label.Color = sans(size), inkColor
	}
	p.X.Padding = 9 // or the turned names would reach into the cells
	p.X.Tick.Label.Rotation = math.Pi / 2
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
	var legend []key
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		legend = append(legend, key{label: percent(share, 0), shape: bandShape, color: shade(share)})
	}
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}, equal: true}, Size{plotWidth, 700}
}

// shade is the colour of a share: from paper to the darkest blue, evenly in lightness, which every colour vision sees.
func shade(share float64) color.NRGBA {
	stops := []color.NRGBA{{0xF4, 0xF6, 0xF8, 0xFF}, {0xA6, 0xCB, 0xE3, 0xFF}, {0x4A, 0x93, 0xC4, 0xFF}, {0x0B, 0x58, 0x93, 0xFF}, {0x05, 0x2A, 0x4E, 0xFF}}
	at := max(0, min(1, share)) * float64(len(stops)-1)
	k := min(int(at), len(stops)-2)
	f := at - float64(k)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + f*(float64(b)-float64(a)))) }
	return color.NRGBA{mix(stops[k].R, stops[k+1].R), mix(stops[k].G, stops[k+1].G), mix(stops[k].B, stops[k+1].B), 0xFF}
}

// heat draws counts as cells, the first row at the top, each shaded by its share of its row. Empty cells are the ground, drawn once.
type heat struct{ counts [][]int }

// Plot implements plot.Plotter.
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := len(h.counts)
	cell := func(left, right, bottom, top float64, col color.Color) {
		c.FillPolygon(col, []vg.Point{{X: x(left), Y: y(bottom)}, {X: x(right), Y: y(bottom)}, {X: x(right), Y: y(top)}, {X: x(left), Y: y(top)}})
	}
	cell(-0.5, float64(n)-0.5, -0.5, float64(n)-0.5, shade(0))
	for i, row := range h.counts {
		sum := 0
		for _, v := range row {
			sum += max(0, v)
		}
		at := float64(n - 1 - i)
		for j, v := range row {
			if v <= 0 {
				continue
			}
			share := float64(v) / float64(sum)
			cell(float64(j)-0.5, float64(j)+0.5, at-0.5, at+0.5, shade(share))
			if n <= countedClasses {
				ink := color.Color(inkColor)
				if share > 0.45 {
					ink = color.White
				}
				c.FillText(textStyle(p, tickSize, ink, draw.XCenter, draw.YCenter), vg.Point{X: x(float64(j)), Y: y(at) + 1}, count(v))
			}
		}
	}
}

// Table implements Plotter.
func (confusionPlot) Table(r *probe.ReportResults) Table {
	z := r.ZeroShot
	t := Table{Columns: []string{"class"}}
	for k := range z.Confusion {
		t.Columns = append(t.Columns, word(confusedName(z, k)))
	}
	for k, row := range z.Confusion {
		cells := []string{word(confusedName(z, k))}
		for _, v := range row {
			cells = append(cells, strconv.Itoa(v))
		}
		t.add(cells...)
	}
	return t
}
