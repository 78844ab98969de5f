package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"mindgap/probe"
)

// A Plotter draws one plot of the report. A new plot is one new file, a type with these methods, and a line in
// plotters, whose order is the order on the page.
type Plotter interface {
	// Name is the stem of the files that the plot is written to.
	Name() string
	// Title is a short name, without a full stop.
	Title(*probe.ReportResults) string
	// Caption says what to see, in full sentences.
	Caption(*probe.ReportResults) string
	// Applies reports whether the results hold what the plot needs; Draw is called only if they do.
	Applies(*probe.ReportResults) bool
	// Draw returns a fresh drawing, which is used once.
	Draw(*probe.ReportResults) (Drawing, Size)
	// Table returns the numbers that Draw draws, all of them where it draws some; called like Draw.
	Table(*probe.ReportResults) Table
}

// plotters holds every plot in the order of the page.
var plotters = []Plotter{
	mapPlot{},
	lossPlot{},
	accuracyPlot{},
	recallPlot{},
	cosinePlot{},
	dimensionsPlot{},
	variancePlot{},
	classesPlot{},
	confusionPlot{},
	comparePlot{},
}

// svgHead is the opening of an SVG file; the <svg> element has a title, a role and a view box.
func svgHead(s Size, title string) string {
	t := html.EscapeString(clean(title))
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s\">\n<title>%s</title>\n",
		s.Width.Points(), s.Height.Points(), t, t)
}

// svgStyle is a style attribute as vgsvg writes it, one line break within its tag included.
var svgStyle = regexp.MustCompile(`\s+style="([^"]*)"`)

// inlineSVG drops what an SVG inside an HTML page does not need: the namespace, and the title, which would show as a tooltip everywhere.
// It also turns style attributes into presentation attributes, which mean the same and which a strict content security policy allows.
func inlineSVG(file []byte) string {
	text := strings.Replace(string(file), ` xmlns="http://www.w3.org/2000/svg"`, "", 1)
	text = svgStyle.ReplaceAllStringFunc(text, func(attribute string) string {
		var b strings.Builder
		for declaration := range strings.SplitSeq(svgStyle.FindStringSubmatch(attribute)[1], ";") {
			if name, value, found := strings.Cut(declaration, ":"); found {
				fmt.Fprintf(&b, " %s=\"%s\"", name, value)
			}
		}
		return b.String()
	})
	before, rest, found := strings.Cut(text, "<title>")
	if !found {
		return text
	}
	_, after, _ := strings.Cut(rest, "</title>\n")
	return before + after
}
