package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mindgap/probe"
)

// percent writes a share as a percentage.
func percent(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return decimal(100*v, decimals) + "%"
}

// wilson writes the interval of an accuracy.
func wilson(a probe.Accuracy) string {
	return percent(float64(a.Low), 1) + " to " + percent(float64(a.High), 1)
}

// number writes v with about three significant digits, never in more than the reader needs.
func number(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case a == 0:
		return "0"
	case a >= 1e6 || a < 1e-4:
		return strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "-", "−", -1)
	case a >= 100:
		return decimal(v, 1)
	case a >= 10:
		return decimal(v, 2)
	case a >= 0.01:
		return decimal(v, 3)
	}
	return decimal(v, 5)
}

// span writes the interval of v as "low to high", or "" where there is none.
func span(v probe.Interval) string {
	if v.Low == nil || v.High == nil || math.IsNaN(float64(*v.Low)+float64(*v.High)) {
		return ""
	}
	return number(float64(*v.Low)) + " to " + number(float64(*v.High))
}

// pValue writes p as a reader expects it, with spaces at which a line does not break.
func pValue(p float64) string {
	switch {
	case math.IsNaN(p):
		return "p undefined"
	case p < 0.001:
		return "p\u00A0<\u00A00.001"
	}
	return "p\u00A0=\u00A0" + decimal(p, 3)
}

// count writes n with thousands separators.
func count(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// signed writes λ with its sign, except zero.
func signed(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	switch {
	case math.Abs(v) >= 1e6: // up to a hundred digits
		s = strconv.FormatFloat(v, 'g', 4, 64)
	case len(s) > 7:
		s = strconv.FormatFloat(v, 'f', 4, 64)
	}
	switch {
	case v > 0:
		return "+" + s
	case v == 0:
		return "0"
	}
	return strings.Replace(s, "-", "−", 1)
}

// scaleKey is how ShiftPoint.Loss and ShiftResults.Best name a scale.
func scaleKey(s probe.Float) string { return strconv.FormatFloat(float64(s), 'g', 6, 64) }

// scalesOf returns the scales of a sweep in rising order.
func scalesOf(s *probe.ShiftResults) []probe.Float {
	scales := slices.Clone(s.Scales)
	slices.Sort(scales)
	return slices.Compact(scales)
}

// pointAt returns the swept point at lambda, or nil.
func pointAt(points []probe.ShiftPoint, lambda float64) *probe.ShiftPoint {
	for i := range points {
		if math.Abs(float64(points[i].Lambda)-lambda) < 1e-9 {
			return &points[i]
		}
	}
	return nil
}

// clean makes a foreign string safe to show anywhere: control characters could break an SVG or drive a terminal, and bidirectional controls
// could make a name read as another. Each is shown as its code point, so that nothing is hidden.
func clean(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case hidden(r):
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hidden reports whether r steers the text instead of being part of it.
func hidden(r rune) bool {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C, r == 0xFEFF:
		return true
	case r == 0xFFFE, r == 0xFFFF, r == 0x2028, r == 0x2029:
		return true
	}
	return unicode.IsControl(r)
}
