package report

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// dimensionsPlot is the gap by coordinate: in some models a few coordinates carry most of it.
type dimensionsPlot struct{}

func (dimensionsPlot) Name() string                      { return "gap-dimensions" }
func (dimensionsPlot) Title(*probe.ReportResults) string { return "Gap by dimension" }

func (dimensionsPlot) Caption(r *probe.ReportResults) string {
	share, n := 0.0, 0
	for _, d := range drawableDimensions(r) {
		share, n = share+float64(d.Share), n+1
	}
	return fmt.Sprintf("The coordinates of the embedding in which the centroids of images and texts differ most: the difference, and its share of the squared gap. "+
		"Together these %d carry %s of it.", n, percent(share, 0))
}

func (dimensionsPlot) Applies(r *probe.ReportResults) bool { return len(drawableDimensions(r)) > 0 }

// drawableDimensions returns the coordinates with a defined difference and share.
func drawableDimensions(r *probe.ReportResults) []probe.GapDimension {
	var some []probe.GapDimension
	for _, d := range r.GapDimensions {
		if defined(nil, float64(d.Difference), float64(d.Share)) != nil {
			some = append(some, d)
		}
	}
	return some
}

func (dimensionsPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	var names []string
	var b bars
	for _, d := range drawableDimensions(r) {
		names = append(names, fmt.Sprintf("dimension %d", d.Index))
		c := imageColor
		if d.Difference < 0 {
			c = textColor
		}
		b.rows = append(b.rows, []bar{{float64(d.Difference), faded(c, 0.85), percent(float64(d.Share), 1)}})
	}
	p := barPlot("mean of images − mean of texts, of unit embeddings", names, b)
	// The scale has both sides of 0, so that a one-sided picture is seen to be one.
	reach := max(math.Abs(p.X.Min), math.Abs(p.X.Max))
	p.X.Min, p.X.Max = -reach, reach
	legend := []key{
		{label: "images lie higher", shape: bandShape, color: faded(imageColor, 0.85)},
		{label: "texts lie higher", shape: bandShape, color: faded(textColor, 0.85)},
		{label: "%: share of the squared gap", shape: noShape},
	}
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}}, Size{plotWidth, vg.Length(95 + 26*len(names))}
}

// Table implements Plotter.
func (dimensionsPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"dimension", "difference", "share"}}
	for _, d := range r.GapDimensions {
		t.add(strconv.Itoa(d.Index), cell(float64(d.Difference)), cell(float64(d.Share)))
	}
	return t
}
