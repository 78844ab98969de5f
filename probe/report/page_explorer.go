package report

import (
	"cmp"
	"math"
	"slices"

	"mindgap/probe"
)

// explorerView is what the live part of the page shows before its script runs: everything has its place and its value at λ = 0, so that
// nothing moves when the script takes over.
type explorerView struct {
	Lambda   *lambdaView
	Readouts []readout
}

// lambdaView is the range of the slider.
type lambdaView struct {
	Low, High, Start float64
	Unit             string
	Marks            []lambdaMark
}

// A lambdaMark is a λ with a name.
type lambdaMark struct {
	Lambda float64
	Label  string
	Share  float64 // of the slider's length, percent
	Low    bool    // stands lower than its neighbour, which is so close that their names would touch on a phone
}

// A readout is one quantity of the sweep.
type readout struct {
	Quantity string // "loss@100", or the name in ShiftPoint
	Label    string
	Value    string // at λ = 0
	Exact    float64
	Defined  bool
	Interval bool
}

// explorer returns nil where there is nothing to play with: no scene, or one without points.
func explorer(res *probe.ReportResults, o Options) *explorerView {
	if s := o.Scene; !o.Served && (s == nil || s.Images == 0 || s.Texts == 0 || len(s.Maps) == 0) {
		return nil
	}
	v := &explorerView{}
	s := res.Shift
	if s == nil || len(s.Points) < 2 {
		return v
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		low, high = min(low, float64(p.Lambda)), max(high, float64(p.Lambda))
	}
	start := min(max(0, low), high)
	v.Lambda = &lambdaView{Low: low, High: high, Start: start, Unit: "fraction of the gap"}
	if s.Unit == "distance" {
		v.Lambda.Unit = "distance along the gap"
	}
	mark := func(lambda float64, label string) {
		if lambda >= low && lambda <= high {
			v.Lambda.Marks = append(v.Lambda.Marks, lambdaMark{Lambda: lambda, Label: label, Share: 100 * (lambda - low) / (high - low)})
		}
	}
	mark(0, "as it is")
	if best, ok := bestShown(res); ok && best != 0 {
		mark(best, "best")
	}
	if closed, ok := closing(res); ok {
		mark(closed, "closed")
	}
	marks := v.Lambda.Marks
	slices.SortStableFunc(marks, func(a, b lambdaMark) int { return cmp.Compare(a.Share, b.Share) })
	for i := 1; i < len(marks); i++ {
		marks[i].Low = marks[i].Share-marks[i-1].Share < 25 && !marks[i-1].Low
	}
	zero := pointAt(s.Points, 0)
	add := func(quantity, label string, share, interval bool, of func(*probe.ShiftPoint) (probe.Float, bool)) {
		held := false
		for i := range s.Points {
			_, ok := of(&s.Points[i])
			held = held || ok
		}
		if !held {
			return
		}
		r := readout{Quantity: quantity, Label: label, Value: "–", Interval: interval}
		if zero != nil {
			if x, ok := of(zero); ok && !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) {
				r.Exact, r.Defined = float64(x), true
				if r.Value = number(r.Exact); share {
					r.Value = percent(r.Exact, 1)
				}
			}
		}
		v.Readouts = append(v.Readouts, r)
	}
	add("signed_distance", "Signed distance of centroids", false, false, func(p *probe.ShiftPoint) (probe.Float, bool) { return p.SignedDistance, true })
	for _, scale := range scalesOf(s) {
		key := scaleKey(scale)
		add("loss@"+key, "Loss at scale "+key, false, false, func(p *probe.ShiftPoint) (probe.Float, bool) { l, ok := p.Loss[key]; return l, ok })
	}
	add("accuracy", "Zero-shot accuracy", true, true, func(p *probe.ShiftPoint) (probe.Float, bool) { return valueOf(p.Accuracy) })
	add("image_to_text_recall_at_1", "Image to text, recall at 1", true, true, func(p *probe.ShiftPoint) (probe.Float, bool) { return p.ImageToTextRecall1, true })
	add("text_to_image_recall_at_1", "Text to image, recall at 1", true, true, func(p *probe.ShiftPoint) (probe.Float, bool) { return p.TextToImageRecall1, true })
	return v
}

// valueOf is the value of an accuracy that may be absent.
func valueOf(a *probe.Accuracy) (probe.Float, bool) {
	if a == nil {
		return 0, false
	}
	return a.Value, true
}

// bestShown is the λ that the page calls best: of greatest accuracy where there are labels, else of least loss at the greatest scale, each
// chosen on one half of the items.
func bestShown(res *probe.ReportResults) (float64, bool) {
	if b, ok := res.Shift.Best["accuracy"]; ok {
		return float64(b.Lambda), true
	}
	scales := scalesOf(res.Shift)
	for i := len(scales) - 1; i >= 0; i-- {
		if b, ok := res.Shift.Best["loss@"+scaleKey(scales[i])]; ok {
			return float64(b.Lambda), true
		}
	}
	return 0, false
}

// closing is the λ that would bring the centroids together if rows were not scaled back to unit length.
func closing(res *probe.ReportResults) (float64, bool) {
	if res.Shift.Unit != "distance" {
		return 1, true
	}
	zero := pointAt(res.Shift.Points, 0)
	if zero == nil || math.IsNaN(float64(zero.Distance)) {
		return 0, false
	}
	return float64(zero.Distance), true
}
