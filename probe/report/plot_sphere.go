package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// spherePanels bounds the small multiples of a simulation on the sphere.
const spherePanels = 9

// spherePlot is the loss of simulated pairs on a sphere against how far the texts are moved: a panel a scale, a curve a matching.
type spherePlot struct{}

func (spherePlot) Name() string { return "sphere" }

func (spherePlot) Title(results any) string {
	if results.(*probe.SphereResults).Position == "height" {
		return "Loss of nine simulated pairs"
	}
	return "Loss of simulated pairs on a sphere"
}

func (spherePlot) Caption(results any) string {
	r := results.(*probe.SphereResults)
	where := "while the texts are turned away from the equator, on which the images lie"
	if r.Position == "height" {
		where = "while images rise to a height and their texts sink to its negative"
	}
	return fmt.Sprintf("Symmetric contrastive loss of %s pairs in %d dimensions %s, a panel a logit scale (1/temperature), each with a loss axis of its own. "+
		"Diamonds mark each curve's least loss: no gap where pairs match, and a gap where some are mismatched and the temperature is low.", count(r.Pairs), r.Dim, where)
}

func (spherePlot) Applies(results any) bool {
	r, ok := results.(*probe.SphereResults)
	if !ok || r == nil || len(r.Scales) == 0 {
		return false
	}
	for _, c := range r.Cases {
		if len(sphereCurve(c, scaleKey(r.Scales[0]))) > 1 {
			return true
		}
	}
	return false
}

// sphereStyle is how a matching is drawn and named. The authors' own variant is dashed, as it lies between the others.
func sphereStyle(name string) (label string, c color.NRGBA, dashes []vg.Length) {
	switch name {
	case "matched":
		return "matched pairs", matchedColor, nil
	case "mismatched":
		return "mismatched pairs", unmatchedColor, nil
	case "swapped":
		return "two pairs swapped", unmatchedColor, nil
	case "as_run":
		return "one label changed, as the authors' code runs", textColor, dashed
	}
	return clean(name), inkColor, nil
}

// sphereCurve is one scale's loss of a case.
func sphereCurve(c probe.SphereCase, scale string) plotter.XYs {
	var xys plotter.XYs
	for _, p := range c.Points {
		if v, ok := p.Loss[scale]; ok {
			xys = defined(xys, float64(p.Position), float64(v))
		}
	}
	return xys
}

func (spherePlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.SphereResults)
	scales := r.Scales[:min(len(r.Scales), spherePanels)]
	cols := min(len(scales), 3)
	if len(scales) == 4 {
		cols = 2
	}
	rows := (len(scales) + cols - 1) / cols
	panels := make([][]*plot.Plot, rows)
	for i := range panels {
		panels[i] = make([]*plot.Plot, cols)
	}
	for i, s := range scales {
		key := scaleKey(s)
		p := newPlot("", "")
		p.Title.Text = "scale " + key
		p.Y.Tick.Marker = niceTicks{about: 6}
		if r.Position == "angle" {
			p.X.Tick.Marker = degreeTicks{}
		}
		p.Add(rules{}, guide{at: 0, vertical: true, color: guideColor, dashes: dashed})
		var least []marks
		for _, c := range slices.Backward(r.Cases) { // the first on top
			_, col, dashes := sphereStyle(c.Name)
			if l := curve(sphereCurve(c, key), col, dashes); l != nil {
				p.Add(l)
				least = append(least, marks{sphereLeast(c, key), diamondShape, col, 4})
			}
		}
		for _, m := range least { // above every line
			p.Add(m)
		}
		pad(p, 0.02, 0.06)
		panels[i/cols][i%cols] = p
	}
	var legend []key
	for _, c := range r.Cases {
		label, col, dashes := sphereStyle(c.Name)
		legend = append(legend, key{label: label, shape: lineShape, color: col, dashes: dashes})
	}
	legend = append(legend, key{label: "least loss", shape: diamondShape, color: inkColor}, key{label: "no gap", shape: lineShape, color: guideColor, dashes: dashed})
	below := "angle of the texts above the equator (degrees)"
	if r.Position == "height" {
		below = "height z of the images; the texts lie at −z"
	}
	height := vg.Length(90 + 195*rows)
	if rows == 1 {
		height = 330
	}
	return shared{figure{legend: legend, panels: panels}, below, "loss (nats)"}, Size{plotWidth, height}
}

// sphereLeast is the point of least loss and its mirror image, where both were simulated.
func sphereLeast(c probe.SphereCase, scale string) plotter.XYs {
	var xys plotter.XYs
	least, ok := c.Least[scale]
	if !ok {
		return nil
	}
	for _, p := range c.Points {
		if d := float64(p.Position); math.Abs(math.Abs(d)-float64(least.Position)) < 1e-9 {
			xys = defined(xys, d, float64(p.Loss[scale]))
		}
	}
	return xys
}

// degreeTicks stand at multiples of 45°, or where niceTicks has them on short axes.
type degreeTicks struct{}

// Ticks implements plot.Ticker.
func (degreeTicks) Ticks(low, high float64) []plot.Tick {
	if high-low < 90 || high-low > 720 {
		return niceTicks{about: 6}.Ticks(low, high)
	}
	var ticks []plot.Tick
	for v := -360.0; v <= 360; v += 45 {
		if v >= low && v <= high {
			ticks = append(ticks, plot.Tick{Value: v, Label: decimal(v, 0)})
		}
	}
	return ticks
}
