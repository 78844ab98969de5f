package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"mindgap/probe"
)

// syntheticTrain has curves of the size and shape of real ones. No number in it is a measurement.
func syntheticTrain() *probe.TrainResults {
	spread := func(mean, std float64) probe.Spread {
		return probe.Spread{Mean: probe.Float(mean), Std: probe.Float(std)}
	}
	r := &probe.TrainResults{Parameters: "free", Start: "gap", Optimizer: probe.TrainOptimizer{Method: "adam", Rate: 0.005}, N: 1300, D: 64, Steps: 400, BatchSize: 64,
		Seeds: []uint64{1, 2, 3}}
	for _, scale := range []float64{1, 10, 20, 30, 50, 100} {
		c := probe.TrainCurve{Temperature: probe.Float(1 / scale), Scale: probe.Float(scale)}
		for step := 0; step <= r.Steps; step += 20 {
			x := float64(step) / float64(r.Steps)
			left := 1 - scale/(scale+15)
			recall := 1 - math.Exp(-40*x/math.Sqrt(scale))
			c.Points = append(c.Points, probe.TrainPoint{Step: step, Gap: spread(1.2*math.Exp(-4*left*x), 0.05*x), Loss: spread((6+scale/10)*math.Exp(-5*x*(1-left)), 0.2*x),
				MatchedCosine: spread(x, 0.01*x), ImageToTextRecall1: spread(recall, 0.03*recall*(1-recall)), TextToImageRecall1: spread(recall, 0)})
		}
		r.Curves = append(r.Curves, c)
	}
	return r
}

// oddTrains are records of training that a plot must survive, with whether there is something to draw.
func oddTrains() map[string]struct {
	results any
	drawn   bool
} {
	nan := probe.Float(math.NaN())
	undefined := syntheticTrain()
	for i := range undefined.Curves {
		undefined.Curves[i].Points[2].Gap.Mean, undefined.Curves[i].Points[20].Gap.Mean = nan, nan
		for k := range undefined.Curves[i].Points {
			undefined.Curves[i].Points[k].Gap.Std, undefined.Curves[i].Points[k].Loss.Std = nan, nan
		}
	}
	single := syntheticTrain()
	single.Seeds, single.Curves = single.Seeds[:1], single.Curves[2:3]
	strange := syntheticTrain()
	strange.Parameters, strange.Start, strange.Optimizer.Method = "<\x1b[31mnew>", "\x1bnowhere", "\x1blion"
	strange.Curves[0].Temperature, strange.Curves[1].Points = 0.123456, nil
	begun := syntheticTrain()
	for i := range begun.Curves {
		begun.Curves[i].Points = begun.Curves[i].Points[:1]
	}
	return map[string]struct {
		results any
		drawn   bool
	}{
		"undefined training": {undefined, true}, "one temperature and seed": {single, true}, "strange training": {strange, true}, "no step": {begun, false},
		"no training": {&probe.TrainResults{}, false}, "nil training": {(*probe.TrainResults)(nil), false},
	}
}

// TestOddTrainPlots: the plot may decline, but not panic or write NaN.
func TestOddTrainPlots(t *testing.T) {
	for name, c := range oddTrains() {
		p := trainPlot{}
		if applies := p.Applies(c.results); applies != c.drawn {
			t.Errorf("%s: the plot applies: %v, want %v", name, applies, c.drawn)
		} else if !applies {
			continue
		}
		svg, err := drawRecord(p, c.results, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"NaN", "Inf", "\x1b"} {
			if bytes.Contains(svg, []byte(bad)) {
				t.Errorf("%s: the plot holds %q", name, bad)
			}
		}
	}
}

// TestTrainWords: temperatures and spreads as a reader expects them.
func TestTrainWords(t *testing.T) {
	for v, want := range map[float64]string{1: "1", 0.1: "1/10", 1.0 / 30: "1/30", 0.07: "0.07", 2: "2", 1.0 / 3: "1/3"} {
		if got := temperatureLabel(v); got != want {
			t.Errorf("temperature %v is written %q, want %q", v, got, want)
		}
	}
	for want, s := range map[string]probe.Spread{"0.500": {Mean: 0.5, Std: probe.Float(math.NaN())}, "0.250": {Mean: 0.25, Std: 1e-17}, "0.125 ± 0.010": {Mean: 0.125, Std: 0.01}} {
		if got := spread(s, 3); got != want {
			t.Errorf("%v is written %q, want %q", s, got, want)
		}
	}
	cold, hot := temperatureColor(0), temperatureColor(1)
	if cold != temperatureColors[0] || hot != temperatureColors[len(temperatureColors)-1] {
		t.Errorf("colours from %v to %v, want the ends of the scale", cold, hot)
	}
}

// TestSummaryOfOddTraining: strings of the record cannot drive the terminal, and one seed has no spread.
func TestSummaryOfOddTraining(t *testing.T) {
	for name, c := range oddTrains() {
		if r, ok := c.results.(*probe.TrainResults); !ok || r == nil {
			continue
		}
		var b bytes.Buffer
		if err := Summary(&b, &probe.Record{Kind: "train", Results: c.results}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "\x1b") || strings.Contains(b.String(), "NaN") {
			t.Errorf("%s: the summary holds a control character or NaN:\n%s", name, b.String())
		}
		if name == "one temperature and seed" && strings.Contains(b.String(), "over") {
			t.Errorf("one seed has a spread:\n%s", b.String())
		}
	}
}
