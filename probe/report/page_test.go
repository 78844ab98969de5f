package report

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"image"
	"image/png"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mindgap/models/fault"
	"mindgap/probe"
)

// pageOf renders the page of rec with all plots that apply.
func pageOf(t testing.TB, rec *probe.Record, o Options) []byte {
	t.Helper()
	res := rec.Results.(*probe.ReportResults)
	var plots []*drawn
	for _, p := range plotters {
		if p.Applies(res) {
			plots = append(plots, &drawn{plotter: p, svg: svgOf(t, p, res)})
		}
	}
	b, err := renderPage(rec, res, plots, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// thumbnail is a small PNG file.
func thumbnail(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// loading are the attributes whose value a browser fetches or runs.
var loading = map[string]bool{"src": true, "href": true, "srcset": true, "poster": true, "data": true, "action": true, "formaction": true,
	"background": true, "cite": true, "ping": true, "manifest": true, "xlink:href": true}

// allowed are the elements of the page; everything else in it, a script above all, would be a leak.
var allowed = map[string]bool{"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "header": true, "main": true,
	"footer": true, "section": true, "h1": true, "h2": true, "h3": true, "p": true, "b": true, "bdi": true, "code": true, "pre": true, "ul": true,
	"li": true, "dl": true, "dt": true, "dd": true, "div": true, "table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true,
	"figure": true, "figcaption": true, "img": true, "svg": true, "g": true, "path": true, "text": true, "span": true, "button": true, "label": true,
	"select": true, "input": true, "output": true, "canvas": true, "aside": true, "caption": true, "datalist": true, "option": true, "noscript": true, "details": true, "summary": true}

// scriptElement is an element of a script or of data, whose text no markup may interrupt.
var scriptElement = regexp.MustCompile(`(?s)<script( type="application/json" id="([a-z]+)")?>(.*?)</script>`)

// checkScripts takes the scripts off a page: data that parses as JSON and holds nothing that markup could begin with, and the one script that
// the policy names.
func checkScripts(t *testing.T, b []byte) []byte {
	t.Helper()
	scripts := 0
	for _, m := range scriptElement.FindAllSubmatch(b, -1) {
		if len(m[1]) == 0 {
			if scripts++; string(m[3]) != pageScript {
				t.Error("the script of the page is not the one that its policy names")
			}
			continue
		}
		if !json.Valid(m[3]) {
			t.Errorf("the data %s is no JSON", m[2])
		}
		if bytes.ContainsAny(m[3], "<>&\u2028\u2029") {
			t.Errorf("the data %s holds a character that could end it", m[2])
		}
	}
	if scripts != 1 {
		t.Errorf("the page has %d scripts, want 1", scripts)
	}
	return scriptElement.ReplaceAll(b, nil)
}

// checkPage walks every element and attribute of a page and fails on one that could load, run or send anything.
func checkPage(t *testing.T, b []byte) {
	t.Helper()
	b = checkScripts(t, b)
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "img", "input"}, xml.HTMLEntity
	depth := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the page does not parse: %v", err)
		}
		switch token := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			name := strings.ToLower(token.Name.Local)
			if !allowed[name] {
				t.Errorf("element <%s>", name)
			}
			for _, a := range token.Attr {
				key, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
				if strings.HasPrefix(key, "on") || key == "style" {
					t.Errorf("<%s %s=%q> would run", name, key, a.Value)
				}
				if loading[key] && !strings.HasPrefix(value, "data:image/png;base64,") && !strings.HasPrefix(value, "#") {
					t.Errorf("<%s %s=%q> would load", name, key, a.Value)
				}
				if key != "title" && key != "alt" && key != "aria-label" && (strings.Contains(value, "http:") || strings.Contains(value, "https:") || strings.Contains(value, "url(")) {
					t.Errorf("<%s %s=%q> names a place", name, key, a.Value)
				}
			}
		}
	}
	if depth != 0 {
		t.Errorf("%d elements are left open", depth)
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllSubmatch(b, -1)
	if len(style) != 1 || string(style[0][1]) != pageStyle || bytes.Contains(style[0][1], []byte("url(")) || bytes.Contains(style[0][1], []byte("@import")) {
		t.Error("the page needs exactly one style sheet, the one that its policy names, which loads nothing")
	}
	meta := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindSubmatch(b)
	if meta == nil {
		t.Fatal("the page lacks its content security policy")
	}
	want := "default-src 'none'; script-src " + hashOf(pageScript) + "; style-src " + hashOf(pageStyle) + "; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
	if got := html.UnescapeString(string(meta[1])); got != want {
		t.Errorf("the policy is %s, want %s", got, want)
	}
}

func TestPage(t *testing.T) {
	rec := load(t)
	res := rec.Results.(*probe.ReportResults)
	b := pageOf(t, rec, Options{Command: "mindgap report --seed 42", Thumbnails: map[string][]byte{res.Examples.Gained[0].ID: thumbnail(t)}})
	checkPage(t, b)
	text := string(b)
	for _, want := range []string{
		"Images and texts lie 0.541 apart (95% interval 0.532 to 0.550); moving them together by 20% of the gap takes zero-shot accuracy from 61.3% to 62.7% on the held-out half of 150 items",
		"no more than chance may explain",
		"the 3 untrained twins already lie 1.263 apart (1.241 to 1.287)",
		"12 of 300 captions are longer", rec.Inputs.Model.SHA256, rec.Inputs.Dataset.SHA256, rec.Inputs.Prompts.SHA256, "1.30.0", "go1.26.0", "CC0-1.0",
		"mindgap report --seed 42", `id="gap-map"`, `id="loss-landscape"`, `id="accuracy"`, `id="recall"`, `id="cosines"`, `id="comparison"`,
		"data:image/png;base64,", "a red lighthouse on a rock by the sea", "hubness_text_to_image",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(text, "<svg"); n != len(plotters) {
		t.Errorf("the page holds %d plots, want %d", n, len(plotters))
	}
	if n := strings.Count(text, "data:image/png"); n != 1 {
		t.Errorf("the page holds %d thumbnails, want 1", n)
	}
}

// A scene makes the explorer, with what it shows before its script runs; a served page has the explorer, its server's address, and no scene.
func TestPageOfScene(t *testing.T) {
	rec := load(t)
	still := string(pageOf(t, rec, Options{}))
	if strings.Contains(still, `id="explorer"`) || strings.Contains(still, `id="scene"`) {
		t.Error("a page without a scene has an explorer")
	}
	live := pageOf(t, rec, Options{Scene: syntheticScene(20)})
	checkPage(t, live)
	text := string(live)
	for _, want := range []string{`id="explorer"`, `<script type="application/json" id="scene">{"version":1,`, `id="lambda" min="-1" max="2" step="any" value="0"`,
		`data-quantity="loss@100" aria-live="off" data-value="1.51`, `data-lambda="0.2"`, `data-lambda="1"`, `id="record"`, `data-export="csv"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(text, "data-scene") {
		t.Error("a page from disk would fetch its scene")
	}
	data := map[string]json.RawMessage{}
	for _, m := range scriptElement.FindAllSubmatch(live, -1) {
		data[string(m[2])] = json.RawMessage(m[3])
	}
	var short probe.Record
	short.Results = &probe.ReportResults{}
	if err := json.Unmarshal(data["record"], &short); err != nil {
		t.Fatal(err)
	}
	res := short.Results.(*probe.ReportResults)
	if len(res.Shift.Points) != len(rec.Results.(*probe.ReportResults).Shift.Points) || res.Maps[0].Images != nil {
		t.Error("the page's record is not the record without the points of its maps")
	}
	if len(rec.Results.(*probe.ReportResults).Maps[0].Images) == 0 {
		t.Error("drawing the page emptied the record")
	}

	served, err := Page(t.Context(), rec, Options{Served: true, Scene: syntheticScene(20)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<body data-scene="/scene.json">`, `id="explorer"`, "connect-src &#39;self&#39;"} {
		if !bytes.Contains(served, []byte(want)) {
			t.Errorf("the served page lacks %s", want)
		}
	}
	if bytes.Contains(served, []byte(`id="scene"`)) {
		t.Error("the served page holds a scene")
	}
}

// Every colour that a figure draws in has its sister for dark screens in the style sheet, heat maps apart, or it could sink into the page.
func TestDarkFigures(t *testing.T) {
	colour := regexp.MustCompile(`(fill|stroke)="(#[0-9A-F]{6})"`)
	res := load(t).Results.(*probe.ReportResults)
	for _, p := range plotters {
		if p.Name() == (confusionPlot{}).Name() {
			continue
		}
		for _, m := range colour.FindAllString(inlineSVG(svgOf(t, p, res)), -1) {
			if !strings.Contains(pageStyle, "["+m+"]") {
				t.Errorf("%s draws with %s, which the style sheet does not know", p.Name(), m)
			}
		}
	}
}

// Page stops with its context and refuses a record of another kind.
func TestPageRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Page(ctx, load(t), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v after the end of the context", err)
	}
	_, err := Page(t.Context(), &probe.Record{Kind: "measure", Results: &probe.MeasureResults{}}, Options{})
	checkFault(t, err, fault.Input, "mindgap report")
}

// The script is all files of its folder, each small, and none makes markup or code out of text.
func TestScript(t *testing.T) {
	entries, err := scriptFiles.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(scriptOrder, e.Name()) {
			t.Errorf("%s is not among the files that make the script", e.Name())
		}
		b, err := scriptFiles.ReadFile("page/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b, []byte("\n")); n > 400 {
			t.Errorf("%s has %d lines, want at most 400", e.Name(), n)
		}
		for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", "srcdoc", "</", "<!--"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%s uses %s", e.Name(), word)
			}
		}
	}
	if len(entries) != len(scriptOrder) {
		t.Errorf("%d files, %d in the script", len(entries), len(scriptOrder))
	}
}

// TestPageWithout leaves out every optional part in turn.
func TestPageWithout(t *testing.T) {
	tests := map[string]func(*probe.Record, *probe.ReportResults){
		"everything": func(rec *probe.Record, res *probe.ReportResults) {
			*rec = probe.Record{Results: res}
			*res = probe.ReportResults{}
		},
		"labels":      func(_ *probe.Record, res *probe.ReportResults) { strip(res) },
		"measure":     func(_ *probe.Record, res *probe.ReportResults) { res.Measure = nil },
		"shift":       func(_ *probe.Record, res *probe.ReportResults) { res.Shift = nil },
		"cone":        func(_ *probe.Record, res *probe.ReportResults) { res.Cone = nil },
		"maps":        func(_ *probe.Record, res *probe.ReportResults) { res.Maps = nil },
		"model":       func(rec *probe.Record, _ *probe.ReportResults) { rec.Inputs.Model = nil },
		"its classes": func(_ *probe.Record, res *probe.ReportResults) { res.ZeroShot.PerClass = nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			rec := load(t)
			change(rec, rec.Results.(*probe.ReportResults))
			checkPage(t, pageOf(t, rec, Options{}))
		})
	}
}

// Warnings fold where there are many, and none is lost.
func TestWarningsFold(t *testing.T) {
	for _, n := range []int{1, maxWarnings + 1, maxWarnings + 2, 50} {
		rec := load(t)
		rec.Warnings = nil
		for i := range n {
			rec.Warnings = append(rec.Warnings, fmt.Sprintf("warning <%d>", i))
		}
		text := string(pageOf(t, rec, Options{}))
		for i := range n {
			if got := strings.Count(text, fmt.Sprintf("<li><bdi>warning &lt;%d&gt;</bdi></li>", i)); got != 1 {
				t.Errorf("of %d warnings, number %d stands %d times", n, i, got)
			}
		}
		if got := strings.Contains(text, fmt.Sprintf("<summary>%d more</summary>", n-maxWarnings)); got != (n > maxWarnings+1) {
			t.Errorf("%d warnings: folded is %v", n, got)
		}
	}
}

// TestLists holds long lists to their limits and says what is left out.
func TestLists(t *testing.T) {
	rec := load(t)
	res := rec.Results.(*probe.ReportResults)
	for range 100 {
		res.Examples.Lost = append(res.Examples.Lost, res.Examples.Lost[0])
		res.Compare.Models = append(res.Compare.Models, res.Compare.Models[1])
	}
	zero := res.Shift.Points
	res.Shift.Points = nil
	for i := range 1001 {
		pt := zero[0]
		pt.Lambda = probe.Float(float64(i-500) / 250)
		res.Shift.Points = append(res.Shift.Points, pt)
	}
	v := sweep(res.Shift)
	if n := len(v.Rows); n > maxLambdas+8 || n+v.LeftOut != 1001 {
		t.Errorf("%d rows and %d left out of 1,001", n, v.LeftOut)
	}
	for _, lambda := range []string{"0", "+0.2", "+0.1", "+1"} { // λ = 0 and every best λ
		found := false
		for _, r := range v.Rows {
			found = found || r.Lambda == lambda
		}
		if !found {
			t.Errorf("λ = %s was left out", lambda)
		}
	}
	z := zeroShot(res.ZeroShot)
	if len(z.Best) != maxClasses || len(z.Worst) != maxClasses || z.Best[0].Recall != "83%" || z.Worst[0].Recall != "0%" {
		t.Errorf("best %v, worst %v", z.Best, z.Worst)
	}
	text := string(pageOf(t, rec, Options{}))
	for _, want := range []string{"93 more in record.json", "74 more models are in record.json"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Classes of one item each are not ranked.
func TestClassesOfOne(t *testing.T) {
	z := load(t).Results.(*probe.ReportResults).ZeroShot
	for i := range z.PerClass {
		z.PerClass[i].N = min(z.PerClass[i].N, 1)
	}
	if v := zeroShot(z); len(v.Best) > 0 || len(v.Worst) > 0 {
		t.Errorf("best %v, worst %v", v.Best, v.Worst)
	}
}
