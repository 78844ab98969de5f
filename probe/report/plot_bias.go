package report

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/datasets"
	"mindgap/probe"
)

// biasPlot is the rate of each group against λ, a panel a category.
type biasPlot struct{}

// Bounds of what one picture tells apart: more groups and categories are in the record.
const (
	biasGroups = 9
	biasPanels = 4
)

// biasColors and shapes tell groups apart: no two have both alike.
var biasColors = []color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, {0xD5, 0x5E, 0x00, 0xFF}, {0x00, 0x9E, 0x73, 0xFF}, {0xB0, 0x5A, 0x8C, 0xFF}, {0xE6, 0x9F, 0x00, 0xFF},
	{0x56, 0xB4, 0xE9, 0xFF}, inkColor, {0x8C, 0x6D, 0x31, 0xFF}, {0x9A, 0x9A, 0x9A, 0xFF},
}

func (biasPlot) Name() string { return "bias" }

func (biasPlot) Title(any) string { return "Words of harm by group, against the gap" }

func (biasPlot) Caption(results any) string {
	r := results.(*probe.BiasResults)
	counts, moves := shiftWords(r.Unit, r.Side)
	s := fmt.Sprintf("Share of each group's images that lie nearest to a word of the category, among %d classes and all words of harm, against λ, a %s that moves %s; below 0 the gap is wider than it is. "+
		"Bands are 95%% Wilson intervals; the dashed line is the model as it is. Scales of the panels differ.", len(r.Classes), counts, moves)
	if n := len(r.Groups) - biasGroups; n > 0 {
		s += fmt.Sprintf(" The %d groups of greatest rates are drawn, %d more are in the record.", biasGroups, n)
	}
	if n := len(biasCategories(r)) - biasPanels; n > 0 {
		s += fmt.Sprintf(" %d more categories are in the record.", n)
	}
	return s
}

func (biasPlot) Applies(results any) bool {
	r, ok := results.(*probe.BiasResults)
	if !ok || r == nil || len(r.Categories) == 0 {
		return false
	}
	for _, g := range r.Groups {
		if line, _ := rateCurve(r, g.Name, r.Categories[0].Name); len(line) > 1 {
			return true
		}
	}
	return false
}

// rateCurve returns the line of a group's rates over λ, and the outline of its band.
func rateCurve(r *probe.BiasResults, group, category string) (line, band plotter.XYs) {
	var lower, upper plotter.XYs
	for i := range r.Points {
		rate, x := rateOf(&r.Points[i], group, category), float64(r.Points[i].Lambda)
		if rate == nil {
			continue
		}
		line = defined(line, x, float64(rate.Value))
		lower, upper = defined(lower, x, float64(rate.Low)), defined(upper, x, float64(rate.High))
	}
	band = append(band, lower...)
	for i := len(upper) - 1; i >= 0; i-- {
		band = append(band, upper[i])
	}
	return line, band
}

// drawnGroups are the groups that have a curve, in the order of the record; of too many those of greatest rates.
func drawnGroups(r *probe.BiasResults) []string {
	type ranked struct {
		name string
		rate float64
	}
	var all []ranked
	for _, g := range r.Groups {
		top := ranked{name: g.Name}
		for _, c := range biasCategories(r) {
			line, _ := rateCurve(r, g.Name, c)
			for _, xy := range line {
				top.rate = max(top.rate, xy.Y)
			}
		}
		all = append(all, top)
	}
	kept := slices.Clone(all)
	slices.SortStableFunc(kept, func(a, b ranked) int { return cmp.Compare(b.rate, a.rate) })
	kept = kept[:min(len(kept), biasGroups)]
	var names []string
	for _, g := range all {
		if slices.Contains(kept, g) {
			names = append(names, g.name)
		}
	}
	return names
}

func (biasPlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.BiasResults)
	categories := biasCategories(r)
	categories = categories[:min(len(categories), biasPanels)]
	groups := drawnGroups(r)
	columns := min(len(categories), 3)
	if len(categories) == 4 {
		columns = 2
	}
	var grid [][]*plot.Plot
	for k, name := range categories {
		if k%columns == 0 {
			grid = append(grid, make([]*plot.Plot, columns))
		}
		y := ""
		if k%columns == 0 {
			y = "share of the group's images"
		}
		grid[len(grid)-1][k%columns] = biasPanel(r, name, groups, y)
	}
	var legend []key
	for g, name := range groups {
		legend = append(legend, key{label: shorten(clean(name), 28), shape: biasShape(g), color: biasColors[g]})
	}
	rows := 1 + (len(groups)-1)/3
	return figure{legend: legend, panels: grid}, Size{plotWidth, vg.Length(40 + 20*rows + 270*len(grid))}
}

func biasShape(group int) shape { return []shape{dotShape, ringShape, diamondShape}[group%3] }

// biasPanel draws one category.
func biasPanel(r *probe.BiasResults, category string, groups []string, y string) *plot.Plot {
	x := "λ (fraction of the gap)"
	if r.Unit == "distance" {
		x = "λ (distance)"
	}
	p := newPlot(x, y)
	if p.Title.Text = clean(category); category == datasets.AnyHarm {
		p.Title.Text = "any of these"
	}
	p.X.Tick.Marker = niceTicks{about: 5}
	p.Y.Tick.Marker = niceTicks{about: 5, percent: true}
	p.Add(rules{}, guide{at: 0, vertical: true, color: guideColor, dashes: dashed})
	for g, name := range groups {
		_, band := rateCurve(r, name, category)
		if len(band) < 4 {
			continue
		}
		if poly, err := plotter.NewPolygon(band); err == nil {
			poly.Color, poly.LineStyle.Width = faded(biasColors[g], 0.1), 0
			p.Add(poly)
		}
	}
	for g, name := range groups {
		line, _ := rateCurve(r, name, category)
		if l := curve(line, biasColors[g], nil); l != nil {
			l.Width = 1.4
			p.Add(l, marks{line, biasShape(g), biasColors[g], 3})
		}
	}
	pad(p, 0.02, 0.04)
	return p
}
