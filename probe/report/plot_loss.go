package report

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"mindgap/probe"
)

// lossPanels bounds the small multiples of the loss landscape.
const lossPanels = 6

// lossPlot is the loss landscape: the contrastive loss against λ, a panel a scale. Losses of different scales differ in height and in
// curvature by orders of magnitude, so that one axis would flatten all but one; panels with axes of their own keep the true values.
type lossPlot struct{}

func (lossPlot) Name() string                      { return "loss-landscape" }
func (lossPlot) Title(*probe.ReportResults) string { return "Loss landscape" }

func (lossPlot) Caption(r *probe.ReportResults) string {
	kind := "Symmetric contrastive loss"
	if r.Shift.LossKind == "image_to_text" {
		kind = "Image-to-text contrastive loss"
	}
	return kind + " over all pairs while the clouds are shifted along the gap, a panel a logit scale (1/temperature), each with a loss axis " +
		"of its own. The vertical line and the dot are the model as it is; the diamond is the least loss of the sweep." + explainedWords(r.Shift.PCAExplained)
}

// explainedWords says what the leading principal components of the rows as they are explain, nothing where that is not known.
func explainedWords(shares []probe.Float) string {
	if len(shares) == 0 {
		return ""
	}
	words := make([]string, len(shares))
	for i, v := range shares {
		words[i] = percent(float64(v), 1)
	}
	return fmt.Sprintf(" Principal components of the rows as they are explain %s of their variance.", strings.Join(words, ", "))
}

func (lossPlot) Applies(r *probe.ReportResults) bool { return len(lossCurves(r)) > 0 }

// lossCurve is one scale's loss against λ.
type lossCurve struct {
	scale string
	xys   plotter.XYs
}

// lossCurves returns the curves to draw. Where there are more scales than panels, evenly chosen ones stay, the first and last among them.
func lossCurves(r *probe.ReportResults) []lossCurve {
	if r.Shift == nil {
		return nil
	}
	var curves []lossCurve
	for _, s := range scalesOf(r.Shift) {
		c := lossCurve{scale: scaleKey(s)}
		for _, pt := range r.Shift.Points {
			if v, ok := pt.Loss[c.scale]; ok {
				c.xys = defined(c.xys, float64(pt.Lambda), float64(v))
			}
		}
		if len(c.xys) > 1 {
			curves = append(curves, c)
		}
	}
	if n := len(curves); n > lossPanels {
		kept := make([]lossCurve, lossPanels)
		for i := range kept {
			kept[i] = curves[i*(n-1)/(lossPanels-1)]
		}
		curves = kept
	}
	return curves
}

func (lossPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	curves := lossCurves(r)
	cols := min(len(curves), 3)
	if len(curves) == 4 {
		cols = 2
	}
	rows := (len(curves) + cols - 1) / cols
	panels := make([][]*plot.Plot, rows)
	for i := range panels {
		panels[i] = make([]*plot.Plot, cols)
	}
	about := 4
	if cols == 1 {
		about = 9
	}
	for i, c := range curves {
		p := newPlot("", "")
		p.Title.Text = "scale " + c.scale
		p.Y.Tick.Marker = niceTicks{about: 4}
		p.X.Tick.Marker = lambdaTicks{r.Shift.Points, about}
		least := c.xys[0]
		for _, xy := range c.xys {
			if xy.Y < least.Y {
				least = xy
			}
		}
		p.Add(rules{}, guide{at: 0, vertical: true, color: guideColor, dashes: dashed})
		if l := curve(c.xys, inkColor, nil); l != nil {
			p.Add(l)
		}
		for _, xy := range c.xys {
			if xy.X == 0 {
				p.Add(marks{plotter.XYs{xy}, dotShape, inkColor, 3.5})
			}
		}
		p.Add(marks{plotter.XYs{least}, diamondShape, matchedColor, 4.5})
		pad(p, 0, 0.06)
		panels[i/cols][i%cols] = p
	}
	legend := []key{
		{label: "loss", shape: lineShape, color: inkColor},
		{label: "least of the sweep", shape: diamondShape, color: matchedColor},
		{label: "λ = 0, the model as it is", shape: dotShape, color: inkColor},
	}
	height := vg.Length(70 + 195*rows)
	if rows == 1 {
		height = 330
	}
	return shared{figure{legend: legend, panels: panels, areas: new([]area)}, lambdaLabel(r.Shift), "loss (nats)"}, Size{plotWidth, height}
}

// Table implements Plotter.
func (lossPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"lambda", "signed_distance"}}
	scales := scalesOf(r.Shift)
	for _, s := range scales {
		t.Columns = append(t.Columns, "loss@"+scaleKey(s))
	}
	for _, pt := range r.Shift.Points {
		row := []string{cell(float64(pt.Lambda)), cell(float64(pt.SignedDistance))}
		for _, s := range scales {
			loss := ""
			if v, ok := pt.Loss[scaleKey(s)]; ok {
				loss = cell(float64(v))
			}
			row = append(row, loss)
		}
		t.add(row...)
	}
	return t
}
