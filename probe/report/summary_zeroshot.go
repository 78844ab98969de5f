package report

import (
	"bytes"

	"mindgap/probe"
)

// summarizeZeroShot writes the accuracies, the weakest classes, and the sweep if there is one.
func summarizeZeroShot(b *bytes.Buffer, z *probe.ZeroShotResults) {
	v := zeroShot(z)
	summarizeScores(b, v)
	if len(v.Worst) > 0 {
		t := tableOf(b, "classes known worst", "recall", "right")
		for _, c := range v.Worst[:min(5, len(v.Worst))] {
			t.AppendRow([]any{c.Class, c.Recall, c.Count})
		}
		t.Render()
	}
	if len(z.Shift) > 0 {
		summarizeShift(b, &probe.ShiftResults{Points: z.Shift})
	}
}

// summarizeScores writes the accuracies.
func summarizeScores(b *bytes.Buffer, v *zeroShotView) {
	t := tableOf(b, "zero-shot", "value", "95% interval")
	for _, r := range v.Rows {
		t.AppendRow([]any{r.Label, r.Value, r.Interval})
	}
	t.Render()
}
