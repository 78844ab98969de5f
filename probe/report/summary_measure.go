package report

import (
	"bytes"
	"fmt"

	"mindgap/probe"
)

// summarizeMeasure writes the main metrics, then the others under their own names.
func summarizeMeasure(b *bytes.Buffer, m *probe.MeasureResults) {
	t := tableOf(b, "metric", "value", "95% interval")
	for _, k := range mainMetrics {
		if v, ok := m.Metrics[k.name]; ok {
			value, interval := k.shown(v)
			t.AppendRow([]any{k.name, value, interval})
		}
	}
	for _, name := range otherMetrics(m.Metrics) {
		v := m.Metrics[name]
		t.AppendRow([]any{clean(name), number(float64(v.Value)), span(v)})
	}
	t.Render()
	if p := m.Permutation; p != nil {
		verdict := "The gap is larger than chance"
		if !(p.PValue < significance) {
			verdict = "The gap is no larger than chance may explain"
		}
		fmt.Fprintf(b, "\n%s: permutation test over %s swaps of image and text, %s.\n", verdict, count(p.Swaps), pValue(float64(p.PValue)))
	}
}
