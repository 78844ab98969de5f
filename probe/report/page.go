package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

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
		Version:    rec.Mindgap,
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

type bestRow struct{ Objective, Lambda, AtZero, Value, HeldOut string }

// bestRows lists the λ chosen for every objective.
func bestRows(s *probe.ShiftResults) []bestRow {
	if s == nil {
		return nil
	}
	var rows []bestRow
	add := func(name, label string, show func(float64) string) {
		if b, ok := s.Best[name]; ok {
			rows = append(rows, bestRow{label, signed(float64(b.Lambda)), show(float64(b.AtZero)), show(float64(b.Value)), count(b.HeldOutOn)})
		}
	}
	share := func(v float64) string { return percent(v, 1) }
	add("accuracy", "zero-shot accuracy", share)
	add("accuracy_single", "zero-shot accuracy, first template", share)
	add("image_to_text_recall_at_1", "image to text, recall at 1", share)
	add("text_to_image_recall_at_1", "text to image, recall at 1", share)
	for _, scale := range scalesOf(s) {
		add("loss@"+scaleKey(scale), "loss at scale "+scaleKey(scale), number)
	}
	return rows
}

type sweepView struct {
	Unit, Side string
	Scales     []string
	Accuracy   bool
	Single     bool
	Rows       []sweepRow
	LeftOut    int
}

type sweepRow struct {
	Lambda, Distance                       string
	Losses                                 []string
	ImageToText, TextToImage               string
	Accuracy, Interval, PValue, SingleRate string
	Zero                                   bool
}

// sweep lists the points of the sweep: all, or evenly chosen ones with λ = 0 and every best λ among them.
func sweep(s *probe.ShiftResults) *sweepView {
	if s == nil || len(s.Points) == 0 {
		return nil
	}
	v := &sweepView{Unit: "fraction of the gap", Side: "both sides by half of it"}
	if s.Unit == "distance" {
		v.Unit = "distance along the gap"
	}
	if s.Side == "image" || s.Side == "text" {
		v.Side = "the " + s.Side + " side alone by all of it"
	}
	for _, scale := range scalesOf(s) {
		v.Scales = append(v.Scales, scaleKey(scale))
	}
	for _, pt := range s.Points {
		v.Accuracy = v.Accuracy || pt.Accuracy != nil
		v.Single = v.Single || pt.AccuracySingle != nil
	}
	stride := (len(s.Points) + maxLambdas - 1) / maxLambdas
	for i, pt := range s.Points {
		special := pt.Lambda == 0
		for _, b := range s.Best {
			special = special || b.Lambda == pt.Lambda
		}
		if i%stride != 0 && !special && i != len(s.Points)-1 {
			v.LeftOut++
			continue
		}
		row := sweepRow{Lambda: signed(float64(pt.Lambda)), Distance: decimal(float64(pt.SignedDistance), 3), Zero: pt.Lambda == 0,
			ImageToText: percent(float64(pt.ImageToTextRecall1), 1), TextToImage: percent(float64(pt.TextToImageRecall1), 1)}
		for _, scale := range v.Scales {
			loss, ok := pt.Loss[scale]
			if !ok {
				row.Losses = append(row.Losses, "–")
				continue
			}
			row.Losses = append(row.Losses, decimal(float64(loss), 3))
		}
		if a := pt.Accuracy; a != nil {
			row.Accuracy, row.Interval = percent(float64(a.Value), 1), percent(float64(a.Low), 1)+" to "+percent(float64(a.High), 1)
			if a.PValue != nil && pt.Lambda != 0 {
				row.PValue = strings.TrimPrefix(strings.TrimPrefix(pValue(float64(*a.PValue)), "p "), "= ")
			}
		}
		if a := pt.AccuracySingle; a != nil {
			row.SingleRate = percent(float64(a.Value), 1)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

type zeroShotView struct {
	Rows        []metricRow
	Best, Worst []classRow
	Classes     int
	Templates   int
}

type classRow struct{ Class, Recall, Count string }

// zeroShot shows accuracies and the classes at both ends.
func zeroShot(z *probe.ZeroShotResults) *zeroShotView {
	if z == nil {
		return nil
	}
	v := &zeroShotView{Classes: len(z.PerClass), Templates: len(z.Templates)}
	add := func(label string, a probe.Accuracy) {
		v.Rows = append(v.Rows, metricRow{Label: label, Value: percent(float64(a.Value), 1), Interval: percent(float64(a.Low), 1) + " to " + percent(float64(a.High), 1),
			Meaning: fmt.Sprintf("%s of %s right", count(a.Correct), count(a.N))})
	}
	add(fmt.Sprintf("Top-1, ensemble of %d %s", len(z.Templates), plural(len(z.Templates), "template")), z.Accuracy)
	if z.Single.N > 0 {
		add("Top-1, first template alone", z.Single)
	}
	if m, ok := z.Metrics["acc5"]; ok {
		v.Rows = append(v.Rows, metricRow{Label: "Top-5, ensemble", Value: percent(float64(m), 1), Meaning: "the right class among the five likeliest"})
	}
	if m, ok := z.Metrics["mean_per_class_recall"]; ok {
		v.Rows = append(v.Rows, metricRow{Label: "Mean recall of classes", Value: percent(float64(m), 1), Meaning: "every class counts the same, however many items it has"})
	}
	classes := slices.DeleteFunc(slices.Clone(z.PerClass), func(c probe.PerClass) bool { return c.N == 0 })
	slices.SortStableFunc(classes, func(a, b probe.PerClass) int {
		// Of classes with the same recall, the one with more items says more.
		if c := compareFloat(float64(b.Recall), float64(a.Recall)); c != 0 {
			return c
		}
		return b.N - a.N
	})
	row := func(c probe.PerClass) classRow {
		return classRow{clean(c.Class), percent(float64(c.Recall), 0), fmt.Sprintf("%s of %s", count(c.Correct), count(c.N))}
	}
	n := min(maxClasses, (len(classes)+1)/2)
	for _, c := range classes[:n] {
		v.Best = append(v.Best, row(c))
	}
	worst := classes[n:]
	slices.SortStableFunc(worst, func(a, b probe.PerClass) int {
		if c := compareFloat(float64(a.Recall), float64(b.Recall)); c != 0 {
			return c
		}
		return b.N - a.N
	})
	for _, c := range worst[:min(maxClasses, len(worst))] {
		v.Worst = append(v.Worst, row(c))
	}
	return v
}

// compareFloat orders a and b; undefined values are equal to all.
func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

type examplesView struct {
	Lambda string
	Lists  []exampleList
}

type exampleList struct {
	Title string
	Items []exampleView
	More  int
}

type exampleView struct {
	ID, Caption, Label, Before, After string
	Image                             template.URL
}

// examples shows the items whose prediction the shift changes.
func examples(e *probe.Examples, thumbnails map[string][]byte) *examplesView {
	if e == nil || len(e.Gained)+len(e.Lost) == 0 {
		return nil
	}
	v := &examplesView{Lambda: signed(float64(e.Lambda))}
	add := func(title string, all []probe.Example) {
		list := exampleList{Title: title}
		for _, x := range all[:min(maxExamples, len(all))] {
			list.Items = append(list.Items, exampleView{clean(x.ID), ellipsis(clean(x.Caption), 140), clean(x.Label), clean(x.Before), clean(x.After),
				dataURL(thumbnails[x.ID])})
		}
		list.More = len(all) - len(list.Items)
		if len(list.Items) > 0 {
			v.Lists = append(v.Lists, list)
		}
	}
	add("Gained: wrong before, right after", e.Gained)
	add("Lost: right before, wrong after", e.Lost)
	return v
}

// dataURL returns a PNG file as a URL that holds it, or "" if b is no PNG or too large for a thumbnail.
func dataURL(b []byte) template.URL {
	if !bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) || len(b) > maxThumbnail {
		return ""
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b)) // base64 cannot end the attribute
}
