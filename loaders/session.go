package loaders

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models"
	"mindgap/models/fault"
)

// A session is one graph in ONNX Runtime, with the inputs and outputs that it is asked for, in this order.
type session struct {
	where   string // for messages
	run     *onnx.DynamicAdvancedSession
	in, out []models.Port
}

func names(ports []models.Port) []string {
	out := make([]string, len(ports))
	for i, p := range ports {
		out[i] = p.Name
	}
	return out
}

// openSession loads one tower's graph.
func openSession(ctx context.Context, cp *models.Checkpoint, tower *models.Tower, in, out []models.Port, opt *onnx.SessionOptions) (*session, error) {
	s := &session{where: cp.Locate(tower.File), in: in, out: out}
	var err error
	if file := cp.Path(tower.File); file != "" && tower.Graph == nil {
		// By its path: ONNX Runtime finds external data beside the file and maps what it can.
		s.run, err = onnx.NewDynamicAdvancedSession(file, names(in), names(out), opt)
	} else {
		var data []byte
		if data, err = modelBytes(ctx, cp, tower, opt); err != nil {
			return nil, err
		}
		s.run, err = onnx.NewDynamicAdvancedSessionWithONNXData(data, names(in), names(out), opt)
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

func (s *session) close() error {
	if s == nil {
		return nil
	}
	return s.run.Destroy()
}

// do runs the session. An output that is nil is allocated by the runtime and then the caller's to destroy. It ends early, with ctx's error,
// when ctx is done.
func (s *session) do(ctx context.Context, in, out []onnx.Value) error {
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
	if err := s.run.RunWithOptions(in, out, opts); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &fault.Error{Op: "run the tower", Thing: s.where, Err: err, Next: "check that the graph's shapes fit the model's configuration"}
	}
	return nil
}

// destroy frees values; nil ones are passed over.
func destroy(vs []onnx.Value) error {
	var errs []error
	for _, v := range vs {
		if v != nil {
			errs = append(errs, v.Destroy())
		}
	}
	return errors.Join(errs...)
}
