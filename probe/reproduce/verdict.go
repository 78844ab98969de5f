package reproduce

import (
	"math"

	"mindgap/probe"
)

// A Verdict is what comparing one of the paper's numbers with the one measured here says.
type Verdict string

const (
	// Agrees: the same quantity of the same inputs, within the stated tolerance.
	Agrees Verdict = "agrees"
	// Holds: measured on other inputs than the paper's, whose numbers need not be equal; what the paper says of its own is true of these.
	Holds Verdict = "finding holds"
	// Differs: outside the tolerance, or, on other inputs, what the paper says is not true of them.
	Differs Verdict = "differs"
	// NotRun: an input is missing.
	NotRun Verdict = "not run"
)

// Verdicts lists all of them, the best first.
func Verdicts() []Verdict { return []Verdict{Agrees, Holds, Differs, NotRun} }

// together is the verdict of several rows: Differs if one differs, else Agrees if one agrees and the others agree, hold or were not run.
func together(counts map[Verdict]int) Verdict {
	for _, v := range []Verdict{Differs, Agrees, Holds} {
		if counts[v] > 0 {
			return v
		}
	}
	return NotRun
}

// Here is a number measured here, with what it can be held to. Low and High are NaN where it has no interval.
type Here struct {
	Value, Low, High float64
	Same             bool    // the same quantity of the same inputs as the paper's
	Tolerance        float64 // of the difference, besides what the paper's rounding hides; where Same
	Holds            bool    // what the paper says is true; where not Same
	Why              string  // how the tolerance was set, or what was checked
}

// same is a number that must equal the paper's.
func same(value, tolerance float64, why string) Here {
	return Here{Value: value, Low: math.NaN(), High: math.NaN(), Same: true, Tolerance: tolerance, Why: why}
}

// spread is a number that must equal the paper's, with the range of it over seeds.
func spread(value, low, high, tolerance float64, why string) Here {
	return Here{Value: value, Low: low, High: high, Same: true, Tolerance: tolerance, Why: why}
}

// standIn is a number of other inputs than the paper's; holds is whether the finding is true of them, and why says what was checked.
func standIn(v probe.Interval, holds bool, why string) Here {
	h := Here{Value: float64(v.Value), Low: math.NaN(), High: math.NaN(), Holds: holds, Why: why}
	if v.Low != nil && v.High != nil {
		h.Low, h.High = float64(*v.Low), float64(*v.High)
	}
	return h
}

// between is a stand-in's value with an interval.
func between(value, low, high float64) probe.Interval {
	l, h := probe.Float(low), probe.Float(high)
	return probe.Interval{Value: probe.Float(value), Low: &l, High: &h}
}

// beside sets a measured number beside the paper's and judges it. An undefined number differs.
func (n *number) beside(h Here, measured bool) Row {
	nan := probe.Float(math.NaN())
	r := Row{ID: n.ID, Quantity: n.Quantity, Kind: n.Kind, Source: n.Source, Paper: n.Value, Says: n.Says, Here: nan, Low: nan, High: nan, Difference: nan, Tolerance: nan, Verdict: NotRun}
	if !measured {
		return r
	}
	r.Here, r.Low, r.High, r.Why = probe.Float(h.Value), probe.Float(h.Low), probe.Float(h.High), h.Why
	switch {
	case h.Same:
		r.Difference, r.Tolerance = r.Here-r.Paper, probe.Float(h.Tolerance+n.rounding())
		if r.Verdict = Differs; math.Abs(float64(r.Difference)) <= float64(r.Tolerance) {
			r.Verdict = Agrees
		}
	case h.Holds && !math.IsNaN(h.Value):
		r.Verdict = Holds
	default:
		r.Verdict = Differs
	}
	return r
}
