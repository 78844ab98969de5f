package loaders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"mindgap/loaders/preprocess"
	"mindgap/models/fault"
)

// A Source is one picture on its way into the image tower.
type Source struct {
	ID string // names the example in errors
	// Decode returns the picture. It may put it into scratch, which the caller keeps for the next, so that a run of many pictures does not
	// allocate each anew, or return another. Several goroutines call Decodes of several sources at once, each with a scratch of its own.
	Decode func(scratch *preprocess.Picture) (*preprocess.Picture, error)
}

// A batch travels from the producer through the decoders to the session and back.
type batch struct {
	ids    []string
	pixels []float32
	errs   []error
	end    error          // of the sources, behind these examples
	todo   sync.WaitGroup // slots that are not decoded yet
}

// inFlight is the number of batches that exist: one in the session, one being decoded, one waiting between them.
const inFlight = 3

// maxScratch bounds the pixels whose memory a decoder keeps for the next picture: one giant among the pictures must not stay.
const maxScratch = 1 << 23

// EmbedImages runs every source through the preprocessing and the image tower and hands the embeddings, in order, to sink: rows is n×Width
// and valid only during the call. Decoding runs on all cores in step with inference; memory is three batches, whatever the number of
// sources.
//
// It returns the first error in the order of the sources, which names its example. With skip, a picture that cannot be decoded does not end
// the run: skip is told, and the row of that example is NaN throughout.
func (t *Towers) EmbedImages(ctx context.Context, sources iter.Seq2[Source, error], skip func(id string, err error), sink func(rows []float32, n int) error) error {
	type job struct {
		src Source
		dst []float32
		err *error
		b   *batch
	}
	var (
		tower = t.Image
		size  = tower.Floats()
		g, c  = errgroup.WithContext(ctx)
		jobs  = make(chan job)
		ready = make(chan *batch, inFlight) // in order; a batch may still be decoding when it is sent
		free  = make(chan *batch, inFlight)
	)
	for range inFlight {
		free <- &batch{pixels: make([]float32, tower.Batch*size), errs: make([]error, tower.Batch)}
	}
	g.Go(func() error { // the producer: reads the sources, deals out slots
		defer close(ready)
		defer close(jobs)
		var b *batch
		for src, err := range sources {
			if err != nil && ctx.Err() != nil {
				return ctx.Err()
			}
			if b == nil {
				select {
				case b = <-free:
					b.ids = b.ids[:0]
				case <-c.Done():
					return c.Err()
				}
			}
			if err != nil { // a picture before it may have an error of its own, which comes first
				b.end = err
				break
			}
			slot := len(b.ids)
			b.ids = append(b.ids, src.ID)
			b.todo.Add(1)
			select {
			case jobs <- job{src, b.pixels[slot*size : (slot+1)*size], &b.errs[slot], b}:
			case <-c.Done():
				b.todo.Done()
				return c.Err()
			}
			if len(b.ids) == tower.Batch {
				ready <- b // never blocks: there are no more batches than room
				b = nil
			}
		}
		if b != nil {
			ready <- b
		}
		return nil
	})
	for range runtime.NumCPU() {
		g.Go(func() error { // a decoder; an error belongs to its slot, so that the first in order is the one reported
			scratch := new(preprocess.Picture)
			for j := range jobs {
				err := t.decode(j.src, scratch, j.dst)
				*j.err = err
				j.b.todo.Done()
				if err != nil || scratch.Width*scratch.Height > maxScratch {
					scratch = new(preprocess.Picture)
				}
			}
			return nil
		})
	}
	g.Go(func() error { // the session
		rows := make([]float32, tower.Batch*tower.Width)
		for b := range ready {
			b.todo.Wait()
			n := len(b.ids)
			for i, err := range b.errs[:n] {
				if err != nil && skip == nil {
					return err
				}
				if err != nil {
					skip(b.ids[i], err)
					clear(b.pixels[i*size : (i+1)*size]) // may be half written
				}
			}
			if b.end != nil {
				return b.end
			}
			if err := c.Err(); err != nil {
				return err
			}
			if err := tower.Embed(c, rows, b.pixels, n); err != nil {
				return err
			}
			for i := range n {
				row := rows[i*tower.Width : (i+1)*tower.Width]
				if b.errs[i] != nil {
					fillNaN(row)
				} else if wrong := checkRow(row); wrong != nil {
					wrong.Thing = b.ids[i]
					return wrong
				}
			}
			if err := sink(rows[:n*tower.Width], n); err != nil {
				return err
			}
			free <- b
		}
		return nil
	})
	err := g.Wait()
	if ctxErr := ctx.Err(); ctxErr != nil && errors.Is(err, context.Canceled) {
		return ctxErr
	}
	return err
}

func (t *Towers) decode(src Source, scratch *preprocess.Picture, dst []float32) error {
	pic, err := src.Decode(scratch)
	if err != nil {
		return err
	}
	if err := t.Processor.Tensor(dst, pic); err != nil {
		return fmt.Errorf("preprocess %s: %w", src.ID, err)
	}
	return nil
}

// EmbedTexts runs the texts through the tokenizer and the text tower and returns their embeddings, row i being texts[i]. Texts of like
// length share a batch, so that a tower of dynamic length pads little. The function progress, if not nil, is told how many are done.
func (t *Towers) EmbedTexts(ctx context.Context, texts []string, progress func(done int)) ([]float32, error) {
	ids := make([][]int, len(texts))
	order := make([]int, len(texts))
	for i, s := range texts {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		ids[i], order[i] = t.Tokenizer.Encode(s), i
	}
	if t.Text.Dynamic { // equal lengths by position, so that a run is the same each time
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(ids[a]), len(ids[b])) })
	}
	w := t.Text.Width
	out := make([]float32, len(texts)*w)
	rows := make([]float32, t.Text.Batch*w)
	part := make([][]int, 0, t.Text.Batch)
	for i := 0; i < len(order); i += t.Text.Batch {
		chunk := order[i:min(i+t.Text.Batch, len(order))]
		part = part[:0]
		for _, k := range chunk {
			part = append(part, ids[k])
		}
		if err := t.Text.Embed(ctx, rows, part); err != nil {
			return nil, err
		}
		for r, k := range chunk {
			row := rows[r*w : (r+1)*w]
			if wrong := checkRow(row); wrong != nil {
				wrong.Thing = fmt.Sprintf("text %d (%.40q)", k, texts[k])
				return nil, wrong
			}
			copy(out[k*w:(k+1)*w], row)
		}
		if progress != nil {
			progress(i + len(chunk))
		}
	}
	return out, nil
}

// checkRow finds a number that is none, and a row without direction, where they arise. The caller says which example it is.
func checkRow(row []float32) *fault.Error {
	var norm float64
	for j, v := range row {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return &fault.Error{Op: "embed", Found: fmt.Sprintf("%v at position %d of the embedding", v, j), Wanted: "finite numbers",
				Next: "check the export with its own library: half precision may overflow"}
		}
		norm += f * f
	}
	if norm == 0 {
		return &fault.Error{Op: "embed", Found: "an embedding of zeros", Wanted: "a direction", Next: "check the export: a tower that answers zeros has lost its weights"}
	}
	return nil
}

func fillNaN(row []float32) {
	for i := range row {
		row[i] = float32(math.NaN())
	}
}
