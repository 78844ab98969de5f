package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mindgap/datasets"
	"mindgap/loaders/preprocess"
	"mindgap/probe"
	"mindgap/probe/report/browser"
)

// openExplorer opens the report and waits until its clouds can be played with.
func openExplorer(t *testing.T, b *browser.Browser, v browser.View) (*madeReport, *browser.Page) {
	t.Helper()
	r := theReport(t)
	p := b.Open(t, r.address(), v)
	p.WaitFor(`document.documentElement.dataset.explorer === "ready"`)
	return r, p
}

// state is what the page says of itself.
type state struct {
	Lambda    float64
	Focus     int
	WebGL     bool
	Selection *struct{ Images, Texts []int }
}

func readState(p *browser.Page) (s state) {
	p.Evaluate("mindgap.state()", &s)
	return s
}

// At λ of the sweep every number under the slider is the record's.
func TestSliderShowsTheRecord(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	points := r.record.Results.(*probe.ReportResults).Shift.Points
	for _, i := range []int{0, len(points) / 2, len(points) - 1} {
		want := map[string]float64{
			"signed_distance":           float64(points[i].SignedDistance),
			"image_to_text_recall_at_1": float64(points[i].ImageToTextRecall1),
			"text_to_image_recall_at_1": float64(points[i].TextToImageRecall1),
			"accuracy":                  float64(points[i].Accuracy.Value),
		}
		for scale, v := range points[i].Loss {
			want["loss@"+scale] = float64(v)
		}
		// As a reader does: to one end by Home, then on by the arrow key.
		p.Evaluate(`document.getElementById("lambda").focus()`, nil)
		p.Do(chromedp.KeyEvent(kb.Home + strings.Repeat(kb.ArrowRight, i)))
		got := map[string]string{}
		p.Evaluate(`Object.fromEntries(Array.from(document.querySelectorAll("output[data-quantity]"), o => [o.dataset.quantity, o.dataset.value]))`, &got)
		if s := readState(p); math.Abs(s.Lambda-float64(points[i].Lambda)) > 1e-12 {
			t.Errorf("after %d arrows λ is %g, want %g", i, s.Lambda, points[i].Lambda)
		}
		for name, w := range want {
			v, err := strconv.ParseFloat(got[name], 64)
			if err != nil || math.Abs(v-w) > 1e-4 {
				t.Errorf("λ = %g: %s shows %q, the record has %g", points[i].Lambda, name, got[name], w)
			}
		}
		// The clouds have moved with the numbers: the distance of the drawn centroids, in all dimensions, is what u and v say.
		var separation float64
		p.Evaluate("(() => { const all = n => Array.from({length: n}, (_, i) => i); return mindgap.metrics(all(mindgap.scene.ni), all(mindgap.scene.nt), mindgap.state().lambda).separation })()", &separation)
		if d := float64(points[i].SignedDistance); math.Abs(separation) > math.Abs(d)+1e-4 || separation*d < 0 && math.Abs(d) > 0.05 {
			t.Errorf("λ = %g: separation %g along the gap, signed distance %g", points[i].Lambda, separation, d)
		}
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %q", c)
	}
}

// The card of the point under the mouse shows that image: its thumbnail is nearer to the picture in the data set than to any other.
func TestHoverShowsTheImage(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	pictures := builtinPictures(t)
	for _, k := range []int{3, 700, r.scene.Images - 1} {
		hover(p, k)
		p.WaitFor("mindgap.state().focus >= 0 && document.querySelector('#inspector canvas')?.dataset.drawn === 'true'")
		s := readState(p)
		if s.Focus >= r.scene.Images { // a text lies on top of the image
			t.Logf("point %d hides image %d", s.Focus, k)
		}
		var caption, shown string
		p.Do(chromedp.Text("#inspector .caption", &caption), chromedp.EvaluateAsDevTools(`document.querySelector("#inspector canvas").toDataURL()`, &shown))
		i := s.Focus % r.scene.Images // the built-in data has a text an image, in order
		if caption != r.scene.Captions[i] {
			t.Errorf("the card of image %d says %q, want %q", i, caption, r.scene.Captions[i])
		}
		got := decodeDataURL(t, shown)
		best, least := -1, math.Inf(1)
		for n, pic := range pictures {
			if d := difference(got, pic); d < least {
				best, least = n, d
			}
		}
		if best != i {
			t.Errorf("the card of image %d (%s) shows the thumbnail of image %d (%s)", i, r.scene.IDs[i], best, r.scene.IDs[best])
		}
	}
}

// hover moves the mouse onto point k, which it first brings to the middle of a close view, so that few others lie near.
func hover(p *browser.Page, k int) {
	var at [2]float64
	p.Do(chromedp.ScrollIntoView("#stage"))
	p.Evaluate(fmt.Sprintf(`(async () => {
		const {cloud} = mindgap;
		cloud.fit();
		cloud.camera.zoom(40, ...mindgap.place(%[1]d));
		cloud.invalidate();
		await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
		const stage = document.getElementById("stage"), box = stage.getBoundingClientRect(), [x, y] = mindgap.place(%[1]d);
		return [x + box.left + stage.clientLeft, y + box.top + stage.clientTop];
	})()`, k), &at)
	p.Do(input.DispatchMouseEvent(input.MouseMoved, at[0]-2, at[1]-1), input.DispatchMouseEvent(input.MouseMoved, at[0], at[1]))
	settle(p)
}

// builtinPictures are the pictures of the built-in data as thumbnails of 64 pixels on white.
func builtinPictures(t *testing.T) []image.Image {
	t.Helper()
	ctx := context.Background()
	set, err := datasets.Open(ctx, "builtin", datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []image.Image
	for item, err := range set.Items(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		pic, err := probe.Picture(item)
		if err != nil {
			t.Fatal(err)
		}
		b, err := preprocess.Thumbnail(pic, 64)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// difference is the mean absolute difference of two pictures on white, over a grid of 16×16 places of their common square.
func difference(a, b image.Image) float64 {
	on := func(m image.Image, x, y int) [3]float64 {
		box := m.Bounds()
		side := max(box.Dx(), box.Dy())
		px, py := box.Min.X+(2*x+1)*side/32-(side-box.Dx())/2, box.Min.Y+(2*y+1)*side/32-(side-box.Dy())/2
		if !image.Pt(px, py).In(box) {
			return [3]float64{255, 255, 255}
		}
		c := color.NRGBAModel.Convert(m.At(px, py)).(color.NRGBA)
		white := 255 * (1 - float64(c.A)/255)
		return [3]float64{float64(c.R)*float64(c.A)/255 + white, float64(c.G)*float64(c.A)/255 + white, float64(c.B)*float64(c.A)/255 + white}
	}
	var sum float64
	for y := range 16 {
		for x := range 16 {
			p, q := on(a, x, y), on(b, x, y)
			for k := range p {
				sum += math.Abs(p[k] - q[k])
			}
		}
	}
	return sum / (3 * 16 * 16)
}

// A selection drawn with the mouse has the metrics that Go computes of the same points, before the shift and under it.
func TestLassoSaysWhatGoSays(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	const lambda = 0.3 // between two λ of the sweep
	p.Evaluate(fmt.Sprintf("mindgap.setLambda(%g)", lambda), nil)
	p.Do(chromedp.ScrollIntoView("#stage"))
	settle(p)
	corners := [][2]float64{{0.3, 0.3}, {0.75, 0.4}, {0.5, 0.75}, {0.3, 0.32}} // a triangle over the middle
	stage := p.Lasso("#stage", corners)
	settle(p)
	s := readState(p)
	if s.Selection == nil || len(s.Selection.Images) < 10 || len(s.Selection.Texts) < 10 {
		t.Fatalf("the lasso selected %+v", s.Selection)
	}
	if n := len(s.Selection.Images) + len(s.Selection.Texts); n > r.scene.Images {
		t.Errorf("the lasso selected %d of %d points", n, r.scene.Images+r.scene.Texts)
	}
	// The points are those that were drawn within the triangle, but for some on its very edge.
	var places [][2]float64
	p.Evaluate("Array.from({length: mindgap.scene.ni + mindgap.scene.nt}, (_, k) => mindgap.place(k))", &places)
	chosen := map[int]bool{}
	for _, i := range s.Selection.Images {
		chosen[i] = true
	}
	for _, j := range s.Selection.Texts {
		chosen[r.scene.Images+j] = true
	}
	wrong := 0
	for k, at := range places {
		if inside(corners, at[0]/stage.Width, at[1]/stage.Height) != chosen[k] {
			wrong++
		}
	}
	if wrong > len(chosen)/20 {
		t.Errorf("%d of %d points are selected wrongly", wrong, len(places))
	}
	want, err := probe.Selection(r.scene, s.Selection.Images, s.Selection.Texts, lambda)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		metric, at string
		want       probe.Float
	}{
		{"matched_cosine_mean", "zero", want.MatchedCosineZero},
		{"matched_cosine_mean", "lambda", want.MatchedCosine},
		{"separation", "zero", want.SeparationZero},
		{"separation", "lambda", want.Separation},
		{"accuracy", "zero", want.Accuracy.Value},
		{"image_to_text_recall_at_1", "zero", want.ImageToTextRecall1},
		{"image_to_text_recall_at_5", "zero", want.ImageToTextRecall5},
		{"text_to_image_recall_at_1", "zero", want.TextToImageRecall1},
		{"text_to_image_recall_at_5", "zero", want.TextToImageRecall5},
	} {
		var shown string
		p.Evaluate(fmt.Sprintf(`document.querySelector("#selection-table [data-metric=%s][data-at=%s]").dataset.value`, m.metric, m.at), &shown)
		if v, err := strconv.ParseFloat(shown, 64); err != nil || math.Abs(v-float64(m.want)) > 1e-6 {
			t.Errorf("%s at %s: the page shows %q, Go says %g", m.metric, m.at, shown, m.want)
		}
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %q", c)
	}
}

// inside reports whether a place lies in a polygon, by the number of edges to its right.
func inside(corners [][2]float64, x, y float64) bool {
	in := false
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		if (a[1] > y) != (b[1] > y) && x < a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}
