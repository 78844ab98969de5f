package report

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/probe"
)

// Limits of the seeds written beside cones: where there are more of them, or where a cone is wider than this share of the map and lies among
// others, they would cover the dots.
const (
	labelledSeeds = 30
	apartCones    = 0.05
)

// initsPlot is the cones of random initialisations: a map for each tower, coloured by seed, and its singular values.
type initsPlot struct{}

func (initsPlot) Name() string     { return "inits" }
func (initsPlot) Title(any) string { return "Cones of random initialisations" }

func (initsPlot) Caption(results any) string {
	r := results.(*probe.InitsResults)
	k := len(r.Runs)
	place := "on the first two principal components of all of them together"
	tower := drawableTowers(r)[0]
	if tower.Map.Method == probe.MapUMAP {
		place = "where UMAP lays it so that neighbours stay neighbours"
	}
	return fmt.Sprintf("The embeddings of the same %s inputs (%s) by %d random initialisations of %s, %s: a dot an embedding, a colour a seed, the seed's number above "+
		"its cone. Each initialisation has a cone of its own. The bars are the singular values of all unit rows, stacked and centred: %d cones make %d large ones, since the rows lie near "+
		"%d points. Green bars stand before the largest ratio of neighbours, the dashed line behind value %d; where cones are "+
		"wide for the width of the embedding, no step is seen there.",
		count(tower.N), clean(r.Inputs), k, clean(r.Model), place, k, k-1, k, k-1)
}

func (initsPlot) Applies(results any) bool {
	r, ok := results.(*probe.InitsResults)
	return ok && r != nil && len(drawableTowers(r)) > 0 && len(r.Runs) > 1
}

// drawableTowers returns the towers that have a map and singular values.
func drawableTowers(r *probe.InitsResults) []probe.InitsTower {
	var some []probe.InitsTower
	for _, t := range r.Towers {
		dots := 0
		for _, points := range t.Map.Points {
			dots += len(finite(points))
		}
		if dots > 1 && len(singularBars(t)) > 1 {
			some = append(some, t)
		}
	}
	return some
}

func singularBars(t probe.InitsTower) plotter.XYs {
	var xys plotter.XYs
	for i, v := range t.Singular.Values {
		xys = defined(xys, float64(i+1), float64(v))
	}
	return xys
}

func (initsPlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.InitsResults)
	towers := drawableTowers(r)
	k := len(r.Runs)
	f := figure{equal: true, panels: [][]*plot.Plot{nil, nil}, legend: []key{
		{label: fmt.Sprintf("%d seeds, a colour each", k), shape: dotShape, color: seedColor(0, k)},
		{label: "before the largest ratio", shape: bandShape, color: matchedColor},
		{label: "behind it", shape: bandShape, color: barColor},
		{label: fmt.Sprintf("K − 1 = %d", k-1), shape: lineShape, color: inkColor, dashes: dashed},
	}}
	for _, t := range towers {
		stand := singularPanel(t, k)
		f.panels[0], f.panels[1] = append(f.panels[0], seedPanel(r, t, mapDots/len(towers))), append(f.panels[1], stand)
		f.free = append(f.free, stand)
	}
	if len(towers) == 1 { // side by side: the map keeps its shape
		f.panels = [][]*plot.Plot{{f.panels[0][0], f.panels[1][0]}}
		return f, Size{plotWidth, 390}
	}
	return f, Size{plotWidth, 700}
}

// seedPanel is one tower's map.
func seedPanel(r *probe.InitsResults, t probe.InitsTower, most int) *plot.Plot {
	axes := probe.Map{Method: t.Map.Method, Explained: t.Map.Explained}
	p := newPlot(mapAxis(axes, 0), mapAxis(axes, 1))
	p.Title.Text = clean(t.Tower) + ": cosine " + plusMinus(t.Within) + " within, " + plusMinus(t.SameInput) + " between"
	p.Title.TextStyle.Font = sans(tickSize)
	dotsOf := make([]plotter.XYs, len(t.Map.Points))
	total := 0
	for i, points := range t.Map.Points {
		dotsOf[i] = finite(points)
		total += len(dotsOf[i])
	}
	stride := (total + most - 1) / most
	// Drawn in turns, so that no cone hides another where they overlap.
	const turns = 6
	for turn := range turns {
		for i, xys := range dotsOf {
			p.Add(dots{every(every(xys, 0, stride), turn, turns), faded(seedColor(i, len(dotsOf)), 0.7), 1.6})
		}
	}
	if len(dotsOf) <= labelledSeeds {
		extent := math.Hypot(p.X.Max-p.X.Min, p.Y.Max-p.Y.Min)
		for i, xys := range dotsOf {
			if len(xys) > 0 && i < len(r.Runs) && deviation(xys) < apartCones*extent {
				p.Add(seedLabel{xys, strconv.FormatUint(r.Runs[i].Seed, 10), labelColor(i, len(dotsOf))})
			}
		}
	}
	pad(p, 0.03, 0.06)
	return p
}

// deviation is the root mean square distance from the centroid of xys, which is not empty.
func deviation(xys plotter.XYs) float64 {
	c := centroid(xys)
	var sum float64
	for _, p := range xys {
		sum += (p.X-c.X)*(p.X-c.X) + (p.Y-c.Y)*(p.Y-c.Y)
	}
	return math.Sqrt(sum / float64(len(xys)))
}

// seedColor is the i-th of n colours: hues evenly around the circle of OKLCH, in three turns of lightness so that neighbours differ twice.
func seedColor(i, n int) color.NRGBA {
	return oklch([3]float64{0.62, 0.48, 0.74}[i%3], 0.13, float64(i)/float64(n))
}

// labelColor is seedColor's hue, dark enough to be read on white.
func labelColor(i, n int) color.NRGBA { return oklch(0.48, 0.13, float64(i)/float64(n)) }

// oklch is a colour of the space OKLCH (Ottosson 2020) in sRGB; the hue is a share of the circle.
func oklch(lightness, chroma, turn float64) color.NRGBA {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	a, b := chroma*cos, chroma*sin
	cube := func(x float64) float64 { return x * x * x }
	l, m, s := cube(lightness+0.3963377774*a+0.2158037573*b), cube(lightness-0.1055613458*a-0.0638541728*b), cube(lightness-0.0894841775*a-1.2914855480*b)
	encode := func(x float64) uint8 { // linear light to sRGB
		x = min(max(x, 0), 1)
		if x <= 0.0031308 {
			return uint8(math.Round(255 * 12.92 * x))
		}
		return uint8(math.Round(255 * (1.055*math.Pow(x, 1/2.4) - 0.055)))
	}
	return color.NRGBA{encode(4.0767416621*l - 3.3077115913*m + 0.2309699292*s), encode(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		encode(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s), 0xFF}
}

// seedLabel writes a seed above its cone, where it covers none of its dots.
type seedLabel struct {
	plotter.XYs
	text  string
	color color.NRGBA
}

// Plot implements plot.Plotter.
func (l seedLabel) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	_, _, _, top := plotter.XYRange(l.XYs)
	at := vg.Point{X: x(centroid(l.XYs).X), Y: y(top) + 9}
	sty := textStyle(p, 10, l.color, draw.XCenter, draw.YCenter)
	w, h := sty.Width(l.text)/2+1, vg.Length(5)
	c.FillPolygon(faded(color.NRGBA{255, 255, 255, 255}, 0.7), []vg.Point{{X: at.X - w, Y: at.Y - h}, {X: at.X + w, Y: at.Y - h}, {X: at.X + w, Y: at.Y + h}, {X: at.X - w, Y: at.Y + h}})
	c.FillText(sty, vg.Point{X: at.X, Y: at.Y + 1}, l.text)
}

// barColor is of bars that do not count.
var barColor = color.NRGBA{0xB8, 0xB8, 0xB8, 0xFF}

// singularPanel is one tower's singular values.
func singularPanel(t probe.InitsTower, k int) *plot.Plot {
	p := newPlot("rank", "singular value")
	p.Title.Text = fmt.Sprintf("%s: %d large %s for %d cones", clean(t.Tower), t.Singular.Large, plural(t.Singular.Large, "value"), k)
	p.Title.TextStyle.Font = sans(tickSize)
	p.Y.Tick.Marker = niceTicks{about: 5}
	xys := singularBars(t)
	large := min(max(t.Singular.Large, 0), len(xys))
	p.Add(rules{}, uprights{xys[:large], matchedColor}, uprights{xys[large:], barColor}, guide{at: float64(k) - 0.5, vertical: true, color: inkColor, dashes: dashed})
	p.Y.Min, p.Y.Max = 0, 1.05*p.Y.Max
	p.X.Min, p.X.Max = 0, max(p.X.Max, float64(k))+1
	return p
}

// uprights are bars that stand from zero, one unit apart.
type uprights struct {
	plotter.XYs
	color color.NRGBA
}

// Plot implements plot.Plotter.
func (b uprights) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, pt := range b.XYs {
		left, right, foot, top := x(pt.X-0.38), x(pt.X+0.38), y(0), y(pt.Y)
		c.FillPolygon(b.color, []vg.Point{{X: left, Y: foot}, {X: right, Y: foot}, {X: right, Y: top}, {X: left, Y: top}})
	}
}

// DataRange implements plot.DataRanger.
func (b uprights) DataRange() (xmin, xmax, ymin, ymax float64) { return dots{XYs: b.XYs}.DataRange() }
