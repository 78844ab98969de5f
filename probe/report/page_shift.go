package report

import (
	"strings"

	"mindgap/probe"
)

type bestRow struct{ Objective, Lambda, AtZero, Value, HeldOut string }

// bestRows lists the λ chosen for every objective.
func bestRows(s *probe.ShiftResults) []bestRow {
	if s == nil {
		return nil
	}
	var rows []bestRow
	add := func(name, label string, show func(float64) string) {
		if b, ok := s.Best[name]; ok {
			lambda := signed(float64(b.Lambda))
			if b.AtEdge {
				lambda += " (last tried)"
			}
			rows = append(rows, bestRow{label, lambda, show(float64(b.AtZero)), show(float64(b.Value)), count(b.HeldOutOn)})
		}
	}
	share := func(v float64) string { return percent(v, 1) }
	add("accuracy", "zero-shot accuracy", share)
	add("accuracy_single", "zero-shot accuracy, first template", share)
	add("image_to_text_recall_at_1", "image to text, recall at 1", share)
	add("text_to_image_recall_at_1", "text to image, recall at 1", share)
	for _, scale := range scalesOf(s) {
		add("loss@"+scaleKey(scale), "loss at scale "+scaleKey(scale), number)
	}
	return rows
}

type sweepView struct {
	Unit, Side string
	Scales     []string
	Accuracy   bool
	Single     bool
	Rows       []sweepRow
	LeftOut    int
}

type sweepRow struct {
	Lambda, Distance                       string
	Losses                                 []string
	ImageToText, TextToImage               string
	Accuracy, Interval, PValue, SingleRate string
	Zero                                   bool
}

// shiftWords says what λ counts and what it moves.
func shiftWords(unit, side string) (counts, moves string) {
	counts, moves = "fraction of the gap", "both sides by half of it"
	if unit == "distance" {
		counts = "distance along the gap"
	}
	if side == "image" || side == "text" {
		moves = "the " + side + " side alone by all of it"
	}
	return counts, moves
}

// sweep lists the points of the sweep: all, or evenly chosen ones with λ = 0 and every best λ among them.
func sweep(s *probe.ShiftResults) *sweepView {
	if s == nil || len(s.Points) == 0 {
		return nil
	}
	v := &sweepView{}
	v.Unit, v.Side = shiftWords(s.Unit, s.Side)
	for _, scale := range scalesOf(s) {
		v.Scales = append(v.Scales, scaleKey(scale))
	}
	for _, pt := range s.Points {
		v.Accuracy = v.Accuracy || pt.Accuracy != nil
		v.Single = v.Single || pt.AccuracySingle != nil
	}
	stride := (len(s.Points) + maxLambdas - 1) / maxLambdas
	for i, pt := range s.Points {
		special := pt.Lambda == 0
		for _, b := range s.Best {
			special = special || b.Lambda == pt.Lambda
		}
		if i%stride != 0 && !special && i != len(s.Points)-1 {
			v.LeftOut++
			continue
		}
		row := sweepRow{Lambda: signed(float64(pt.Lambda)), Distance: decimal(float64(pt.SignedDistance), 3), Zero: pt.Lambda == 0,
			ImageToText: percent(float64(pt.ImageToTextRecall1), 1), TextToImage: percent(float64(pt.TextToImageRecall1), 1)}
		for _, scale := range v.Scales {
			loss, ok := pt.Loss[scale]
			if !ok {
				row.Losses = append(row.Losses, "–")
				continue
			}
			row.Losses = append(row.Losses, decimal(float64(loss), 3))
		}
		if a := pt.Accuracy; a != nil {
			row.Accuracy, row.Interval = percent(float64(a.Value), 1), wilson(*a)
			if a.PValue != nil && pt.Lambda != 0 {
				row.PValue = strings.TrimLeft(pValue(float64(*a.PValue)), "p=\u00A0")
			}
		}
		if a := pt.AccuracySingle; a != nil {
			row.SingleRate = percent(float64(a.Value), 1)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
