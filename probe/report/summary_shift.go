package report

import (
	"bytes"
	"fmt"
	"strings"

	"mindgap/probe"
)

// summarizeShift writes the sweep as the page does, then the best shifts.
func summarizeShift(b *bytes.Buffer, s *probe.ShiftResults) {
	v := sweep(s)
	if v == nil {
		fmt.Fprintln(b, "no λ was swept")
		return
	}
	fmt.Fprintf(b, "λ is a %s and moves %s\n", v.Unit, v.Side)
	header := []any{"λ", "distance"}
	for _, scale := range v.Scales {
		header = append(header, "loss@"+scale)
	}
	header = append(header, "i→t R@1", "t→i R@1")
	if v.Accuracy {
		header = append(header, "accuracy", "95% interval", "p")
	}
	t := tableOf(b, header...)
	for _, r := range v.Rows {
		row := []any{r.Lambda, r.Distance}
		for _, loss := range r.Losses {
			row = append(row, loss)
		}
		row = append(row, r.ImageToText, r.TextToImage)
		if v.Accuracy {
			row = append(row, r.Accuracy, r.Interval, r.PValue)
		}
		t.AppendRow(row)
	}
	t.Render()
	if v.LeftOut > 0 {
		fmt.Fprintf(b, "%d more points are in the record\n", v.LeftOut)
	}
	summarizeBest(b, s)
	if words := explainedWords(s.PCAExplained); words != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(words))
	}
}

// summarizeBest writes the λ chosen on one half with its worth on the other.
func summarizeBest(b *bytes.Buffer, s *probe.ShiftResults) {
	rows := bestRows(s)
	if len(rows) == 0 {
		return
	}
	t := tableOf(b, "best for (on held-out items)", "λ", "at λ = 0", "at best λ", "items")
	for _, r := range rows {
		t.AppendRow([]any{r.Objective, r.Lambda, r.AtZero, r.Value, r.HeldOut})
	}
	t.Render()
}
