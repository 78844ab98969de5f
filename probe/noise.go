package probe

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"mindgap/gap"
	"mindgap/loaders"
	"mindgap/models"
)

// noise embeds n random inputs of a model: pixels from N(0, 1) after preprocessing, and token ids uniform over the vocabulary and over the
// whole context. Models of one input size and one vocabulary are given the same inputs by the same seed.
func (c *Config) noise(ctx context.Context, cp *models.Checkpoint, n int, seed uint64) (_ *Subject, err error) {
	e := &extraction{Config: c, cp: cp}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	s, err := e.subject(ctx)
	if err != nil {
		return nil, err
	}
	if s.Images, err = e.noiseImages(ctx, n, seed); err != nil {
		return nil, err
	}
	if s.Texts, err = e.noiseTexts(ctx, n, seed); err != nil {
		return nil, err
	}
	s.Environment.ONNXRuntime, s.Environment.Device = e.library.Version, e.device
	s.Warnings = append(s.Warnings, e.warnings...)
	return s, nil
}

// noiseKey is the part of a cache key that says which noise it is.
func noiseKey(n int, seed uint64) string {
	return fmt.Sprintf("N(0,1) and uniform ids, %d, seed %d", n, seed)
}

func (e *extraction) noiseImages(ctx context.Context, n int, seed uint64) (*gap.Embeddings, error) {
	digest, err := e.cp.ImageDigest(ctx)
	if err != nil {
		return nil, err
	}
	what := "noise images through " + e.cp.Name
	entry := e.entry(ctx, what, "noise images", digest+e.batchKey(&e.cp.Image), noiseKey(n, seed))
	return e.cached(ctx, loaders.ImageSide, entry, n, func(t *loaders.Towers, from int, sink func([]float32, int) error) error {
		rng := rand.New(rand.NewPCG(seed, 0))
		for range from { // the rows that the cache has
			if err := ctx.Err(); err != nil {
				return err
			}
			for range t.Image.Floats() {
				rng.NormFloat64()
			}
		}
		pixels, rows := make([]float32, t.Image.Batch*t.Image.Floats()), make([]float32, t.Image.Batch*t.Image.Width)
		for i := from; i < n; i += t.Image.Batch {
			m := min(t.Image.Batch, n-i)
			for k := range m * t.Image.Floats() {
				pixels[k] = float32(rng.NormFloat64())
			}
			if err := t.Image.Embed(ctx, rows, pixels, m); err != nil {
				return err
			}
			e.step(what, i+m, n)
			if err := sink(rows[:m*t.Image.Width], t.Image.Width); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *extraction) noiseTexts(ctx context.Context, n int, seed uint64) (*gap.Embeddings, error) {
	digest, err := e.cp.TextDigest(ctx)
	if err != nil {
		return nil, err
	}
	what := "noise texts through " + e.cp.Name
	entry := e.entry(ctx, what, "noise texts", digest+e.batchKey(&e.cp.Text), noiseKey(n, seed))
	return e.cached(ctx, loaders.TextSide, entry, n, func(t *loaders.Towers, from int, sink func([]float32, int) error) error {
		rng := rand.New(rand.NewPCG(seed, 1))
		draw := func() []int {
			ids := make([]int, t.Text.Context)
			for k := range ids {
				ids[k] = rng.IntN(t.Tokenizer.VocabSize())
			}
			return ids
		}
		for range from {
			draw()
		}
		rows := make([]float32, t.Text.Batch*t.Text.Width)
		for i := from; i < n; i += t.Text.Batch {
			ids := make([][]int, min(t.Text.Batch, n-i))
			for r := range ids {
				ids[r] = draw()
			}
			if err := t.Text.Embed(ctx, rows, ids); err != nil {
				return err
			}
			e.step(what, i+len(ids), n)
			if err := sink(rows[:len(ids)*t.Text.Width], t.Text.Width); err != nil {
				return err
			}
		}
		return nil
	})
}
