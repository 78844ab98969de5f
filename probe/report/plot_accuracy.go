package report

import (
	"fmt"
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"mindgap/probe"
)

// accuracyPlot is zero-shot accuracy against λ with Wilson bands.
type accuracyPlot struct{}

func (accuracyPlot) Name() string                      { return "accuracy" }
func (accuracyPlot) Title(*probe.ReportResults) string { return "Zero-shot accuracy under the shift" }

func (accuracyPlot) Caption(r *probe.ReportResults) string {
	s := "Top-1 accuracy on all items with Wilson 95% bands, which say how well each accuracy is known, not whether two differ: the same items " +
		"are scored at every λ, so that changes are tested in pairs (see the table of λ)."
	switch b, ok := r.Shift.Best["accuracy"]; {
	case ok && b.Lambda == 0:
		s += " Of all λ tried, 0 did best on one half of the items."
	case ok:
		s += " The diamond stands at the λ that did best on one half of the items; what it is worth on the other half is in the answer above."
	}
	return s
}

func (accuracyPlot) Applies(r *probe.ReportResults) bool {
	if r.Shift == nil {
		return false
	}
	line, _ := accuracyCurve(r.Shift.Points, ensembleOf)
	return len(line) > 1
}

// ensembleOf and singleOf choose one of a point's two accuracies.
func ensembleOf(p *probe.ShiftPoint) *probe.Accuracy { return p.Accuracy }
func singleOf(p *probe.ShiftPoint) *probe.Accuracy   { return p.AccuracySingle }

// accuracyCurve returns the line of an accuracy over λ, and the outline of its band.
func accuracyCurve(points []probe.ShiftPoint, of func(*probe.ShiftPoint) *probe.Accuracy) (line, band plotter.XYs) {
	var lower, upper plotter.XYs
	for i := range points {
		a, x := of(&points[i]), float64(points[i].Lambda)
		if a == nil {
			continue
		}
		line = defined(line, x, float64(a.Value))
		lower = defined(lower, x, float64(a.Low))
		upper = defined(upper, x, float64(a.High))
	}
	band = append(band, lower...)
	for i := len(upper) - 1; i >= 0; i-- {
		band = append(band, upper[i])
	}
	return line, band
}

func (accuracyPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	points := r.Shift.Points
	p := newPlot(lambdaLabel(r.Shift), "accuracy")
	p.X.Tick.Marker = lambdaTicks{points, 9}
	p.Y.Tick.Marker = niceTicks{about: 5, percent: true}
	p.Add(rules{}, guide{at: 0, vertical: true, color: guideColor, dashes: dashed})

	var legend []key
	add := func(label string, of func(*probe.ShiftPoint) *probe.Accuracy, c color.NRGBA, twin bool) {
		line, band := accuracyCurve(points, of)
		if len(line) < 2 {
			return
		}
		if poly, err := plotter.NewPolygon(band); err == nil {
			poly.Color, poly.LineStyle.Width = faded(c, 0.15), 0
			p.Add(poly)
		}
		k := key{label: label, shape: lineShape, color: c}
		if twin {
			k.dashes = dashed
		}
		p.Add(curve(line, c, k.dashes))
		legend = append(legend, k)
	}
	add("first template alone", singleOf, unmatchedColor, true)
	add("ensemble of templates", ensembleOf, matchedColor, false)

	mark := func(label string, lambda float64, s shape) {
		pt := pointAt(points, lambda)
		if pt == nil || pt.Accuracy == nil {
			return
		}
		if xy := defined(nil, lambda, float64(pt.Accuracy.Value)); len(xy) == 1 {
			p.Add(marks{xy, s, matchedColor, 5})
			legend = append(legend, key{label: fmt.Sprintf(label, percent(xy[0].Y, 1)), shape: s, color: matchedColor})
		}
	}
	mark("λ = 0: %s", 0, ringShape)
	if b, ok := r.Shift.Best["accuracy"]; ok && b.Lambda != 0 {
		mark("chosen λ = "+signed(float64(b.Lambda))+": %s", float64(b.Lambda), diamondShape)
	}
	pad(p, 0, 0.04)
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}, areas: new([]area)}, Size{plotWidth, 420}
}

// Table implements Plotter.
func (accuracyPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"lambda", "accuracy", "low", "high", "correct", "n", "p_value", "accuracy_single", "single_low", "single_high"}}
	for i := range r.Shift.Points {
		pt := &r.Shift.Points[i]
		row := make([]string, len(t.Columns))
		row[0] = cell(float64(pt.Lambda))
		if a := pt.Accuracy; a != nil {
			copy(row[1:], []string{cell(float64(a.Value)), cell(float64(a.Low)), cell(float64(a.High)), strconv.Itoa(a.Correct), strconv.Itoa(a.N)})
			if a.PValue != nil {
				row[6] = cell(float64(*a.PValue))
			}
		}
		if a := pt.AccuracySingle; a != nil {
			copy(row[7:], []string{cell(float64(a.Value)), cell(float64(a.Low)), cell(float64(a.High))})
		}
		t.add(row...)
	}
	return t
}
