package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mindgap/gap"
	"mindgap/loaders/embfile"
	"mindgap/models/fault"
)

// benchmarkWant is what testdata/benchmark.py computed of one target and one gap vector.
type benchmarkWant struct {
	N        int
	Correct  []int
	Signed   []float64 `json:"signed_distance"`
	Ties     []int     `json:"near_ties"`
	P        []float64
	Adjusted []float64
	Best     float64
	HeldOut  struct {
		Lambda   float64
		N        int
		AtZero   int `json:"at_zero"`
		AtLambda int `json:"at_lambda"`
		P        float64
	} `json:"held_out"`
	CrossFit struct {
		Lambdas  [2]float64
		AtZero   int `json:"at_zero"`
		AtLambda int `json:"at_lambda"`
		P        float64
	} `json:"cross_fit"`
}

// TestBenchmark: from the image files on, every count, every choice of λ and every p-value is that of NumPy and SciPy, distances within 1e-5 (that of the
// embeddings), p within 1e-9. A count may be off by the images whose two nearest classes are within 4e-6 of each other, at one λ at most.
func TestBenchmark(t *testing.T) {
	var want map[string]benchmarkWant
	if err := json.Unmarshal(readFile(t, filepath.Join("testdata", "benchmark.json")), &want); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir() // so that the images are embedded once
	seen := 0
	for _, from := range []string{GapOfClasses, GapOfPairs} {
		rec, err := (&Config{CacheDir: cache}).Benchmark(t.Context(), BenchmarkOptions{GapFrom: from})
		if err != nil {
			t.Fatal(err)
		}
		res := rec.Results.(*BenchmarkResults)
		if res.Tried != 39 || res.Unit != "distance" || res.GapFrom != from || len(rec.Warnings) > 0 {
			t.Errorf("%s: %d tried, unit %s, gap from %s, warnings %q", from, res.Tried, res.Unit, res.GapFrom, rec.Warnings)
		}
		for _, s := range res.Sets {
			w, ok := want[s.Dataset.Target+" "+from]
			if !ok {
				t.Fatalf("no reference for %s %s", s.Dataset.Target, from)
			}
			seen++
			t.Run(s.Dataset.Target+" "+from, func(t *testing.T) { checkBenchmark(t, &s, &w, from) })
		}
	}
	if seen != len(want) {
		t.Errorf("%d sets scored, %d in the reference", seen, len(want))
	}
}

func checkBenchmark(t *testing.T, s *BenchmarkSet, w *benchmarkWant, from string) {
	if len(s.Points) != 40 || s.AtZero.N != w.N || s.Metric != "accuracy" || s.Paper != nil {
		t.Fatalf("%d points, %d items, metric %s, paper %v", len(s.Points), s.AtZero.N, s.Metric, s.Paper)
	}
	turned := 0
	for l, p := range s.Points {
		what := fmt.Sprintf("λ = %v", p.Lambda)
		near(t, what+": signed distance", float64(p.SignedDistance), w.Signed[l], 1e-5)
		if d := *p.Correct - w.Correct[l]; d != 0 {
			if max(d, -d) > w.Ties[l] {
				t.Errorf("%s: %d right, want %d, with %d near ties", what, *p.Correct, w.Correct[l], w.Ties[l])
			}
			turned++
			continue
		}
		near(t, what+": p", float64(p.PValue), w.P[l], 1e-9)
		near(t, what+": adjusted p", float64(p.Adjusted), w.Adjusted[l], 1e-9)
		low, high := gap.WilsonInterval(w.Correct[l], w.N, gap.Z95)
		near(t, what+": interval", float64(p.Low)+float64(p.High), low+high, 1e-12)
	}
	if turned > 1 {
		t.Errorf("%d of 40 counts hang on near ties, want one at most", turned)
	}
	if float64(s.Best.Lambda) != w.Best {
		t.Errorf("best λ %v, want %v", s.Best.Lambda, w.Best)
	}
	h, c := s.HeldOut, s.CrossFit
	if float64(h.Lambda) != w.HeldOut.Lambda || *h.AtZero.Correct != w.HeldOut.AtZero || *h.Value.Correct != w.HeldOut.AtLambda || h.HeldOutOn != w.HeldOut.N || h.ChosenOn != w.N-w.HeldOut.N {
		t.Errorf("held out %+v, want %+v", h, w.HeldOut)
	}
	near(t, "held-out p", float64(h.PValue), w.HeldOut.P, 1e-9)
	if float64(c.Lambdas[0]) != w.CrossFit.Lambdas[0] || float64(c.Lambdas[1]) != w.CrossFit.Lambdas[1] || *c.AtZero.Correct != w.CrossFit.AtZero || *c.Value.Correct != w.CrossFit.AtLambda {
		t.Errorf("cross-fitted %+v, want %+v", c, w.CrossFit)
	}
	near(t, "cross-fitted p", float64(c.PValue), w.CrossFit.P, 1e-9)
}

// TestBenchmarkSets: sets of the paper with its prompts and metric, one by the area under the ROC curve, beside one that is not there.
func TestBenchmarkSets(t *testing.T) {
	c := builtinConfig()
	c.Model, c.Data.Root = "builtin:cifar10", labelledSets
	rec, err := c.Benchmark(t.Context(), BenchmarkOptions{Datasets: []string{"svhn", "nowhere", "hateful_memes", "eurosat"}, Lambdas: []float64{0.5, -0.5}, Unit: gap.Distance})
	if err != nil {
		t.Fatal(err)
	}
	res := rec.Results.(*BenchmarkResults)
	if len(res.Missing) != 1 || res.Missing[0].Ref != "nowhere" || !slices.ContainsFunc(rec.Warnings, func(w string) bool { return strings.Contains(w, "nowhere was left out") }) {
		t.Errorf("missing %+v, warnings %q", res.Missing, rec.Warnings)
	}
	if len(res.Sets) != 3 || res.Tried != 2 {
		t.Fatalf("%d sets, %d tried", len(res.Sets), res.Tried)
	}
	for i, want := range []struct {
		template, metric string
		paper            Float
	}{{`a street sign of the number: "{}".`, "accuracy", 0.5389}, {"a photo of a {}.", "auroc", 0.58}, {"a centered satellite photo of {}.", "accuracy", 0.541}} {
		s := res.Sets[i]
		if s.PromptsFrom != PaperPrompts || s.Prompts.Templates[0] != want.template || s.Metric != want.metric || s.Paper.AtZero != want.paper {
			t.Errorf("%s: prompts %s %q, metric %s, paper %+v", s.Dataset.Ref, s.PromptsFrom, s.Prompts.Templates, s.Metric, s.Paper)
		}
		if len(s.Points) != 3 || s.Points[0].Lambda != -0.5 || s.Points[1].Lambda != 0 || (s.AtZero.Correct == nil) != (want.metric == "auroc") {
			t.Errorf("%s: %+v", s.Dataset.Ref, s.Points)
		}
	}
	own, err := c.Benchmark(t.Context(), BenchmarkOptions{Datasets: []string{"svhn"}, Lambdas: []float64{1}, Prompts: DatasetPrompts})
	if err != nil {
		t.Fatal(err)
	}
	if s := own.Results.(*BenchmarkResults).Sets[0]; s.PromptsFrom != DatasetPrompts || len(s.Prompts.Templates) != 6 || s.Prompts.SHA256 == res.Sets[0].Prompts.SHA256 {
		t.Errorf("svhn in its own words: %s, %q", s.PromptsFrom, s.Prompts.Templates)
	}
}

// TestBenchmarkArea: the area at λ = 0 is that of zeroshot, and each half's is read at the other's λ.
func TestBenchmarkArea(t *testing.T) {
	c := builtinConfig()
	c.Dataset, c.Data.Root, c.Templates = "hateful_memes", labelledSets, []string{"a {}."}
	s, err := c.Load(t.Context(), WithPrompts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want, _, err := ZeroShot(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Templates = nil
	rec, err := c.Benchmark(t.Context(), BenchmarkOptions{Datasets: []string{"hateful_memes"}, Prompts: DatasetPrompts})
	if err != nil {
		t.Fatal(err)
	}
	set := rec.Results.(*BenchmarkResults).Sets[0]
	near(t, "area", float64(set.AtZero.Value), float64(want.Metrics["auroc"]), 1e-12)
	if set.AtZero.N != want.Accuracy.N || !(set.Best.Value >= set.AtZero.Value) {
		t.Errorf("%+v", set)
	}
}

// TestBenchmarkGapFrom: a gap vector fitted on embeddings of other data moves along that vector, and another width is a fault.
func TestBenchmarkGapFrom(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, d int) string {
		var parts []string
		for k, side := range []string{"images", "texts"} {
			e := gap.NewEmbeddings(3, d, make([]float32, 3*d))
			for i := range e.N {
				e.Row(i)[k] = 1
			}
			parts = append(parts, filepath.Join(dir, name+side+".npy"))
			if err := embfile.Write(parts[k], e, nil); err != nil {
				t.Fatal(err)
			}
		}
		return strings.Join(parts, ",")
	}
	c := builtinConfig()
	c.Data.Limit = 24
	width := 0
	{
		s, err := c.Load(t.Context(), WithPrompts)
		if err != nil {
			t.Fatal(err)
		}
		width = s.Images.D
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	o := BenchmarkOptions{Targets: []string{"group"}, Lambdas: []float64{1}, Unit: gap.Distance, Side: gap.ImageSide, GapFrom: write("same", width)}
	rec, err := c.Benchmark(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	res := rec.Results.(*BenchmarkResults)
	if res.GapEmbeddings == nil || res.GapEmbeddings.Width != width || res.GapFrom != o.GapFrom {
		t.Errorf("gap from %q, %+v", res.GapFrom, res.GapEmbeddings)
	}
	o.GapFrom = write("narrow", 5)
	if _, err := c.Benchmark(t.Context(), o); err == nil || !strings.Contains(err.Error(), "width 5") {
		t.Errorf("another width: %v", err)
	}
	o.GapFrom = filepath.Join(dir, "none.npy")
	if _, err := c.Benchmark(t.Context(), o); err == nil {
		t.Error("embeddings that are not there gave a gap")
	}
}

// TestBenchmarkFaults: nothing to score, a cancelled run and unknown prompts.
func TestBenchmarkFaults(t *testing.T) {
	_, err := builtinConfig().Benchmark(t.Context(), BenchmarkOptions{Datasets: []string{"cifar10", "nowhere"}})
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Input || !strings.Contains(err.Error(), "--data-root") {
		t.Errorf("no set: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := builtinConfig().Benchmark(ctx, BenchmarkOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := builtinConfig().Benchmark(t.Context(), BenchmarkOptions{Prompts: "mine"}); err == nil {
		t.Error("unknown prompts were taken")
	}
	// A λ at which a row lands on the origin is undefined and never the best.
	z := &benchmark{set: &BenchmarkSet{}, o: &BenchmarkOptions{}}
	if s := z.score(nil, []int{0, 1, -1}); s.N != 2 || !math.IsNaN(float64(s.Value)) {
		t.Errorf("undefined λ: %+v", s)
	}
	if p := z.test(nil, outcome{1}, []int{0}); !math.IsNaN(p) {
		t.Errorf("p of an undefined λ: %v", p)
	}
}

// TestReferencePaperTable1: the numbers beside ours are those of the paper.
func TestReferencePaperTable1(t *testing.T) {
	text := string(readFile(t, referenceFolder(t, "reference", "paper.md")))
	for name, row := range paperTable1 {
		want := fmt.Sprintf(".%04.0f->.%04.0f", 1e4*float64(row.AtZero), 1e4*float64(row.Best)) + map[string]string{"larger": " up", "smaller": " down"}[row.Gap]
		label := map[string]string{"cifar10": "CIFAR10", "cifar100": "CIFAR100", "eurosat": "EuroSAT", "svhn": "SVHN", "hateful_memes": "HatefulMemes"}[name]
		if !strings.Contains(text, label+" "+want) {
			t.Errorf("%s: the paper has no %q", name, label+" "+want)
		}
	}
}
