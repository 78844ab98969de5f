package report

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"mindgap/models/fault"
	"mindgap/probe"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// page is the parsed template. Every string of the record passes html/template's own escaping; clean goes before it where a name or a
// caption is shown.
var page = template.Must(template.New("page").Parse(pageTemplate))

// Limits of the lists on the page; the record holds all.
const (
	maxExamples   = 12
	maxClasses    = 10 // best, and as many worst
	maxLambdas    = 31
	maxTemplates  = 8
	maxThumbnail  = 256 << 10
	maxComparison = 30
	maxWarnings   = 8 // more stand folded, so that what was found stays in sight

	maxInlineTable = 256 << 10 // bytes of a figure's CSV that the page carries itself
)

// pageData is what the template shows: strings ready to read, in order.
type pageData struct {
	Policy     string
	Style      template.CSS
	Script     template.JS
	Record     template.JS // as JSON, like the next two
	Scene      template.JS
	Tables     template.JS
	Served     bool
	Title      string
	Subtitle   string
	Answer     string
	Warnings   []string
	Folded     []string // further warnings
	Probed     []field
	Metrics    []metricRow
	Others     []metricRow
	Explorer   *explorerView
	Figures    []figureView
	Best       []bestRow
	Sweep      *sweepView
	ZeroShot   *zeroShotView
	Examples   *examplesView
	Compare    *compareView
	Cones      []coneRow
	Provenance []field
	Command    string
	Version    string
}

// A field is a name and its values.
type field struct {
	Name   string
	Values []string
	Code   bool
}

type metricRow struct{ Label, Name, Value, Interval, Meaning string }

type figureView struct {
	Number         int
	Title, Caption string
	Name           string
	SVG            template.HTML
	Table          bool   // its numbers are among the tables of the page
	Axes           string // where its axes of λ are, for the script: "left right top bottom least greatest", apart by semicolons
}

// Page returns the page of rec, whose Results must be a *probe.ReportResults, as one HTML document that needs nothing else. With
// Options.Served it holds no scene and fetches one from the server that sent it.
func Page(ctx context.Context, rec *probe.Record, o Options) ([]byte, error) {
	res, ok := rec.Results.(*probe.ReportResults)
	if !ok || res == nil {
		return nil, notReport(rec, "draw page of", "a record")
	}
	plots := applicable(res)
	for _, d := range plots {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.renderSVG(res)(); err != nil {
			return nil, err
		}
	}
	b, err := renderPage(rec, res, plots, o)
	if err != nil {
		return nil, &fault.Error{Kind: fault.System, Op: "draw page of", Thing: "a record", Err: err, Next: "report this as a bug"}
	}
	return b, nil
}

// renderPage returns the page as HTML.
func renderPage(rec *probe.Record, res *probe.ReportResults, plots []*drawn, o Options) ([]byte, error) {
	d := pageData{
		Policy:     policy(o.Served),
		Style:      template.CSS(pageStyle), // a file of this package
		Script:     template.JS(pageScript), // files of this package
		Served:     o.Served,
		Title:      "Modality gap of " + subject(rec),
		Subtitle:   subtitle(rec),
		Answer:     answer(res),
		Probed:     probed(rec, res),
		Explorer:   explorer(res, o),
		Best:       bestRows(res.Shift),
		Sweep:      sweep(res.Shift),
		ZeroShot:   zeroShot(res.ZeroShot),
		Examples:   examples(res.Examples, o.Thumbnails),
		Compare:    compare(res.Compare),
		Cones:      cones(res),
		Provenance: provenance(rec),
		Command:    clean(o.Command),
		Version:    clean(rec.Mindgap),
	}
	for _, w := range rec.Warnings {
		d.Warnings = append(d.Warnings, clean(w))
	}
	if len(d.Warnings) > maxWarnings+1 { // one more takes no more room than the line that would fold it
		d.Warnings, d.Folded = d.Warnings[:maxWarnings], d.Warnings[maxWarnings:]
	}
	if m := res.Measure; m != nil {
		for _, k := range mainMetrics {
			if v, ok := m.Metrics[k.name]; ok {
				value, interval := k.shown(v)
				d.Metrics = append(d.Metrics, metricRow{k.label, k.name, value, interval, k.meaning})
			}
		}
		for _, name := range otherMetrics(m.Metrics) {
			v := m.Metrics[name]
			d.Others = append(d.Others, metricRow{Name: clean(name), Value: number(float64(v.Value)), Interval: span(v)})
		}
	}
	tables := map[string]string{}
	for i, p := range plots {
		view := figureView{Number: i + 1, Title: p.plotter.Title(res), Caption: p.plotter.Caption(res), Name: p.plotter.Name(), Axes: axesOf(p.areas),
			SVG: template.HTML(inlineSVG(p.svg))} // made by vgsvg, which escapes all text
		if csv := p.plotter.Table(res).CSV(); len(csv) <= maxInlineTable {
			tables[view.Name], view.Table = string(csv), true
		}
		d.Figures = append(d.Figures, view)
	}
	if err := d.embed(rec, res, tables, o); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// axesOf writes areas for the script.
func axesOf(areas []area) string {
	words := make([]string, len(areas))
	for i, a := range areas {
		words[i] = fmt.Sprintf("%.2f %.2f %.2f %.2f %g %g", a.left.Points(), a.right.Points(), a.top.Points(), a.bottom.Points(), a.min, a.max)
	}
	return strings.Join(words, "; ")
}

// subject names what was probed in a few words.
func subject(rec *probe.Record) string {
	switch in := rec.Inputs; {
	case in.Model != nil && in.Model.Name != "":
		return clean(in.Model.Name)
	case in.Model != nil:
		return clean(in.Model.Ref)
	case in.Embeddings != nil:
		return clean(in.Embeddings.Ref)
	}
	return "a model"
}

// subtitle says on what and when.
func subtitle(rec *probe.Record) string {
	s := rec.Created.UTC().Format("2 January 2006, 15:04 UTC")
	if d := rec.Inputs.Dataset; d != nil {
		s = fmt.Sprintf("on %s %s of %s · %s", count(d.Count), plural(d.Count, "item"), clean(d.Ref), s)
	}
	return s
}

// plural adds an s, or es after another s, where n is not one.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return noun
	case strings.HasSuffix(noun, "s"):
		return noun + "es"
	}
	return noun + "s"
}
