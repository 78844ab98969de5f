package report

import (
	"bytes"
	"fmt"

	"mindgap/probe"
)

// depthRows are the layers that the summary shows, where a network has them, beside its last.
var depthRows = []int{0, 1, 2, 5, 10, 25, 50}

// summarizeDepth writes the authors' mean cosine behind some layers, activation by activation, and the share of variance from initialisation.
func summarizeDepth(b *bytes.Buffer, r *probe.DepthResults) {
	fmt.Fprintf(b, "random networks %s wide, %s inputs, %s; mean cosine over all pairs ± std over %d %s\n", count(r.Width), count(r.Batch), biasWords(r.Bias), len(r.Seeds),
		plural(len(r.Seeds), "seed"))
	header := []any{"activation"}
	var layers []int
	for _, l := range append(depthRows[:len(depthRows):len(depthRows)], r.Depth) {
		if l <= r.Depth && (len(layers) == 0 || l > layers[len(layers)-1]) {
			layers = append(layers, l)
			header = append(header, fmt.Sprintf("layer %d", l))
		}
	}
	table := func(cell func(p *probe.DepthPoint) string) {
		t := tableOf(b, header...)
		for _, c := range r.Curves {
			row := []any{clean(c.Activation)}
			for _, l := range layers {
				if l < len(c.Points) {
					row = append(row, cell(&c.Points[l]))
				} else {
					row = append(row, "–")
				}
			}
			t.AppendRow(row)
		}
		t.Render()
	}
	table(func(p *probe.DepthPoint) string {
		s := decimal(float64(p.Mean), 3)
		if len(r.Seeds) > 1 {
			s += " ± " + decimal(float64(p.Std), 3)
		}
		return s
	})
	if len(r.Seeds) < 2 {
		return
	}
	fmt.Fprint(b, "\nshare of the variance behind a layer that comes from initialisation")
	if len(r.Seeds) > 2 {
		fmt.Fprint(b, " ± standard error")
	}
	fmt.Fprintln(b)
	table(func(p *probe.DepthPoint) string {
		s := percent(float64(p.InitShare), 1)
		if len(r.Seeds) > 2 {
			s += " ± " + percent(float64(p.InitShareError), 1)
		}
		return s
	})
}
