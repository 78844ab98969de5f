package report

import (
	"cmp"
	"math"

	"mindgap/probe"
)

// syntheticBenchmark has four sets with curves of the size and shape of real ones, one scored by an area. No number in it is a measurement.
func syntheticBenchmark() *probe.BenchmarkResults {
	r := &probe.BenchmarkResults{Unit: "distance", Side: "both", Prompts: "paper", GapFrom: "classes", Tried: 16}
	for i, name := range []string{"cifar10", "eurosat", "builtin", "hateful_memes"} {
		s := probe.BenchmarkSet{Dataset: probe.DatasetInput{Ref: name, Count: 1000}, PromptsFrom: "paper", Metric: "accuracy"}
		if name == "builtin" {
			s.Dataset.Target = "group"
		} else {
			s.Paper = &probe.PaperRow{Metric: "accuracy", AtZero: probe.Float(0.8 - 0.1*float64(i)), Best: probe.Float(0.81 - 0.1*float64(i)), Gap: "larger"}
		}
		if name == "hateful_memes" {
			s.Metric = "auroc"
		}
		for l := -8; l <= 8; l++ {
			x := float64(l) / 2
			v := 0.8 - 0.1*float64(i) - 0.02*(x+0.5*float64(i)-0.5)*(x+0.5*float64(i)-0.5)
			p := probe.BenchmarkPoint{Lambda: probe.Float(x), SignedDistance: round4(0.9 - 1.7*math.Tanh(x/2)), PValue: round4(math.Exp(-x * x / 9)), Adjusted: round4(math.Min(1, 16*math.Exp(-x*x/9)))}
			p.Distance = probe.Float(math.Abs(float64(p.SignedDistance)))
			a := accuracy(v, 1000, nil)
			p.Score = probe.Score{N: 1000, Value: a.Value, Low: a.Low, High: a.High}
			if s.Metric == "accuracy" {
				p.Correct = &a.Correct
			}
			if s.Points = append(s.Points, p); x == 0 {
				s.AtZero = p.Score
			}
			if s.Best == nil || p.Value > s.Best.Value {
				s.Best = &probe.BenchmarkBest{BenchmarkPoint: p, Gap: map[int]string{-1: "larger", 0: "unchanged", 1: "smaller"}[cmp.Compare(l, 0)]}
			}
		}
		half := s.AtZero
		half.N = 500
		s.HeldOut = &probe.HeldOut{Lambda: -0.5, AtZero: half, Value: half, ChosenOn: 500, HeldOutOn: 500, PValue: 0.31}
		s.CrossFit = &probe.CrossFitted{Lambdas: [2]probe.Float{-0.5, 0}, AtZero: s.AtZero, Value: s.Best.Score, PValue: 0.0004}
		r.Sets = append(r.Sets, s)
	}
	return r
}

// manySets has n sets of one shape.
func manySets(n int) *probe.BenchmarkResults {
	r := syntheticBenchmark()
	for len(r.Sets) < n {
		r.Sets = append(r.Sets, r.Sets[0])
	}
	return r
}
