package report

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"mindgap/probe"
)

// summarizeSphere writes where each scale's loss is least, matching by matching.
func summarizeSphere(b *bytes.Buffer, r *probe.SphereResults) {
	fmt.Fprintf(b, "%s pairs on a sphere in %d dimensions; where mismatched, %s of the texts are\n", count(r.Pairs), r.Dim, percent(float64(r.Mismatch), 0))
	position, decimals := "angle of least loss", 0
	if r.Position == "height" {
		position, decimals = "height of least loss", 3
	}
	header := []any{"pairs", "scale", position, "gap there", "least loss"}
	middle := slices.ContainsFunc(r.Cases, func(c probe.SphereCase) bool {
		return slices.ContainsFunc(c.Points, func(p probe.SpherePoint) bool { return p.Position == 0 })
	})
	if middle { // the authors' heights leave it out
		header = append(header, "loss at no gap")
	}
	t := tableOf(b, header...)
	for _, c := range r.Cases {
		label, _, _ := sphereStyle(c.Name)
		for _, s := range r.Scales {
			key := scaleKey(s)
			least, ok := c.Least[key]
			if !ok {
				continue
			}
			zero := "–"
			for _, p := range c.Points {
				if p.Position == 0 {
					zero = decimal(float64(p.Loss[key]), 4)
				}
			}
			at := decimal(float64(least.Position), decimals)
			if v := float64(least.Position); r.Position == "angle" && v != math.Trunc(v) {
				at = decimal(v, 1)
			}
			if least.Position != 0 {
				at = "±" + at
			}
			if r.Position == "angle" {
				at += "°"
			}
			row := []any{label, key, at, decimal(float64(least.Distance), 3), decimal(float64(least.Loss), 4)}
			if middle {
				row = append(row, zero)
			}
			t.AppendRow(row)
		}
	}
	t.Render()
}
