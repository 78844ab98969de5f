package datasets_test

import (
	"context"
	"math"
	"testing"

	"mindgap/datasets"
	"mindgap/models/fault"
)

func init() {
	conformances = append(conformances, conformance{format: "noise", ref: "noise:4", want: "noise"})
}

// TestNoiseMoments: after CLIP's normalisation each channel has mean 0 and variance 1 but for what eight bits cut off. The bounds are the
// moments of a normal distribution cut to [(0−mean)/std, (1−mean)/std] with its tails on the bounds, ± 4 standard errors of n pixels.
func TestNoiseMoments(t *testing.T) {
	d, err := datasets.Open(context.Background(), "noise", datasets.Options{Limit: 20})
	if err != nil || d.Info().Len != 20 {
		t.Fatal(err, d)
	}
	var sum, square [3]float64
	n := 0
	for it, err := range d.Items(context.Background()) {
		b, berr := it.Image.Bytes()
		if err != nil || berr != nil {
			t.Fatal(err, berr)
		}
		for i, v := range b[len(b)-3*224*224:] {
			sum[2-i%3] += float64(v) / 255
			square[2-i%3] += float64(v) / 255 * float64(v) / 255
		}
		n += 224 * 224
	}
	for c, norm := range [3]struct{ mean, std float64 }{{0.48145466, 0.26862954}, {0.4578275, 0.26130258}, {0.40821073, 0.27577711}} {
		mean := sum[c] / float64(n)
		variance := square[c]/float64(n) - mean*mean
		lo, hi := -norm.mean/norm.std, (1-norm.mean)/norm.std
		phi := func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
		cdf := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
		first := phi(lo) - phi(hi) + lo*cdf(lo) + hi*(1-cdf(hi))
		second := cdf(hi) - cdf(lo) + lo*phi(lo) - hi*phi(hi) + lo*lo*cdf(lo) + hi*hi*(1-cdf(hi))
		second -= first * first
		// A level is 1/255 wide, which adds a twelfth of its square to the variance.
		second += 1 / (12 * 255 * 255 * norm.std * norm.std)
		if got := (mean - norm.mean) / norm.std; math.Abs(got-first) > 4/math.Sqrt(float64(n)) {
			t.Errorf("channel %d: mean %.5f, want %.5f", c, got, first)
		}
		if got := variance / (norm.std * norm.std); math.Abs(got-second) > 4*math.Sqrt2/math.Sqrt(float64(n)) {
			t.Errorf("channel %d: variance %.5f, want %.5f", c, got, second)
		}
	}
}

func TestNoiseFaults(t *testing.T) {
	for _, ref := range []string{"noise:", "noise:0", "noise:-1", "noise:x", "noise:99999999999"} {
		_, err := datasets.Open(context.Background(), ref, datasets.Options{})
		wantParts(t, err, []string{"a number of pictures"})
		if kind, _ := fault.KindOf(err); kind != fault.Usage {
			t.Errorf("%s: kind %v", ref, kind)
		}
	}
}

func BenchmarkNoise(b *testing.B) {
	d, err := datasets.Open(context.Background(), "noise:100", datasets.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for it := range d.Items(context.Background()) {
			if _, err := it.Image.Bytes(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
