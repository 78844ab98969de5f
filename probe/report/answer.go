package report

import (
	"fmt"
	"math"
	"strings"

	"mindgap/probe"
)

// significance is the level below which a change is called one. It is conventional; the page shows every p.
const significance = 0.05

// answer says in one sentence what the record found: the gap, what moving the clouds does, and where untrained twins lie.
func answer(res *probe.ReportResults) string {
	var clauses []string
	for _, clause := range []string{answerGap(res), answerShift(res), answerTwins(res)} {
		if clause != "" {
			clauses = append(clauses, clause)
		}
	}
	if len(clauses) == 0 {
		return "The record holds no measurement of the gap."
	}
	s := strings.Join(clauses, "; ")
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// answerGap says how far apart the clouds lie.
func answerGap(res *probe.ReportResults) string {
	if res.Measure == nil {
		return ""
	}
	gap, ok := res.Measure.Metrics["gap"]
	if !ok || math.IsNaN(float64(gap.Value)) {
		return ""
	}
	s := fmt.Sprintf("images and texts lie %s apart", decimal(float64(gap.Value), 3))
	if gap.Low != nil && gap.High != nil {
		s += fmt.Sprintf(" (95%% interval %s to %s)", decimal(float64(*gap.Low), 3), decimal(float64(*gap.High), 3))
	}
	return s
}

// answerShift says what the best shift is worth on items that did not choose it: for accuracy where there are labels, else for the loss.
func answerShift(res *probe.ReportResults) string {
	s := res.Shift
	if s == nil {
		return ""
	}
	if best, ok := s.Best["accuracy"]; ok && defined(nil, float64(best.Value), float64(best.AtZero)) != nil {
		return answerAccuracy(s, best)
	}
	scales := scalesOf(s)
	for i := len(scales) - 1; i >= 0; i-- {
		best, ok := s.Best["loss@"+scaleKey(scales[i])]
		if !ok {
			continue
		}
		if best.Lambda == 0 {
			return fmt.Sprintf("no shift tried lowers the contrastive loss at scale %s", scaleKey(scales[i]))
		}
		return fmt.Sprintf("%s takes the contrastive loss at scale %s from %s to %s (on the held-out half of %s items)", moving(s, float64(best.Lambda)),
			scaleKey(scales[i]), number(float64(best.AtZero)), number(float64(best.Value)), count(best.HeldOutOn))
	}
	return ""
}

// answerAccuracy words the change of accuracy, as the half of the items that did not choose λ saw it.
func answerAccuracy(s *probe.ShiftResults, best probe.Best) string {
	before, after := percent(float64(best.AtZero), 1), percent(float64(best.Value), 1)
	items := count(best.HeldOutOn) + " items"
	switch {
	case best.Lambda == 0:
		return fmt.Sprintf("no shift tried raises zero-shot accuracy, which is %s on the held-out half of %s", before, items)
	case best.Value == best.AtZero:
		return fmt.Sprintf("%s, the shift that did best on one half, leaves zero-shot accuracy at %s on the other half of %s", moving(s, float64(best.Lambda)), before, items)
	}
	text := fmt.Sprintf("%s takes zero-shot accuracy from %s to %s on the held-out half of %s", moving(s, float64(best.Lambda)), before, after, items)
	if best.PValue == nil || math.IsNaN(float64(*best.PValue)) {
		return text + ", a change that was not tested"
	}
	p := float64(*best.PValue)
	text += fmt.Sprintf(" (paired test %s)", pValue(p))
	if p >= significance {
		text += ", no more than chance may explain"
	}
	return text
}

// moving names the shift by lambda.
func moving(s *probe.ShiftResults, lambda float64) string {
	amount := percent(math.Abs(lambda), 0) + " of the gap"
	if s.Unit == "distance" {
		amount = decimal(math.Abs(lambda), 3)
	} else if r := math.Abs(100 * lambda); math.Abs(r-math.Round(r)) > 1e-6 {
		amount = percent(math.Abs(lambda), 1) + " of the gap"
	}
	passed := lambda > 0 && signedDistanceAt(s.Points, lambda) < 0
	switch s.Side {
	case "image", "text":
		who, other := "images", "texts"
		if s.Side == "text" {
			who, other = other, who
		}
		switch {
		case passed:
			return fmt.Sprintf("moving the %s past the %s, by %s,", who, other, amount)
		case lambda > 0:
			return fmt.Sprintf("moving the %s towards the %s by %s", who, other, amount)
		}
		return fmt.Sprintf("moving the %s away from the %s by %s", who, other, amount)
	}
	switch {
	case passed:
		return "moving them past each other, by " + amount + ","
	case lambda > 0:
		return "moving them together by " + amount
	}
	return "moving them apart by " + amount
}

// answerTwins says how far apart models lie that were never trained.
func answerTwins(res *probe.ReportResults) string {
	if res.Compare == nil {
		return ""
	}
	n, sum, low, high := 0, 0.0, math.Inf(1), math.Inf(-1)
	for _, m := range res.Compare.Models {
		gap, ok := m.Metrics["gap"]
		if v := float64(gap.Value); ok && untrained(m) && !math.IsNaN(v) {
			n, sum, low, high = n+1, sum+v, min(low, v), max(high, v)
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("an untrained twin already lies %s apart", decimal(sum, 3))
	}
	return fmt.Sprintf("the %d untrained twins already lie %s apart (%s to %s)", n, decimal(sum/float64(n), 3), decimal(low, 3), decimal(high, 3))
}
