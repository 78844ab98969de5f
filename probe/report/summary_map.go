package report

import (
	"bytes"
	"fmt"
	"math"

	"mindgap/probe"
)

// summarizeMap writes what the axes of a map show, and how far apart the centroids lie on it.
func summarizeMap(b *bytes.Buffer, r *probe.MapResults) {
	fmt.Fprintf(b, "%s %s of width %s\n", count(r.N), plural(r.N, "pair"), count(r.D))
	t := tableOf(b, "map", "axis 1", "axis 2", "gap", "centroids apart on the map")
	for _, m := range r.Maps {
		apart := math.NaN()
		if images, texts := finite(m.Images), finite(m.Texts); m.Method != probe.MapUMAP && len(images) > 0 && len(texts) > 0 {
			x, y := centroid(images), centroid(texts)
			apart = math.Hypot(x.X-y.X, x.Y-y.Y)
		}
		t.AppendRow([]any{clean(m.Method), mapAxis(m, 0), mapAxis(m, 1), number(float64(m.Gap)), number(apart)})
	}
	t.Render()
}
