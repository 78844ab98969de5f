package probe

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"
)

// trainSubject is a small pair of clouds with a gap, two texts an image if twice.
func trainSubject(twice bool) *Subject {
	const n, d = 40, 8
	rng := rand.New(rand.NewPCG(5, 6))
	x, y := gap.NewEmbeddings(n, d, make([]float32, n*d)), gap.NewEmbeddings(n, d, make([]float32, n*d))
	for k := range x.Data {
		x.Data[k] = float32(rng.NormFloat64())
		y.Data[k] = x.Data[k] + float32(rng.NormFloat64())
	}
	for i := range n {
		x.Row(i)[0] += 4
		y.Row(i)[1] += 4
	}
	s := &Subject{Name: "two cones", Images: x, Texts: y}
	if twice {
		s.Texts = gap.NewEmbeddings(2*n, d, append(append([]float32{}, y.Data...), y.Data...))
		for j := range 2 * n {
			s.imageOf = append(s.imageOf, j%n)
		}
	}
	return s
}

func smallTrain() TrainOptions {
	o := DefaultTrain()
	o.Temperatures, o.Seeds, o.Run.Steps, o.Run.BatchSize = []float64{1, 0.01}, 2, 30, 10
	return o
}

// TestTrain: curves are the means and sample deviations of the runs that package gap makes, temperature by temperature, and every step is told.
func TestTrain(t *testing.T) {
	s, o := trainSubject(false), smallTrain()
	o.Seed, o.Run.Every = 7, 12
	told := 0
	r, warnings, err := Train(t.Context(), s, o, func(step Step) {
		if told++; step.Done != told || step.Total != 2*2*30 {
			t.Errorf("told of %d of %d, want %d of 120", step.Done, step.Total, told)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if told != 120 || len(warnings) != 0 || r.N != 40 || r.D != 8 || r.BatchSize != 10 || r.Steps != 30 || len(r.Seeds) != 2 || r.Seeds[1] != 8 {
		t.Errorf("told %d times, warnings %q, results %+v", told, warnings, r)
	}
	pair, err := s.Pair()
	if err != nil {
		t.Fatal(err)
	}
	for i, temperature := range o.Temperatures {
		run := o.Run
		var runs [2][]gap.TrainPoint
		for k := range runs {
			run.Temperature, run.Seed = temperature, r.Seeds[k]
			if runs[k], err = gap.Train(t.Context(), pair, run, nil); err != nil {
				t.Fatal(err)
			}
		}
		c := r.Curves[i]
		if float64(c.Temperature) != temperature || len(c.Points) != 4 {
			t.Fatalf("curve %d: temperature %v, %d points, want %v and 4", i, c.Temperature, len(c.Points), temperature)
		}
		for k, p := range c.Points {
			a, b := runs[0][k], runs[1][k]
			for name, v := range map[string]struct {
				got  Spread
				a, b float64
			}{"gap": {p.Gap, a.Gap, b.Gap}, "loss": {p.Loss, a.Loss, b.Loss}, "matched": {p.MatchedCosine, a.MatchedCosine, b.MatchedCosine},
				"image to text": {p.ImageToTextRecall1, a.ImageToTextRecall1, b.ImageToTextRecall1},
				"text to image": {p.TextToImageRecall1, a.TextToImageRecall1, b.TextToImageRecall1}} {
				if mean, std := (v.a+v.b)/2, math.Abs(v.a-v.b)/math.Sqrt2; math.Abs(float64(v.got.Mean)-mean) > 1e-12 || math.Abs(float64(v.got.Std)-std) > 1e-12 {
					t.Errorf("temperature %v, step %d: %s %+v, want %v ± %v", temperature, p.Step, name, v.got, mean, std)
				}
			}
		}
	}
}

// TestTrainWithoutChance: where a seed decides nothing there is one run, which says so and has no spread.
func TestTrainWithoutChance(t *testing.T) {
	o := smallTrain()
	o.Run.BatchSize, o.Run.Optimizer = 0, gap.DefaultOptimizer(gap.SGD, 1)
	r, warnings, err := Train(t.Context(), trainSubject(true), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 2 || !strings.Contains(warnings[0], "40 images have 80 texts") || !strings.Contains(warnings[1], "one run") {
		t.Errorf("warnings %q", warnings)
	}
	if len(r.Seeds) != 1 || r.BatchSize != 40 || len(r.Curves[0].Points) != 31 {
		t.Errorf("seeds %v, batches of %d, %d points", r.Seeds, r.BatchSize, len(r.Curves[0].Points))
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"std":null`, `"momentum":0.9`, `"learning_rate":1`, `"scale":100`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in the record", want)
		}
	}
	if strings.Contains(string(b), "betas") {
		t.Error("SGD has the constants of Adam")
	}
}

func TestTrainFaults(t *testing.T) {
	for want, spoil := range map[string]func(*TrainOptions){
		"no temperature":          func(o *TrainOptions) { o.Temperatures = nil },
		"0 seeds":                 func(o *TrainOptions) { o.Seeds = 0 },
		"want 1 to 10000":         func(o *TrainOptions) { o.Seeds = math.MaxInt },
		"temperature of -1":       func(o *TrainOptions) { o.Temperatures = []float64{1, -1} },
		"the 40 that there are":   func(o *TrainOptions) { o.Run.BatchSize = 41 },
		"lower the learning rate": func(o *TrainOptions) { o.Run.Optimizer = gap.DefaultOptimizer(gap.SGD, 1e308) },
	} {
		o := smallTrain()
		spoil(&o)
		_, _, err := Train(t.Context(), trainSubject(false), o, nil)
		if kind, ok := fault.KindOf(err); !ok || kind != fault.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want a usage fault of %q", err, want)
		}
	}
	s := trainSubject(false)
	s.Images.Row(3)[1] = float32(math.Inf(1))
	if _, _, err := Train(t.Context(), s, smallTrain(), nil); err == nil || !strings.Contains(err.Error(), "two cones") || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("error %v of an infinity in row 3", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, trainSubject(false), smallTrain(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context ended", err)
	}
}

// TestTrainTogether: runs share the processors, but not more memory than there may be.
func TestTrainTogether(t *testing.T) {
	o := smallTrain()
	o.Run.BatchSize = gap.MaxTrainBatch
	if got := o.together(1<<20, 1); got < 1 || got > 2 {
		t.Errorf("%d runs at once with batches of %d, want 1 or 2", got, gap.MaxTrainBatch)
	}
	o.Run.BatchSize = 64
	if got := o.together(50_000, 512); got != 1 { // its rows and moments alone take gigabytes
		t.Errorf("%d runs at once over 50,000 pairs of width 512, want 1", got)
	}
	o.Run.BatchSize = 0
	for _, pairs := range []int{0, 100} {
		if got := o.together(pairs, 8); got != runtime.GOMAXPROCS(0) {
			t.Errorf("%d runs at once over %d pairs, want one a processor", got, pairs)
		}
	}
}
