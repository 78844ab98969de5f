package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mindgap/probe"
)

// update rewrites testdata: go test ./probe/report -update. Look at every plot before committing what it wrote.
var update = flag.Bool("update", false, "rewrite the files in testdata")

// fixture is the record that the tests share: synthetic, made by synthetic(300) and frozen.
const fixture = "testdata/record.json"

// synthetic returns a record with n pairs whose numbers have the size and shape of a real run: a gap of 0.541, curves with a minimum,
// untrained twins 1.26 apart. It is deterministic, and no number in it is a measurement.
func synthetic(n int) *probe.Record {
	rng := rand.New(rand.NewPCG(7, 11))
	res := &probe.ReportResults{
		Measure: &probe.MeasureResults{N: n, D: 512, Metrics: syntheticMetrics(0.541, 0.62, 0.55)},
		Shift:   syntheticShift(n),
		Cone: &probe.ConeResults{Cones: []probe.Cone{
			syntheticCone("builtin", "image", 0.62, 0.09, n), syntheticCone("builtin", "text", 0.55, 0.11, n)}},
		Matched:   bell(0.31, 0.035, n),
		Unmatched: bell(0.17, 0.045, n*(n-1)),
		Compare:   syntheticCompare(n),
		Maps:      []probe.Map{syntheticMap(rng, n)},
	}
	res.ZeroShot = syntheticZeroShot(res.Shift, n)
	syntheticPanels(res, n)
	res.Examples = &probe.Examples{Lambda: 0.2}
	for i := range 5 {
		res.Examples.Gained = append(res.Examples.Gained, probe.Example{ID: fmt.Sprintf("item-%03d", i), Caption: "a red lighthouse on a rock by the sea",
			Label: "lighthouse", Before: "beach", After: "lighthouse"})
		res.Examples.Lost = append(res.Examples.Lost, probe.Example{ID: fmt.Sprintf("item-%03d", 100+i), Caption: "a bowl of noodle soup with an egg",
			Label: "ramen", Before: "ramen", After: "soup bowl"})
	}
	return &probe.Record{
		Schema: probe.Schema, Kind: "report", Mindgap: "0.1.0", Created: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC), Seed: 42,
		Inputs: probe.Inputs{
			Model: &probe.ModelInput{Ref: "builtin", Name: "MobileCLIP-S0", Layout: "two-files", Family: "clip", ImageFile: "image.onnx", TextFile: "text.onnx",
				SHA256:        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
				Preprocessing: probe.PreprocessInput{Size: 256, Resize: "shortest", Interpolation: "bilinear", Crop: true, Std: [3]float32{1, 1, 1}, Pipeline: "open_clip"},
				Context:       77, LogitScale: 100, LogitScaleFrom: "config.json", LogitBias: 0},
			Dataset: &probe.DatasetInput{Ref: "builtin", Target: "everyday", Source: "embedded sample", Count: n, Classes: 50,
				SHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", License: "CC0-1.0"},
			Pairing: "first caption of each image",
			Prompts: &probe.PromptsInput{Templates: []string{"a photo of a {}.", "a drawing of a {}."}, Classes: 50,
				SHA256: "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13"},
		},
		Environment: probe.Environment{ONNXRuntime: "1.30.0", Device: "cpu", Go: "go1.26.0", OS: "linux", Arch: "amd64", Threads: 2},
		Results:     res,
		Warnings:    []string{"12 of 300 captions are longer than the text tower's context of 77 tokens and were cut"},
	}
}

// round4 keeps the fixture small.
func round4(v float64) probe.Float { return probe.Float(math.Round(v*1e4) / 1e4) }

// within returns value ± half.
func within(value, half float64) probe.Interval {
	low, high := round4(value-half), round4(value+half)
	return probe.Interval{Value: round4(value), Low: &low, High: &high}
}

func syntheticMetrics(gap, image, text float64) map[string]probe.Interval {
	m := map[string]probe.Interval{
		"gap": within(gap, 0.009), "gap_raw": within(gap*9.1, 0.2), "centroid_cosine": within(0.77-gap/3, 0.01),
		"centroid_norm_image": within(math.Sqrt(image), 0.004), "centroid_norm_text": within(math.Sqrt(text), 0.005),
		"cosine_image_mean": within(image, 0.006), "cosine_text_mean": within(text, 0.007),
		"matched_cosine_mean": within(0.31, 0.003), "unmatched_cosine_mean": within(0.17, 0.002), "rmg": within(0.48, 0.01),
		"image_to_text_recall_at_1": within(0.62, 0.027), "text_to_image_recall_at_1": within(0.58, 0.028),
		"alignment": within(1.38, 0.01), "loss": within(1.482, 0.06), "pca1_explained": {Value: 0.243}, "pca1_gap_cosine": {Value: 0.987},
		"separability_logreg_accuracy": {Value: 1}, "mmd2_biased": {Value: 0.00000731}, "cka_linear": within(0.61, 0.02),
		"hubness_text_to_image": {Value: probe.Float(math.NaN())}, "effective_rank_image": {Value: 211.4}, "uniformity_image": {Value: -1.42},
	}
	return m
}

func syntheticCone(model, tower string, mean, std float64, n int) probe.Cone {
	return probe.Cone{Model: model, Tower: tower, Inputs: "data", N: n, Mean: round4(mean), Std: round4(std), Min: round4(mean - 4*std),
		Max: round4(min(1, mean+4*std)), Histogram: bell(mean, std, n*(n-1)/2)}
}

// bell counts a normal distribution cut to [-1, 1] in 100 bins.
func bell(mean, std float64, n int) []int64 {
	counts := make([]int64, 100)
	cdf := func(x float64) float64 { return 0.5 * math.Erfc(-(x-mean)/(std*math.Sqrt2)) }
	for i := range counts {
		a := -1 + 0.02*float64(i)
		counts[i] = int64(math.Round(float64(n) * (cdf(a+0.02) - cdf(a))))
	}
	return counts
}

func accuracy(share float64, n int, p *probe.Float) *probe.Accuracy {
	k := math.Round(share * float64(n))
	q, z := k/float64(n), 1.959964
	nf := float64(n)
	mid := (q + z*z/(2*nf)) / (1 + z*z/nf)
	half := z / (1 + z*z/nf) * math.Sqrt(q*(1-q)/nf+z*z/(4*nf*nf))
	return &probe.Accuracy{Correct: int(k), N: n, Value: round4(q), Low: round4(mid - half), High: round4(mid + half), PValue: p}
}

func syntheticShift(n int) *probe.ShiftResults {
	s := &probe.ShiftResults{Unit: "fraction", Side: "both", LossKind: "symmetric", Scales: []probe.Float{1, 5, 35, 50, 100},
		PCAExplained: []probe.Float{0.243, 0.058, 0.041, 0.03, 0.027, 0.022}}
	least := map[probe.Float]float64{1: 1, 5: 0.9, 35: 0.3, 50: 0.2, 100: 0}
	for i := -10; i <= 20; i++ {
		x := float64(i) / 10
		pt := probe.ShiftPoint{Lambda: round4(x), SignedDistance: round4(0.541 * (1 - x) / (1 + 0.03*x*x)), Loss: map[string]probe.Float{}}
		pt.Distance = probe.Float(math.Abs(float64(pt.SignedDistance)))
		for scale, at := range least {
			sf := float64(scale)
			pt.Loss[scaleKey(scale)] = round4(5.7/(1+sf/12) + 0.9 + 0.012*sf*(x-at)*(x-at))
		}
		pt.ImageToTextRecall1 = round4(0.62 - 0.07*(x-0.1)*(x-0.1))
		pt.TextToImageRecall1 = round4(0.58 - 0.05*(x+0.1)*(x+0.1))
		pt.ImageToTextInterval = &[2]probe.Float{round4(float64(pt.ImageToTextRecall1) - 0.03), round4(float64(pt.ImageToTextRecall1) + 0.03)}
		pt.TextToImageInterval = &[2]probe.Float{round4(float64(pt.TextToImageRecall1) - 0.03), round4(float64(pt.TextToImageRecall1) + 0.03)}
		// A normal stand-in for McNemar's test, with one item in ten changing side.
		share := func(x float64) float64 { return 0.634 - 0.12*(x-0.2)*(x-0.2) }
		p := round4(math.Erfc(math.Abs(share(x)-share(0)) * math.Sqrt(float64(n)/0.1) / math.Sqrt2))
		pt.Accuracy = accuracy(share(x), n, &p)
		pt.AccuracySingle = accuracy(0.598-0.14*(x-0.15)*(x-0.15), n, &p)
		s.Points = append(s.Points, pt)
	}
	held := probe.Float(0.6875)
	s.Best = map[string]probe.Best{
		"accuracy":                  {Lambda: 0.2, Value: 0.6267, AtZero: 0.6133, ChosenOn: n / 2, HeldOutOn: n / 2, PValue: &held},
		"loss@100":                  {Lambda: 0, Value: 1.51, AtZero: 1.51, ChosenOn: n / 2, HeldOutOn: n / 2},
		"loss@1":                    {Lambda: 1, Value: 6.17, AtZero: 6.18, ChosenOn: n / 2, HeldOutOn: n / 2},
		"image_to_text_recall_at_1": {Lambda: 0.1, Value: 0.62, AtZero: 0.6167, ChosenOn: n / 2, HeldOutOn: n / 2},
	}
	return s
}

func syntheticZeroShot(s *probe.ShiftResults, n int) *probe.ZeroShotResults {
	at := pointAt(s.Points, 0)
	z := &probe.ZeroShotResults{Dataset: "builtin", Model: "MobileCLIP-S0", Pretrained: "datacompdr", Task: "zeroshot_classification", Language: "en",
		Metrics:  map[string]probe.Float{"acc1": at.Accuracy.Value, "acc5": 0.891, "mean_per_class_recall": 0.625},
		Accuracy: *at.Accuracy, Single: *at.AccuracySingle, Templates: []string{"a photo of a {}.", "a drawing of a {}."}}
	z.Accuracy.PValue, z.Single.PValue = nil, nil
	for i := range 50 {
		z.Classnames = append(z.Classnames, fmt.Sprintf("class %02d", i))
		z.PerClass = append(z.PerClass, probe.PerClass{Class: z.Classnames[i], Correct: i * n / 2500, N: n / 50, Recall: round4(float64(i*n/2500) / float64(n/50))})
	}
	return z
}

// syntheticPanels adds what the figures of dimensions, components and classes show.
func syntheticPanels(res *probe.ReportResults, n int) {
	res.ExplainedVariance = &probe.ExplainedVariance{}
	for k := range 10 {
		fall := math.Pow(float64(k+1), -0.8)
		sign := float64(1 - 2*(k%3/2))
		res.GapDimensions = append(res.GapDimensions, probe.GapDimension{Index: 37 * (k + 3) % 512, Difference: round4(0.3 * sign * fall), Share: round4(0.3 * fall * fall)})
		v := res.ExplainedVariance
		v.Both, v.Images, v.Texts = append(v.Both, round4(0.243*fall*fall)), append(v.Images, round4(0.09*fall)), append(v.Texts, round4(0.12*fall))
	}
	z := res.ZeroShot
	for i := range z.PerClass {
		c, row := z.PerClass[i], make([]int, len(z.PerClass))
		row[i], row[(i+1)%len(row)] = c.Correct, (c.N-c.Correct+1)/2
		row[0] += (c.N - c.Correct) / 2 // a class that draws images of others
		z.Confusion = append(z.Confusion, row)
		if gained, lost := (i*7)%4, (i*5)%3; gained+lost > 0 && i%2 == 0 {
			p := round4(1 / float64(1+max(gained-lost, lost-gained)))
			res.ClassChanges = append(res.ClassChanges, probe.ClassChange{Class: c.Class, N: c.N, Before: c.Correct, After: c.Correct + gained - lost, Gained: gained, Lost: lost, PValue: p})
		}
	}
}

func syntheticCompare(n int) *probe.CompareResults {
	yes, no := true, false
	c := &probe.CompareResults{Models: []probe.ComparedModel{{Ref: "builtin", Name: "MobileCLIP-S0", Trained: &yes, SHA256: "9f86d081884c7d65",
		Metrics: syntheticMetrics(0.541, 0.62, 0.55), Accuracy: accuracy(0.63, n, nil)}}}
	for i, gap := range []float64{1.262, 1.241, 1.287} {
		m := probe.ComparedModel{Ref: fmt.Sprintf("random:mobileclip-s0?seed=%d", i), Name: fmt.Sprintf("random twin, seed %d", i), Trained: &no,
			SHA256: fmt.Sprintf("%016x", 1000003*(i+1)), Metrics: syntheticMetrics(gap, 0.94+0.01*float64(i), 0.68-0.02*float64(i)), Accuracy: accuracy(0.02, n, nil)}
		m.Cones = []probe.Cone{syntheticCone(m.Name, "image", 0.94, 0.01, n), syntheticCone(m.Name, "text", 0.68, 0.05, n)}
		p := probe.Float(1e-9)
		c.Models = append(c.Models, m)
		c.Differences = append(c.Differences, probe.ModelDifference{Of: m.Name, Minus: "MobileCLIP-S0", AccuracyPValue: &p,
			Metrics: map[string]probe.Interval{"gap": within(gap-0.541, 0.011), "cosine_image_mean": within(0.32, 0.01), "cosine_text_mean": within(0.13, 0.02)}})
	}
	c.SpreadOverSeeds = &probe.SeedSpread{Minus: "MobileCLIP-S0", Metrics: map[string]probe.SeedDifference{
		"gap": {Mean: 0.7223, Std: 0.023, Low: 0.6652, High: 0.7794}, "cosine_image_mean": {Mean: 0.33, Std: 0.01, Low: 0.3052, High: 0.3548},
		"cosine_text_mean": {Mean: 0.11, Std: 0.02, Low: 0.0603, High: 0.1597}, "effective_rank_image": {Mean: 0, Std: 1, Low: -2.48, High: 2.48}},
		Accuracy: &probe.SeedDifference{Mean: -0.61, Std: 0.002, Low: -0.615, High: -0.605}}
	for _, m := range c.Models[1:] {
		c.SpreadOverSeeds.Of = append(c.SpreadOverSeeds.Of, m.Name)
	}
	return c
}

// syntheticCorrect has corrections of the size and shape of real ones, one of which moved a row onto the origin.
func syntheticCorrect(n int) *probe.CorrectResults {
	r := &probe.CorrectResults{Scale: 100, FitOn: n / 2, ReadOn: n / 2}
	for i, name := range []string{"none", "shift", "centre", "drop_1", "procrustes_centred"} {
		x := float64(i)
		p := probe.Float(0.2)
		r.Corrections = append(r.Corrections, probe.Corrected{Name: name, Doc: name, Gap: round4(0.54 / (1 + 4*x)), MatchedCosine: round4(0.3 + 0.05*x),
			Loss: round4(1.4 + 0.1*x), ImageToTextRecall1: round4(0.72 - 0.02*x), TextToImageRecall1: round4(0.7 - 0.01*x), Accuracy: accuracy(0.65-0.02*x, n, &p)})
	}
	nan := probe.Float(math.NaN())
	r.Corrections = append(r.Corrections, probe.Corrected{Name: "standardise", Doc: "moves a row onto the origin", Gap: nan, MatchedCosine: nan, Loss: nan,
		ImageToTextRecall1: nan, TextToImageRecall1: nan})
	return r
}

func syntheticMap(rng *rand.Rand, n int) probe.Map {
	m := probe.Map{Model: "MobileCLIP-S0", Method: "pca", Explained: [2]probe.Float{0.243, 0.058}, Gap: 0.541}
	r := func(v float64) float32 { return float32(math.Round(v*1e4) / 1e4) }
	for range n {
		topic := rng.NormFloat64()
		m.Images = append(m.Images, [2]float32{r(-0.27 + 0.05*rng.NormFloat64()), r(0.12*topic + 0.09*rng.NormFloat64())})
		m.Texts = append(m.Texts, [2]float32{r(0.27 + 0.07*rng.NormFloat64()), r(0.14*topic + 0.08*rng.NormFloat64())})
	}
	return m
}

// syntheticScene is a scene of n pairs on one live map, with names of each kind.
func syntheticScene(n int) *probe.Scene {
	rng := rand.New(rand.NewPCG(3, 5))
	random := func(k int, mean, std float64) *probe.Array {
		v := make([]float32, k)
		for i := range v {
			v[i] = float32(mean + std*rng.NormFloat64())
		}
		return probe.NewArray(v)
	}
	lambda := probe.Float(0.2)
	s := &probe.Scene{Version: probe.SceneVersion, Model: "MobileCLIP-S0", Images: n, Texts: n, OfImages: n, OfTexts: n,
		Shift: probe.SceneShift{Unit: "fraction", Side: "both", GapNorm: 0.541},
		Maps: []probe.SceneMap{{Method: "pca", Title: "Principal components", Axes: [2]string{"first", "second"}, Explained: [2]probe.Float{0.243, 0.058}, Live: true,
			Gap: [2]float64{0.53, 0.02}}},
		Classes: []string{"lighthouse", "ramen"}, LambdaBest: &lambda,
		Arrays: map[string]*probe.Array{"u": random(n, 0.15, 0.03), "v": random(n, -0.15, 0.03), "matched": random(n, 0.31, 0.03)}}
	for _, side := range []string{"images", "texts"} {
		xy := random(2*n, 0, 0.2)
		xy.Shape = []int{n, 2}
		s.Arrays["map_pca_"+side] = xy
	}
	label := make([]int32, n)
	for i := range n {
		label[i] = int32(i % 2)
		s.IDs, s.Captions = append(s.IDs, fmt.Sprintf("item-%03d", i)), append(s.Captions, "a red lighthouse on a rock by the sea")
	}
	for _, name := range []string{"label", "predicted", "predicted_best"} {
		s.Arrays[name] = probe.NewArray(label)
	}
	return s
}

// load reads the fixture; with -update it writes it first.
func load(t testing.TB) *probe.Record {
	t.Helper()
	if *update {
		b, err := encode(synthetic(300))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fixture, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.FromSlash(fixture))
	if err != nil {
		t.Fatal(err)
	}
	rec := &probe.Record{Results: &probe.ReportResults{}}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(rec); err != nil {
		t.Fatal(err)
	}
	return rec
}
