package report

import (
	"image/color"

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
		"the images for each text."
}

func (recallPlot) Applies(r *probe.ReportResults) bool {
	return r.Shift != nil && (len(recallCurve(r, imageToText)) > 1 || len(recallCurve(r, textToImage)) > 1)
}

// imageToText and textToImage choose one of a point's two recalls.
func imageToText(p *probe.ShiftPoint) probe.Float { return p.ImageToTextRecall1 }
func textToImage(p *probe.ShiftPoint) probe.Float { return p.TextToImageRecall1 }

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
	add := func(label string, xys plotter.XYs, c color.NRGBA, k key) {
		k.label, k.shape, k.color = label, lineShape, c
		if l := curve(xys, c, k.dashes); l != nil {
			p.Add(l)
			legend = append(legend, k)
		}
	}
	add("image to text", recallCurve(r, imageToText), imageColor, key{})
	add("text to image", recallCurve(r, textToImage), textColor, key{dashes: dashed})
	legend = append(legend, key{label: "λ = 0, the model as it is", shape: lineShape, color: guideColor, dashes: dashed})
	pad(p, 0, 0.05)
	return figure{legend: legend, panels: [][]*plot.Plot{{p}}, areas: new([]area)}, Size{plotWidth, 370}
}

// Table implements Plotter.
func (recallPlot) Table(r *probe.ReportResults) Table {
	t := Table{Columns: []string{"lambda", "image_to_text_recall_at_1", "text_to_image_recall_at_1"}}
	for _, pt := range r.Shift.Points {
		t.add(cell(float64(pt.Lambda)), cell(float64(pt.ImageToTextRecall1)), cell(float64(pt.TextToImageRecall1)))
	}
	return t
}
