package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

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
)

// pageData is what the template shows: strings ready to read, in order.
type pageData struct {
	Style      template.CSS
	Title      string
	Subtitle   string
	Answer     string
	Warnings   []string
	Probed     []field
	Metrics    []metricRow
	Others     []metricRow
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
}

// renderPage returns the page as HTML.
func renderPage(rec *probe.Record, res *probe.ReportResults, plots []*drawn, o Options) ([]byte, error) {
	d := pageData{
		Style:      template.CSS(pageStyle), // a file of this package
		Title:      "Modality gap of " + subject(rec),
		Subtitle:   subtitle(rec),
		Answer:     answer(res),
		Probed:     probed(rec, res),
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
	for i, p := range plots {
		d.Figures = append(d.Figures, figureView{i + 1, p.plotter.Title(res), p.plotter.Caption(res), p.plotter.Name(),
			template.HTML(inlineSVG(p.svg))}) // made by vgsvg, which escapes all text
	}
	var b bytes.Buffer
	if err := page.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
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

// plural adds an s where n is not one.
func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
