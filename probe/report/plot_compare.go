package report

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// compareRows bounds the rows of the comparison.
const compareRows = 12

// comparePlot sets models side by side: the gap, the mean cosine and effective rank of each tower, and zero-shot accuracy, with their
// intervals, and the mean over untrained seeds.
type comparePlot struct{}

func (comparePlot) Name() string                      { return "comparison" }
func (comparePlot) Title(*probe.ReportResults) string { return "Trained against untrained" }

func (comparePlot) Caption(r *probe.ReportResults) string {
	s := "The gap of each model on the same data; the mean cosine within each tower, 1 being a cone of a single direction; how many directions each tower uses " +
		"(effective rank); and zero-shot accuracy, where there is any. Lines are 95% intervals over pairs where they are wider than the dot. Hollow dots are models that were never trained."
	if spread := r.Compare.SpreadOverSeeds; spread != nil {
		s += fmt.Sprintf(" Diamonds are the mean of the %d untrained ones, with Student's 95%% interval over their seeds.", len(spread.Of))
	}
	return s
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

// compareColumns are the quantities of the comparison, each in a column of its own where any model has it.
var compareColumns = []struct {
	label string
	parts []comparePart
	top   float64 // the axis reaches at least this far
	share bool    // values are shares, ticks are percentages
}{
	{"gap", []comparePart{{"gap", inkColor}}, 1, false},
	{"mean cosine", []comparePart{{"cosine_image_mean", imageColor}, {"cosine_text_mean", textColor}}, 1, false},
	{"effective rank", []comparePart{{"effective_rank_image", imageColor}, {"effective_rank_text", textColor}}, 1, false},
	{"accuracy", []comparePart{{accuracyPart, matchedColor}}, 0, true},
}

// A comparePart is a metric of a model and the colour that it is drawn in; accuracyPart is no metric, but the accuracy.
type comparePart struct {
	metric string
	color  color.NRGBA
}

const accuracyPart = "accuracy"

// of returns the part's value with its interval.
func (p comparePart) of(m probe.ComparedModel) (probe.Interval, bool) {
	if p.metric == accuracyPart {
		if m.Accuracy == nil {
			return probe.Interval{}, false
		}
		return probe.Interval{Value: m.Accuracy.Value, Low: &m.Accuracy.Low, High: &m.Accuracy.High}, true
	}
	v, ok := m.Metrics[p.metric]
	return v, ok
}

// overSeeds returns the part's mean over the untrained models with its interval: the first model's value and the mean difference from it.
func (p comparePart) overSeeds(r *probe.CompareResults) (probe.Interval, bool) {
	first, ok := p.of(r.Models[0])
	if !ok {
		return first, false
	}
	d, ok := r.SpreadOverSeeds.Metrics[p.metric]
	if p.metric == accuracyPart {
		if r.SpreadOverSeeds.Accuracy == nil {
			return first, false
		}
		d, ok = *r.SpreadOverSeeds.Accuracy, true
	}
	low, high := first.Value+d.Low, first.Value+d.High
	if p.metric == accuracyPart { // no accuracy lies beyond
		low, high = max(0, low), min(1, high)
	}
	return probe.Interval{Value: first.Value + d.Mean, Low: &low, High: &high}, ok
}

func (comparePlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	models := comparedModels(r)
	rows := make([]string, len(models))
	for i, m := range models {
		rows[i] = m.Name
	}
	spread := r.Compare.SpreadOverSeeds
	if spread != nil {
		rows = append(rows, fmt.Sprintf("mean of %d untrained", len(spread.Of)))
	}
	legend := []key{
		{label: "image tower", shape: dotShape, color: imageColor},
		{label: "text tower", shape: dotShape, color: textColor},
		{label: "untrained", shape: ringShape, color: inkColor},
	}
	if spread != nil {
		legend = append(legend, key{label: "mean over seeds", shape: diamondShape, color: inkColor})
	}
	c := columns{legend: legend, rows: rows}
	for _, column := range compareColumns {
		var points []rowPoint
		for i, m := range models {
			s := dotShape
			if untrained(m) {
				s = ringShape
			}
			for k, part := range column.parts {
				if v, ok := part.of(m); ok {
					points = append(points, rowPoint{i, v, s, part.color, liftOf(k, len(column.parts))})
				}
			}
		}
		if spread != nil {
			for k, part := range column.parts {
				if v, ok := part.overSeeds(r.Compare); ok {
					points = append(points, rowPoint{len(models), v, diamondShape, part.color, liftOf(k, len(column.parts))})
				}
			}
		}
		c.add(column.label, points, column.top, column.share, -1)
	}
	return c, Size{plotWidth, vg.Length(95 + 30*len(rows))}
}

// Table implements Plotter.
func (comparePlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"model", "ref", "weights", "gap", "gap_low", "gap_high", "cosine_image_mean", "cosine_text_mean", "effective_rank_image", "effective_rank_text", "accuracy", "accuracy_low", "accuracy_high"}}
	for _, m := range r.Compare.Models {
		row := []string{word(m.Name), word(m.Ref), training(m)}
		value := func(v *probe.Float) string {
			if v == nil {
				return ""
			}
			return cell(float64(*v))
		}
		for _, name := range []string{"gap", "cosine_image_mean", "cosine_text_mean", "effective_rank_image", "effective_rank_text"} {
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
