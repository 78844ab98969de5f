package randominit_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"mindgap/loaders"
	"mindgap/models"
)

// A cone is what one untrained model makes of noise: the mean cosine of different images and of different texts, and the distance of the
// two centroids of unit rows.
type cone struct{ Image, Text, Gap float64 }

// summed returns the mean over the pairs of different rows of their cosine, (‖Σx‖² - n)/(n(n-1)) for unit rows, and the centroid.
func summed(rows []float32, n int) (mean float64, centroid []float64) {
	d := len(rows) / n
	centroid = make([]float64, d)
	for i := range n {
		row, norm := rows[i*d:][:d], 0.0
		for _, x := range row {
			norm += float64(x) * float64(x)
		}
		for j, x := range row {
			centroid[j] += float64(x) / math.Sqrt(norm) / float64(n)
		}
	}
	square := 0.0
	for _, x := range centroid {
		square += x * x
	}
	return (square*float64(n) - 1) / float64(n-1), centroid
}

// onNoise embeds 32 images N(0, 1) and 32 rows of ids uniform over the vocabulary.
func onNoise(t *testing.T, ref string, seed uint64, o loaders.Options) cone {
	t.Helper()
	const n = 32
	cp, err := models.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	towers, err := loaders.Open(t.Context(), cp, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := towers.Close(); err != nil {
			t.Error(err)
		}
	}()
	opened := time.Since(start)
	g := rand.New(rand.NewPCG(seed, 99))
	pixels := make([]float32, n*3*224*224)
	for i := range pixels {
		pixels[i] = float32(g.NormFloat64())
	}
	ids := make([][]int, n)
	for i := range ids {
		ids[i] = make([]int, 77)
		for k := range ids[i] {
			ids[i][k] = g.IntN(49408)
		}
	}
	image, text := make([]float32, n*towers.Image.Width), make([]float32, n*towers.Text.Width)
	if err := towers.Image.Embed(t.Context(), image, pixels, n); err != nil {
		t.Fatal(err)
	}
	if err := towers.Text.Embed(t.Context(), text, ids); err != nil {
		t.Fatal(err)
	}
	var c cone
	var a, b []float64
	c.Image, a = summed(image, n)
	c.Text, b = summed(text, n)
	for i := range a {
		c.Gap += (a[i] - b[i]) * (a[i] - b[i])
	}
	c.Gap = math.Sqrt(c.Gap)
	t.Logf("%s: image %.4f, text %.4f, gap %.4f; drawn, written and opened in %.2f s", ref, c.Image, c.Text, c.Gap, opened.Seconds())
	return c
}

// Untrained ViT-B/32 towers on the paper's noise have the cones that PyTorch's have: over ten seeds of each, the means of image cosine, text
// cosine and gap differ by at most 4·√(s²/10 + s²/10), four standard errors of the difference, with s² from PyTorch's ten. They also lie
// in the bands that other people's float32 towers gave.
func TestConesAgainstPyTorch(t *testing.T) {
	if os.Getenv("MINDGAP_FULLSIZE") == "" {
		t.Skip("twenty models of 605 MB: set MINDGAP_FULLSIZE")
	}
	b, err := os.ReadFile("testdata/cones.json")
	if err != nil {
		t.Fatal(err)
	}
	var frozen struct{ OpenAI, HF []cone }
	if err := json.Unmarshal(b, &frozen); err != nil {
		t.Fatal(err)
	}
	o := loaders.Options{Batch: 32, Runtime: runtimeOptions(t)}
	bands := map[string][2]cone{"openai": {{.930, .39, 1.13}, {.939, .46, 1.21}}, "hf": {{.988, .50, 1.20}, {.990, .54, 1.24}}}
	for scheme, want := range map[string][]cone{"openai": frozen.OpenAI, "hf": frozen.HF} {
		if len(want) != 10 {
			t.Fatalf("%d models of the %s scheme frozen, want 10", len(want), scheme)
		}
		got := make([]cone, len(want))
		for seed := range got {
			got[seed] = onNoise(t, fmt.Sprintf("random:ViT-B-32?seed=%d&init=%s", seed, scheme), uint64(seed), o)
		}
		for what, of := range map[string]func(cone) float64{
			"mean cosine of images": func(c cone) float64 { return c.Image },
			"mean cosine of texts":  func(c cone) float64 { return c.Text },
			"gap":                   func(c cone) float64 { return c.Gap },
		} {
			gotMean, _ := spread(got, of)
			wantMean, s := spread(want, of)
			t.Logf("%s: %s %.4f, PyTorch %.4f with deviation %.4f", scheme, what, gotMean, wantMean, s)
			if tol := 4 * math.Sqrt(2*s*s/float64(len(want))); math.Abs(gotMean-wantMean) > tol {
				t.Errorf("%s: %s %.4f, PyTorch %.4f ± %.4f", scheme, what, gotMean, wantMean, tol)
			}
			if band := bands[scheme]; gotMean < of(band[0]) || gotMean > of(band[1]) {
				t.Errorf("%s: %s %.4f, want %.3f to %.3f", scheme, what, gotMean, of(band[0]), of(band[1]))
			}
		}
	}
}

func spread(cs []cone, of func(cone) float64) (mean, std float64) {
	for _, c := range cs {
		mean += of(c) / float64(len(cs))
	}
	for _, c := range cs {
		std += (of(c) - mean) * (of(c) - mean) / float64(len(cs)-1)
	}
	return mean, math.Sqrt(std)
}
