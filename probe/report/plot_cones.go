package report

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// coneCurves bounds the outlines of a panel.
const coneCurves = 12

// conePlot is Fig. 2a: how often each cosine occurs within a tower, a panel a tower and an outline a model and kind of inputs. A narrow cone's
// density is a hundred times a wide one's, so that each outline is drawn relative to its own peak.
type conePlot struct{}

func (conePlot) Name() string     { return "cones" }
func (conePlot) Title(any) string { return "Cosines within each tower" }

func (conePlot) Caption(results any) string {
	r := results.(*probe.ConeResults)
	s := "How often each cosine between two different embeddings of one tower occurs, relative to the peak of each outline. The dot is the mean of all pairs, the " +
		"ring the least of them: the further right both lie, the narrower the cone."
	for _, l := range coneLooks(r) {
		if l.inputs == probe.ConeNoise {
			s += " Dashed outlines are of random inputs."
			break
		}
	}
	if all := coneKinds(r); len(all) > coneCurves {
		s += fmt.Sprintf(" %d more kinds of cones are in the record.", len(all)-coneCurves)
	}
	return s
}

func (conePlot) Applies(results any) bool {
	r, ok := results.(*probe.ConeResults)
	return ok && r != nil && len(coneKinds(r)) > 0
}

// A coneKind is what the outlines of one colour and dash have in common.
type coneKind struct{ model, inputs string }

// coneKinds lists the kinds with a histogram to draw, in the order of the record.
func coneKinds(r *probe.ConeResults) []coneKind {
	var kinds []coneKind
	seen := map[coneKind]bool{}
	for _, c := range r.Cones {
		if k := (coneKind{c.Model, c.Inputs}); total(c.Histogram) > 0 && !seen[k] {
			seen[k] = true
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// coneColors tell models apart: Okabe and Ito's, the yellow left out.
var coneColors = []color.NRGBA{imageColor, textColor, matchedColor, unmatchedColor, {0xE6, 0x9F, 0x00, 0xFF}, {0x56, 0xB4, 0xE9, 0xFF}, inkColor}

// A coneLook is a kind with its colour and dashes.
type coneLook struct {
	coneKind
	key
}

// coneLooks returns the looks of the kinds that are drawn: a colour a model, dashes for noise.
func coneLooks(r *probe.ConeResults) []coneLook {
	kinds := coneKinds(r)
	colors := map[string]color.NRGBA{}
	mixed := false
	for _, k := range kinds {
		mixed = mixed || k.inputs != kinds[0].inputs
		if _, ok := colors[k.model]; !ok {
			colors[k.model] = coneColors[len(colors)%len(coneColors)]
		}
	}
	var looks []coneLook
	for _, k := range kinds[:min(coneCurves, len(kinds))] {
		l := coneLook{k, key{label: shorten(clean(k.model), 34), shape: lineShape, color: colors[k.model]}}
		if mixed || k.inputs != probe.ConeData {
			l.label += " on " + clean(k.inputs)
		}
		if k.inputs == probe.ConeNoise {
			l.dashes = dashed
		}
		looks = append(looks, l)
	}
	return looks
}

func (conePlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.ConeResults)
	looks := coneLooks(r)
	var panels [][]*plot.Plot
	byTower := map[string]*plot.Plot{}
	low, high := 1.0, -1.0
	for _, c := range r.Cones {
		for _, l := range looks {
			if l.coneKind != (coneKind{c.Model, c.Inputs}) || total(c.Histogram) == 0 {
				continue
			}
			p := byTower[c.Tower]
			if p == nil {
				p = newPlot("", "relative frequency")
				p.Title.Text = clean(c.Tower) + " tower"
				p.Add(rules{})
				byTower[c.Tower], panels = p, append(panels, []*plot.Plot{p})
			}
			outline := toPeak(steps(c.Histogram))
			low, high = min(low, outline[0].X), max(high, outline[len(outline)-1].X)
			addOutline(p, outline, l.key)
			if mean := defined(nil, float64(c.Mean), heightAt(outline, float64(c.Mean))); mean != nil {
				p.Add(marks{mean, dotShape, l.color, 4})
			}
			if least := defined(nil, float64(c.Min), 0); least != nil {
				p.Add(marks{least, ringShape, l.color, 4})
				low = min(low, least[0].X)
			}
		}
	}
	var legend []key
	for _, l := range looks {
		legend = append(legend, l.key)
	}
	legend = append(legend, key{label: "mean", shape: dotShape, color: inkColor}, key{label: "least", shape: ringShape, color: inkColor})
	for i, row := range panels {
		p := row[0]
		p.X.Min, p.X.Max = max(-1, low-0.02), min(1, high+0.02)
		p.X.Tick.Marker = niceTicks{about: 10}
		p.Y.Min, p.Y.Max = 0, 1.06
		p.Y.Tick.Marker = niceTicks{about: 4}
		if low < 0 && high > 0 {
			p.Add(guide{at: 0, vertical: true, color: gridColor})
		}
		if i == len(panels)-1 {
			p.X.Label.Text = "cosine"
		}
	}
	// Long names take a row of the legend each.
	return figure{legend: legend, panels: panels}, Size{plotWidth, vg.Length(60 + 10*len(legend) + 225*len(panels))}
}

// toPeak scales an outline so that its peak is 1.
func toPeak(outline plotter.XYs) plotter.XYs {
	peak := 0.0
	for _, xy := range outline {
		peak = max(peak, xy.Y)
	}
	for i := range outline {
		outline[i].Y /= peak
	}
	return outline
}

// heightAt is how high an outline of steps is at x.
func heightAt(outline plotter.XYs, x float64) float64 {
	for i := 1; i < len(outline); i++ {
		if outline[i-1].X <= x && x <= outline[i].X && outline[i].Y == outline[i-1].Y {
			return outline[i].Y
		}
	}
	return 0
}
