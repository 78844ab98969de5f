package report

import (
	"bytes"
	"fmt"
	"math"

	"mindgap/probe"
)

// summarizeBenchmark writes the best λ of each set, what it is worth on items that did not choose it, and the paper's numbers.
func summarizeBenchmark(b *bytes.Buffer, rec *probe.Record, r *probe.BenchmarkResults) {
	counts, moves := shiftWords(r.Unit, r.Side)
	fmt.Fprintf(b, "%s, %s λ beside 0: λ is a %s and moves %s; gap of images and %s\n", subject(rec), count(r.Tried), counts, moves, gapWords(r.GapFrom))
	if len(r.Sets) == 0 {
		fmt.Fprintln(b, "no data set was scored")
		return
	}
	t := tableOf(b, "all items", "items", "at λ = 0", "95% interval", "best λ", "gap", "at best λ", "95% interval", "p", fmt.Sprintf("p, %s tried", count(r.Tried)))
	for i := range r.Sets {
		s := &r.Sets[i]
		row := []any{setLabel(s), count(s.AtZero.N), scoreValue(s, s.AtZero.Value, 1), scoreSpan(s, s.AtZero)}
		if best := s.Best; best != nil {
			row = append(row, signed(float64(best.Lambda)), best.Gap, scoreValue(s, best.Value, 1), scoreSpan(s, best.Score), bareP(best.PValue), bareP(best.Adjusted))
		}
		t.AppendRow(row)
	}
	t.Render()
	summarizeChosen(b, r)
	summarizePaper(b, r)
}

// summarizeChosen writes the λ chosen on one half and read on the other, and the same both ways round.
func summarizeChosen(b *bytes.Buffer, r *probe.BenchmarkResults) {
	t := tableOf(b, "chosen on half, read on the other", "items", "λ", "at λ = 0", "at λ", "p", "both ways: λ", "at λ = 0", "at λ", "p")
	some := false
	for i := range r.Sets {
		s := &r.Sets[i]
		h, c := s.HeldOut, s.CrossFit
		if h == nil || c == nil {
			continue
		}
		some = true
		t.AppendRow([]any{setLabel(s), count(h.HeldOutOn), signed(float64(h.Lambda)), scoreValue(s, h.AtZero.Value, 1), scoreValue(s, h.Value.Value, 1), bareP(h.PValue),
			signed(float64(c.Lambdas[0])) + ", " + signed(float64(c.Lambdas[1])), scoreValue(s, c.AtZero.Value, 1), scoreValue(s, c.Value.Value, 1), bareP(c.PValue)})
	}
	if some {
		t.Render()
	}
}

// summarizePaper sets Table 1 of the paper beside the same numbers here.
func summarizePaper(b *bytes.Buffer, r *probe.BenchmarkResults) {
	t := tableOf(b, "Table 1 of the paper", "at λ = 0", "here", "best λ", "here", "gap", "here")
	some := false
	for i := range r.Sets {
		s := &r.Sets[i]
		if s.Paper == nil || s.Best == nil {
			continue
		}
		some = true
		t.AppendRow([]any{setLabel(s), scoreValue(s, s.Paper.AtZero, 2), scoreValue(s, s.AtZero.Value, 2), scoreValue(s, s.Paper.Best, 2), scoreValue(s, s.Best.Value, 2),
			s.Paper.Gap, s.Best.Gap})
	}
	if some {
		t.Render()
	}
}

// gapWords says what a gap vector was fitted on, beside images.
func gapWords(from string) string {
	switch from {
	case probe.GapOfClasses:
		return "class embeddings"
	case probe.GapOfPairs:
		return "their texts"
	}
	return "texts in " + clean(from)
}

// setLabel names a set and what is scored.
func setLabel(s *probe.BenchmarkSet) string {
	label := shorten(clean(s.Dataset.Ref), 32)
	if s.Dataset.Target != "" {
		label += " " + clean(s.Dataset.Target)
	}
	if s.Metric == "auroc" {
		label += " (AUROC)"
	}
	return label
}

// scoreValue writes an accuracy as a percentage, and an area as the field does.
func scoreValue(s *probe.BenchmarkSet, v probe.Float, decimals int) string {
	if s.Metric == "auroc" {
		return decimal(float64(v), decimals+2)
	}
	return percent(float64(v), decimals)
}

// scoreSpan writes the interval of a score.
func scoreSpan(s *probe.BenchmarkSet, v probe.Score) string {
	if math.IsNaN(float64(v.Low) + float64(v.High)) {
		return ""
	}
	return scoreValue(s, v.Low, 1) + " to " + scoreValue(s, v.High, 1)
}

// bareP writes p in a column that says what it is.
func bareP(p probe.Float) string {
	switch v := float64(p); {
	case math.IsNaN(v):
		return "–"
	case v < 0.001:
		return "< 0.001"
	default:
		return decimal(v, 3)
	}
}
