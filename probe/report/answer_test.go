package report

import (
	"math"
	"strings"
	"testing"

	"mindgap/probe"
)

// TestAnswer covers the words for each kind of outcome.
func TestAnswer(t *testing.T) {
	float := func(v float64) *probe.Float { f := probe.Float(v); return &f }
	set := func(res *probe.ReportResults, lambda, before, after, p float64) {
		res.Shift.Best["accuracy"] = probe.Best{Lambda: probe.Float(lambda), AtZero: probe.Float(before), Value: probe.Float(after), HeldOutOn: 150, PValue: float(p)}
	}
	tests := map[string]struct {
		change func(*probe.ReportResults)
		want   []string
		not    string
	}{
		"real":       {func(r *probe.ReportResults) { set(r, 0.2, 0.61, 0.63, 0.0004) }, []string{"from 61.0% to 63.0%", "p\u00A0<\u00A00.001"}, "chance"},
		"chance":     {func(r *probe.ReportResults) { set(r, 0.2, 0.61, 0.63, 0.05) }, []string{"p\u00A0=\u00A00.050", "no more than chance may explain"}, ""},
		"worse":      {func(r *probe.ReportResults) { set(r, 0.2, 0.63, 0.61, 0.01) }, []string{"from 63.0% to 61.0%", "p\u00A0=\u00A00.010"}, "chance"},
		"no change":  {func(r *probe.ReportResults) { set(r, 0.2, 0.61, 0.61, 1) }, []string{"leaves zero-shot accuracy at 61.0%"}, "takes"},
		"apart":      {func(r *probe.ReportResults) { set(r, -0.3, 0.61, 0.63, 0.01) }, []string{"moving them apart by 30% of the gap"}, "together"},
		"past":       {func(r *probe.ReportResults) { set(r, 1.5, 0.61, 0.63, 0.01) }, []string{"moving them past each other, by 150% of the gap,"}, "together"},
		"stay":       {func(r *probe.ReportResults) { set(r, 0, 0.61, 0.61, 1) }, []string{"no shift tried raises zero-shot accuracy, which is 61.0%"}, "moving"},
		"not tested": {func(r *probe.ReportResults) { set(r, 0.25, 0.61, 0.63, math.NaN()) }, []string{"a change that was not tested"}, "chance"},
		"one side":   {func(r *probe.ReportResults) { r.Shift.Side = "image"; set(r, 0.2, 0.61, 0.63, 0.01) }, []string{"moving the images towards the texts by 20% of the gap"}, "them"},
		"distance":   {func(r *probe.ReportResults) { r.Shift.Unit = "distance"; set(r, -0.2, 0.61, 0.63, 0.01) }, []string{"moving them apart by 0.200 takes"}, "%  of the gap"},
		"no labels":  {strip, []string{"no shift tried lowers the contrastive loss at scale 100"}, "accuracy"},
		"loss": {func(r *probe.ReportResults) {
			strip(r)
			r.Shift.Best["loss@100"] = probe.Best{Lambda: 0.1, AtZero: 1.5, Value: 1.45, HeldOutOn: 150}
		}, []string{"moving them together by 10% of the gap takes the contrastive loss at scale 100 from 1.500 to 1.450"}, "accuracy"},
		"one twin":    {func(r *probe.ReportResults) { r.Compare.Models = r.Compare.Models[:2] }, []string{"an untrained twin already lies 1.262 apart."}, "twins"},
		"no interval": {func(r *probe.ReportResults) { r.Measure.Metrics["gap"] = probe.Interval{Value: 0.5} }, []string{"Images and texts lie 0.500 apart;"}, "95%"},
		"undefined": {func(r *probe.ReportResults) {
			r.Measure.Metrics["gap"] = probe.Interval{Value: probe.Float(math.NaN())}
		}, []string{"Moving them together"}, "lie –"},
		"nothing": {func(r *probe.ReportResults) { *r = probe.ReportResults{} }, []string{"The record holds no measurement of the gap."}, ";"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res := load(t).Results.(*probe.ReportResults)
			test.change(res)
			got := answer(res)
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, which lacks %q", got, want)
				}
			}
			if test.not != "" && strings.Contains(got, test.not) {
				t.Errorf("got %q, which holds %q", got, test.not)
			}
		})
	}
}
