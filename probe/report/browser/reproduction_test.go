package browser_test

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/datasets"
	"mindgap/probe"
	"mindgap/probe/report"
	"mindgap/probe/report/browser"
	"mindgap/probe/reproduce"
)

// The page of a reproduction opens without a complaint, a broken policy above all, asks for nothing but itself, is never wider than the window, and
// axe-core finds nothing in it.
func TestReproductionOpensQuietly(t *testing.T) {
	b := browser.Start(t)
	dir := filepath.Join(t.TempDir(), "reproduction")
	c := &probe.Config{NoCache: true, Data: datasets.Options{Limit: 120}}
	rec, err := reproduce.Run(t.Context(), c, reproduce.Options{Items: []string{"fig-1", "random", "fig-3", "fig-3-sphere", "nine-points", "table-1", "table-2"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteReproduction(t.Context(), dir, rec, report.Options{Command: "mindgap reproduce --item=fig-1"}); err != nil {
		t.Fatal(err)
	}
	address := (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, "index.html"))}).String()
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			p := b.Open(t, address, view)
			settle(p)
			if c := p.Complaints(); len(c) > 0 {
				t.Errorf("complaints: %q", c)
			}
			if asked := p.Requests(); !slices.Equal(asked, []string{address}) {
				t.Errorf("asked for %q", asked)
			}
			p.Evaluate("document.querySelectorAll('details').forEach(d => d.open = true)", nil)
			settle(p)
			var width int64
			p.Evaluate("document.documentElement.scrollWidth", &width)
			if width > view.Width {
				t.Errorf("%d pixels wide in a window of %d", width, view.Width)
			}
			keepScreenshot(t, p, "reproduction, "+name)
			if path := os.Getenv(envAxe); path != "" {
				source, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				checkAccessible(t, p, string(source))
			}
		})
	}
}
