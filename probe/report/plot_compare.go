package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/probe"
)

// compareRows bounds the rows of the comparison.
const compareRows = 12

// comparePlot sets models side by side: the gap with its interval, and the mean cosine of each tower.
type comparePlot struct{}

func (comparePlot) Name() string                      { return "comparison" }
func (comparePlot) Title(*probe.ReportResults) string { return "Trained against untrained" }

func (comparePlot) Caption(r *probe.ReportResults) string {
	return "Left: the gap of each model on the same data, with 95% bootstrap intervals where they are wider than the dot. Right: the mean cosine within " +
		"each tower, 1 being a cone of a single direction. Hollow dots are models that were never trained."
}

func (comparePlot) Applies(r *probe.ReportResults) bool {
	return r.Compare != nil && len(comparedModels(r)) > 1
}

// comparedModels returns the models with a defined gap, at most compareRows.
func comparedModels(r *probe.ReportResults) []probe.ComparedModel {
	var models []probe.ComparedModel
	for _, m := range r.Compare.Models {
		if g, ok := m.Metrics["gap"]; ok && !math.IsNaN(float64(g.Value)) && !math.IsInf(float64(g.Value), 0) && len(models) < compareRows {
			models = append(models, m)
		}
	}
	return models
}

// untrained reports whether m is known never to have been trained.
func untrained(m probe.ComparedModel) bool { return m.Trained != nil && !*m.Trained }

func (comparePlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	models := comparedModels(r)
	n := len(models)
	names := make(plot.ConstantTicks, n)
	blank := make(plot.ConstantTicks, n)
	gaps, cosines := newPlot("gap (distance between centroids)", ""), newPlot("mean cosine within a tower", "")
	for i, m := range models {
		y := float64(n - 1 - i)
		names[i] = plot.Tick{Value: y, Label: shorten(clean(m.Name), 30)}
		blank[i] = plot.Tick{Value: y, Label: " "}
		s := dotShape
		if untrained(m) {
			s = ringShape
		}
		for _, p := range []*plot.Plot{gaps, cosines} {
			p.Add(guide{at: y, color: gridColor})
		}
		gap := m.Metrics["gap"]
		if gap.Low != nil && gap.High != nil {
			ends := defined(defined(nil, float64(*gap.Low), y), float64(*gap.High), y)
			if l := curve(ends, inkColor, nil); l != nil {
				l.Width = 1.6
				gaps.Add(l)
			}
		}
		gaps.Add(marks{plotter.XYs{{X: float64(gap.Value), Y: y}}, s, inkColor, 5})
		for _, tower := range []struct {
			metric string
			mark   marks
		}{
			{"cosine_image_mean", marks{nil, s, imageColor, 5}},
			{"cosine_text_mean", marks{nil, s, textColor, 5}},
		} {
			if v, ok := m.Metrics[tower.metric]; ok {
				if tower.mark.XYs = defined(nil, float64(v.Value), y); tower.mark.XYs != nil {
					cosines.Add(tower.mark)
				}
			}
		}
	}
	for _, p := range []*plot.Plot{gaps, cosines} {
		p.X.Min, p.X.Max = min(0, p.X.Min), max(1, 1.04*p.X.Max)
		p.X.Tick.Marker = niceTicks{about: 5}
		p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
		p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
		p.Add(guide{at: 0, vertical: true, color: guideColor})
	}
	gaps.Y.Tick.Marker, cosines.Y.Tick.Marker = names, blank
	gaps.Y.Tick.Label.Color = inkColor
	legend := []key{
		{label: "gap", shape: dotShape, color: inkColor},
		{label: "image tower", shape: dotShape, color: imageColor},
		{label: "text tower", shape: dotShape, color: textColor},
		{label: "untrained", shape: ringShape, color: inkColor},
	}
	return sideBySide{legend, gaps, cosines}, Size{plotWidth, vg.Length(95 + 30*n)}
}

// sideBySide draws two plots with data areas of equal width and one column of row names, which plot.Align would reserve twice.
type sideBySide struct {
	legend      []key
	left, right *plot.Plot
}

// Draw implements Drawing.
func (s sideBySide) Draw(c draw.Canvas) {
	figure{panels: [][]*plot.Plot{{nil}}}.Draw(c)
	c = drawLegend(draw.Crop(c, 10, -14, 8, -8), s.legend)
	const space = 26
	names := s.left.DataCanvas(c).Min.X - c.Min.X
	width := (c.Max.X - c.Min.X - names - space) / 2
	left, right := c, c
	left.Max.X = c.Min.X + names + width
	right.Min.X = left.Max.X + space - 14
	s.left.Draw(left)
	s.right.Draw(right)
}

// Table implements Plotter.
func (comparePlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"model", "ref", "weights", "gap", "gap_low", "gap_high", "cosine_image_mean", "cosine_text_mean", "accuracy", "accuracy_low", "accuracy_high"}}
	for _, m := range r.Compare.Models {
		row := []string{word(m.Name), word(m.Ref), training(m)}
		value := func(v *probe.Float) string {
			if v == nil {
				return ""
			}
			return cell(float64(*v))
		}
		for _, name := range []string{"gap", "cosine_image_mean", "cosine_text_mean"} {
			v, ok := m.Metrics[name]
			text := ""
			if ok {
				text = cell(float64(v.Value))
			}
			row = append(row, text)
			if name == "gap" {
				row = append(row, value(v.Low), value(v.High))
			}
		}
		if a := m.Accuracy; a != nil {
			row = append(row, cell(float64(a.Value)), cell(float64(a.Low)), cell(float64(a.High)))
		} else {
			row = append(row, "", "", "")
		}
		t.add(row...)
	}
	return t
}

// training says whether the weights of m come from training.
func training(m probe.ComparedModel) string {
	switch {
	case m.Trained == nil:
		return "unknown"
	case *m.Trained:
		return "trained"
	}
	return "untrained"
}
