package loaders

import (
	"context"
	"errors"
	"math"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/loaders/tokenize"
	"mindgap/models"
	"mindgap/models/onnxgraph"
)

// A TextTower turns batches of token ids into embeddings.
type TextTower struct {
	Batch   int // the number of texts that Embed should be given at a time
	Width   int // numbers an embedding
	Context int // ids a text at most
	PadID   int
	// Dynamic says that rows are padded to the longest of their batch, not to Context. It is set where the graph takes any length and a
	// trial showed that padding does not change its answer.
	Dynamic bool

	s       *session
	fixed   int // batch that the graph is fixed to, 0 = any
	mask    *models.Port
	ids32   bool
	buf64   [2][]int64 // ids and mask, reused
	buf32   [2][]int32
	scratch []float32
}

func openTextTower(ctx context.Context, cp *models.Checkpoint, tok tokenize.Tokenizer, opt *onnx.SessionOptions, batch int) (*TextTower, error) {
	in := cp.Text.Input
	t := &TextTower{Batch: batch, Width: cp.Text.Width, Context: tok.Context(), PadID: tok.PadID(), mask: cp.Text.Mask, ids32: in.Type == onnxgraph.Int32}
	t.fixed = int(max(in.Shape[0], 0))
	if seq := int(in.Shape[1]); seq > 0 {
		t.Context = seq
	}
	names := []string{in.Name}
	if t.mask != nil {
		names = append(names, t.mask.Name)
	}
	var err error
	if t.s, err = openSession(ctx, cp, &cp.Text, names, opt); err != nil {
		return nil, err
	}
	probe := tok.Encode("a photo of a cat.")
	if t.Width == 0 {
		x, err := t.inputs([][]int{probe}, max(t.fixed, 1), t.Context)
		if err == nil {
			t.Width, err = t.s.width(x)
			err = errors.Join(err, destroy(x))
		}
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
	}
	if in.Shape[1] < 0 {
		if t.Dynamic, err = t.paddingIsInert(ctx, probe); err != nil {
			return nil, errors.Join(err, t.close())
		}
	}
	return t, nil
}

// paddingIsInert runs one text at its own length and padded to the context. A causal tower that pools at the end-of-text token gives
// the same embedding up to rounding; one that sees the padding does not, and must be fed as it was trained.
func (t *TextTower) paddingIsInert(ctx context.Context, ids []int) (bool, error) {
	short, long := make([]float32, t.Width), make([]float32, t.Width)
	if err := t.run(ctx, short, [][]int{ids}, len(ids)); err != nil {
		if ctx.Err() != nil {
			return false, err
		}
		return false, nil // the graph calls its length dynamic but cannot run a short one
	}
	if err := t.run(ctx, long, [][]int{ids}, t.Context); err != nil {
		return false, err
	}
	var diff, norm float64
	for i, v := range long {
		diff = max(diff, math.Abs(float64(v)-float64(short[i])))
		norm += float64(v) * float64(v)
	}
	return diff <= 1e-5*math.Sqrt(norm), nil
}

// Embed runs the texts and writes their embeddings to the first len(texts) rows of dst. Rows longer than Context are cut, their last id
// staying the end of text. It panics if dst is too short.
func (t *TextTower) Embed(ctx context.Context, dst []float32, texts [][]int) error {
	length := t.Context
	if t.Dynamic {
		length = 1
		for _, ids := range texts {
			length = max(length, min(len(ids), t.Context))
		}
	}
	return t.run(ctx, dst, texts, length)
}

func (t *TextTower) run(ctx context.Context, dst []float32, texts [][]int, length int) error {
	return inBatches(len(texts), t.fixed, func(i, m, run int) error {
		out := dst[i*t.Width : (i+m)*t.Width]
		if m < run {
			t.scratch = append(t.scratch[:0], make([]float32, run*t.Width)...)
			out = t.scratch
		}
		x, err := t.inputs(texts[i:i+m], run, length)
		if err != nil {
			return err
		}
		y, err := tensor(out, int64(run), int64(t.Width))
		if err != nil {
			return errors.Join(err, destroy(x))
		}
		err = t.s.do(ctx, x, y)
		copy(dst[i*t.Width:(i+m)*t.Width], out)
		return errors.Join(err, destroy(x), y.Destroy())
	})
}

// inputs pads the rows to length and the batch to run, and makes the tensors that the graph declares.
func (t *TextTower) inputs(texts [][]int, run, length int) ([]onnx.Value, error) {
	if t.ids32 {
		return fill(&t.buf32, texts, run, length, t.PadID, t.mask != nil)
	}
	return fill(&t.buf64, texts, run, length, t.PadID, t.mask != nil)
}

// fill writes ids, and a mask of ones over them, into buf and wraps both as tensors. The mask has the ids' type, as every known export
// declares it.
func fill[T int32 | int64](buf *[2][]T, texts [][]int, run, length, pad int, mask bool) ([]onnx.Value, error) {
	for k := range buf {
		if cap(buf[k]) < run*length {
			buf[k] = make([]T, run*length)
		}
		buf[k] = buf[k][:run*length]
	}
	for r := range run {
		row, on := buf[0][r*length:(r+1)*length], buf[1][r*length:(r+1)*length]
		n := 0
		if r < len(texts) {
			ids := texts[r]
			for n < min(len(ids), length) {
				row[n], on[n] = T(ids[n]), 1
				n++
			}
			if len(ids) > length {
				row[length-1] = T(ids[len(ids)-1])
			}
		}
		for ; n < length; n++ {
			row[n], on[n] = T(pad), 0
		}
	}
	var values []onnx.Value
	for k := range buf {
		if k == 1 && !mask {
			break
		}
		v, err := tensor(buf[k], int64(run), int64(length))
		if err != nil {
			return nil, errors.Join(err, destroy(values))
		}
		values = append(values, v)
	}
	return values, nil
}

func destroy(vs []onnx.Value) error {
	var errs []error
	for _, v := range vs {
		errs = append(errs, v.Destroy())
	}
	return errors.Join(errs...)
}

func (t *TextTower) close() error { return t.s.close() }
