package explore_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"mindgap/probe"
	"mindgap/probe/explore"
	"mindgap/probe/report"
	"mindgap/probe/report/browser"
)

// TestServedPage: in a browser the served page draws its clouds and thumbnails without a complaint, asks nobody but its server, and shows of a
// lasso what the server computes.
func TestServedPage(t *testing.T) {
	b := browser.Start(t)
	c := probe.Config{NoCache: true}
	c.Data.Limit = 200
	e, err := c.Explore(t.Context(), probe.ExploreOptions{Points: 150, Sample: 100, Report: probe.ReportOptions{Measure: probe.MeasureOptions{Seed: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := report.Page(t.Context(), e.Record, report.Options{Served: true, Command: "mindgap explore"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := explore.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	x, err := explore.New(e, page, l.Addr().(*net.TCPAddr).Port)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- explore.Serve(ctx, l, x, slog.New(slog.DiscardHandler)) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	address := "http://" + l.Addr().String() + "/"
	p := b.Open(t, address, browser.Desktop)
	p.WaitFor(`document.documentElement.dataset.explorer === "ready"`)
	p.WaitFor(fmt.Sprintf("mindgap.scene.arrays.size === %d", len(e.Scene.Arrays)))
	var counts [2]int
	p.Evaluate("[mindgap.scene.images, mindgap.scene.texts]", &counts)
	if counts != [2]int{e.Scene.Images, e.Scene.Texts} {
		t.Errorf("it draws %v points, want %d and %d", counts, e.Scene.Images, e.Scene.Texts)
	}
	const lambda = 0.5
	p.Evaluate(fmt.Sprintf("mindgap.setLambda(%g)", lambda), nil)
	p.Do(chromedp.ScrollIntoView("#stage"), chromedp.Sleep(100*time.Millisecond))
	p.Lasso("#stage", [][2]float64{{0.2, 0.2}, {0.8, 0.25}, {0.5, 0.85}, {0.2, 0.22}}) // a triangle over the middle
	const shown = `document.querySelector("#selection-table [data-metric=%s][data-at=%s]")`
	p.WaitFor(fmt.Sprintf(shown, "gap", "lambda") + " !== null")
	var s struct{ Selection struct{ Images, Texts []int } }
	p.Evaluate("mindgap.state()", &s)
	want, err := e.Select(t.Context(), s.Selection.Images, s.Selection.Texts, lambda)
	if err != nil {
		t.Fatal(err)
	}
	if want.Images < 10 || want.Texts < 10 {
		t.Fatalf("the lasso selected %d images and %d texts", want.Images, want.Texts)
	}
	for _, m := range []struct {
		metric, at string
		want       probe.Float
	}{
		{"matched_cosine_mean", "zero", want.MatchedCosineZero}, {"matched_cosine_mean", "lambda", want.MatchedCosine},
		{"separation", "zero", want.SeparationZero}, {"separation", "lambda", want.Separation},
		{"gap", "zero", want.GapZero}, {"gap", "lambda", want.Gap},
		{"cosine_images", "lambda", want.CosineImages}, {"cosine_texts", "lambda", want.CosineTexts},
		{"accuracy", "zero", want.Accuracy.Value}, {"accuracy", "lambda", want.AccuracyAtLambda.Value},
		{"image_to_text_recall_at_1", "zero", want.ImageToTextRecall1}, {"text_to_image_recall_at_5", "zero", want.TextToImageRecall5},
	} {
		var text string
		p.Evaluate(fmt.Sprintf(shown, m.metric, m.at)+".dataset.value", &text)
		if v, err := strconv.ParseFloat(text, 64); err != nil || math.Abs(v-float64(m.want)) > 1e-9 {
			t.Errorf("%s at %s: the page shows %q, the server says %g", m.metric, m.at, text, m.want)
		}
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %q", c)
	}
	for _, asked := range p.Requests() {
		if !strings.HasPrefix(asked, address) {
			t.Errorf("asked for %q", asked)
		}
	}
}
