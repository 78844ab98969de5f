package report

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"mindgap/probe"
)

// summarizeCompare writes a row a model.
func summarizeCompare(b *bytes.Buffer, c *probe.CompareResults) {
	v := compare(c)
	if v == nil {
		fmt.Fprintln(b, "no model was compared")
		return
	}
	t := tableOf(b, "model", "weights", "gap", "95% interval", "minus the first", "95% interval", "image cone", "text cone", "accuracy", "95% interval")
	for _, r := range v.Rows {
		t.AppendRow([]any{shorten(r.Name, 40), r.Training, r.Gap, r.GapSpan, r.Difference, r.DifferenceSpan, r.ImageCone, r.TextCone, r.Accuracy, r.AccuracySpan})
	}
	t.Render()
	summarizeLeftOut(b, v)
	summarizeSeeds(b, c.SpreadOverSeeds)
}

// summarizeSeeds writes how the untrained models differ from the first, over their seeds.
func summarizeSeeds(b *bytes.Buffer, s *probe.SeedSpread) {
	if s == nil {
		return
	}
	fmt.Fprintf(b, "\n%d untrained models minus %s, over their seeds (Student's interval of the mean)\n", len(s.Of), clean(s.Minus))
	t := tableOf(b, "metric", "mean difference", "std", "95% interval")
	add := func(name string, d probe.SeedDifference, write func(float64) string) {
		t.AppendRow([]any{clean(name), write(float64(d.Mean)), write(float64(d.Std)), write(float64(d.Low)) + " to " + write(float64(d.High))})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		add(name, s.Metrics[name], number)
	}
	if s.Accuracy != nil {
		add("accuracy", *s.Accuracy, func(v float64) string { return percent(v, 1) })
	}
	t.Render()
}

// summarizeTwins is the same without the differences, for the end of a longer summary.
func summarizeTwins(b *bytes.Buffer, c *probe.CompareResults) {
	v := compare(c)
	if v == nil {
		return
	}
	t := tableOf(b, "model", "weights", "gap", "95% interval", "image cone", "text cone", "accuracy")
	for _, r := range v.Rows {
		t.AppendRow([]any{shorten(r.Name, 40), r.Training, r.Gap, r.GapSpan, r.ImageCone, r.TextCone, r.Accuracy})
	}
	t.Render()
	summarizeLeftOut(b, v)
}

// summarizeLeftOut says how many models were too many.
func summarizeLeftOut(b *bytes.Buffer, v *compareView) {
	if v.LeftOut > 0 {
		fmt.Fprintf(b, "%d more models are in the record\n", v.LeftOut)
	}
}
