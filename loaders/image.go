package loaders

import (
	"context"
	"errors"
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/models"
	"mindgap/models/fault"
)

// An ImageTower turns batches of preprocessed pictures into embeddings.
type ImageTower struct {
	Batch int // the largest n that Embed takes
	Width int // numbers an embedding
	Size  int // side of the picture in pixels

	s     *session
	fixed int // the batch that the graph is fixed to, 0 = any
}

func openImageTower(ctx context.Context, cp *models.Checkpoint, opt *onnx.SessionOptions, batch int) (*ImageTower, error) {
	t := &ImageTower{Batch: batch, Size: cp.Preprocess.Size, Width: cp.Image.Width}
	for i, want := range []int64{0, 3, int64(t.Size), int64(t.Size)} {
		if got := cp.Image.Input.Shape[i]; i > 0 && got > 0 && got != want {
			return nil, &fault.Error{Op: "feed the image tower", Thing: cp.Image.File, Found: "input " + cp.Image.Input.String(),
				Wanted: fmt.Sprintf("[batch,3,%d,%d], the size of the preprocessing", t.Size, t.Size),
				Next:   "use the preprocessor_config.json of this export"}
		}
	}
	t.fixed = int(max(cp.Image.Input.Shape[0], 0))
	var err error
	if t.s, err = openSession(ctx, cp, &cp.Image, []string{cp.Image.Input.Name}, opt); err != nil {
		return nil, err
	}
	if t.Width == 0 {
		n := max(t.fixed, 1)
		in, err := tensor(make([]float32, n*t.Floats()), int64(n), 3, int64(t.Size), int64(t.Size))
		if err == nil {
			t.Width, err = t.s.width([]onnx.Value{in})
			err = errors.Join(err, in.Destroy())
		}
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
	}
	return t, ctx.Err()
}

// Floats is the number of float32 values of one picture: 3·Size·Size.
func (t *ImageTower) Floats() int { return 3 * t.Size * t.Size }

// Embed runs n pictures, planar and one after another in pixels, and writes their embeddings to the first n rows of dst. It panics if a
// slice is too short.
func (t *ImageTower) Embed(ctx context.Context, dst, pixels []float32, n int) error {
	return inBatches(n, t.fixed, func(i, m, run int) error {
		in, out := pixels[i*t.Floats():(i+m)*t.Floats()], dst[i*t.Width:(i+m)*t.Width]
		if m < run { // a graph fixed to a batch gets zeros behind the last picture
			in = append(make([]float32, 0, run*t.Floats()), in...)[:run*t.Floats()]
			out = make([]float32, run*t.Width)
		}
		x, err := tensor(in, int64(run), 3, int64(t.Size), int64(t.Size))
		if err != nil {
			return err
		}
		y, err := tensor(out, int64(run), int64(t.Width))
		if err != nil {
			return errors.Join(err, x.Destroy())
		}
		err = t.s.do(ctx, []onnx.Value{x}, y)
		copy(dst[i*t.Width:(i+m)*t.Width], out)
		return errors.Join(err, x.Destroy(), y.Destroy())
	})
}

func (t *ImageTower) close() error { return t.s.close() }

// inBatches calls f(first, count, run) until n examples are done; run is the batch to run, larger than count only behind the last example
// of a graph whose batch is fixed.
func inBatches(n, fixed int, f func(i, m, run int) error) error {
	if fixed == 0 {
		if n == 0 {
			return nil
		}
		return f(0, n, n)
	}
	for i := 0; i < n; i += fixed {
		if err := f(i, min(fixed, n-i), fixed); err != nil {
			return err
		}
	}
	return nil
}
