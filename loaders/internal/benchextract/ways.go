package main

import (
	"bufio"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"mindgap/datasets"
	"mindgap/loaders"
	"mindgap/loaders/preprocess"
)

// bareImages runs the image tower over one batch of ready tensors until n pictures are done.
func bareImages(ctx context.Context, t *loaders.Towers, n int) func() error {
	pixels := make([]float32, t.Image.Batch*t.Image.Floats())
	for i := range pixels {
		pixels[i] = float32(i%509)/127 - 2
	}
	rows := make([]float32, t.Image.Batch*t.Image.Width)
	return func() error {
		for i := 0; i < n; i += t.Image.Batch {
			if err := t.Image.Embed(ctx, rows, pixels, min(t.Image.Batch, n-i)); err != nil {
				return err
			}
		}
		return nil
	}
}

// pipelineImages reads, decodes, prepares and embeds the first n files, as the command embed does without its cache.
func pipelineImages(ctx context.Context, t *loaders.Towers, dir string, n int) (func() error, error) {
	names := make([]string, n)
	for i := range names {
		names[i] = pictureFile(dir, i)
	}
	files, err := datasets.Images(ctx, names)
	if err != nil {
		return nil, err
	}
	sources := func(yield func(loaders.Source, error) bool) {
		for item, err := range files.Items(ctx) {
			decode := func(scratch *preprocess.Picture) (*preprocess.Picture, error) {
				return scratch, preprocess.ReadTo(scratch, item.Image.Name, item.Image.Read)
			}
			if !yield(loaders.Source{ID: item.ID, Decode: decode}, err) || err != nil {
				return
			}
		}
	}
	return func() error {
		return t.EmbedImages(ctx, sources, nil, func([]float32, int) error { return nil })
	}, nil
}

// bareTexts runs the text tower over ready ids, in the batches that the pipeline makes of them.
func bareTexts(ctx context.Context, t *loaders.Towers, texts []string) func() error {
	ids := make([][]int, len(texts))
	for i, s := range texts {
		ids[i] = t.Tokenizer.Encode(s)
	}
	if t.Text.Dynamic {
		slices.SortStableFunc(ids, func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
	}
	rows := make([]float32, t.Text.Batch*t.Text.Width)
	return func() error {
		for part := range slices.Chunk(ids, t.Text.Batch) {
			if err := t.Text.Embed(ctx, rows, part); err != nil {
				return err
			}
		}
		return nil
	}
}

func pipelineTexts(ctx context.Context, t *loaders.Towers, texts []string) func() error {
	return func() error {
		_, err := t.EmbedTexts(ctx, texts, nil)
		return err
	}
}

func readCaptions(dir string) (texts []string, err error) {
	f, err := os.Open(filepath.Join(dir, captionsFile))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	in := bufio.NewScanner(f)
	for in.Scan() {
		texts = append(texts, in.Text())
	}
	return texts, in.Err()
}
