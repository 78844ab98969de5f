package gap

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// shapesUnderTest are the shapes that properties are tried on.
var shapesUnderTest = []struct{ n, d, captions int }{{2, 2, 1}, {12, 3, 1}, {40, 12, 1}, {64, 70, 1}, {30, 11, 3}, {170, 20, 2}}

func eachPair(t *testing.T, do func(t *testing.T, rng *rand.Rand, p Pair)) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, s := range shapesUnderTest {
		do(t, rng, randomPair(rng, s.n, s.d, s.captions, false))
	}
}

// compareMeasurements compares all metrics: |a − b| ≤ tolerance·max(1, |a|), or both undefined.
func compareMeasurements(t *testing.T, a, b Pair, tolerance float64, except ...string) {
	t.Helper()
	x, err := Measure(t.Context(), a, MeasureOptions{Scale: 20})
	if err != nil {
		t.Fatal(err)
	}
	y, err := Measure(t.Context(), b, MeasureOptions{Scale: 20})
	if err != nil {
		t.Fatal(err)
	}
next:
	for k := range x {
		for _, prefix := range except {
			if strings.HasPrefix(x[k].Name, prefix) {
				continue next
			}
		}
		if math.IsNaN(x[k].Value) != math.IsNaN(y[k].Value) || !math.IsNaN(x[k].Value) && !near(y[k].Value, x[k].Value, tolerance) {
			t.Errorf("n = %d, m = %d, d = %d: %s = %v and %v", a.Images.N, a.Texts.N, a.Images.D, x[k].Name, x[k].Value, y[k].Value)
		}
	}
}

// rotation returns a random orthogonal d×d matrix, by Gram–Schmidt.
func rotation(rng *rand.Rand, d int) *rows {
	q := newRows(d, d)
	for i := range d {
		v := q.row(i)
		for k := range v {
			v[k] = rng.NormFloat64()
		}
		for range 2 { // the second pass removes what rounding left
			for j := range i {
				c := dotSum(v, q.row(j))
				for k := range v {
					v[k] -= c * q.row(j)[k]
				}
			}
		}
		length := norm(v)
		for k := range v {
			v[k] /= length
		}
	}
	return q
}

func rotate(e *Embeddings, q *rows) *Embeddings {
	out := NewEmbeddings(e.N, e.D, make([]float32, len(e.Data)))
	for i := range e.N {
		for k := range e.D {
			var sum float64
			for j, v := range e.Row(i) {
				sum += float64(v) * q.row(k)[j]
			}
			out.Row(i)[k] = float32(sum)
		}
	}
	return out
}

// TestRotation: no metric but the coordinate-wise share sees a rotation of the whole space. Entries are rounded to float32 once more, so
// the tolerance is 2e-5.
func TestRotation(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		q := rotation(rng, p.Images.D)
		compareMeasurements(t, p, NewPair(rotate(p.Images, q), rotate(p.Texts, q), p.ImageOf), 2e-5, "gap_top")
	})
}

// TestPermutation: the order of pairs changes nothing but the order of summation, except where it makes the folds.
func TestPermutation(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		compareMeasurements(t, p, p.Take(rng.Perm(p.Images.N)), 1e-9, "separability")
	})
}

// TestScaleFree: multiplying rows by powers of two changes the raw gap alone.
func TestScaleFree(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		q := p.Take(rng.Perm(p.Images.N))
		p = NewPair(NewEmbeddings(q.Images.N, q.Images.D, append([]float32(nil), q.Images.Data...)), q.Texts, q.ImageOf)
		for i := range p.Images.N {
			f := float32(math.Exp2(float64(rng.IntN(9) - 4)))
			for k := range p.Images.Row(i) {
				p.Images.Row(i)[k] *= f
			}
		}
		compareMeasurements(t, q, p, 1e-12, "gap_raw")
	})
}

// TestShiftIdentity: λ = 0 gives the measures of the pair itself, and ShiftTo by 0 its unit rows.
func TestShiftIdentity(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		points, err := Sweep(t.Context(), p, SweepOptions{Lambdas: []float64{0}, Scales: []float64{20}})
		if err != nil {
			t.Fatal(err)
		}
		m, err := Measure(t.Context(), p, MeasureOptions{Scale: 20})
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]float64{"gap": points[0].Distance, "loss": points[0].Loss[0],
			"image_to_text_recall_at_1": points[0].ImageToTextRecall1, "text_to_image_recall_at_1": points[0].TextToImageRecall1} {
			if r, _ := m.Get(name); !near(got, r.Value, 1e-11) {
				t.Errorf("%s is %v at λ = 0 and %v measured", name, got, r.Value)
			}
		}
		moved := NewEmbeddings(p.Images.N, p.Images.D, make([]float32, len(p.Images.Data)))
		ShiftTo(moved, p.Images, 0, GapVector(p))
		for i, v := range p.Images.unit().data {
			if math.Abs(float64(moved.Data[i])-v) > 1e-7 {
				t.Fatalf("entry %d is %v, want %v", i, moved.Data[i], v)
			}
		}
	})
}

// TestFractionOneCloses: λ = 1 in fractions closes the gap before rows are normalised again, whichever side moves.
func TestFractionOneCloses(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		x, y := p.Images.unit(), p.Texts.unit()
		g := minus(x.mean(), y.mean())
		for _, side := range []Side{Both, ImageSide, TextSide} {
			a, b := side.steps(1)
			cx, cy := x.mean(), y.mean()
			for k := range g {
				cx[k] -= a * g[k]
				cy[k] += b * g[k]
			}
			if left := norm(minus(cx, cy)); left > 1e-14 {
				t.Errorf("%v: %v of the gap is left", side, left)
			}
		}
	})
}

// TestShiftToMatchesSweep: moving rows and measuring them gives the sweep's numbers, up to float32 rows.
func TestShiftToMatchesSweep(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		g := GapVector(p)
		points, err := Sweep(t.Context(), p, SweepOptions{Lambdas: []float64{0.6}, Scales: []float64{20}})
		if err != nil {
			t.Fatal(err)
		}
		x := NewEmbeddings(p.Images.N, p.Images.D, make([]float32, len(p.Images.Data)))
		y := NewEmbeddings(p.Texts.N, p.Texts.D, make([]float32, len(p.Texts.Data)))
		ShiftTo(x, p.Images, -0.3, g)
		ShiftTo(y, p.Texts, 0.3, g)
		m, err := Measure(t.Context(), NewPair(x, y, p.ImageOf), MeasureOptions{Scale: 20})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]float64{"gap": points[0].Distance, "loss": points[0].Loss[0]} {
			if r, _ := m.Get(name); !near(r.Value, want, 1e-5) {
				t.Errorf("%s of moved rows is %v, of the sweep %v", name, r.Value, want)
			}
		}
	})
}

// TestSumsMerge: sums of parts, merged in any grouping, equal the sums of the whole to 1e-12.
func TestSumsMerge(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		whole := SumsOf(p)
		var merged Sums
		perm := rng.Perm(p.Images.N)
		for len(perm) > 0 {
			k := 1 + rng.IntN(len(perm))
			var part Sums
			part.Add(p.Take(perm[:k]))
			merged.Merge(part)
			perm = perm[k:]
		}
		for name, v := range map[string][2]float64{
			"gap": {merged.Gap(), whole.Gap()}, "raw gap": {merged.RawGap(), whole.RawGap()},
			"image mean cosine": {merged.Images.MeanCosine(), whole.Images.MeanCosine()},
			"text mean cosine":  {merged.Texts.MeanCosine(), whole.Texts.MeanCosine()},
			"matched":           {merged.MatchedCosine(), whole.MatchedCosine()}, "unmatched": {merged.UnmatchedCosine(), whole.UnmatchedCosine()},
		} {
			if !near(v[0], v[1], 1e-12) {
				t.Errorf("%s: %v merged, %v whole", name, v[0], v[1])
			}
		}
	})
}

// TestBootstrapIntervals: every metric with an interval has its value near it, resamples are reproducible, and the metrics of a resample
// in which every image is drawn once are the metrics themselves.
func TestBootstrapIntervals(t *testing.T) {
	eachPair(t, func(t *testing.T, rng *rand.Rand, p Pair) {
		o := MeasureOptions{Scale: 20, Bootstrap: 200, Seed: 5}
		first, err := Measure(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Measure(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range first {
			if s := second[k]; s.Low != r.Low || s.High != r.High {
				t.Errorf("%s: [%v, %v], then [%v, %v]", r.Name, r.Low, r.High, s.Low, s.High)
			}
			if r.HasInterval && !(r.Low <= r.High) {
				t.Errorf("%s: interval [%v, %v]", r.Name, r.Low, r.High)
			}
		}

		in := &Inputs{Pair: p, Scale: 20}
		if _, err := in.products(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := identityResample(in)
		for k, m := range Metrics() {
			if m.Resampled == nil || math.IsNaN(first[k].Value) {
				continue
			}
			if got := m.Resampled(r); !near(got, first[k].Value, 1e-11) {
				t.Errorf("%s: resampled %v, measured %v", m.Name, got, first[k].Value)
			}
		}
	})
}

// identityResample draws every image once.
func identityResample(in *Inputs) *Resample {
	weights := newRows(1, in.Pair.Images.N)
	copy(weights.data, filled(len(weights.data), 1))
	return newResampleSources(in).weighted(weights)[0]
}

// TestUndefined: what the data do not define is NaN with a reason, never a silent number.
func TestUndefined(t *testing.T) {
	one := NewPair(NewEmbeddings(1, 2, []float32{1, 0}), NewEmbeddings(1, 2, []float32{1, 0}), nil)
	got, err := Measure(t.Context(), one, MeasureOptions{Scale: 1, Bootstrap: 10})
	if err != nil {
		t.Fatal(err)
	}
	defined := map[string]float64{"gap": 0, "gap_raw": 0, "centroid_cosine": 1, "centroid_norm_image": 1, "centroid_norm_text": 1,
		"matched_cosine_mean": 1, "matched_cosine_min": 1, "matched_cosine_max": 1, "image_to_text_recall_at_1": 1,
		"text_to_image_recall_at_1": 1, "alignment": 0, "uniformity_union": 0, "procrustes_relative": 0, "loss": 0}
	for _, r := range got {
		want, ok := defined[r.Name]
		switch {
		case ok && (!near(r.Value, want, 1e-12) || r.Reason != ""):
			t.Errorf("%s = %v (%s), want %v", r.Name, r.Value, r.Reason, want)
		case !ok && (!math.IsNaN(r.Value) || r.Reason == ""):
			t.Errorf("%s = %v (%q), want NaN with a reason", r.Name, r.Value, r.Reason)
		case r.HasInterval:
			t.Errorf("%s has an interval from one pair", r.Name)
		}
	}

	same := NewPair(NewEmbeddings(4, 12, filled32(48, 0.3)), NewEmbeddings(4, 12, filled32(48, 0.3)), nil)
	got, err = Measure(t.Context(), same, MeasureOptions{Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gap_top1_share", "effective_rank_image", "participation_ratio_text", "pca1_explained", "pca1_gap_cosine",
		"cka_linear", "image_to_text_recall_at_5", "text_to_image_recall_at_10"} {
		if r, _ := got.Get(name); !math.IsNaN(r.Value) || r.Reason == "" {
			t.Errorf("coinciding rows: %s = %v (%q), want NaN with a reason", name, r.Value, r.Reason)
		}
	}
}

func filled32(n int, v float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// TestCancelled: whatever can last ends with the context's error, soon.
func TestCancelled(t *testing.T) {
	p := randomPair(rand.New(rand.NewPCG(1, 2)), 4000, 64, 1, false)
	labels := make([]int, p.Images.N)
	g := GapVector(p)
	for name, do := range map[string]func(context.Context) error{
		"PairwiseCosine": func(ctx context.Context) error { _, err := PairwiseCosine(ctx, p.Images, 20); return err },
		"Measure":        func(ctx context.Context) error { _, err := Measure(ctx, p, MeasureOptions{Scale: 1}); return err },
		"Sweep": func(ctx context.Context) error {
			_, err := Sweep(ctx, p, SweepOptions{Lambdas: spread(-1, 1, 41), Scales: []float64{1, 2, 3}})
			return err
		},
		"Sweep in chunks": func(ctx context.Context) error {
			_, err := Sweep(ctx, p, SweepOptions{Lambdas: spread(-1, 1, 41), Scales: []float64{1, 2, 3}, Chunk: 2000})
			return err
		},
		"Classify": func(ctx context.Context) error {
			_, err := Classify(ctx, p.Images, p.Texts, labels, []int{1})
			return err
		},
		"ClassifySweep": func(ctx context.Context) error {
			_, err := ClassifySweep(ctx, p.Images, p.Texts, labels, g, spread(-1, 1, 41), Both, Fraction)
			return err
		},
		"PCA": func(ctx context.Context) error { _, err := PCA(ctx, 2, p.Images); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := do(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled before: %v, want %v", name, err, context.Canceled)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Sweep(ctx, p, SweepOptions{Lambdas: spread(-1, 1, 41), Scales: []float64{1, 2, 3}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a sweep past its deadline: %v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("a sweep ended %v after its deadline", took)
	}
}
