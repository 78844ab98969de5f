package report

import (
	"bytes"
	"fmt"

	"mindgap/probe"
)

// depthRows are the layers that the summary shows, where a network has them, beside its last.
var depthRows = []int{0, 1, 2, 5, 10, 25, 50}

// summarizeDepth writes the authors' mean cosine behind some layers, activation by activation.
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
	t := tableOf(b, header...)
	for _, c := range r.Curves {
		row := []any{clean(c.Activation)}
		for _, l := range layers {
			cell := "–"
			if l < len(c.Points) {
				cell = decimal(float64(c.Points[l].Mean), 3)
				if len(r.Seeds) > 1 {
					cell += " ± " + decimal(float64(c.Points[l].Std), 3)
				}
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	t.Render()
}
