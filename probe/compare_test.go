package probe

import (
	"math"
	"testing"

	"mindgap/gap"
)

// TestOverModels: the untrained models alone are set against the first, unless that is untrained itself or there are too few.
func TestOverModels(t *testing.T) {
	model := func(name string, trained *bool, v, correct float64) ComparedModel {
		return ComparedModel{Name: name, Trained: trained, Metrics: map[string]Interval{"gap": {Value: Float(v)}}, Accuracy: &Accuracy{Value: Float(correct)}}
	}
	yes, no := ptr(true), ptr(false)
	models := []ComparedModel{model("first", yes, 0.5, 0.6), model("a", no, 1.2, 0.1), model("other", yes, 9, 0.9), model("b", no, 1.4, 0.2),
		model("unknown", nil, 7, 0), model("c", no, 1.3, 0.3)}
	s := overModels(models)
	if s == nil || len(s.Of) != 3 || s.Of[0] != "a" || s.Of[2] != "c" || s.Minus != "first" {
		t.Fatalf("got %+v, want a, b and c against the first", s)
	}
	mean, std, low, high := gap.MeanInterval([]float64{0.7, 0.9, 0.8}, 0.95)
	for what, v := range map[string][2]float64{"mean": {float64(s.Metrics["gap"].Mean), mean}, "std": {float64(s.Metrics["gap"].Std), std},
		"low": {float64(s.Metrics["gap"].Low), low}, "high": {float64(s.Metrics["gap"].High), high}, "accuracy": {float64(s.Accuracy.Mean), -0.4}} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s %v, want %v", what, v[0], v[1])
		}
	}
	if s := overModels(models[:3]); s != nil {
		t.Errorf("one untrained model: %+v", s)
	}
	if s := overModels(models[1:]); s != nil {
		t.Errorf("an untrained first model: %+v", s)
	}
	models[1].Accuracy = nil
	if s := overModels(models); s == nil || s.Accuracy != nil {
		t.Errorf("a model without accuracy: %+v", s)
	}
}
