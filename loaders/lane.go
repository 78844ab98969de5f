package loaders

import (
	"context"
	"errors"
	"slices"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models"
	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

// A lane is one tower's way through a session. Where a graph holds both towers, two lanes share its session: ONNX Runtime computes all of
// a graph, so the other side's inputs are fed idle values, as few as it takes.
type lane struct {
	s          *session
	first      int // the tower's inputs are s.in[first], s.in[first+1], …
	out        int // its embedding is s.out[out]
	width      int // numbers that s.out[out] has, before the projection
	idleIn     []onnx.Value
	idleOut    []onnx.Value
	projection *session // a last matrix in a graph of its own; nil: none
	middle     []float32
	rows       []int        // of each output of the session in a trial
	owned      []onnx.Value // freed with the lane
	shared     bool         // another lane closes the session
}

// openLane opens the session of a tower that has a graph of its own, and its projection.
func openLane(ctx context.Context, cp *models.Checkpoint, t *models.Tower, in []models.Port, opt *sessionOptions) (*lane, error) {
	s, err := openSession(ctx, cp, t, in, []models.Port{t.Output}, opt)
	if err != nil {
		return nil, err
	}
	l := &lane{s: s, rows: []int{max(t.Batch(), 1)}}
	return l, l.openProjection(ctx, cp, t, opt)
}

func (l *lane) openProjection(ctx context.Context, cp *models.Checkpoint, t *models.Tower, opt *sessionOptions) error {
	p := t.Projection
	if p == nil {
		return nil
	}
	var err error
	l.projection, err = openSession(ctx, cp, &models.Tower{File: p.File}, []models.Port{p.Input}, []models.Port{p.Output}, opt)
	if err != nil {
		return errors.Join(err, l.close())
	}
	return nil
}

func (l *lane) close() error {
	if l == nil {
		return nil
	}
	errs := []error{destroy(l.owned), l.projection.close()}
	if !l.shared {
		errs = append(errs, l.s.close())
	}
	return errors.Join(errs...)
}

// all returns the values of every input of the session.
func (l *lane) all(in []onnx.Value) []onnx.Value {
	if l.idleIn == nil {
		return in
	}
	out := slices.Clone(l.idleIn)
	copy(out[l.first:], in)
	return out
}

// run feeds the tower and writes rows embeddings to dst.
func (l *lane) run(ctx context.Context, in []onnx.Value, rows, width int, dst []float32) (err error) {
	target := dst
	if l.projection != nil {
		if cap(l.middle) < rows*l.width {
			l.middle = make([]float32, rows*l.width)
		}
		target = l.middle[:rows*l.width]
	}
	out, err := receive(l.s.out[l.out], target, rows, l.width)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Destroy()) }()
	outs := make([]onnx.Value, len(l.s.out))
	copy(outs, l.idleOut)
	outs[l.out] = out.Value
	given := slices.Clone(outs)
	err = l.s.do(ctx, l.all(in), outs)
	for i, v := range outs { // what the runtime allocated
		if given[i] == nil && v != nil {
			err = errors.Join(err, v.Destroy())
		}
	}
	if err != nil {
		return err
	}
	out.finish()
	if l.projection == nil {
		return nil
	}
	return l.project(ctx, target, rows, width, dst)
}

// project multiplies by the last matrix.
func (l *lane) project(ctx context.Context, src []float32, rows, width int, dst []float32) (err error) {
	x, err := tensor(src, int64(rows), int64(l.width))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Destroy()) }()
	y, err := tensor(dst, int64(rows), int64(width))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, y.Destroy()) }()
	return l.projection.do(ctx, []onnx.Value{x}, []onnx.Value{y})
}

// try runs the tower once and returns the first embedding: how wide it is and whether it is unit is seen there, whatever the graph states.
func (l *lane) try(ctx context.Context, in []onnx.Value) ([]float32, error) {
	outs, err := l.s.outputs(l.rows)
	if err != nil {
		return nil, err
	}
	var row []float32
	if err = l.s.do(ctx, l.all(in), outs); err == nil {
		row, err = firstRow(l.s, outs[l.out], l.out)
	}
	if err = errors.Join(err, destroy(outs)); err != nil {
		return nil, err
	}
	l.width = len(row)
	if l.projection == nil {
		return row, nil
	}
	x, err := tensor(row, 1, int64(len(row)))
	if err != nil {
		return nil, err
	}
	outs = make([]onnx.Value, 1) // in single precision: its layout takes no other
	if err := errors.Join(l.projection.do(ctx, []onnx.Value{x}, outs), x.Destroy()); err != nil {
		return nil, err
	}
	row, err = firstRow(l.projection, outs[0], 0)
	return row, errors.Join(err, destroy(outs))
}

// outputs makes values for a run of an unknown width: nil, for the runtime to allocate, except in half precision, which the runtime's binding
// allocates too small. There the graph must state the width.
func (s *session) outputs(rows []int) ([]onnx.Value, error) {
	outs := make([]onnx.Value, len(s.out))
	for i, p := range s.out {
		if p.Type != onnxgraph.Float16 {
			continue
		}
		if len(p.Shape) != 2 || p.Shape[1] <= 0 {
			return nil, errors.Join(&fault.Error{Op: "open the tower", Thing: s.where, Found: "output " + p.String(), Wanted: "a stated width, or float32",
				Next: "export the model again with its shapes, or with float32 outputs"}, destroy(outs))
		}
		v, err := receive(p, make([]float32, rows[i]*int(p.Shape[1])), rows[i], int(p.Shape[1]))
		if err != nil {
			return nil, errors.Join(err, destroy(outs))
		}
		outs[i] = v.Value
	}
	return outs, nil
}

// firstRow copies the first row of an output that the runtime allocated.
func firstRow(s *session, v onnx.Value, i int) ([]float32, error) {
	data, _, width, err := matrix(v, s.out[i])
	if err != nil {
		return nil, &fault.Error{Op: "run the tower", Thing: s.where, Err: err, Wanted: "an embedding of shape [batch, width]",
			Next: "export the model with its embeddings as output; hidden states are not averaged"}
	}
	return slices.Clone(data[:width]), nil
}
