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

// Limits of the map: lines between pairs beyond these hide the points, panels beyond these are too small to read, and dots beyond these, in
// all panels together, add bytes to the page but nothing to see.
const (
	mapLines  = 150
	mapPanels = 4
	mapDots   = 3000
)

// mapPlot is the gap seen: both clouds on two axes of a projection, or laid out by UMAP, a panel a model.
type mapPlot struct{}

func (mapPlot) Name() string                      { return "gap-map" }
func (mapPlot) Title(*probe.ReportResults) string { return "Map of the two clouds" }

func (mapPlot) Caption(r *probe.ReportResults) string {
	maps, dots := drawableMaps(r), 0
	place, reading := "on the first two principal components of all rows together", "not in this projection"
	if len(maps) > 0 {
		switch maps[0].Method {
		case probe.MapUMAP:
			place, reading = "where UMAP lays it so that neighbours stay neighbours", "which distances between the clouds on this map do not show"
		case probe.MapSVD:
			place = "on the first two singular vectors of all rows together, not centred, as in Fig. 1 of the paper"
		case probe.MapGap:
			place, reading = "with the direction of the gap across and the first principal component of what is left upwards", "the length of the arrow"
		}
	}
	s := fmt.Sprintf("Every dot is one image or one text, %s; grey lines join up to %d pairs, diamonds are the centroids. One unit is equally "+
		"long on both axes. The number on the arrow is the gap in all dimensions, %s.", place, mapLines, reading)
	for _, m := range maps {
		dots += len(m.Images) + len(m.Texts)
	}
	if dots > mapDots {
		s += " Evenly chosen dots are drawn of " + count(dots) + "; the centroids are those of all."
	}
	if len(maps) > 1 {
		s += " Each panel has axes of its own."
	}
	return s
}

func (mapPlot) Applies(r *probe.ReportResults) bool { return len(drawableMaps(r)) > 0 }

// drawableMaps returns the maps that have points on both sides, at most mapPanels.
func drawableMaps(r *probe.ReportResults) []probe.Map {
	var maps []probe.Map
	for _, m := range r.Maps {
		if len(finite(m.Images)) > 0 && len(finite(m.Texts)) > 0 && len(maps) < mapPanels {
			maps = append(maps, m)
		}
	}
	return maps
}

func (mapPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	maps := drawableMaps(r)
	legend := []key{
		{label: "images", shape: dotShape, color: imageColor},
		{label: "texts", shape: dotShape, color: textColor},
		{label: "a pair", shape: lineShape, color: faded(inkColor, 0.35)},
		{label: "centroid", shape: diamondShape, color: inkColor},
	}
	if len(maps) == 1 {
		return figure{legend: legend, panels: [][]*plot.Plot{{mapPanel(maps[0], 1.9, mapDots)}}, equal: true}, Size{plotWidth, 470}
	}
	rows := (len(maps) + 1) / 2
	panels := make([][]*plot.Plot, rows)
	for i := range panels {
		panels[i] = make([]*plot.Plot, 2)
	}
	for i, m := range maps {
		p := mapPanel(m, 1.5, mapDots/len(maps))
		p.Title.Text = shorten(clean(m.Model), 44)
		panels[i/2][i%2] = p
	}
	return figure{legend: legend, panels: panels, equal: true}, Size{plotWidth, vg.Length(50 + 320*rows)}
}

// mapPanel draws one map with at most so many dots of the given radius.
func mapPanel(m probe.Map, radius vg.Length, most int) *plot.Plot {
	p := newPlot(mapAxis(m, 0), mapAxis(m, 1))
	images, texts := finite(m.Images), finite(m.Texts)
	centres := [2]plotter.XY{centroid(images), centroid(texts)}
	stride := (len(images) + len(texts) + most - 1) / most
	images, texts = every(images, 0, stride), every(texts, 0, stride)
	if len(m.Images) == len(m.Texts) {
		p.Add(pairLines{m.Images, m.Texts})
	}
	// Drawn in turns, so that neither cloud hides the other where they overlap.
	const turns = 6
	for k := range turns {
		p.Add(dots{every(images, k, turns), faded(imageColor, 0.6), radius}, dots{every(texts, k, turns), faded(textColor, 0.6), radius})
	}
	label := ""
	if g := float64(m.Gap); !math.IsNaN(g) {
		label = "gap " + decimal(g, 3)
	}
	pad(p, 0.03, 0.04)
	p.Add(arrow{centres[0], centres[1], label})
	return p
}

// mapAxis names axis i of a map, with the share that it explains.
func mapAxis(m probe.Map, i int) string {
	name, of := fmt.Sprintf("PC %d", i+1), "variance"
	switch m.Method {
	case probe.MapUMAP:
		return fmt.Sprintf("UMAP %d", i+1)
	case probe.MapSVD:
		name, of = fmt.Sprintf("singular vector %d", i+1), "squares"
	case probe.MapGap:
		name = [2]string{"along the gap", "PC 1 of the rest"}[i]
	}
	if e := float64(m.Explained[i]); !math.IsNaN(e) {
		return fmt.Sprintf("%s (%s of %s)", name, percent(e, 0), of)
	}
	return name
}

// finite converts rows to points and leaves out undefined ones.
func finite(rows [][2]float32) plotter.XYs {
	xys := make(plotter.XYs, 0, len(rows))
	for _, r := range rows {
		xys = defined(xys, float64(r[0]), float64(r[1]))
	}
	return xys
}

// every returns the points k, k+n, k+2n, ….
func every(xys plotter.XYs, k, n int) plotter.XYs {
	var some plotter.XYs
	for i := k; i < len(xys); i += n {
		some = append(some, xys[i])
	}
	return some
}

// centroid is the mean of xys, which is not empty.
func centroid(xys plotter.XYs) plotter.XY {
	var c plotter.XY
	for _, p := range xys {
		c.X, c.Y = c.X+p.X, c.Y+p.Y
	}
	n := float64(len(xys))
	return plotter.XY{X: c.X / n, Y: c.Y / n}
}

// dots draws many points as one path, which keeps an SVG of thousands of points small.
type dots struct {
	plotter.XYs
	color  color.Color
	radius vg.Length
}

// Plot implements plot.Plotter.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for _, pt := range d.XYs {
		at := vg.Point{X: x(pt.X), Y: y(pt.Y)}
		path.Move(vg.Point{X: at.X + d.radius, Y: at.Y})
		path.Arc(at, d.radius, 0, 2*math.Pi)
	}
	if len(path) == 0 {
		return
	}
	c.SetColor(d.color)
	c.Fill(path)
}

// DataRange implements plot.DataRanger.
func (d dots) DataRange() (xmin, xmax, ymin, ymax float64) {
	if len(d.XYs) == 0 {
		return math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	}
	return plotter.XYRange(d.XYs)
}

// pairLines joins evenly chosen pairs by faint lines.
type pairLines struct{ images, texts [][2]float32 }

// Plot implements plot.Plotter.
func (l pairLines) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	stride := max(1, (len(l.images)+mapLines-1)/mapLines)
	for i := 0; i < len(l.images); i += stride {
		ends := finite([][2]float32{l.images[i], l.texts[i]})
		if len(ends) == 2 {
			path.Move(vg.Point{X: x(ends[0].X), Y: y(ends[0].Y)})
			path.Line(vg.Point{X: x(ends[1].X), Y: y(ends[1].Y)})
		}
	}
	c.SetLineStyle(draw.LineStyle{Color: faded(inkColor, 0.16), Width: 0.6})
	c.Stroke(path)
}

// arrow joins the centroids and says how far apart they are.
type arrow struct {
	from, to plotter.XY
	label    string
}

// Plot implements plot.Plotter.
func (a arrow) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	from, to := vg.Point{X: x(a.from.X), Y: y(a.from.Y)}, vg.Point{X: x(a.to.X), Y: y(a.to.Y)}
	length := math.Hypot(float64(to.X-from.X), float64(to.Y-from.Y))
	if length > 24 {
		u := vg.Point{X: (to.X - from.X) / vg.Length(length), Y: (to.Y - from.Y) / vg.Length(length)}
		// The arrow stops short of the diamonds, so that its head stays visible.
		start, tip := from.Add(u.Scale(10)), to.Sub(u.Scale(11))
		neck := tip.Sub(u.Scale(9))
		side := vg.Point{X: -u.Y * 4.5, Y: u.X * 4.5}
		for _, s := range []draw.LineStyle{{Color: color.White, Width: 5}, {Color: inkColor, Width: 1.8}} {
			c.StrokeLine2(s, start.X, start.Y, neck.X, neck.Y)
		}
		c.FillPolygon(inkColor, []vg.Point{tip, neck.Add(side), neck.Sub(side)})
	}
	drawMark(c, diamondShape, inkColor, from, 6)
	drawMark(c, diamondShape, imageColor, from, 4.2)
	drawMark(c, diamondShape, inkColor, to, 6)
	drawMark(c, diamondShape, textColor, to, 4.2)
	if a.label == "" {
		return
	}
	sty := textStyle(p, labelSize, inkColor, draw.XCenter, draw.YCenter)
	at := vg.Point{X: (from.X + to.X) / 2, Y: (from.Y+to.Y)/2 + 17}
	if math.Abs(float64(to.Y-from.Y)) > math.Abs(float64(to.X-from.X)) {
		at = vg.Point{X: (from.X+to.X)/2 + sty.Width(a.label)/2 + 14, Y: (from.Y + to.Y) / 2}
	}
	w, h := sty.Width(a.label)/2+4, vg.Length(9)
	c.FillPolygon(faded(color.NRGBA{255, 255, 255, 255}, 0.85), []vg.Point{{X: at.X - w, Y: at.Y - h}, {X: at.X + w, Y: at.Y - h},
		{X: at.X + w, Y: at.Y + h}, {X: at.X - w, Y: at.Y + h}})
	c.FillText(sty, at, a.label)
}

// Table implements Plotter: all points, not those drawn alone.
func (mapPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"model", "method", "side", "row", "x", "y"}}
	for _, m := range drawableMaps(r) {
		for _, side := range []struct {
			name string
			rows [][2]float32
		}{{"image", m.Images}, {"text", m.Texts}} {
			for i, xy := range side.rows {
				t.add(word(m.Model), word(m.Method), side.name, strconv.Itoa(i), cell32(xy[0]), cell32(xy[1]))
			}
		}
	}
	return t
}
