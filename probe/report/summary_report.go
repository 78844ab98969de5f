package report

import (
	"bytes"

	"github.com/jedib0t/go-pretty/v6/text"

	"mindgap/probe"
)

// summaryMetrics are the metrics that the summary of a report shows; the page shows all.
var summaryMetrics = []string{"gap", "centroid_cosine", "rmg", "matched_cosine_mean", "unmatched_cosine_mean", "cosine_image_mean", "cosine_text_mean",
	"image_to_text_recall_at_1", "text_to_image_recall_at_1", "loss"}

// summarizeReport writes the answer, the main numbers, the best shifts, the accuracies and the compared models.
func summarizeReport(b *bytes.Buffer, rec *probe.Record, res *probe.ReportResults) {
	heading(b, rec)
	b.WriteString(text.WrapSoft(answer(res), 100) + "\n")
	if m := res.Measure; m != nil {
		few := map[string]probe.Interval{}
		for _, name := range summaryMetrics {
			if v, ok := m.Metrics[name]; ok {
				few[name] = v
			}
		}
		summarizeMeasure(b, &probe.MeasureResults{N: m.N, D: m.D, Metrics: few})
	}
	if res.Shift != nil {
		summarizeBest(b, res.Shift)
	}
	if z := res.ZeroShot; z != nil {
		summarizeScores(b, zeroShot(z))
	}
	if res.Compare != nil {
		summarizeTwins(b, res.Compare)
	}
}
