package probe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"mindgap/gap"
	"mindgap/loaders"
	"mindgap/loaders/cache"
	"mindgap/loaders/ort"
	"mindgap/models"
	"mindgap/models/fault"
)

// extractionVersion is part of every cache key. It rises when the same model, data and preprocessing would give other embeddings: a
// mended decoder, another resampler.
const extractionVersion = "1"

// shardRows is how many embeddings a shard of the cache holds: what a killed run loses at most.
const shardRows = 4096

// An extraction is one model at work on one data set. Towers start with the first embedding that the cache does not have.
type extraction struct {
	*Config
	cp       *models.Checkpoint
	data     *Data
	towers   *loaders.Towers
	side     loaders.Side // which of the towers are open
	held     bool         // the model's files are kept on disk from one tower to the next
	library  ort.Library
	device   string
	warnings []string

	// The pictures that were embedded last, and the fingerprint of their data: the same set under another target has the same ones.
	last   *gap.Embeddings
	lastOf string
}

// prepare finds the runtime: its version and the device are part of every key, because they are part of every number.
func (e *extraction) prepare(ctx context.Context) error {
	var err error
	if e.library, err = ort.Ensure(ctx, e.runtimeOptions()); err != nil {
		return err
	}
	if e.device, err = loaders.FixedDevice(e.Towers.Device); err != nil || e.device != "" && !e.cp.ScaleInGraph() {
		return err
	}
	_, err = e.open(ctx, loaders.ImageSide) // "auto", or a logit scale that only the graph knows: opening tells
	return err
}

// open opens the towers. With oneTower it opens the one of side, and closes the other before.
func (e *extraction) open(ctx context.Context, side loaders.Side) (*loaders.Towers, error) {
	if !e.oneTower || e.cp.Combined() {
		side = loaders.BothSides
	}
	if e.towers != nil && (e.side == side || e.side == loaders.BothSides) {
		return e.towers, nil
	}
	o := e.Towers
	o.Runtime, o.Only = e.runtimeOptions(), side
	if side != loaders.BothSides && !e.held {
		if err := e.hold(ctx); err != nil {
			return nil, err
		}
	}
	if e.towers != nil {
		t := e.towers
		if e.towers = nil; t.Close() != nil {
			e.log().Warn("a tower did not close", "model", e.cp.Name)
		}
	}
	t, err := loaders.Open(ctx, e.cp, o)
	if err != nil {
		return nil, err
	}
	e.towers, e.side, e.device, e.library = t, side, t.Device, t.Runtime
	e.warnings = append(e.warnings, t.Warnings...)
	return t, nil
}

// hold makes the model's files before a tower does, so that they are not drawn again for the next one.
func (e *extraction) hold(ctx context.Context) error {
	dir, err := cache.Dir(e.runtimeOptions().CacheDir)
	if err != nil {
		return err
	}
	if err := e.cp.Prepare(ctx, dir); err != nil {
		return err
	}
	e.held = true
	return nil
}

func (e *extraction) close() error {
	var errs []error
	if e.towers != nil {
		errs = append(errs, e.towers.Close())
	}
	if e.held {
		errs = append(errs, e.cp.Close())
	}
	return errors.Join(errs...)
}

// entry opens the cache for one matrix, or returns nil where the cache is off or does not work; that is worth a warning, never a failure.
func (e *extraction) entry(ctx context.Context, about string, parts ...string) *cache.Entry {
	if e.NoCache {
		return nil
	}
	dir, err := cache.Dir(e.CacheDir)
	if err == nil {
		var entry *cache.Entry
		if entry, err = cache.Open(ctx, dir, cache.NewKey(append(parts, extractionVersion, e.library.Version, e.device)...)); err == nil {
			entry.Describe(about)
			return entry
		}
	}
	if ctx.Err() == nil {
		e.log().Warn("the embedding cache is not used", "error", err)
	}
	return nil
}

// batchKey is a part of a cache key: the batch, where an embedding depends on it.
func (e *extraction) batchKey(t *models.Tower) string {
	if !t.BatchScaled {
		return ""
	}
	n := e.Towers.Batch
	if n <= 0 {
		n = loaders.DefaultBatch
	}
	return fmt.Sprintf(" batch %d", n)
}

// images embeds the pictures of the data set. Those that cannot be read end the run, or with Skip leave the data.
func (e *extraction) images(ctx context.Context) (*gap.Embeddings, error) {
	fingerprint, items := e.data.Input.SHA256, len(e.data.IDs)
	if e.last != nil && e.lastOf == fingerprint && e.last.N == items {
		return e.last, nil
	}
	images, err := e.freshImages(ctx)
	if err == nil && len(e.data.IDs) == items { // all could be read
		e.last, e.lastOf = images, fingerprint
	}
	return images, err
}

func (e *extraction) freshImages(ctx context.Context) (*gap.Embeddings, error) {
	digest, err := e.cp.ImageDigest(ctx)
	if err != nil {
		return nil, err
	}
	n := len(e.data.IDs)
	what := fmt.Sprintf("images through %s", e.cp.Name)
	reasons := map[string]error{}
	var skip func(string, error)
	if e.Skip {
		skip = func(id string, err error) { reasons[id] = err }
	}
	rows, err := e.cached(ctx, loaders.ImageSide, e.entry(ctx, e.data.Input.Ref+" "+what, "images", digest+e.batchKey(&e.cp.Image), e.data.Input.SHA256, fmt.Sprint(n)), n, func(t *loaders.Towers, from int, sink func([]float32, int) error) error {
		done := from
		return t.EmbedImages(ctx, e.data.sources(ctx, from), skip, func(rows []float32, k int) error {
			done += k
			e.step(what, done, n)
			return sink(rows, t.Image.Width)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := e.readAgain(ctx, rows, skip, reasons); err != nil {
		return nil, err
	}
	return e.withoutUnread(rows, reasons)
}

// unread says that row i is that of a picture that could not be read: NaN throughout.
func unread(rows *gap.Embeddings, i int) bool { return rows.D > 0 && rows.Row(i)[0] != rows.Row(i)[0] }

// readAgain tries the pictures once more that an earlier run could not read, as the cache says: the file may have been mended, and why it
// cannot be read is known only from trying.
func (e *extraction) readAgain(ctx context.Context, rows *gap.Embeddings, skip func(string, error), reasons map[string]error) error {
	var again []int
	ids := map[string]bool{}
	for i, id := range e.data.IDs {
		if unread(rows, i) && reasons[id] == nil {
			again, ids[id] = append(again, i), true
		}
	}
	if len(again) == 0 {
		return nil
	}
	t, err := e.open(ctx, loaders.ImageSide)
	if err != nil {
		return err
	}
	some := func(yield func(loaders.Source, error) bool) {
		for src, err := range e.data.sources(ctx, 0) {
			if (err != nil || ids[src.ID]) && !yield(src, err) {
				return
			}
		}
	}
	k := 0
	return t.EmbedImages(ctx, some, skip, func(got []float32, n int) error {
		for r := range n {
			copy(rows.Row(again[k]), got[r*rows.D:(r+1)*rows.D])
			k++
		}
		return nil
	})
}

// withoutUnread drops the rows of pictures that could not be read, and their items.
func (e *extraction) withoutUnread(rows *gap.Embeddings, reasons map[string]error) (*gap.Embeddings, error) {
	bad := map[string]bool{}
	for i, id := range e.data.IDs {
		if unread(rows, i) {
			bad[id] = true
		}
	}
	if len(bad) == 0 {
		return rows, nil
	}
	if len(bad) == len(e.data.IDs) {
		return nil, reasons[e.data.IDs[0]] // nothing is left: not an answer
	}
	kept := gap.NewEmbeddings(rows.N-len(bad), rows.D, make([]float32, (rows.N-len(bad))*rows.D))
	k := 0
	for i := range rows.N {
		if !unread(rows, i) {
			copy(kept.Row(k), rows.Row(i))
			k++
		}
	}
	e.data.drop(bad, reasons)
	return kept, nil
}

// texts embeds strings; equal ones once.
func (e *extraction) texts(ctx context.Context, what string, texts []string) (*gap.Embeddings, error) {
	digest, err := e.cp.TextDigest(ctx)
	if err != nil {
		return nil, err
	}
	unique, index := distinct(texts)
	h := sha256.New()
	for _, s := range unique {
		fmt.Fprintf(h, "%d %s\n", len(s), s)
	}
	what = fmt.Sprintf("%s through %s", what, e.cp.Name)
	rows, err := e.cached(ctx, loaders.TextSide, e.entry(ctx, e.data.Input.Ref+" "+what, "texts", digest+e.batchKey(&e.cp.Text), hex.EncodeToString(h.Sum(nil))), len(unique), func(t *loaders.Towers, from int, sink func([]float32, int) error) error {
		for i := from; i < len(unique); i += shardRows {
			part := unique[i:min(i+shardRows, len(unique))]
			rows, err := t.EmbedTexts(ctx, part, func(done int) { e.step(what, i+done, len(unique)) })
			if err != nil {
				return err
			}
			if err := sink(rows, t.Text.Width); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(unique) == len(texts) {
		return rows, err
	}
	out := gap.NewEmbeddings(len(texts), rows.D, make([]float32, len(texts)*rows.D))
	for i, k := range index {
		copy(out.Row(i), rows.Row(k))
	}
	return out, nil
}

// distinct returns the texts without repeats and, for each text, its place among them.
func distinct(texts []string) (unique []string, index []int) {
	seen := make(map[string]int, len(texts))
	index = make([]int, len(texts))
	for i, s := range texts {
		k, ok := seen[s]
		if !ok {
			k = len(unique)
			seen[s], unique = k, append(unique, s)
		}
		index[i] = k
	}
	return unique, index
}

// cached returns n rows: those that the cache has, and for the rest what embed gives from the row on that it is told. Every whole shard
// is in the cache as soon as it is computed, so an interrupted run goes on from there.
func (e *extraction) cached(ctx context.Context, side loaders.Side, entry *cache.Entry, n int, embed func(t *loaders.Towers, from int, sink func(rows []float32, width int) error) error) (_ *gap.Embeddings, err error) {
	defer func() { _ = entry.Close() }() // releases a lock; the data is safe already, and a nil entry has none
	have, err := entry.Read(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		e.log().Warn("the embedding cache is not used", "error", err)
	}
	writable := err == nil
	if err != nil || have.N > n { // a key names n: more rows are another program's doing
		have, writable = &gap.Embeddings{}, false
	}
	if have.N == n {
		return have, nil
	}
	t, err := e.open(ctx, side)
	if err != nil {
		return nil, err
	}
	data, width, saved := have.Data, have.D, have.N
	save := func(whole int) {
		if !writable || saved == whole {
			return
		}
		shard := gap.NewEmbeddings(whole-saved, width, data[saved*width:whole*width])
		if err := entry.Append(ctx, shard); err != nil {
			if ctx.Err() == nil {
				e.log().Warn("the embedding cache is not written", "error", err)
			}
			writable = false
			return
		}
		saved = whole
	}
	err = embed(t, have.N, func(rows []float32, w int) error {
		if width == 0 {
			width, data = w, make([]float32, 0, n*w)
		}
		if w != width {
			return &fault.Error{Kind: fault.System, Op: "go on with the embeddings of", Thing: e.cp.Name, Found: fmt.Sprintf("%d numbers a row in the cache", width),
				Wanted: fmt.Sprintf("%d, as the tower gives", w), Next: "run once with --no-cache, or mindgap cache prune"}
		}
		data = append(data, rows...)
		if done := len(data) / width; done-saved >= shardRows {
			save(done)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	save(len(data) / width)
	return gap.NewEmbeddings(len(data)/width, width, data), nil
}
