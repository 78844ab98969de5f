package loaders

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models"
	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

// A session is one graph in ONNX Runtime.
type session struct {
	where string // for messages
	run   *onnx.DynamicAdvancedSession
	out   models.Port
}

// openSession loads one tower's graph with the given inputs, in order, and one output.
func openSession(ctx context.Context, cp *models.Checkpoint, tower *models.Tower, inputs []string, opt *onnx.SessionOptions) (*session, error) {
	out := tower.Output
	s := &session{where: tower.File, out: out}
	if cp.Dir != "" {
		s.where = filepath.Join(cp.Dir, filepath.FromSlash(tower.File))
	}
	if out.Type != onnxgraph.Float {
		return nil, &fault.Error{Op: "open the tower", Thing: s.where, Found: "output " + out.String(), Wanted: "float32",
			Next: "use the float32 export of the model"}
	}
	var err error
	if cp.Dir != "" && tower.Graph == nil {
		// By its path: ONNX Runtime finds external data beside the file and maps what it can.
		s.run, err = onnx.NewDynamicAdvancedSession(s.where, inputs, []string{out.Name}, opt)
	} else {
		var data []byte
		if data, err = modelBytes(ctx, cp, tower, opt); err != nil {
			return nil, err
		}
		s.run, err = onnx.NewDynamicAdvancedSessionWithONNXData(data, inputs, []string{out.Name}, opt)
	}
	if err != nil {
		return nil, &fault.Error{Op: "open the tower", Thing: s.where, Err: err,
			Next: "fetch the file again, or export the model for an opset that ONNX Runtime knows"}
	}
	return s, nil
}

// modelBytes returns a graph that is no file on disk: an embedded one, or one that is built over a file of weights, whose folder the
// runtime is then told.
func modelBytes(ctx context.Context, cp *models.Checkpoint, tower *models.Tower, opt *onnx.SessionOptions) ([]byte, error) {
	if tower.Graph == nil {
		return fs.ReadFile(cp.FS, tower.File)
	}
	if cp.Dir != "" {
		dir, err := filepath.Abs(cp.Dir)
		if err != nil {
			return nil, err
		}
		if err := opt.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", dir); err != nil {
			return nil, fmt.Errorf("name the folder of weights: %w", err)
		}
	}
	return tower.Graph(ctx, models.WeightPlacement{Inline: cp.Dir == ""})
}

func (s *session) close() error { return s.run.Destroy() }

// do runs the session into out, of n rows. It ends early, with ctx's error, when ctx is done.
func (s *session) do(ctx context.Context, inputs []onnx.Value, out onnx.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	opts, err := onnx.NewRunOptions()
	if err != nil {
		return fmt.Errorf("run %s: %w", s.where, err)
	}
	// Terminate must not meet a freed object: stop reports whether the function will never run, else done says when it has.
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = opts.Terminate() // the run then fails, which is reported below
	})
	defer func() {
		if !stop() {
			<-done
		}
		_ = opts.Destroy() // frees memory only; never fails
	}()
	if err := s.run.RunWithOptions(inputs, []onnx.Value{out}, opts); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &fault.Error{Op: "run the tower", Thing: s.where, Err: err, Next: "check that the graph's shapes fit the model's configuration"}
	}
	return nil
}

// width runs inputs once and returns the width of the output, which the runtime allocates: for graphs that do not state it.
func (s *session) width(inputs []onnx.Value) (int, error) {
	outs := []onnx.Value{nil}
	if err := s.run.Run(inputs, outs); err != nil {
		return 0, &fault.Error{Op: "run the tower", Thing: s.where, Err: err, Next: "check that the graph's shapes fit the model's configuration"}
	}
	shape := outs[0].GetShape()
	if err := outs[0].Destroy(); err != nil {
		return 0, err
	}
	if len(shape) != 2 || shape[1] <= 0 {
		return 0, &fault.Error{Op: "run the tower", Thing: s.where, Found: "an output of shape " + shape.String(), Wanted: "[batch, width]",
			Next: "export the model with its embeddings as output"}
	}
	return int(shape[1]), nil
}

// tensor wraps the first values of data as a tensor without copying.
func tensor[T onnx.TensorData](data []T, dims ...int64) (*onnx.Tensor[T], error) {
	return onnx.NewTensor(onnx.NewShape(dims...), data)
}
