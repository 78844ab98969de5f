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
	Batch int  // the largest n that Embed takes
	Width int  // numbers an embedding
	Size  int  // side of the picture in pixels
	Unit  bool // the embeddings leave the tower with norm 1; what they were before cannot be known

	l     *lane
	port  models.Port
	fixed int // the batch that the graph is fixed to, 0 = any
}

// newImageTower checks the graph's input against the preprocessing.
func newImageTower(cp *models.Checkpoint, batch int) (*ImageTower, error) {
	t := &ImageTower{Batch: batch, Size: cp.Preprocess.Size, port: cp.Image.Input, fixed: cp.Image.Batch()}
	for i, want := range []int64{0, 3, int64(t.Size), int64(t.Size)} {
		if got := t.port.Shape[i]; i > 0 && got > 0 && got != want {
			return nil, &fault.Error{Op: "feed the image tower", Thing: cp.Locate(cp.Image.File), Found: "input " + t.port.String(),
				Wanted: fmt.Sprintf("[batch,3,%d,%d], the size of the preprocessing", t.Size, t.Size),
				Next:   "use the preprocessor_config.json of this export, or pass --image-size"}
		}
	}
	return t, nil
}

// settle runs the tower once to see what its embeddings are like.
func (t *ImageTower) settle(ctx context.Context) error {
	x, err := t.sample(max(t.fixed, 1))
	if err != nil {
		return err
	}
	row, err := t.l.try(ctx, []onnx.Value{x})
	t.Width, t.Unit = len(row), isUnit(row)
	return errors.Join(err, x.Destroy())
}

// sample is n pictures that are not flat: gradients, each another way. None for n = 0.
func (t *ImageTower) sample(n int) (onnx.Value, error) {
	data := make([]float32, n*t.Floats())
	for i := range data {
		picture, at := i/t.Floats(), i%t.Floats()
		channel, y, x := at/(t.Size*t.Size), at/t.Size%t.Size, at%t.Size
		wave := (picture+1)*x + (channel+picture*picture)*y
		data[i] = float32(wave%t.Size)/float32(t.Size)*4 - 2
	}
	return feed(t.port, data, int64(n), 3, int64(t.Size), int64(t.Size))
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
		x, err := feed(t.port, in, int64(run), 3, int64(t.Size), int64(t.Size))
		if err != nil {
			return err
		}
		err = t.l.run(ctx, []onnx.Value{x}, run, t.Width, out)
		if m < run {
			copy(dst[i*t.Width:(i+m)*t.Width], out)
		}
		return errors.Join(err, x.Destroy())
	})
}

func (t *ImageTower) close() error { return t.l.close() }

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

// isUnit reports whether a row has norm 1, up to half precision.
func isUnit(row []float32) bool {
	var sum float64
	for _, v := range row {
		sum += float64(v) * float64(v)
	}
	return sum > 0.998 && sum < 1.002
}
