package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// benchmarkPlot is the score of every data set against the signed distance of the centroids, a panel a set.
type benchmarkPlot struct{}

// Bounds of the grid: more sets are in the record.
const (
	benchmarkColumns = 3
	benchmarkPanels  = 12
)

func (benchmarkPlot) Name() string { return "benchmark" }

func (benchmarkPlot) Title(any) string { return "Zero-shot classification against the gap" }

func (benchmarkPlot) Caption(results any) string {
	r := results.(*probe.BenchmarkResults)
	s := "Score of each data set against the signed distance between the centroids of images and classes, negative once they have passed each other; bands are 95% intervals. " +
		"Rings are the model as it is; diamonds the best shift, chosen on the same items, so optimistic."
	for i := range r.Sets {
		if r.Sets[i].Paper != nil {
			s += " Dashed lines are what the paper gives for ViT-B/16 as it is."
			break
		}
	}
	if n := len(r.Sets) - benchmarkPanels; n > 0 {
		s += fmt.Sprintf(" %d more sets are in the record.", n)
	}
	return s
}

func (benchmarkPlot) Applies(results any) bool {
	r, ok := results.(*probe.BenchmarkResults)
	return ok && r != nil && len(benchmarkSets(r)) > 0
}

// benchmarkSets are the sets with a curve to draw.
func benchmarkSets(r *probe.BenchmarkResults) []*probe.BenchmarkSet {
	var sets []*probe.BenchmarkSet
	for i := range r.Sets {
		if line, _ := scoreCurve(r.Sets[i].Points); len(line) > 1 && len(sets) < benchmarkPanels {
			sets = append(sets, &r.Sets[i])
		}
	}
	return sets
}

// scoreCurve returns the line of scores over the signed distance, and the outline of its band.
func scoreCurve(points []probe.BenchmarkPoint) (line, band plotter.XYs) {
	var lower, upper plotter.XYs
	for i := range points {
		p := &points[i]
		x := float64(p.SignedDistance)
		line = defined(line, x, float64(p.Value))
		lower, upper = defined(lower, x, float64(p.Low)), defined(upper, x, float64(p.High))
	}
	band = append(band, lower...)
	for i := len(upper) - 1; i >= 0; i-- {
		band = append(band, upper[i])
	}
	return line, band
}

func (benchmarkPlot) Draw(results any) (Drawing, Size) {
	r := results.(*probe.BenchmarkResults)
	sets := benchmarkSets(r)
	columns := min(benchmarkColumns, len(sets))
	var grid [][]*plot.Plot
	paper := false
	for k, s := range sets {
		if k%columns == 0 {
			grid = append(grid, make([]*plot.Plot, columns))
		}
		y := ""
		if k%columns == 0 {
			y = "accuracy"
			if s.Metric == "auroc" {
				y = "area under the ROC curve"
			}
		}
		x := ""
		if k+columns >= len(sets) { // nothing stands below
			x = "signed distance"
		}
		grid[len(grid)-1][k%columns] = benchmarkPanel(s, x, y)
		paper = paper || s.Paper != nil
	}
	legend := []key{{label: "score", shape: lineShape, color: matchedColor}, {label: "95% interval", shape: bandShape, color: faded(matchedColor, 0.2)},
		{label: "the model as it is", shape: ringShape, color: inkColor}, {label: "best shift, in sample", shape: diamondShape, color: textColor}}
	if paper {
		legend = append(legend, key{label: "the paper's, as it is", shape: lineShape, color: mutedColor, dashes: dashed})
	}
	return figure{legend: legend, panels: grid}, Size{plotWidth, vg.Length(60 + 230*len(grid))}
}

// benchmarkPanel draws one set.
func benchmarkPanel(s *probe.BenchmarkSet, x, y string) *plot.Plot {
	p := newPlot(x, y)
	p.Title.Text = setLabel(s)
	p.X.Tick.Marker = niceTicks{about: 5}
	p.Y.Tick.Marker = niceTicks{about: 5, percent: s.Metric != "auroc"}
	line, band := scoreCurve(s.Points)
	p.Add(rules{}, guide{at: 0, vertical: true, color: guideColor})
	if poly, err := plotter.NewPolygon(band); err == nil {
		poly.Color, poly.LineStyle.Width = faded(matchedColor, 0.2), 0
		p.Add(poly)
	}
	if s.Paper != nil {
		if at := defined(nil, 0, float64(s.Paper.AtZero)); at != nil {
			p.Y.Min, p.Y.Max = min(p.Y.Min, at[0].Y), max(p.Y.Max, at[0].Y)
			p.Add(guide{at: at[0].Y, color: mutedColor, dashes: dashed})
		}
	}
	l := curve(line, matchedColor, nil)
	l.Width = 1.6
	p.Add(l)
	for i := range s.Points {
		pt := &s.Points[i]
		at := defined(nil, float64(pt.SignedDistance), float64(pt.Value))
		if pt.Lambda == 0 && at != nil {
			p.Add(marks{at, ringShape, inkColor, 4.5})
		}
	}
	if b := s.Best; b != nil {
		if at := defined(nil, float64(b.SignedDistance), float64(b.Value)); at != nil && b.Lambda != 0 {
			p.Add(marks{at, diamondShape, textColor, 4})
		}
	}
	pad(p, 0.02, 0.05)
	return p
}
