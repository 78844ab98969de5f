package loaders

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mindgap/loaders/preprocess"
	"mindgap/models"
)

func openTest(t testing.TB, ref string, o Options) *Towers {
	t.Helper()
	cp, err := models.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	tw, err := Open(t.Context(), cp, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tw.Close(); err != nil {
			t.Error(err)
		}
	})
	return tw
}

// noise is n pictures whose pixels come from their number.
func noise(n, side int) iter.Seq2[Source, error] {
	return func(yield func(Source, error) bool) {
		for i := range n {
			ok := yield(Source{ID: fmt.Sprint(i), Decode: func(*preprocess.Picture) (*preprocess.Picture, error) {
				rng := rand.New(rand.NewPCG(1, uint64(i)))
				rgb := make([]uint8, 3*side*side)
				for k := range rgb {
					rgb[k] = uint8(rng.IntN(256))
				}
				return preprocess.FromRGB(side, side, rgb), nil
			}}, nil)
			if !ok {
				return
			}
		}
	}
}

func embedAll(t testing.TB, tw *Towers, sources iter.Seq2[Source, error]) []float32 {
	t.Helper()
	var out []float32
	if err := tw.EmbedImages(t.Context(), sources, nil, func(rows []float32, _ int) error {
		out = append(out, rows...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// The order of rows and their values do not depend on the batch: |a − b| ≤ 1e-5·‖row‖, rounding alone.
func TestEmbedImagesBatches(t *testing.T) {
	const n = 37
	want := embedAll(t, openTest(t, "builtin", Options{Batch: n}), noise(n, 40))
	for _, batch := range []int{1, 7, 36, 64} {
		tw := openTest(t, "builtin", Options{Batch: batch})
		got := embedAll(t, tw, noise(n, 40))
		closeRows(t, fmt.Sprintf("batch %d", batch), got, want, tw.Image.Width)
	}
}

func closeRows(t *testing.T, what string, got, want []float32, width int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := 0; i < len(want); i += width {
		var norm, diff float64
		for k := i; k < i+width; k++ {
			norm += float64(want[k]) * float64(want[k])
			diff = max(diff, math.Abs(float64(got[k])-float64(want[k])))
		}
		if diff > 1e-5*math.Sqrt(norm) {
			t.Fatalf("%s: row %d differs by %g, its norm is %g", what, i/width, diff, math.Sqrt(norm))
		}
	}
}

// Sorted batches of dynamic length give what one text at a time, padded to the full context, gives.
func TestEmbedTextsPadding(t *testing.T) {
	tw := openTest(t, "builtin", Options{Batch: 8})
	if !tw.Text.Dynamic {
		t.Fatal("the built-in text tower takes any length and pools at the end-of-text token, but was not found to")
	}
	texts := make([]string, 50)
	for i := range texts {
		for range i % 9 {
			texts[i] += "a red dog "
		}
		texts[i] += fmt.Sprint(i)
	}
	got, err := tw.EmbedTexts(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	tw.Text.Dynamic = false
	tw.Text.Batch = 1
	want, err := tw.EmbedTexts(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	closeRows(t, "dynamic", got, want, tw.Text.Width)
}

func TestEmbedImagesErrors(t *testing.T) {
	tw := openTest(t, "builtin", Options{Batch: 4})
	broken := errors.New("broken picture")
	fail := func(at int) iter.Seq2[Source, error] {
		return func(yield func(Source, error) bool) {
			for s, err := range noise(100, 32) {
				if i := s.ID; i == fmt.Sprint(at) {
					s.Decode = func(*preprocess.Picture) (*preprocess.Picture, error) { return nil, fmt.Errorf("%s: %w", i, broken) }
				}
				if !yield(s, err) {
					return
				}
			}
		}
	}
	rows := 0
	err := tw.EmbedImages(t.Context(), fail(10), nil, func(_ []float32, n int) error { rows += n; return nil })
	if !errors.Is(err, broken) || err.Error() != "10: broken picture" {
		t.Errorf("error %v, want that of item 10", err)
	}
	if rows != 8 {
		t.Errorf("%d rows reached the sink before the failing batch, want 8", rows)
	}
	// Skipped instead, it is told about, its row is NaN, and every other row is what it is without it.
	var told string
	var got []float32
	err = tw.EmbedImages(t.Context(), fail(10), func(id string, err error) { told += id + " " + err.Error() }, func(r []float32, _ int) error { got = append(got, r...); return nil })
	if err != nil || told != "10 10: broken picture" {
		t.Errorf("skipping: error %v, told %q", err, told)
	}
	want := embedAll(t, tw, noise(100, 32))
	w := tw.Image.Width
	for k := range w {
		if !math.IsNaN(float64(got[10*w+k])) {
			t.Fatalf("the skipped row holds %v", got[10*w+k])
		}
	}
	closeRows(t, "before the skipped one", got[:10*w], want[:10*w], w)
	closeRows(t, "behind the skipped one", got[11*w:], want[11*w:], w)
	listing := errors.New("listing failed")
	err = tw.EmbedImages(t.Context(), func(yield func(Source, error) bool) { yield(Source{}, listing) }, nil, func([]float32, int) error { return nil })
	if !errors.Is(err, listing) {
		t.Errorf("error %v, want the source's", err)
	}
	// A picture that fails comes before a listing that fails behind it, however long it takes to decode.
	err = tw.EmbedImages(t.Context(), func(yield func(Source, error) bool) {
		slow := func(*preprocess.Picture) (*preprocess.Picture, error) {
			time.Sleep(20 * time.Millisecond)
			return nil, broken
		}
		if yield(Source{ID: "slow", Decode: slow}, nil) {
			yield(Source{}, listing)
		}
	}, nil, func([]float32, int) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the picture before the end", err)
	}
	sink := errors.New("disk full")
	if err := tw.EmbedImages(t.Context(), noise(100, 32), nil, func([]float32, int) error { return sink }); !errors.Is(err, sink) {
		t.Errorf("error %v, want the sink's", err)
	}
}

func TestEmbedImagesCancelled(t *testing.T) {
	tw := openTest(t, "builtin", Options{Batch: 4})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- tw.EmbedImages(ctx, noise(1<<30, 32), nil, func([]float32, int) error { cancel(); return nil })
	}()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("still running a minute after its context ended")
	}
}

func TestDevice(t *testing.T) {
	for flag, want := range map[string]string{"": "cpu", "cpu": "cpu", "cuda": "cuda:0", "cuda:3": "cuda:3", "auto": ""} {
		if got, err := FixedDevice(flag); got != want || err != nil {
			t.Errorf("FixedDevice(%q) = %q, %v; want %q", flag, got, err, want)
		}
	}
	for _, flag := range []string{"gpu", "cuda:", "cuda:-1", "cpu:0", "cuda:x"} {
		if _, err := FixedDevice(flag); err == nil {
			t.Errorf("FixedDevice(%q): no error", flag)
		}
	}
}

// The library that mindgap fetches is a CPU build: asking for CUDA must say so and what to do, and "auto" must fall back and say that it
// did. On a machine with a GPU build both run there instead.
func TestCUDAAbsent(t *testing.T) {
	cp, err := models.Open(t.Context(), "builtin")
	if err != nil {
		t.Fatal(err)
	}
	tw, err := Open(t.Context(), cp, Options{Device: "cuda"})
	if err == nil {
		if tw.Device != "cuda:0" {
			t.Errorf("device %q, want cuda:0", tw.Device)
		}
		if err := tw.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	t.Log(err)
	auto := openTest(t, "builtin", Options{Device: "auto"})
	if auto.Device != "cpu" || len(auto.Warnings) != 1 {
		t.Errorf("auto: device %q, warnings %q", auto.Device, auto.Warnings)
	}
}

func BenchmarkEmbedImages(b *testing.B) {
	tw := openTest(b, "builtin", Options{})
	const n = 512
	for b.Loop() {
		if err := tw.EmbedImages(b.Context(), noise(n, 32), nil, func([]float32, int) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
