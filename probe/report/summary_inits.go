package report

import (
	"bytes"
	"fmt"

	"mindgap/probe"
)

// summarizeInits writes how the cones of random initialisations lie to each other, tower by tower.
func summarizeInits(b *bytes.Buffer, r *probe.InitsResults) {
	fmt.Fprintf(b, "%s, %d random initialisations on the same inputs (%s)\n", clean(r.Model), len(r.Runs), clean(r.Inputs))
	header := []any{"mean cosine ± std"}
	for _, t := range r.Towers {
		header = append(header, clean(t.Tower))
	}
	t := tableOf(b, header...)
	row := func(name string, cell func(probe.InitsTower) string) {
		cells := []any{name}
		for _, tower := range r.Towers {
			cells = append(cells, cell(tower))
		}
		t.AppendRow(cells)
	}
	row("within one initialisation", func(t probe.InitsTower) string { return plusMinus(t.Within) })
	row("the paper's, random", func(t probe.InitsTower) string {
		if t.Paper == nil {
			return "–"
		}
		return decimal(float64(t.Paper.Value), 3) + " (" + clean(t.Paper.Of) + ")"
	})
	row("between two, same input", func(t probe.InitsTower) string { return plusMinus(t.SameInput) })
	row("between two, different inputs", func(t probe.InitsTower) string { return plusMinus(t.DifferentInputs) })
	row("variance from initialisation", func(t probe.InitsTower) string { return percent(float64(t.InitShare), 1) })
	row("large singular values", func(t probe.InitsTower) string { return fmt.Sprintf("%d for %d cones", t.Singular.Large, len(r.Runs)) })
	row("where they end", func(t probe.InitsTower) string {
		s := t.Singular
		if s.Large < 1 || s.Large >= len(s.Values) {
			return "–"
		}
		return decimal(float64(s.Values[s.Large-1]), 2) + ", then " + decimal(float64(s.Values[s.Large]), 2)
	})
	row("inputs", func(t probe.InitsTower) string { return count(t.N) })
	t.Render()
	if r.Gap != nil {
		fmt.Fprintf(b, "\ngap between images and texts: %s over %d seeds (%s to %s)\n", plusMinus(*r.Gap), r.Gap.N, decimal(float64(r.Gap.Min), 3), decimal(float64(r.Gap.Max), 3))
	}
}

// plusMinus writes a mean with its standard deviation.
func plusMinus(s probe.InitsSpread) string {
	text := decimal(float64(s.Mean), 3)
	if s.N > 1 {
		text += " ± " + decimal(float64(s.Std), 3)
	}
	return text
}
