package report

import (
	"bytes"
	"fmt"

	"mindgap/probe/reproduce"
)

// summarizeReproduction writes a row an item, then every row that differs, and what would add the rest.
func summarizeReproduction(b *bytes.Buffer, r *reproduce.Results) {
	fmt.Fprintln(b, reproductionAnswer(r))
	header := []any{"item", "in the paper"}
	for _, v := range reproduce.Verdicts() {
		header = append(header, string(v))
	}
	t := tableOf(b, append(header, "seconds")...)
	for _, it := range r.Items {
		row := []any{it.ID, clean(it.Where)}
		for _, n := range verdictCounts(it.Counts) {
			row = append(row, n)
		}
		t.AppendRow(append(row, decimal(float64(it.Seconds), 1)))
	}
	t.Render()
	summarizeDiffering(b, r)
	if all := missing(r); len(all) > 0 {
		fmt.Fprintln(b, "\nwhat would add the rest:")
		for _, m := range all {
			fmt.Fprintf(b, "  %s: %s\n", m.What, m.Pass)
		}
	}
}

// summarizeDiffering writes the rows that differ: they are what a reader looks for first.
func summarizeDiffering(b *bytes.Buffer, r *reproduce.Results) {
	if r.Counts[reproduce.Differs] == 0 {
		return
	}
	t := tableOf(b, "differs", "paper", "here", "difference")
	for _, it := range r.Items {
		for _, row := range it.Rows {
			if row.Verdict == reproduce.Differs {
				t.AppendRow([]any{it.ID + ": " + clean(row.Quantity), stated(row), exact(float64(row.Here)), small(float64(row.Difference))})
			}
		}
	}
	t.Render()
}
