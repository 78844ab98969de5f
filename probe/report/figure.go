package report

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Drawing draws itself on a canvas; *plot.Plot is one.
type Drawing interface {
	Draw(draw.Canvas)
}

// A Size is the extent of a drawing.
type Size struct{ Width, Height vg.Length }

// A shape is the swatch of a legend key.
type shape int

const (
	lineShape shape = iota
	bandShape
	dotShape
	ringShape
	diamondShape
	noShape // words alone
)

// A key is one entry of a legend.
type key struct {
	label  string
	shape  shape
	color  color.NRGBA
	dashes []vg.Length
}

// A figure is a legend above a grid of panels whose data areas line up. The legend stands outside the data, so that it never covers any.
type figure struct {
	legend []key
	panels [][]*plot.Plot
	equal  bool         // one unit is as long on x as on y
	free   []*plot.Plot // panels that equal leaves as they are
	areas  *[]area      // where not nil, Draw appends the data area of each panel
}

// An area is where a panel draws its data, in points from the upper left corner of the picture, and the range of its x axis.
type area struct {
	left, right, top, bottom vg.Length
	min, max                 float64
}

// lambdaAreas returns the data areas of a drawn figure whose x axes are all of λ; nil of other figures.
func (f figure) lambdaAreas() []area {
	if f.areas == nil {
		return nil
	}
	return *f.areas
}

// Draw implements Drawing.
func (f figure) Draw(c draw.Canvas) {
	height := c.Max.Y
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, 10, -14, 8, -8)
	c = drawLegend(c, f.legend)
	rows, cols := len(f.panels), len(f.panels[0])
	tiles := draw.Tiles{Rows: rows, Cols: cols, PadX: 18, PadY: 14}
	if f.equal {
		for j, row := range f.panels {
			for i, p := range row {
				if p != nil && !slices.Contains(f.free, p) {
					equalise(p, p.DataCanvas(tiles.At(c, i, j)))
				}
			}
		}
	}
	canvases := plot.Align(f.panels, tiles, c)
	for j, row := range f.panels {
		for i, p := range row {
			if p == nil {
				continue
			}
			p.Draw(canvases[j][i])
			if f.areas != nil {
				d := p.DataCanvas(canvases[j][i])
				*f.areas = append(*f.areas, area{d.Min.X, d.Max.X, height - d.Max.Y, height - d.Min.Y, p.X.Min, p.X.Max})
			}
		}
	}
}

// equalise widens one axis of p so that a unit has the same length on both, because the map shows distances.
func equalise(p *plot.Plot, data draw.Canvas) {
	w, h := float64(data.Max.X-data.Min.X), float64(data.Max.Y-data.Min.Y)
	xs, ys := p.X.Max-p.X.Min, p.Y.Max-p.Y.Min
	if w <= 0 || h <= 0 || xs <= 0 || ys <= 0 {
		return
	}
	if extra := ys*w/h - xs; extra > 0 {
		p.X.Min, p.X.Max = p.X.Min-extra/2, p.X.Max+extra/2
	} else if extra := xs*h/w - ys; extra > 0 {
		p.Y.Min, p.Y.Max = p.Y.Min-extra/2, p.Y.Max+extra/2
	}
}

// drawLegend writes keys in wrapped rows at the top of c and returns what is left below them.
func drawLegend(c draw.Canvas, keys []key) draw.Canvas {
	if len(keys) == 0 {
		return c
	}
	const swatch, space, gap, height = 24, 7, 20, 19
	sty := draw.TextStyle{Color: inkColor, Font: sans(labelSize), XAlign: draw.XLeft, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
	x, y := c.Min.X+30, c.Max.Y-height/2
	for _, k := range keys {
		indent := vg.Length(swatch + space)
		if k.shape == noShape {
			indent = 0
		}
		width := indent + sty.Width(k.label)
		if x+width > c.Max.X && x > c.Min.X+30 {
			x, y = c.Min.X+30, y-height
		}
		if k.shape != noShape {
			drawSwatch(c, k, x, y, swatch)
		}
		// Half of a line's height is not half of the height of its letters: without the lift, words hang below their swatch.
		c.FillText(sty, vg.Point{X: x + indent, Y: y + 1.6}, k.label)
		x += width + gap
	}
	c.Max.Y = y - height/2 - 8
	return c
}

// drawSwatch draws k's sample of the given width centred on height y.
func drawSwatch(c draw.Canvas, k key, x, y, width vg.Length) {
	middle := vg.Point{X: x + width/2, Y: y}
	switch k.shape {
	case lineShape:
		c.StrokeLine2(draw.LineStyle{Color: k.color, Width: lineWidth, Dashes: k.dashes}, x, y, x+width, y)
	case bandShape:
		c.FillPolygon(k.color, []vg.Point{{X: x, Y: y - 5}, {X: x + width, Y: y - 5}, {X: x + width, Y: y + 5}, {X: x, Y: y + 5}})
	default:
		drawMark(c, k.shape, k.color, middle, 5)
	}
}

// drawMark draws a dot, ring or diamond with a white halo that lifts it off lines beneath.
func drawMark(c draw.Canvas, s shape, col color.Color, at vg.Point, r vg.Length) {
	outline := func(r vg.Length) vg.Path {
		var path vg.Path
		if s == diamondShape {
			r *= 1.3
			path.Move(vg.Point{X: at.X, Y: at.Y + r})
			path.Line(vg.Point{X: at.X + r, Y: at.Y})
			path.Line(vg.Point{X: at.X, Y: at.Y - r})
			path.Line(vg.Point{X: at.X - r, Y: at.Y})
		} else {
			path.Move(vg.Point{X: at.X + r, Y: at.Y})
			path.Arc(at, r, 0, 2*math.Pi)
		}
		path.Close()
		return path
	}
	c.SetColor(color.White)
	c.Fill(outline(r + 1.2))
	c.SetColor(col)
	c.Fill(outline(r))
	if s == ringShape {
		c.SetColor(color.White)
		c.Fill(outline(r - 2))
	}
}

// marks draws one shape at every point.
type marks struct {
	plotter.XYs
	shape  shape
	color  color.Color
	radius vg.Length
}

// Plot implements plot.Plotter.
func (m marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, pt := range m.XYs {
		drawMark(c, m.shape, m.color, vg.Point{X: x(pt.X), Y: y(pt.Y)}, m.radius)
	}
}

// DataRange implements plot.DataRanger.
func (m marks) DataRange() (xmin, xmax, ymin, ymax float64) { return plotter.XYRange(m.XYs) }

// GlyphBoxes implements plot.GlyphBoxer.
func (m marks) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	boxes := make([]plot.GlyphBox, len(m.XYs))
	r := m.radius + 2
	for i, pt := range m.XYs {
		boxes[i] = plot.GlyphBox{X: p.X.Norm(pt.X), Y: p.Y.Norm(pt.Y),
			Rectangle: vg.Rectangle{Min: vg.Point{X: -r, Y: -r}, Max: vg.Point{X: r, Y: r}}}
	}
	return boxes
}

// guide is a thin line across the whole plot at one x or one y.
type guide struct {
	at       float64
	vertical bool
	dashes   []vg.Length
	color    color.Color
}

// Plot implements plot.Plotter.
func (g guide) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	sty := draw.LineStyle{Color: g.color, Width: guideWidth, Dashes: g.dashes}
	if v := x(g.at); g.vertical && c.ContainsX(v) {
		c.StrokeLine2(sty, v, c.Min.Y, v, c.Max.Y)
	}
	if v := y(g.at); !g.vertical && c.ContainsY(v) {
		c.StrokeLine2(sty, c.Min.X, v, c.Max.X, v)
	}
}

// rules are faint horizontal lines at the major ticks of y.
type rules struct{}

// Plot implements plot.Plotter.
func (rules) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if v := y(t.Value); !t.IsMinor() && c.ContainsY(v) {
			c.StrokeLine2(draw.LineStyle{Color: gridColor, Width: 0.8}, c.Min.X, v, c.Max.X, v)
		}
	}
}

// pad widens the ranges of p, so that curves and marks stay clear of its edges.
func pad(p *plot.Plot, x, y float64) {
	dx, dy := x*(p.X.Max-p.X.Min), y*(p.Y.Max-p.Y.Min)
	p.X.Min, p.X.Max = p.X.Min-dx, p.X.Max+dx
	p.Y.Min, p.Y.Max = p.Y.Min-dy, p.Y.Max+dy
}

// curve returns a line through the defined points, or nil where there are fewer than two.
func curve(xys plotter.XYs, c color.NRGBA, dashes []vg.Length) *plotter.Line {
	if len(xys) < 2 {
		return nil
	}
	l, err := plotter.NewLine(xys)
	if err != nil {
		return nil
	}
	l.LineStyle = draw.LineStyle{Color: c, Width: lineWidth, Dashes: dashes}
	return l
}

// drawable bounds what is drawn: beyond it the arithmetic of an axis overflows.
const drawable = 1e30

// defined appends (x, y) unless either is undefined or not drawable.
func defined(xys plotter.XYs, x, y float64) plotter.XYs {
	if math.Abs(x) <= drawable && math.Abs(y) <= drawable {
		return append(xys, plotter.XY{X: x, Y: y})
	}
	return xys
}

// pngResolution, in dots per inch, makes a plot 1,440 pixels wide.
const pngResolution = 144

// renderSVG returns the drawing as an SVG file with text kept as text.
func renderSVG(d Drawing, s Size, title string) ([]byte, error) {
	c := vgsvg.New(s.Width, s.Height)
	d.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	text := strings.NewReplacer(
		"font-family:Liberation Sans;", "font-family:'Liberation Sans',Arial,Helvetica,sans-serif;",
		"font-variant:normal;", "", "font-weight:normal;", "", "font-style:normal;", "",
	).Replace(b.String())
	// The head is rewritten: a title for readers and assistive technology, and no fixed size, so that a page can scale the picture.
	_, body, _ := strings.Cut(text, "xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n")
	return []byte(svgHead(s, title) + body), nil
}

// renderPNG returns the drawing as a PNG file with the given dots per inch.
func renderPNG(d Drawing, s Size, resolution int) ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(s.Width, s.Height), vgimg.UseDPI(resolution))
	d.Draw(draw.New(c))
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&b, c.Image()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
