package loaders

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
func openSession(ctx context.Context, cp *models.Checkpoint, tower *models.Tower, in, out []models.Port, opt *sessionOptions) (*session, error) {
	s := &session{where: cp.Locate(tower.File), in: in, out: out}
	var err error
	if file := cp.Path(tower.File); file != "" && tower.Graph == nil {
		// By its path: ONNX Runtime finds external data beside the file and maps what it can.
		s.run, err = onnx.NewDynamicAdvancedSession(file, names(in), names(out), opt.SessionOptions)
	} else {
		data, done, failed := modelBytes(ctx, cp, tower, opt)
		if failed != nil {
			return nil, failed
		}
		s.run, err = onnx.NewDynamicAdvancedSessionWithONNXData(data, names(in), names(out), opt.SessionOptions)
		err = errors.Join(err, done())
	}
	if err != nil && strings.Contains(err.Error(), "pthread_create") {
		return nil, &fault.Error{Kind: fault.System, Op: "open the tower", Thing: s.where, Err: err, Next: "pass a smaller --threads: the system gives no more threads"}
	}
	if err != nil {
		return nil, &fault.Error{Op: "open the tower", Thing: s.where, Err: err,
			Next: "fetch the file again, or export the model for an opset that ONNX Runtime knows"}
	}
	return s, nil
}

// sessionOptions are ONNX Runtime's, with the device that they are for, as Towers.Device says it.
type sessionOptions struct {
	*onnx.SessionOptions
	device string
}

// modelBytes returns a graph that is no file on disk: an embedded one, or one that is built over a file of weights. The runtime is then
// told in which folder the weights lie; done removes what was written for it, once the session has read it.
func modelBytes(ctx context.Context, cp *models.Checkpoint, tower *models.Tower, opt *sessionOptions) (data []byte, done func() error, err error) {
	done = func() error { return nil }
	switch {
	case tower.Graph == nil:
		data, err = fs.ReadFile(cp.FS, tower.File)
		return data, done, err
	case strings.HasPrefix(opt.device, "cuda"):
		return alignedModel(ctx, tower, opt)
	case cp.Dir == "":
		data, err = tower.Graph(ctx, models.WeightPlacement{Inline: true})
		return data, done, err
	}
	dir, locate, err := weightFiles(cp, tower)
	if err == nil {
		err = opt.weightsIn(dir)
	}
	if err != nil {
		return nil, nil, err
	}
	data, err = tower.Graph(ctx, models.WeightPlacement{Locate: locate})
	return data, done, err
}

// weightFiles returns a folder that holds all files of a tower's weights, and where in it each lies. Links are followed first: a hub's cache
// is links to files elsewhere, and the runtime refuses a link that leads out of the folder it is told.
func weightFiles(cp *models.Checkpoint, tower *models.Tower) (dir string, locate func(file string) string, err error) {
	real := make(map[string]string)
	for _, file := range append([]string{tower.File}, tower.Data...) {
		path, err := filepath.Abs(cp.Path(file))
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return "", nil, &fault.Error{Op: "find the weights", Thing: cp.Locate(file), Err: err, Next: "fetch the file again"}
		}
		real[file] = path
		if dir == "" {
			dir = filepath.Dir(path)
		}
		for !below(dir, path) {
			up := filepath.Dir(dir)
			if up == dir {
				return "", nil, &fault.Error{Op: "find the weights", Thing: cp.Locate(file), Found: "files on several volumes", Wanted: "one volume", Next: "copy the model into one folder"}
			}
			dir = up
		}
	}
	return dir, func(file string) string {
		rel, err := filepath.Rel(dir, real[file])
		if err != nil { // all of them lie below dir
			return file
		}
		return filepath.ToSlash(rel)
	}, nil
}

// below reports whether path lies in dir or deeper.
func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// weightsIn tells the runtime where the files lie that initializers name.
func (o *sessionOptions) weightsIn(dir string) error {
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = o.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", dir)
	}
	if err != nil {
		return fmt.Errorf("name the folder of weights: %w", err)
	}
	return nil
}

// alignedModel copies the weights into a temporary file, each at a multiple of 256 bytes: cuBLAS has failed on weights that lie at any
// byte, as they may in a .safetensors file.
func alignedModel(ctx context.Context, tower *models.Tower, opt *sessionOptions) (_ []byte, done func() error, err error) {
	full := func(err error) error {
		return &fault.Error{Kind: fault.System, Op: "copy the weights of", Thing: tower.File, Err: err, Next: "free space in the temporary folder, or name another by TMPDIR"}
	}
	dir, err := os.MkdirTemp("", "mindgap-weights-")
	if err != nil {
		return nil, nil, full(err)
	}
	remove := func() error { return os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			err = errors.Join(err, remove())
		}
	}()
	const name = "weights.bin"
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, nil, full(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	data, err := tower.Graph(ctx, models.WeightPlacement{Data: w, DataName: name})
	if werr := errors.Join(w.Flush(), f.Close()); werr != nil {
		return nil, nil, full(errors.Join(err, werr))
	}
	if err != nil {
		return nil, nil, err
	}
	if err := opt.weightsIn(dir); err != nil {
		return nil, nil, err
	}
	return data, remove, nil
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
