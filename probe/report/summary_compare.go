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
	t := tableOf(b, "model", "weights", "gap", "95% interval", "minus the first", "image cone", "text cone", "accuracy (95%)")
	for _, r := range v.Rows {
		t.AppendRow([]any{r.Name, r.Training, r.Gap, r.GapSpan, r.GapDifference, r.ImageCone, r.TextCone, r.Accuracy})
	}
	t.Render()
	if v.LeftOut > 0 {
		fmt.Fprintf(b, "%d more models are in the record\n", v.LeftOut)
	}
}
