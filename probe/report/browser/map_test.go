package browser_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mindgap/probe/report/browser"
)

// mapTolerance is for places that JavaScript keeps as float32, on maps a few units wide.
const mapTolerance = 1e-6

// On each map every point lies where the shift's algebra puts it, written out here from the definition of a scene.
func TestPlacesFollowTheShift(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	s := r.scene
	for _, m := range s.Maps {
		for _, lambda := range []float64{-0.5, 0, 0.3, 1} {
			var got [][2]float64
			p.Evaluate(fmt.Sprintf(`(() => { mindgap.setMap(%q); mindgap.setLambda(%g); const w = mindgap.cloud.where(); return Array.from({length: w.length / 2}, (_, k) => [w[2 * k], w[2 * k + 1]]) })()`,
				m.Method, lambda), &got)
			if len(got) != s.Images+s.Texts {
				t.Fatalf("%d places", len(got))
			}
			a, squared := lambda/2, float64(s.Shift.GapNorm)*float64(s.Shift.GapNorm) // fraction of the gap, both sides
			if !m.Live {
				a = 0
			}
			for k, at := range got {
				raw, along, step, i := s.Arrays["map_"+m.Method+"_images"], s.Arrays["u"], -a, k
				if k >= s.Images {
					raw, along, step, i = s.Arrays["map_"+m.Method+"_texts"], s.Arrays["v"], a, k-s.Images
				}
				length := math.Sqrt(1 + 2*step*along.At(i) + step*step*squared)
				for c := range 2 {
					want := (raw.At(2*i+c)+step*m.Gap[c])/length - m.Offset[c]
					if math.Abs(at[c]-want) > mapTolerance {
						t.Fatalf("map %s, λ = %g: point %d lies at %v, want %g in coordinate %d", m.Method, lambda, k, at, want, c)
					}
				}
			}
		}
	}
}

// The outlines of cosines follow λ: the mean of matched pairs is that of their cosines after the shift.
func TestCosinesFollowTheShift(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	s := r.scene
	for _, lambda := range []float64{0, 0.7} {
		a, squared := lambda/2, float64(s.Shift.GapNorm)*float64(s.Shift.GapNorm)
		var sum float64
		for j := range s.Texts { // the built-in data has a text an image, in order
			u, v := s.Arrays["u"].At(j), s.Arrays["v"].At(j)
			c := s.Arrays["matched"].At(j) + a*u - a*v - a*a*squared
			sum += c / math.Sqrt((1-2*a*u+a*a*squared)*(1+2*a*v+a*a*squared))
		}
		p.Evaluate(fmt.Sprintf("mindgap.setLambda(%g)", lambda), nil)
		settle(p)
		var got float64
		p.Evaluate(`Number(document.querySelector("output[data-quantity=mean_cosine_matched]").dataset.value)`, &got)
		if want := sum / float64(s.Texts); math.Abs(got-want) > 1e-6 { // inputs are float32, the sum is not
			t.Errorf("λ = %g: the mean cosine of matched pairs is %g, want %g", lambda, got, want)
		}
	}
}

// What a pointer does a key does, too: walk from point to point, cross to the other side of a pair, let go.
func TestKeysWalkOverPoints(t *testing.T) {
	r, p := openExplorer(t, browser.Start(t), browser.Desktop)
	p.Evaluate(`document.getElementById("stage").focus()`, nil)
	seen := map[int]bool{}
	for range 5 {
		p.Do(chromedp.KeyEvent(kb.ArrowRight))
		seen[readState(p).Focus] = true
	}
	if len(seen) < 4 || seen[-1] {
		t.Errorf("five arrows brought the points %v into focus", seen)
	}
	at := readState(p).Focus
	p.Do(chromedp.KeyEvent(kb.Enter))
	if other := readState(p).Focus; other != (at+r.scene.Images)%(2*r.scene.Images) { // the built-in data has a text an image, in order
		t.Errorf("Enter led from point %d to %d", at, other)
	}
	var said string
	p.Do(chromedp.Text("#status", &said, chromedp.ByID))
	if said == "" {
		t.Error("the point in focus is not said to a reader who does not see it")
	}
}

// A browser without WebGL keeps the still map, the slider and its numbers.
func TestStandsStillWithoutWebGL(t *testing.T) {
	r := theReport(t)
	b := browser.Start(t)
	p := b.OpenAfter(t, r.address(), browser.Desktop, `const get = HTMLCanvasElement.prototype.getContext;
		HTMLCanvasElement.prototype.getContext = function(kind, ...rest) { return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest) }`)
	p.WaitFor(`document.documentElement.dataset.explorer === "ready"`)
	if readState(p).WebGL {
		t.Fatal("the page found WebGL")
	}
	var still bool
	p.Evaluate(`document.querySelector("#stage .still-map path") !== null && !document.getElementById("stage-note").hidden`, &still)
	if !still {
		t.Error("the stage shows neither the still map nor why it stands still")
	}
	p.Evaluate("mindgap.setLambda(1)", nil)
	var lambda string
	p.Evaluate(`document.getElementById("lambda-value").value`, &lambda)
	if lambda != "+1" {
		t.Errorf("the slider shows %q", lambda)
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %q", c)
	}
}
