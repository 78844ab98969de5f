package report

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mindgap/probe"
)

// The palette is Okabe and Ito's, which readers with any common colour vision tell apart. A colour means the same thing in every plot.
var (
	imageColor     = color.NRGBA{0x00, 0x72, 0xB2, 0xFF} // blue: the image side
	textColor      = color.NRGBA{0xD5, 0x5E, 0x00, 0xFF} // vermillion: the text side
	matchedColor   = color.NRGBA{0x00, 0x9E, 0x73, 0xFF} // bluish green: matched pairs, the ensemble
	unmatchedColor = color.NRGBA{0xB0, 0x5A, 0x8C, 0xFF} // reddish purple, darkened to 4.5:1 on white
	inkColor       = color.NRGBA{0x22, 0x22, 0x22, 0xFF}
	mutedColor     = color.NRGBA{0x5F, 0x5F, 0x5F, 0xFF}
	gridColor      = color.NRGBA{0xE6, 0xE6, 0xE6, 0xFF}
	guideColor     = color.NRGBA{0x9A, 0x9A, 0x9A, 0xFF}
)

// Sizes in points. A plot is 720 points wide and shown at about 900 pixels, so that text appears a quarter larger than here.
const (
	plotWidth  = 720
	labelSize  = 13
	tickSize   = 12
	lineWidth  = 2
	guideWidth = 0.9
)

// dashed is the second line style, so that no two lines differ by colour alone.
var dashed = []vg.Length{6, 4}

// faded returns c with the given opacity.
func faded(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(math.Round(255 * opacity))
	return c
}

// sans returns the face used throughout: metric-compatible with Arial and Helvetica, so that an SVG keeps its layout where Liberation is
// not installed.
func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// newPlot returns an empty plot in the house style: no frame, faint horizontal grid lines added by the caller, ticks outside.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.Title.TextStyle.Font = sans(labelSize)
	p.Title.TextStyle.Color = inkColor
	p.Title.Padding = 6
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = sans(labelSize)
		a.Label.TextStyle.Color = inkColor
		a.Label.Padding = 5
		a.Tick.Label.Font = sans(tickSize)
		a.Tick.Label.Color = mutedColor
		a.Tick.Length = 5
		a.Tick.LineStyle.Color = guideColor
		a.LineStyle.Color = guideColor
		a.LineStyle.Width = 0.8
		a.Padding = 6
		a.Tick.Marker = niceTicks{about: 6}
	}
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	// gonum/plot centres the line, descenders included; figures have none and would stand above their tick.
	p.Y.Tick.Label.YAlign = -0.62
	return p
}

// textStyle returns a style for words drawn inside a plot.
func textStyle(p *plot.Plot, size vg.Length, c color.Color, x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{Color: c, Font: sans(size), XAlign: x, YAlign: y, Handler: p.TextHandler}
}

// niceTicks places about the given number of ticks at multiples of 1, 2 or 5 times a power of ten.
type niceTicks struct {
	about   int
	percent bool // values are shares, labels are percentages
}

// Ticks implements plot.Ticker.
func (t niceTicks) Ticks(low, high float64) []plot.Tick {
	step, decimals := niceStep((high - low) / float64(t.about))
	if step <= 0 || math.IsNaN(step) || math.IsInf(step, 0) {
		return nil
	}
	var ticks []plot.Tick
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step && len(ticks) < 64; k++ {
		v := k * step
		if t.percent {
			ticks = append(ticks, plot.Tick{Value: v, Label: decimal(100*v, max(0, decimals-2)) + "%"})
		} else {
			ticks = append(ticks, plot.Tick{Value: v, Label: decimal(v, decimals)})
		}
	}
	return ticks
}

// niceStep returns the least of {1, 2, 5}·10^k that is not below raw, and the decimals it needs.
func niceStep(raw float64) (step float64, decimals int) {
	if !(raw > 0) || math.IsInf(raw, 0) {
		return 0, 0
	}
	exponent := math.Floor(math.Log10(raw))
	base := math.Pow(10, exponent)
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * base; step >= raw*(1-1e-9) {
			if m == 10 {
				exponent++
			}
			break
		}
	}
	return step, int(max(0, -exponent))
}

// lambdaTicks label λ and, on a second line, the signed distance between the centroids there, so that one axis answers both questions.
type lambdaTicks struct {
	points []probe.ShiftPoint
	about  int
}

// Ticks implements plot.Ticker.
func (t lambdaTicks) Ticks(low, high float64) []plot.Tick {
	ticks := niceTicks{about: t.about}.Ticks(low, high)
	for i := range ticks {
		d := signedDistanceAt(t.points, ticks[i].Value)
		if math.IsNaN(d) {
			continue
		}
		ticks[i].Label += "\n" + decimal(d, 2)
	}
	return ticks
}

// signedDistanceAt reads the signed distance at lambda, linearly between the swept points; NaN outside the sweep.
func signedDistanceAt(points []probe.ShiftPoint, lambda float64) float64 {
	for i := range points {
		x, y := float64(points[i].Lambda), float64(points[i].SignedDistance)
		if math.Abs(x-lambda) < 1e-9 {
			return y
		}
		if i == 0 {
			continue
		}
		x0, y0 := float64(points[i-1].Lambda), float64(points[i-1].SignedDistance)
		if (x0 < lambda) != (x < lambda) {
			return y0 + (y-y0)*(lambda-x0)/(x-x0)
		}
	}
	return math.NaN()
}

// lambdaLabel is the two-line title of an axis with lambdaTicks.
func lambdaLabel(s *probe.ShiftResults) string {
	unit := "λ (fraction of the gap)"
	if s.Unit == "distance" {
		unit = "λ (distance along the gap)"
	}
	return "top: shift " + unit + "; bottom: signed distance between centroids"
}

// decimal writes v with the given decimals and a true minus sign; undefined values are an en dash.
func decimal(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

// ellipsis cuts s to n runes.
func ellipsis(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// shorten cuts s to n runes out of its middle: names of models begin with the architecture and end with what tells them apart.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	tail := (n - 1) / 2
	return string(r[:n-1-tail]) + "…" + string(r[len(r)-tail:])
}
