package report

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// cosinePlot sets the four kinds of cosine on one axis: within each cloud, and across, matched and not.
type cosinePlot struct{}

func (cosinePlot) Name() string                      { return "cosines" }
func (cosinePlot) Title(*probe.ReportResults) string { return "Cosines within and across the clouds" }

func (cosinePlot) Caption(*probe.ReportResults) string {
	return "How often each cosine occurs, as a density (each outline has area 1), over the same bins of [−1, 1]. Clouds in narrow cones have " +
		"cosines far above 0 within a side; the gap keeps those across, even of matched pairs, below them."
}

func (cosinePlot) Applies(r *probe.ReportResults) bool { return len(histograms(r)) > 0 }

// histogram is one outline of the plot.
type histogram struct {
	key
	counts []int64
}

// histograms returns those with any counts.
func histograms(r *probe.ReportResults) []histogram {
	all := []histogram{
		{key{label: "image–image", color: imageColor}, coneCounts(r, "image")},
		{key{label: "text–text", color: textColor, dashes: []vg.Length{9, 3}}, coneCounts(r, "text")},
		{key{label: "image–text, matched", color: matchedColor, dashes: []vg.Length{2.5, 2.5}}, r.Matched},
		{key{label: "image–text, unmatched", color: unmatchedColor, dashes: []vg.Length{9, 3, 2.5, 3}}, r.Unmatched},
	}
	var some []histogram
	for _, h := range all {
		if total(h.counts) > 0 {
			h.shape = lineShape
			some = append(some, h)
		}
	}
	return some
}

// coneCounts returns the histogram of a tower on the data.
func coneCounts(r *probe.ReportResults, tower string) []int64 {
	if r.Cone == nil {
		return nil
	}
	for _, c := range r.Cone.Cones {
		if c.Tower == tower && c.Inputs != "noise" {
			return c.Histogram
		}
	}
	return nil
}

// total is the number of counted cosines.
func total(counts []int64) (n int64) {
	for _, c := range counts {
		n += max(0, c)
	}
	return n
}

func (cosinePlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	p := newPlot("cosine", "density")
	p.Y.Tick.Marker = niceTicks{about: 5}
	p.X.Tick.Marker = niceTicks{about: 8}
	p.Add(rules{})
	var legend []key
	low, high := 1.0, -1.0
	for _, h := range histograms(r) {
		outline := steps(h.counts)
		low, high = min(low, outline[0].X), max(high, outline[len(outline)-1].X)
		addOutline(p, outline, h.key)
		legend = append(legend, h.key)
	}
	if low < 0 && high > 0 {
		p.Add(guide{at: 0, vertical: true, color: color.NRGBA{0xCC, 0xCC, 0xCC, 0xFF}})
	}
	p.X.Min, p.X.Max = max(-1, low-0.02), min(1, high+0.02)
	p.Y.Min, p.Y.Max = 0, 1.04*p.Y.Max
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}}, Size{plotWidth, 400}
}

// addOutline adds the outline of a histogram, filled faintly.
func addOutline(p *plot.Plot, outline plotter.XYs, k key) {
	if poly, err := plotter.NewPolygon(outline); err == nil {
		poly.Color, poly.LineStyle.Width = faded(k.color, 0.10), 0
		p.Add(poly)
	}
	if l := curve(outline, k.color, k.dashes); l != nil {
		l.Width = 1.7
		p.Add(l)
	}
}

// steps returns the outline of a histogram over [-1, 1] as a density, from the first bin that is not empty to the last.
func steps(counts []int64) plotter.XYs {
	first, last := 0, len(counts)-1
	for counts[first] <= 0 {
		first++
	}
	for counts[last] <= 0 {
		last--
	}
	width := 2 / float64(len(counts))
	edge := func(i int) float64 { return math.Round((-1+width*float64(i))*1e9) / 1e9 }
	area := float64(total(counts)) * width
	outline := plotter.XYs{{X: edge(first), Y: 0}}
	for i := first; i <= last; i++ {
		y := float64(max(0, counts[i])) / area
		outline = append(outline, plotter.XY{X: edge(i), Y: y}, plotter.XY{X: edge(i + 1), Y: y})
	}
	return append(outline, plotter.XY{X: edge(last + 1), Y: 0})
}

// Table implements Plotter.
func (cosinePlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"low", "high"}}
	kinds, bins := histograms(r), 0
	for _, h := range kinds {
		t.Columns = append(t.Columns, h.label)
		bins = max(bins, len(h.counts))
	}
	for i := range bins {
		edge := func(i int) string { return cell(math.Round((-1+2*float64(i)/float64(bins))*1e9) / 1e9) }
		row := []string{edge(i), edge(i + 1)}
		for _, h := range kinds {
			n := ""
			if len(h.counts) == bins { // histograms of another number of bins have none of these edges
				n = strconv.FormatInt(h.counts[i], 10)
			}
			row = append(row, n)
		}
		t.add(row...)
	}
	return t
}
