package loaders

import (
	"context"
	"errors"
	"fmt"
	"math"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/loaders/tokenize"
	"mindgap/models"
	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

// A TextTower turns batches of token ids into embeddings.
type TextTower struct {
	Batch   int  // the number of texts that Embed should be given at a time
	Width   int  // numbers an embedding
	Unit    bool // the embeddings leave the tower with norm 1
	Context int  // ids a text at most
	PadID   int
	// Dynamic says that rows are padded to the longest of their batch, not to Context. It is set where the graph takes any length and a
	// trial showed that padding does not change its answer.
	Dynamic bool

	l       *lane
	fixed   int // batch that the graph is fixed to, 0 = any
	feeds   []textFeed
	scratch []float32
}

// newTextTower lists what the graph is fed; only what it declares.
func newTextTower(cp *models.Checkpoint, tok tokenize.Tokenizer, batch int) (*TextTower, error) {
	c := &cp.Text
	t := &TextTower{Batch: batch, Context: tok.Context(), PadID: tok.PadID(), fixed: c.Batch()}
	if seq := int(c.Input.Shape[1]); seq > 0 {
		t.Context = seq
	}
	for _, f := range []struct {
		port *models.Port
		kind int
	}{{&c.Input, feedIDs}, {c.Mask, feedMask}, {c.Positions, feedPositions}, {c.Types, feedTypes}} {
		if f.port == nil {
			continue
		}
		if !f.port.Type.Integer() {
			return nil, &fault.Error{Op: "feed the text tower", Thing: cp.Locate(c.File), Found: "input " + f.port.String(), Wanted: "int32 or int64", Next: "export the model again"}
		}
		t.feeds = append(t.feeds, textFeed{kind: f.kind, port: *f.port})
	}
	return t, nil
}

func (t *TextTower) ports() []models.Port {
	out := make([]models.Port, len(t.feeds))
	for i, f := range t.feeds {
		out[i] = f.port
	}
	return out
}

// settle runs the tower to see what its embeddings are like and whether they depend on padding.
func (t *TextTower) settle(ctx context.Context, tok tokenize.Tokenizer) error {
	probe := tok.Encode("a photo of a cat.")
	x, err := t.inputs([][]int{probe}, max(t.fixed, 1), t.Context)
	if err != nil {
		return err
	}
	row, err := t.l.try(ctx, x)
	t.Width, t.Unit = len(row), isUnit(row)
	if err = errors.Join(err, destroy(x)); err != nil || t.ports()[0].Shape[1] > 0 {
		return err
	}
	t.Dynamic, err = t.paddingIsInert(ctx, probe, row)
	return err
}

// paddingIsInert runs one text at its own length and compares it with what it gives padded to the context. A causal tower that pools at the end-of-text token gives
// the same embedding up to rounding; one that sees the padding does not, and must be fed as it was trained.
func (t *TextTower) paddingIsInert(ctx context.Context, ids []int, long []float32) (bool, error) {
	short := make([]float32, t.Width)
	if err := t.run(ctx, short, [][]int{ids}, len(ids)); err != nil {
		if ctx.Err() != nil {
			return false, err
		}
		return false, nil // the graph calls its length dynamic but cannot run a short one
	}
	var diff, norm float64
	for i, v := range long {
		diff = max(diff, math.Abs(float64(v)-float64(short[i])))
		norm += float64(v) * float64(v)
	}
	tolerance := 1e-5
	if t.l.s.out[t.l.out].Type == onnxgraph.Float16 {
		tolerance = 2e-3 // the rounding of half precision
	}
	return diff <= tolerance*math.Sqrt(norm), nil
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
		err = t.l.run(ctx, x, run, t.Width, out)
		if m < run {
			copy(dst[i*t.Width:(i+m)*t.Width], out)
		}
		return errors.Join(err, destroy(x))
	})
}

func (t *TextTower) close() error { return t.l.close() }

// What an input of a text tower holds.
const (
	feedIDs = iota
	feedMask
	feedPositions
	feedTypes
)

// A textFeed is one input of a text tower and its memory, reused from run to run.
type textFeed struct {
	kind  int
	port  models.Port
	buf64 []int64
	buf32 []int32
}

// inputs pads the rows to length and the batch to run, and makes the tensors that the graph declares.
func (t *TextTower) inputs(texts [][]int, run, length int) ([]onnx.Value, error) {
	values := make([]onnx.Value, 0, len(t.feeds))
	for i := range t.feeds {
		f := &t.feeds[i]
		var v onnx.Value
		var err error
		if f.port.Type == onnxgraph.Int32 {
			v, err = fill(&f.buf32, f.kind, texts, run, length, t.PadID)
		} else {
			v, err = fill(&f.buf64, f.kind, texts, run, length, t.PadID)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make the input %s: %w", f.port.Name, err), destroy(values))
		}
		values = append(values, v)
	}
	return values, nil
}

// fill writes run rows of one kind into buf and wraps it as a tensor. Rows behind the texts are all padding.
func fill[T int32 | int64](buf *[]T, kind int, texts [][]int, run, length, pad int) (onnx.Value, error) {
	if cap(*buf) < run*length {
		*buf = make([]T, run*length)
	}
	*buf = (*buf)[:run*length]
	for r := range run {
		row := (*buf)[r*length : (r+1)*length]
		var ids []int
		if r < len(texts) {
			ids = texts[r]
		}
		switch kind {
		case feedIDs:
			n := min(len(ids), length)
			for k := range n {
				row[k] = T(ids[k])
			}
			if len(ids) > length {
				row[length-1] = T(ids[len(ids)-1])
			}
			for k := n; k < length; k++ {
				row[k] = T(pad)
			}
		case feedMask:
			for k := range row {
				row[k] = 0
				if k < len(ids) {
					row[k] = 1
				}
			}
			if len(ids) == 0 { // a row without any would divide by zero in graphs that average
				row[0] = 1
			}
		case feedPositions:
			for k := range row {
				row[k] = T(k)
			}
		case feedTypes:
			clear(row)
		}
	}
	return tensor(*buf, int64(run), int64(length))
}

// EmbedAt runs the texts at a length that the caller chooses, padded with PadID or cut: to see what a tower makes of padding. It fails
// where the graph is fixed to another length.
func (t *TextTower) EmbedAt(ctx context.Context, dst []float32, texts [][]int, length int) error {
	if fixed := t.ports()[0].Shape[1]; fixed > 0 && int(fixed) != length {
		return &fault.Error{Op: "run the text tower", Thing: t.ports()[0].Name, Found: fmt.Sprintf("a graph fixed to %d ids", fixed), Wanted: fmt.Sprintf("%d ids", length)}
	}
	return t.run(ctx, dst, texts, length)
}
