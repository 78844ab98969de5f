package browser_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/gap"
	"mindgap/loaders/ort"
	"mindgap/probe"
	"mindgap/probe/report"
	"mindgap/probe/report/browser"
)

// A made report is the built-in model's on all its data, made once for all tests.
type madeReport struct {
	dir    string
	record *probe.Record
	scene  *probe.Scene
}

var made madeReport

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mindgap-browser-*")
	if err != nil {
		panic(err)
	}
	made.dir = filepath.Join(dir, "report")
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// theReport makes the report, the first time it is asked for.
func theReport(t testing.TB) *madeReport {
	t.Helper()
	if made.record != nil {
		return &made
	}
	ctx := context.Background()
	if _, err := ort.Ensure(ctx, ort.Options{}); err != nil {
		t.Fatal(err)
	}
	c := probe.Config{}
	o := probe.ReportOptions{Measure: probe.MeasureOptions{Bootstrap: 20, Seed: 1}, Shift: probe.ShiftOptions{Unit: gap.Fraction, Side: gap.Both}}
	rec, scene, err := c.Report(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Write(ctx, made.dir, rec, report.Options{Scene: scene, Command: "mindgap report"}); err != nil {
		t.Fatal(err)
	}
	made.record, made.scene = rec, scene
	return &made
}

// address is the page's, opened from disk as a reader would.
func (r *madeReport) address() string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(r.dir, "index.html"))}).String()
}

// views are the ways in which every reader's page is looked at.
var views = map[string]browser.View{
	"desktop":       browser.Desktop,
	"desktop, dark": {Width: 1280, Height: 900, Dark: true},
	"phone":         browser.Phone,
	"phone, dark":   {Width: 390, Height: 844, Mobile: true, Dark: true},
}

// The page opens without a complaint, asks for nothing but itself, and is never wider than the window.
func TestOpensQuietly(t *testing.T) {
	b := browser.Start(t)
	r := theReport(t)
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			p := b.Open(t, r.address(), view)
			settle(p)
			if c := p.Complaints(); len(c) > 0 {
				t.Errorf("complaints: %q", c)
			}
			if asked := p.Requests(); !slices.Equal(asked, []string{r.address()}) {
				t.Errorf("asked for %q", asked)
			}
			var width int64
			p.Evaluate("document.documentElement.scrollWidth", &width)
			if width > view.Width {
				t.Errorf("%d pixels wide in a window of %d", width, view.Width)
			}
			keepScreenshot(t, p, name)
		})
	}
}

// settle waits for the live part of the page.
func settle(p *browser.Page) {
	p.Evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))", nil)
}

// keepScreenshot writes what the window shows into the folder that MINDGAP_SCREENSHOTS names, to be looked at.
func keepScreenshot(t *testing.T, p *browser.Page, name string) {
	dir := os.Getenv("MINDGAP_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.png", name)), p.Screenshot(), 0o644); err != nil {
		t.Fatal(err)
	}
}
