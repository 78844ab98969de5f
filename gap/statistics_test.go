package gap

import (
	"math"
	"path/filepath"
	"slices"
	"testing"
)

func floats(list []any) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = v.(float64)
	}
	return out
}

// TestWilson and TestMcNemar meet SciPy's binomtest, relative tolerance 1e-9.
func TestWilson(t *testing.T) {
	for _, row := range readTree(t, filepath.Join("testdata", "statistics.json")).list("wilson") {
		r := floats(row.([]any))
		low, high := WilsonInterval(int(r[0]), int(r[1]), Z95)
		if math.Abs(low-r[2]) > 1e-9*r[2]+1e-15 || math.Abs(high-r[3]) > 1e-9*r[3] {
			t.Errorf("%v of %v: [%v, %v], want [%v, %v]", r[0], r[1], low, high, r[2], r[3])
		}
	}
}

func TestMcNemar(t *testing.T) {
	for _, row := range readTree(t, filepath.Join("testdata", "statistics.json")).list("mcnemar") {
		r := floats(row.([]any))
		if got := McNemarExact(int(r[0]), int(r[1])); math.Abs(got-r[2]) > 1e-9*r[2] {
			t.Errorf("b = %v, c = %v: p = %v, want %v", r[0], r[1], got, r[2])
		}
	}
	b, c := Discordant([]int{0, 1, NoLabel, 1, 2}, []int{0, 0, 5, 1, 1}, []int{1, 1, 5, 1, 2})
	if b != 1 || c != 2 {
		t.Errorf("discordant %d and %d, want 1 and 2", b, c)
	}
}

func TestQuantile(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "statistics.json"))
	values := floats(ref.list("values"))
	slices.Sort(values)
	for _, row := range ref.list("quantiles") {
		r := floats(row.([]any))
		if got := quantile(values, r[0]); math.Abs(got-r[1]) > 1e-14 {
			t.Errorf("quantile %v = %v, want %v", r[0], got, r[1])
		}
	}
}

// TestBootstrapCoverage: the interval of a mean is within 10% of the normal approximation's, is the same for the same seed and another
// for another.
func TestBootstrapCoverage(t *testing.T) {
	values := make([]float64, 400)
	for i := range values {
		values[i] = math.Sin(float64(i * i))
	}
	mean := average(values)
	var variance float64
	for _, v := range values {
		variance += (v - mean) * (v - mean) / float64(len(values))
	}
	half := Z95 * math.Sqrt(variance/float64(len(values)))
	low, high := Bootstrap(values, 4000, 7, 0.95)
	if math.Abs(high-mean-half) > 0.1*half || math.Abs(mean-low-half) > 0.1*half {
		t.Errorf("interval [%v, %v], want about %v ± %v", low, high, mean, half)
	}
	if l, h := Bootstrap(values, 4000, 7, 0.95); l != low || h != high {
		t.Error("the same seed gives another interval")
	}
	if l, _ := Bootstrap(values, 4000, 8, 0.95); l == low {
		t.Error("another seed gives the same interval")
	}
}

func TestBestLambda(t *testing.T) {
	nan := math.NaN()
	lambdas := []float64{-1, -0.5, 0, 0.5, 1}
	tests := []struct {
		name      string
		even, odd []float64
		less      bool
		want      Best
		ok        bool
	}{
		{"loss", []float64{5, 4, 3, 2, 4}, []float64{6, 5, 1, 2, 4}, true, Best{Lambda: 0.5, Chosen: 2, Value: 2, SwappedLambda: 0, SwappedValue: 3, CrossFit: 2.5}, true},
		{"accuracy", []float64{5, 4, 3, 2, 4}, []float64{6, 5, 1, 7, 4}, false, Best{Lambda: -1, Chosen: 5, Value: 6, SwappedLambda: 0.5, SwappedValue: 2, CrossFit: 4}, true},
		{"ties go to the least move", []float64{1, 2, 2, 2, 1}, []float64{3, 3, 3, 3, 3}, false, Best{Chosen: 2, Value: 3, SwappedValue: 2, CrossFit: 2.5}, true},
		{"NaN is never chosen", []float64{nan, 4, nan, 2, nan}, []float64{nan, 5, 6, 7, 8}, true, Best{Lambda: 0.5, Chosen: 2, Value: 7, SwappedLambda: -0.5, SwappedValue: 4, CrossFit: 5.5}, true},
		{"no number", []float64{nan, nan, nan, nan, nan}, []float64{1, 1, 1, 1, 1}, true, Best{}, false},
	}
	for _, tt := range tests {
		got, ok := BestLambda(lambdas, tt.even, tt.odd, tt.less)
		if got != tt.want || ok != tt.ok {
			t.Errorf("%s: %+v, %v, want %+v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}
