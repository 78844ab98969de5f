package report

import "bytes"

// summarizeCones writes the pairwise cosines of every tower.
func summarizeCones(b *bytes.Buffer, rows []coneRow) {
	t := tableOf(b, "tower", "rows", "mean cosine", "std", "least", "greatest")
	for _, r := range rows {
		t.AppendRow([]any{r.Model + ", " + r.Tower + " on " + r.Inputs, r.N, r.Mean, r.Std, r.Min, r.Max})
	}
	t.Render()
}
