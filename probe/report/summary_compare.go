package report

import (
	"bytes"
	"fmt"

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
