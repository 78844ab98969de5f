package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"path/filepath"
	"strings"

	"mindgap/loaders/output"
	"mindgap/models/fault"
	"mindgap/probe"
)

// A recordPlotter draws the one plot of records of a kind that has no page. A new one is one new file, a type with these methods, and a line
// in recordPlotters.
type recordPlotter interface {
	// Name is the stem of the golden files.
	Name() string
	// Title is a short name, without a full stop.
	Title(results any) string
	// Caption says what to see, in full sentences.
	Caption(results any) string
	// Applies reports whether results are of the plotter's type and hold what it needs; the other methods are called only if they do.
	Applies(results any) bool
	// Draw returns a fresh drawing, which is used once.
	Draw(results any) (Drawing, Size)
}

// recordPlotters holds every plot of a record without a page.
var recordPlotters = []recordPlotter{
	spherePlot{},
	depthPlot{},
	conePlot{},
	correctPlot{},
	onPage{comparePlot{}, func(results any) *probe.ReportResults {
		if r, ok := results.(*probe.CompareResults); ok && r != nil {
			return &probe.ReportResults{Compare: r}
		}
		return nil
	}},
	onPage{lossPlot{}, func(results any) *probe.ReportResults {
		if r, ok := results.(*probe.ShiftResults); ok && r != nil {
			return &probe.ReportResults{Shift: r}
		}
		return nil
	}},
	initsPlot{},
	onPage{mapPlot{}, func(results any) *probe.ReportResults {
		if r, ok := results.(*probe.MapResults); ok && r != nil {
			return &probe.ReportResults{Maps: r.Maps}
		}
		return nil
	}},
	benchmarkPlot{},
	trainPlot{},
	biasPlot{},
}

// onPage is a plot of the page that also draws records of a kind of their own: page turns these into the part of a report's results that
// the plot reads, nil where they are of another kind.
type onPage struct {
	Plotter
	page func(results any) *probe.ReportResults
}

// Title implements recordPlotter.
func (p onPage) Title(results any) string { return p.Plotter.Title(p.page(results)) }

// Caption implements recordPlotter.
func (p onPage) Caption(results any) string { return p.Plotter.Caption(p.page(results)) }

// Applies implements recordPlotter.
func (p onPage) Applies(results any) bool {
	r := p.page(results)
	return r != nil && p.Plotter.Applies(r)
}

// Draw implements recordPlotter.
func (p onPage) Draw(results any) (Drawing, Size) { return p.Plotter.Draw(p.page(results)) }

// CheckPlot says, before the work, whether WritePlot knows the format of a file of that name.
func CheckPlot(path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".svg" && ext != ".png" {
		return &fault.Error{Kind: fault.Usage, Op: "plot to", Thing: path, Found: fmt.Sprintf("the extension %q", ext), Wanted: ".svg or .png",
			Next: "rename the file"}
	}
	return nil
}

// WritePlot draws rec's plot into the file path, an SVG with title and caption inside or a PNG 1,440 pixels wide, by its extension. The file
// is complete or not there. Records of a kind without a plot, and records with nothing to draw, are faults of kind fault.Input.
func WritePlot(path string, rec *probe.Record) error {
	if err := CheckPlot(path); err != nil {
		return err
	}
	for _, p := range recordPlotters {
		if !p.Applies(rec.Results) {
			continue
		}
		picture, err := drawRecord(p, rec.Results, strings.ToLower(filepath.Ext(path)) == ".png")
		if err != nil {
			return err
		}
		return output.WriteFile(path, func(w io.Writer) error { _, err := w.Write(picture); return err })
	}
	return &fault.Error{Kind: fault.Input, Op: "plot record of kind", Thing: fmt.Sprintf("%q", rec.Kind), Found: "nothing that can be drawn",
		Wanted: "results with at least two points a curve", Next: "widen the run, or leave --plot out"}
}

// drawRecord renders p, turning a panic of the drawing library on numbers nobody foresaw into a fault.
func drawRecord(p recordPlotter, results any, asPNG bool) (picture []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if err != nil {
			err = &fault.Error{Kind: fault.System, Op: "draw plot", Thing: p.Name(), Err: err, Next: "report this as a bug, with the record"}
		}
	}()
	drawing, size := p.Draw(results)
	if asPNG {
		return renderPNG(drawing, size, pngResolution)
	}
	svg, err := renderSVG(drawing, size, p.Title(results))
	// A caption travels with a picture that stands alone.
	caption := "</title>\n<desc>" + html.EscapeString(clean(p.Caption(results))) + "</desc>\n"
	return bytes.Replace(svg, []byte("</title>\n"), []byte(caption), 1), err
}
