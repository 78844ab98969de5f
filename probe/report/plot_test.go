package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mindgap/probe"
)

// A PNG may differ from its golden file in at most one pixel of strayShare, where a pixel differs if a channel does by more than
// strayLevel of 255. It absorbs how processors round when they antialias.
const (
	strayLevel = 24
	strayShare = 2000
)

// goldenResolution keeps the golden files small.
const goldenResolution = 72

// svgTolerance is in points: coordinates are written with five significant digits, so that 100 is known to 0.01.
const svgTolerance = 0.02

// TestPlots draws every plot from the frozen record and compares it with the file that a person looked at.
func TestPlots(t *testing.T) {
	rec := load(t)
	res := rec.Results.(*probe.ReportResults)
	for _, p := range plotters {
		t.Run(p.Name(), func(t *testing.T) {
			if !p.Applies(res) {
				t.Fatal("does not apply to a record that holds everything")
			}
			drawing, size := p.Draw(res)
			svg, err := renderSVG(drawing, size, p.Title(res))
			if err != nil {
				t.Fatal(err)
			}
			drawing, size = p.Draw(res)
			picture, err := renderPNG(drawing, size, goldenResolution)
			if err != nil {
				t.Fatal(err)
			}
			checkPictures(t, p.Name(), svg, picture)
		})
	}
}

// recompress makes a golden file as small as it gets.
func recompress(t *testing.T, b []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// comparePNG counts the pixels that differ.
func comparePNG(t *testing.T, got, want []byte) {
	t.Helper()
	a, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	b, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if a.Bounds() != b.Bounds() {
		t.Fatalf("PNG is %v, want %v", a.Bounds(), b.Bounds())
	}
	var stray int
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := color.NRGBAModel.Convert(a.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			if far(p.R, q.R) || far(p.G, q.G) || far(p.B, q.B) || far(p.A, q.A) {
				stray++
			}
		}
	}
	if most := a.Bounds().Dx() * a.Bounds().Dy() / strayShare; stray > most {
		t.Errorf("%d pixels differ, at most %d may", stray, most)
	}
}

// far reports whether two channels differ by more than strayLevel.
func far(a, b uint8) bool { return max(a, b)-min(a, b) > strayLevel }

var svgNumber = regexp.MustCompile(`-?\d+(\.\d+)?(e[-+]?\d+)?`)

// checkPictures compares a plot with its golden files, or rewrites them with -update.
func checkPictures(t *testing.T, name string, svg, picture []byte) {
	t.Helper()
	stem := filepath.Join("testdata", "plots", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(stem), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(stem+".svg", svg, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(stem+".png", recompress(t, picture), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(stem + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	compareSVG(t, svg, want)
	if want, err = os.ReadFile(stem + ".png"); err != nil {
		t.Fatal(err)
	}
	comparePNG(t, picture, want)
}

// compareSVG demands the same text and markup, and numbers within svgTolerance.
func compareSVG(t *testing.T, got, want []byte) {
	t.Helper()
	if g, w := svgNumber.ReplaceAllString(string(got), "#"), svgNumber.ReplaceAllString(string(want), "#"); g != w {
		gl, wl := strings.Split(g, "\n"), strings.Split(w, "\n")
		for i := range min(len(gl), len(wl)) {
			if gl[i] != wl[i] {
				t.Fatalf("SVG line %d:\n got %s\nwant %s", i+1, gl[i], wl[i])
			}
		}
		t.Fatalf("SVG has %d lines, want %d", len(gl), len(wl))
	}
	g, w := svgNumber.FindAllString(string(got), -1), svgNumber.FindAllString(string(want), -1)
	for i := range g {
		a, _ := strconv.ParseFloat(g[i], 64)
		b, _ := strconv.ParseFloat(w[i], 64)
		if !(math.Abs(a-b) <= svgTolerance) {
			t.Fatalf("SVG number %d: got %s, want %s ± %g", i, g[i], w[i], svgTolerance)
		}
	}
}

// TestPlotsDiffer shows that the golden comparison can fail: a moved number must not pass.
func TestPlotsDiffer(t *testing.T) {
	res := load(t).Results.(*probe.ReportResults)
	before := svgOf(t, accuracyPlot{}, res)
	res.Shift.Points[3].Accuracy.Value += 0.01
	if bytes.Equal(before, svgOf(t, accuracyPlot{}, res)) {
		t.Error("an accuracy that moved by a percent left the plot as it was")
	}
}

// The caption speaks of a diamond where one is drawn.
func TestAccuracyCaption(t *testing.T) {
	res := load(t).Results.(*probe.ReportResults)
	for _, lambda := range []float64{0, 0.2} {
		best := res.Shift.Best["accuracy"]
		best.Lambda = probe.Float(lambda)
		res.Shift.Best["accuracy"] = best
		drawn := bytes.Contains(svgOf(t, accuracyPlot{}, res), []byte("chosen λ"))
		if said := strings.Contains((accuracyPlot{}).Caption(res), "The diamond stands"); said != drawn || drawn != (lambda != 0) {
			t.Errorf("best λ = %g: a diamond is drawn: %v, the caption speaks of it: %v", lambda, drawn, said)
		}
	}
}

// svgOf returns the plot as SVG.
func svgOf(t testing.TB, p Plotter, res *probe.ReportResults) []byte {
	t.Helper()
	d, size := p.Draw(res)
	b, err := renderSVG(d, size, p.Title(res))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPlotsOfOddRecords feeds every plot with what a record may hold at its edges; a plot may decline, but not panic or write NaN.
func TestPlotsOfOddRecords(t *testing.T) {
	nan := probe.Float(math.NaN())
	tests := map[string]func(*probe.ReportResults){
		"empty":        func(r *probe.ReportResults) { *r = probe.ReportResults{} },
		"no labels":    func(r *probe.ReportResults) { strip(r) },
		"one point":    func(r *probe.ReportResults) { r.Shift.Points = r.Shift.Points[:1] },
		"two points":   func(r *probe.ReportResults) { r.Shift.Points = r.Shift.Points[:2] },
		"one scale":    func(r *probe.ReportResults) { r.Shift.Scales = r.Shift.Scales[:1] },
		"eight scales": func(r *probe.ReportResults) { r.Shift.Scales = append(r.Shift.Scales, 2, 3, 4) },
		"flat curves": func(r *probe.ReportResults) {
			for i := range r.Shift.Points {
				r.Shift.Points[i].Accuracy = r.Shift.Points[0].Accuracy
				r.Shift.Points[i].ImageToTextRecall1, r.Shift.Points[i].TextToImageRecall1 = 1, 1
				for k := range r.Shift.Points[i].Loss {
					r.Shift.Points[i].Loss[k] = 2
				}
			}
		},
		"undefined": func(r *probe.ReportResults) {
			for i := range r.Shift.Points {
				pt := &r.Shift.Points[i]
				pt.ImageToTextRecall1, pt.SignedDistance, pt.Accuracy.Low = nan, nan, nan
				pt.Loss["100"] = probe.Float(math.Inf(1))
			}
			r.Maps[0].Images[0][0] = float32(math.NaN())
			r.Maps[0].Explained[0], r.Maps[0].Gap = nan, nan
			r.Measure.Metrics["gap"] = probe.Interval{Value: nan, Low: &nan, High: &nan}
			r.Compare.Models[1].Metrics["gap"] = probe.Interval{Value: 1, Low: &nan, High: &nan}
		},
		"one pair": func(r *probe.ReportResults) {
			r.Maps[0].Images, r.Maps[0].Texts = r.Maps[0].Images[:1], r.Maps[0].Texts[:1]
		},
		"one place": func(r *probe.ReportResults) {
			m := &r.Maps[0]
			for i := range m.Images {
				m.Images[i], m.Texts[i] = [2]float32{1, 1}, [2]float32{1, 1}
			}
		},
		"more texts than images": func(r *probe.ReportResults) { r.Maps[0].Images = r.Maps[0].Images[:7] },
		"five maps":              func(r *probe.ReportResults) { m := r.Maps[0]; r.Maps = []probe.Map{m, m, m, m, m} },
		"empty histograms":       func(r *probe.ReportResults) { r.Matched, r.Unmatched = make([]int64, 100), nil },
		"one bin": func(r *probe.ReportResults) {
			for _, c := range r.Cone.Cones {
				clear(c.Histogram)
				c.Histogram[99] = 5
			}
		},
		"many models": func(r *probe.ReportResults) {
			for range 40 {
				r.Compare.Models = append(r.Compare.Models, r.Compare.Models[1])
			}
		},
		"huge": func(r *probe.ReportResults) {
			r.Maps[0].Images[0] = [2]float32{math.MaxFloat32, -math.MaxFloat32}
			r.Shift.Points[0].Loss["100"] = math.MaxFloat64
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			res := load(t).Results.(*probe.ReportResults)
			change(res)
			for _, p := range plotters {
				if !p.Applies(res) {
					continue
				}
				if p.Title(res) == "" || p.Caption(res) == "" {
					t.Errorf("%s has no title or no caption", p.Name())
				}
				if svg := svgOf(t, p, res); bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
					t.Errorf("%s holds NaN or Inf", p.Name())
				}
				d, size := p.Draw(res)
				b, err := renderPNG(d, size, goldenResolution)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := image.Decode(bytes.NewReader(b)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// strip removes everything that needs labels or other models.
func strip(r *probe.ReportResults) {
	r.ZeroShot, r.Compare, r.Examples = nil, nil, nil
	delete(r.Shift.Best, "accuracy")
	for i := range r.Shift.Points {
		r.Shift.Points[i].Accuracy, r.Shift.Points[i].AccuracySingle = nil, nil
	}
}

// TestMapSize holds the map of 2,600 points below 400 kB.
func TestMapSize(t *testing.T) {
	const most = 400_000
	if n := len(svgOf(t, mapPlot{}, synthetic(1300).Results.(*probe.ReportResults))); n > most {
		t.Errorf("the map has %d bytes, want at most %d", n, most)
	}
}
