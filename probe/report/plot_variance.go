package report

import (
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"mindgap/probe"
)

// variancePlot is the share of the variance along the leading principal components: of each cloud, and of both together.
type variancePlot struct{}

func (variancePlot) Name() string                      { return "explained-variance" }
func (variancePlot) Title(*probe.ReportResults) string { return "Explained variance" }

func (variancePlot) Caption(*probe.ReportResults) string {
	return "Share of the variance of unit embeddings along each principal component: of both clouds together about their joint mean, and of each " +
		"alone about its own. Where the first component of both stands above the first of each, the gap is what varies most."
}

func (variancePlot) Applies(r *probe.ReportResults) bool { return len(varianceCurves(r)) > 0 }

// varianceCurve is one line of the plot.
type varianceCurve struct {
	key
	xys plotter.XYs
}

// varianceCurves returns those with at least two components.
func varianceCurves(r *probe.ReportResults) []varianceCurve {
	v := r.ExplainedVariance
	if v == nil {
		return nil
	}
	var curves []varianceCurve
	for _, c := range []struct {
		key
		shares []probe.Float
	}{
		{key{label: "both clouds", color: inkColor, shape: lineShape}, v.Both},
		{key{label: "images", color: imageColor, shape: lineShape}, v.Images},
		{key{label: "texts", color: textColor, shape: lineShape, dashes: dashed}, v.Texts},
	} {
		var xys plotter.XYs
		for k, share := range c.shares {
			xys = defined(xys, float64(k+1), float64(share))
		}
		if len(xys) > 1 {
			curves = append(curves, varianceCurve{c.key, xys})
		}
	}
	return curves
}

func (variancePlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	p := newPlot("principal component", "share of variance")
	p.X.Tick.Marker = wholeTicks{}
	p.Y.Tick.Marker = niceTicks{about: 5, percent: true}
	p.Add(rules{})
	var legend []key
	for _, c := range varianceCurves(r) {
		p.Add(curve(c.xys, c.color, c.dashes), marks{c.xys, dotShape, c.color, 3.5})
		legend = append(legend, c.key)
	}
	p.Y.Min = 0
	pad(p, 0.02, 0)
	p.Y.Max *= 1.05
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}}, Size{plotWidth, 330}
}

// wholeTicks label every whole number.
type wholeTicks struct{}

// Ticks implements plot.Ticker.
func (wholeTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for k := int(low) + 1; float64(k) <= high && len(ticks) < 64; k++ {
		ticks = append(ticks, plot.Tick{Value: float64(k), Label: strconv.Itoa(k)})
	}
	return ticks
}

// Table implements Plotter.
func (variancePlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"component", "both", "images", "texts"}}
	v := r.ExplainedVariance
	for k := range max(len(v.Both), len(v.Images), len(v.Texts)) {
		row := []string{strconv.Itoa(k + 1)}
		for _, shares := range [][]probe.Float{v.Both, v.Images, v.Texts} {
			share := ""
			if k < len(shares) {
				share = cell(float64(shares[k]))
			}
			row = append(row, share)
		}
		t.add(row...)
	}
	return t
}
