package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"mindgap/probe"
)

// recallPlot is retrieval recall at 1 against λ, in both directions.
type recallPlot struct{}

func (recallPlot) Name() string                      { return "recall" }
func (recallPlot) Title(*probe.ReportResults) string { return "Retrieval under the shift" }

func (recallPlot) Caption(*probe.ReportResults) string {
	return "Share of queries whose own partner comes first among all candidates. Image to text ranks the texts for each image, text to image " +
		"the images for each text. Bands are Wilson 95% intervals over the queries: they say how well each share is known, not whether two differ."
}

func (recallPlot) Applies(r *probe.ReportResults) bool {
	return r.Shift != nil && (len(recallCurve(r, imageToText)) > 1 || len(recallCurve(r, textToImage)) > 1)
}

// imageToText and textToImage choose one of a point's two recalls.
func imageToText(p *probe.ShiftPoint) probe.Float { return p.ImageToTextRecall1 }
func textToImage(p *probe.ShiftPoint) probe.Float { return p.TextToImageRecall1 }

// imageToTextInterval and textToImageInterval choose the interval of one of them.
func imageToTextInterval(p *probe.ShiftPoint) *[2]probe.Float { return p.ImageToTextInterval }
func textToImageInterval(p *probe.ShiftPoint) *[2]probe.Float { return p.TextToImageInterval }

// recallBand returns the area of the intervals over λ, nil where there are none.
func recallBand(r *probe.ReportResults, of func(*probe.ShiftPoint) *[2]probe.Float, fill color.NRGBA) *plotter.Polygon {
	var upper, lower plotter.XYs
	for i := range r.Shift.Points {
		pt := &r.Shift.Points[i]
		if v := of(pt); v != nil {
			lower, upper = defined(lower, float64(pt.Lambda), float64(v[0])), defined(upper, float64(pt.Lambda), float64(v[1]))
		}
	}
	return band(upper, lower, fill)
}

// recallCurve returns recall over λ.
func recallCurve(r *probe.ReportResults, of func(*probe.ShiftPoint) probe.Float) plotter.XYs {
	var xys plotter.XYs
	for i := range r.Shift.Points {
		pt := &r.Shift.Points[i]
		xys = defined(xys, float64(pt.Lambda), float64(of(pt)))
	}
	return xys
}

func (recallPlot) Draw(r *probe.ReportResults) (Drawing, Size) {
	p := newPlot(lambdaLabel(r.Shift), "recall at 1")
	p.X.Tick.Marker = lambdaTicks{r.Shift.Points, 9}
	p.Y.Tick.Marker = niceTicks{about: 5, percent: true}
	p.Add(rules{}, guide{at: 0, vertical: true, color: guideColor, dashes: dashed})
	var legend []key
	add := func(label string, xys plotter.XYs, within func(*probe.ShiftPoint) *[2]probe.Float, c color.NRGBA, k key) {
		k.label, k.shape, k.color = label, lineShape, c
		if b := recallBand(r, within, faded(c, 0.15)); b != nil {
			p.Add(b)
		}
		if l := curve(xys, c, k.dashes); l != nil {
			p.Add(l)
			legend = append(legend, k)
		}
	}
	add("image to text", recallCurve(r, imageToText), imageToTextInterval, imageColor, key{})
	add("text to image", recallCurve(r, textToImage), textToImageInterval, textColor, key{dashes: dashed})
	legend = append(legend, key{label: "λ = 0, the model as it is", shape: lineShape, color: guideColor, dashes: dashed})
	pad(p, 0, 0.05)
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}, areas: new([]area)}, Size{plotWidth, 370}
}

// Table implements Plotter.
func (recallPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"lambda", "image_to_text_recall_at_1", "image_to_text_low", "image_to_text_high", "text_to_image_recall_at_1",
		"text_to_image_low", "text_to_image_high"}}
	nan := probe.Float(math.NaN())
	for _, pt := range r.Shift.Points {
		within := func(v *[2]probe.Float) [2]probe.Float {
			if v == nil {
				return [2]probe.Float{nan, nan}
			}
			return *v
		}
		a, b := within(pt.ImageToTextInterval), within(pt.TextToImageInterval)
		t.add(cell(float64(pt.Lambda)), cell(float64(pt.ImageToTextRecall1)), cell(float64(a[0])), cell(float64(a[1])),
			cell(float64(pt.TextToImageRecall1)), cell(float64(b[0])), cell(float64(b[1])))
	}
	return t
}
