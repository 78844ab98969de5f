package report

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// correctRows bounds the rows of the plot of corrections.
const correctRows = 20

// correctPlot sets corrections side by side on the half that they have not seen: the gap that is left, loss, retrieval and accuracy.
type correctPlot struct{}

func (correctPlot) Name() string     { return "corrections" }
func (correctPlot) Title(any) string { return "Corrections of the gap" }

func (correctPlot) Caption(results any) string {
	r := results.(*probe.CorrectResults)
	return fmt.Sprintf("What each correction, fitted on %s items, does to %s others: the gap that is left, the symmetric loss at scale %s, recall at 1 and zero-shot "+
		"accuracy, where there is any, with its 95%% interval. Dashed lines are the model as it is.", count(r.FitOn), count(r.ReadOn), scaleKey(r.Scale))
}

func (correctPlot) Applies(results any) bool {
	r, ok := results.(*probe.CorrectResults)
	return ok && r != nil && len(r.Corrections) > 1 && len(correctColumns(r).plots) > 0
}

func (correctPlot) Draw(results any) (Drawing, Size) {
	c := correctColumns(results.(*probe.CorrectResults))
	return c, Size{plotWidth, vg.Length(95 + 28*len(c.rows))}
}

func correctColumns(r *probe.CorrectResults) columns {
	shown := r.Corrections[:min(correctRows, len(r.Corrections))]
	c := columns{legend: []key{
		{label: "gap, loss", shape: dotShape, color: inkColor},
		{label: "image to text", shape: dotShape, color: imageColor},
		{label: "text to image", shape: dotShape, color: textColor},
		{label: "accuracy", shape: dotShape, color: matchedColor},
		{label: "no correction", shape: lineShape, color: guideColor, dashes: dashed},
	}}
	var gaps, losses, recalls, accuracies []rowPoint
	none := -1
	for i, x := range shown {
		c.rows = append(c.rows, x.Name)
		if x.Name == "none" {
			none = i
		}
		gaps = append(gaps, rowPoint{i, probe.Interval{Value: x.Gap}, dotShape, inkColor, 0})
		losses = append(losses, rowPoint{i, probe.Interval{Value: x.Loss}, dotShape, inkColor, 0})
		recalls = append(recalls, rowPoint{i, probe.Interval{Value: x.ImageToTextRecall1}, dotShape, imageColor, liftOf(0, 2)},
			rowPoint{i, probe.Interval{Value: x.TextToImageRecall1}, dotShape, textColor, liftOf(1, 2)})
		if a := x.Accuracy; a != nil {
			accuracies = append(accuracies, rowPoint{i, probe.Interval{Value: a.Value, Low: &a.Low, High: &a.High}, dotShape, matchedColor, 0})
		}
	}
	for _, column := range []struct {
		label  string
		points []rowPoint
		share  bool
	}{{"gap", gaps, false}, {"loss", losses, false}, {"recall at 1", recalls, true}, {"accuracy", accuracies, true}} {
		c.add(column.label, column.points, 0, column.share, none)
	}
	return c
}
