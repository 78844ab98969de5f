package gap

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBCa meets scipy.stats.bootstrap on its own draws, 1e-10. The maximum is the awkward case: a third of its draws equal the estimate.
func TestBCa(t *testing.T) {
	cases := readTree(t, filepath.Join("testdata", "statistics.json")).list("bca")
	if len(cases) != 3 {
		t.Fatalf("%d cases, want 3", len(cases))
	}
	for _, c := range cases {
		ref := tree(c.(map[string]any))
		low, high := BCa(floats(ref.list("draws")), ref.num("estimate"), floats(ref.list("jackknife")), 0.95)
		if !near(low, ref.num("low"), 1e-10) || !near(high, ref.num("high"), 1e-10) {
			t.Errorf("%v: [%v, %v], want [%v, %v]", ref["statistic"], low, high, ref.num("low"), ref.num("high"))
		}
	}
	if low, high := BCa([]float64{1, 2, 3}, 0, []float64{1, 2}, 0.5); low != 1.5 || high != 2.5 {
		t.Errorf("an estimate outside all draws: [%v, %v], want the percentiles 1.5 and 2.5", low, high)
	}
	if low, high := BCa([]float64{2, 2}, 2, []float64{2, 2}, 0.95); low != 2 || high != 2 {
		t.Errorf("draws without spread: [%v, %v], want 2", low, high)
	}
	if low, high := BCa([]float64{2, math.NaN()}, 2, []float64{2, 2}, 0.95); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("NaN among draws: [%v, %v], want NaN", low, high)
	}
}

// TestJackknife: metrics without one image, by differences of sums, are those of a resample that draws all others once.
func TestJackknife(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		if p.Images.N < 3 {
			return
		}
		in := &Inputs{Pair: p, Scale: 20}
		if _, err := in.products(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := newResampleSources(in)
		metrics := Metrics()
		var use []int
		for k, m := range metrics {
			if m.Resampled != nil {
				use = append(use, k)
			}
		}
		got, err := s.jackknife(t.Context(), metrics, use)
		if err != nil {
			t.Fatal(err)
		}
		weights := newRows(1, p.Images.N)
		for _, i := range []int{0, rng.IntN(p.Images.N), p.Images.N - 1} {
			copy(weights.data, filled(p.Images.N, 1))
			weights.data[i] = 0
			r := s.weighted(weights)[0]
			for _, k := range use {
				if want := metrics[k].Resampled(r); !near(got[k][i], want, 1e-10) && !math.IsNaN(want) {
					t.Errorf("%s without image %d: %v, want %v", metrics[k].Name, i, got[k][i], want)
				}
			}
		}
	})
}

// TestMeasureBCa: the intervals of Measure are those of BCa over its draws, and keep the order of their ends.
func TestMeasureBCa(t *testing.T) {
	p := randomPair(rand.New(rand.NewPCG(91, 92)), 60, 8, 2, false)
	o := MeasureOptions{Scale: 20, Bootstrap: 300, Seed: 3, BCa: true, KeepDraws: true}
	got, err := Measure(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	o.BCa = false
	plain, err := Measure(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	different := 0
	for k, r := range got {
		if diff := cmp.Diff(plain[k].Draws, r.Draws); diff != "" {
			t.Errorf("%s: other draws (-percentile +BCa):\n%s", r.Name, diff)
		}
		if r.HasInterval != plain[k].HasInterval || r.HasInterval && !(r.Low <= r.High) {
			t.Errorf("%s: interval [%v, %v] %v, percentile interval %v", r.Name, r.Low, r.High, r.HasInterval, plain[k].HasInterval)
		}
		if r.HasInterval && r.Low != plain[k].Low {
			different++
		}
	}
	if different < 10 {
		t.Errorf("%d intervals differ from the percentile intervals", different)
	}
}

// TestPermutationExact meets scipy.stats.permutation_test over all arrangements.
func TestPermutationExact(t *testing.T) {
	cases := readTree(t, filepath.Join("testdata", "statistics.json")).list("permutations")
	if len(cases) != 3 {
		t.Fatalf("%d cases, want 3", len(cases))
	}
	for _, c := range cases {
		ref := tree(c.(map[string]any))
		n := int(ref.num("n"))
		cloud := func(key string) *Embeddings {
			var data []float32
			for _, v := range floats(ref.list(key)) {
				data = append(data, float32(v))
			}
			return NewEmbeddings(n, 3, data)
		}
		got, err := PermutationTest(t.Context(), NewPair(cloud("images"), cloud("texts"), nil), 1<<n, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !near(got.Gap, ref.num("gap"), 1e-12) || got.P != ref.num("p") || got.Swaps != 1<<n || !got.Complete {
			t.Errorf("n = %d: %+v, want gap %v, p %v", n, got, ref.num("gap"), ref.num("p"))
		}
	}
}

// TestPermutationCaptions: of several texts an image, the first alone counts, wherever it stands and however many more rows there are.
func TestPermutationCaptions(t *testing.T) {
	rng := rand.New(rand.NewPCG(95, 96))
	const n, captions = 90, 5
	one := randomPair(rng, n, 6, 1, false)
	several, imageOf := NewEmbeddings(n*captions, 6, make([]float32, n*captions*6)), make([]int, n*captions)
	for j := range imageOf {
		imageOf[j] = n - 1 - j%n
		copy(several.Row(j), one.Texts.Row(imageOf[j]))
		if j >= n { // a further text, which would change the gap
			several.Row(j)[j%6] += 10
		}
	}
	want, err := PermutationTest(t.Context(), one, 500, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := PermutationTest(t.Context(), NewPair(one.Images, several, imageOf), 500, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%+v with %d texts an image, %+v with the first alone", got, captions, want)
	}
}

// TestPermutationRandom: two separated clouds cannot be chance, two halves of one cloud are, at a p that is close to the exact one.
func TestPermutationRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(93, 94))
	apart := randomPair(rng, 200, 6, 1, false)
	got, err := PermutationTest(t.Context(), apart, 999, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got.P != 0.001 || got.Complete {
		t.Errorf("separated clouds: %+v, want p = 1/1000", got)
	}
	p := randomPair(rng, 12, 5, 1, false)
	alike := NewPair(p.Images, randomPair(rng, 12, 5, 1, false).Images, nil)
	exact, err := PermutationTest(t.Context(), alike, 4096, 1)
	if err != nil {
		t.Fatal(err)
	}
	sampled, err := PermutationTest(t.Context(), alike, 4000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !exact.Complete || sampled.Complete || math.Abs(exact.P-sampled.P) > 4*math.Sqrt(0.25/4000) || exact.P < 0.01 {
		t.Errorf("one cloud: exact %+v, sampled %+v", exact, sampled)
	}
	if _, err := PermutationTest(t.Context(), alike, 0, 1); err == nil {
		t.Error("no swaps: no error")
	}
}

func TestCrossFitLambda(t *testing.T) {
	nan := math.NaN()
	lambdas := []float64{-1, 0, 1}
	tests := []struct {
		name  string
		folds [][]float64
		sizes []int
		less  bool
		want  CrossFit
		ok    bool
	}{
		{"loss", [][]float64{{3, 2, 1}, {1, 2, 3}, {3, 1, 2}}, []int{1, 1, 2}, true,
			CrossFit{Lambdas: []float64{0, 0, 0}, Values: []float64{2, 2, 1}, Value: 1.5}, true},
		{"accuracy", [][]float64{{0.5, 0.6, 0.7}, {0.5, 0.6, 0.4}}, []int{3, 1}, false,
			CrossFit{Lambdas: []float64{0, 1}, Values: []float64{0.6, 0.4}, Value: 0.55}, true},
		{"a NaN is never chosen", [][]float64{{3, nan, 1}, {nan, 1, 2}, {nan, 1, 2}}, []int{1, 1, 1}, true, CrossFit{}, false},
		{"nothing to choose", [][]float64{{nan, nan, nan}, {1, 1, 1}}, []int{1, 1}, true, CrossFit{}, false},
	}
	for _, tt := range tests {
		got, ok := CrossFitLambda(lambdas, tt.folds, tt.sizes, tt.less)
		if ok != tt.ok {
			t.Errorf("%s: ok %v, want %v", tt.name, ok, tt.ok)
		}
		if ok {
			if diff := cmp.Diff(fmt.Sprintf("%.12v", tt.want), fmt.Sprintf("%.12v", got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	}
}

// TestCrossFitIsBestLambda: with two equal folds cross-fitting is choosing on one half and reporting on the other.
func TestCrossFitIsBestLambda(t *testing.T) {
	rng := rand.New(rand.NewPCG(95, 96))
	lambdas := spread(-1, 1, 9)
	for range 50 {
		even, odd := make([]float64, 9), make([]float64, 9)
		for l := range even {
			even[l], odd[l] = float64(rng.IntN(6)), float64(rng.IntN(6))
		}
		less := rng.IntN(2) == 0
		want, _ := BestLambda(lambdas, even, odd, less)
		got, ok := CrossFitLambda(lambdas, [][]float64{even, odd}, []int{5, 5}, less)
		if !ok || got.Lambdas[1] != want.Lambda || got.Lambdas[0] != want.SwappedLambda || got.Value != want.CrossFit {
			t.Errorf("even %v, odd %v: %+v, want %+v", even, odd, got, want)
		}
	}
}

// TestFolds: every image is in one fold with all its texts.
func TestFolds(t *testing.T) {
	eachPair(t, func(t *testing.T, _ *rand.Rand, p Pair) {
		images, texts := 0, 0
		for f, part := range p.Folds(2) {
			images, texts = images+part.Images.N, texts+part.Texts.N
			for j := range part.Texts.N {
				if part.Image(j) >= part.Images.N {
					t.Errorf("fold %d: text %d has no image", f, j)
				}
			}
			if diff := cmp.Diff(p.Images.Row(f), part.Images.Row(0)); diff != "" {
				t.Errorf("fold %d starts with another image", f)
			}
		}
		if images != p.Images.N || texts != p.Texts.N {
			t.Errorf("folds hold %d images and %d texts of %d and %d", images, texts, p.Images.N, p.Texts.N)
		}
	})
}
