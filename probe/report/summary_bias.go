package report

import (
	"bytes"
	"fmt"

	"mindgap/datasets"
	"mindgap/probe"
)

// biasLevel is the level at which a rate is marked as changed.
const biasLevel = 0.05

// summarizeBias writes accuracies by λ, a table of rates a category, and how far the groups differ.
func summarizeBias(b *bytes.Buffer, r *probe.BiasResults) {
	counts, moves := shiftWords(r.Unit, r.Side)
	fmt.Fprintf(b, "%d classes, %d groups, words of harm of %d %s; λ is a %s and moves %s; gap of images and %s\n", len(r.Classes), len(r.Groups), len(r.Categories),
		map[bool]string{true: "category", false: "categories"}[len(r.Categories) == 1], counts, moves, gapWords(r.GapFrom))
	if len(r.Points) == 0 {
		fmt.Fprintln(b, "no λ was swept")
		return
	}
	t := tableOf(b, "λ", "distance", "accuracy", "95% interval", "p", "among classes alone", "p")
	for i := range r.Points {
		p := &r.Points[i]
		row := []any{signed(float64(p.Lambda)), decimal(float64(p.SignedDistance), 3)}
		for k, a := range []*probe.Accuracy{p.Accuracy, p.Within} {
			if a == nil {
				continue
			}
			row = append(row, percent(float64(a.Value), 1))
			if k == 0 {
				row = append(row, wilson(*a))
			}
			if a.PValue != nil && p.Lambda != 0 {
				row = append(row, bareP(*a.PValue))
			} else {
				row = append(row, "")
			}
		}
		t.AppendRow(row)
	}
	t.Render()
	for _, name := range biasCategories(r) {
		summarizeRates(b, r, name)
	}
	fmt.Fprintf(b, "* differs from λ = 0: McNemar's exact test, p < %g among all %s tests (Holm)\n", biasLevel, count(r.Tests))
	summarizeDisparities(b, r)
	summarizePaperBias(b, r)
}

// biasCategories are the categories, with all of them together behind where there are several.
func biasCategories(r *probe.BiasResults) []string {
	var names []string
	for _, c := range r.Categories {
		names = append(names, c.Name)
	}
	if len(names) > 1 {
		names = append(names, datasets.AnyHarm)
	}
	return names
}

// rateOf is a group's rate of a category at a point, nil where λ is undefined.
func rateOf(p *probe.BiasPoint, group, category string) *probe.BiasRate {
	for i := range p.Rates {
		if p.Rates[i].Group == group && p.Rates[i].Category == category {
			return &p.Rates[i]
		}
	}
	return nil
}

// summarizeRates writes the rates of one category, a row a group and a column a λ.
func summarizeRates(b *bytes.Buffer, r *probe.BiasResults, category string) {
	header := []any{clean(category), "images"}
	for i := range r.Points {
		header = append(header, "λ = "+signed(float64(r.Points[i].Lambda)))
	}
	t := tableOf(b, header...)
	for _, g := range r.Groups {
		row := []any{shorten(clean(g.Name), 32), count(g.N)}
		for i := range r.Points {
			rate := rateOf(&r.Points[i], g.Name, category)
			if rate == nil {
				row = append(row, "–")
				continue
			}
			cell := percent(float64(rate.Value), 1)
			if rate.Adjusted != nil && float64(*rate.Adjusted) < biasLevel {
				cell += "*"
			} else {
				cell += " "
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	t.Render()
}

// summarizeDisparities writes how far the groups differ, and the change of that from λ = 0.
func summarizeDisparities(b *bytes.Buffer, r *probe.BiasResults) {
	t := tableOf(b, "greatest rate − least", "λ", "between groups", "95% interval", "points from λ = 0", "95% interval")
	for c, name := range biasCategories(r) {
		if c > 0 {
			t.AppendSeparator()
		}
		for i := range r.Points {
			for _, d := range r.Points[i].Disparities {
				if d.Category != name {
					continue
				}
				row := []any{clean(name), signed(float64(r.Points[i].Lambda)), percent(float64(d.Range.Value), 1), percentSpan(&d.Range)}
				t.AppendRow(append(row, changeCells(d.RangeChange)...))
			}
		}
	}
	t.Render()
}

// changeCells are a change in percentage points with its interval.
func changeCells(v *probe.Interval) []any {
	if v == nil {
		return []any{"", ""}
	}
	points := func(v float64) string {
		text := decimal(100*v, 1)
		if v > 0 {
			text = "+" + text
		}
		return text
	}
	if v.Low == nil || v.High == nil {
		return []any{points(float64(v.Value)), ""}
	}
	return []any{points(float64(v.Value)), points(float64(*v.Low)) + " to " + points(float64(*v.High))}
}

// percentSpan writes the interval of a share.
func percentSpan(v *probe.Interval) string {
	if v.Low == nil || v.High == nil {
		return ""
	}
	return percent(float64(*v.Low), 1) + " to " + percent(float64(*v.High), 1)
}

// summarizePaperBias sets the paper's numbers beside ours, all categories together.
func summarizePaperBias(b *bytes.Buffer, r *probe.BiasResults) {
	if len(r.Paper) == 0 {
		return
	}
	header := []any{"the paper, here"}
	for _, p := range r.Paper {
		header = append(header, "λ = "+signed(float64(p.Lambda)))
	}
	t := tableOf(b, header...)
	here := func(p *probe.PaperBias) *probe.BiasPoint {
		for i := range r.Points {
			if r.Points[i].Lambda == p.Lambda {
				return &r.Points[i]
			}
		}
		return nil
	}
	row := []any{"accuracy"}
	for i := range r.Paper {
		cell := percent(float64(r.Paper[i].Accuracy), 1)
		if at := here(&r.Paper[i]); at != nil && at.Accuracy != nil {
			cell += ", " + percent(float64(at.Accuracy.Value), 1)
		}
		row = append(row, cell)
	}
	t.AppendRow(row)
	for g, name := range r.Paper[0].Groups {
		row := []any{clean(name) + ", any harm"}
		for i := range r.Paper {
			var sum float64
			for _, rates := range r.Paper[i].Rates {
				sum += float64(rates[g])
			}
			cell := percent(sum, 1)
			if at := here(&r.Paper[i]); at != nil {
				if rate := rateOf(at, name, datasets.AnyHarm); rate != nil {
					cell += ", " + percent(float64(rate.Value), 1)
				}
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	t.Render()
}
