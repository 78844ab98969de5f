package loaders

import (
	"context"
	"errors"
	"fmt"
	"math"

	onnx "github.com/yalue/onnxruntime_go"

	"mindgap/loaders/tokenize"
	"mindgap/models"
	"mindgap/models/onnxgraph"
)

// openCombined opens the one session of a graph that holds both towers and gives each its lane through it.
func openCombined(ctx context.Context, cp *models.Checkpoint, image *ImageTower, text *TextTower, tok tokenize.Tokenizer, opt *sessionOptions) (err error) {
	in := append([]models.Port{image.port}, text.ports()...)
	out := []models.Port{cp.Image.Output, cp.Text.Output}
	if cp.ScaleInGraph() {
		out = append(out, *cp.Logits)
	}
	s, err := openSession(ctx, cp, &cp.Image, in, out, opt)
	if err != nil {
		return err
	}
	rows := []int{max(image.fixed, 1), max(text.fixed, 1), 0}
	image.l = &lane{s: s, rows: rows}
	text.l = &lane{s: s, rows: rows, first: 1, out: 1, shared: true}
	// One row a side, or as many as the graph is fixed to, show how wide both are.
	caption := [][]int{tok.Encode("a photo of a cat.")}
	pixels, err := image.sample(max(image.fixed, 1))
	if err != nil {
		return err
	}
	image.l.owned = append(image.l.owned, pixels)
	idle, err := text.idle(caption)
	if err != nil {
		return err
	}
	image.l.owned = append(image.l.owned, idle...)
	image.l.idleIn = append([]onnx.Value{nil}, idle...)
	text.l.idleIn = append([]onnx.Value{pixels}, make([]onnx.Value, len(idle))...)
	if err := image.settle(ctx); err != nil {
		return err
	}
	if err := text.settle(ctx, tok); err != nil {
		return err
	}
	if image.l.idleOut, err = image.l.idleOutput(out, 1, max(text.fixed, 1), text.Width); err != nil {
		return err
	}
	if text.l.idleOut, err = text.l.idleOutput(out, 0, max(image.fixed, 1), image.Width); err != nil {
		return err
	}
	if cp.EmptyImages && image.fixed == 0 && image.port.Type == onnxgraph.Float {
		if err := text.withoutImages(ctx, image, out, caption); err != nil {
			return err
		}
	}
	if cp.ScaleInGraph() {
		return recoverScale(ctx, cp, image, text, tok)
	}
	return nil
}

// idle makes inputs for a text of the shortest length that the graph takes. They are copied: the tower's own memory is reused.
func (t *TextTower) idle(texts [][]int) ([]onnx.Value, error) {
	length := t.Context
	if t.feeds[0].port.Shape[1] < 0 {
		length = min(length, len(texts[0]))
	}
	own := *t
	own.feeds = make([]textFeed, len(t.feeds))
	for i, f := range t.feeds {
		own.feeds[i] = textFeed{kind: f.kind, port: f.port}
	}
	return own.inputs(texts, max(t.fixed, 1), length)
}

// idleOutput makes the list of outputs with memory for the other side's embedding.
func (l *lane) idleOutput(out []models.Port, other, rows, width int) ([]onnx.Value, error) {
	outs := make([]onnx.Value, len(out))
	v, err := receive(out[other], make([]float32, rows*width), rows, width)
	if err != nil {
		return nil, err
	}
	l.owned = append(l.owned, v.Value)
	outs[other] = v.Value
	return outs, nil
}

// withoutImages makes the text lane feed no pictures at all where the graph runs so and answers the same.
func (t *TextTower) withoutImages(ctx context.Context, image *ImageTower, out []models.Port, caption [][]int) error {
	want, got := make([]float32, t.Width), make([]float32, t.Width)
	if err := t.Embed(ctx, want, caption); err != nil {
		return err
	}
	none, err := image.sample(0)
	if err != nil {
		return err
	}
	nothing, err := tensor([]float32{}, 0, int64(image.Width))
	if err != nil {
		return errors.Join(err, none.Destroy())
	}
	in, outs := t.l.idleIn, t.l.idleOut
	t.l.idleIn = append([]onnx.Value{none}, in[1:]...)
	t.l.idleOut = append([]onnx.Value{nothing}, outs[1:]...)
	err = t.Embed(ctx, got, caption)
	if err == nil && closeTo(got, want) {
		t.l.owned = append(t.l.owned, none, nothing)
		return nil
	}
	if ctx.Err() == nil {
		err = nil // the graph does not take it: one picture it is
	}
	t.l.idleIn, t.l.idleOut = in, outs
	return errors.Join(err, none.Destroy(), nothing.Destroy())
}

func closeTo(a, b []float32) bool {
	var diff, norm float64
	for i := range a {
		diff = max(diff, math.Abs(float64(a[i])-float64(b[i])))
		norm += float64(b[i]) * float64(b[i])
	}
	return diff <= 1e-5*math.Sqrt(norm)
}

// scaleCaptions are unlike enough for their cosines to differ.
var scaleCaptions = []string{"a photo of a cat.", "two red cars", "the", "a city at night, seen from far above", "x y z 1 2 3", "nothing"}

// recoverScale reads the logit scale and bias from the graph itself: it computes logits = s·cos + b for a few pairs, and s and b follow by
// least squares. The bias is taken for 0 where s alone explains the logits.
func recoverScale(ctx context.Context, cp *models.Checkpoint, image *ImageTower, text *TextTower, tok tokenize.Tokenizer) error {
	var cos, logits []float64
	for i, caption := range scaleCaptions {
		n, m := max(image.fixed, 1), max(text.fixed, 1)
		if image.fixed == 0 {
			n = len(scaleCaptions)
		}
		pixels, err := image.sample(n)
		if err != nil {
			return err
		}
		texts := make([][]int, m)
		for k := range texts {
			texts[k] = tok.Encode(caption)
		}
		in, err := text.inputs(texts, m, text.Context)
		if err != nil {
			return errors.Join(err, pixels.Destroy())
		}
		outs, err := image.l.s.outputs([]int{n, m, 0})
		if err == nil {
			err = image.l.s.do(ctx, append([]onnx.Value{pixels}, in...), outs)
		}
		if err = errors.Join(err, pixels.Destroy(), destroy(in)); err == nil {
			cos, logits, err = pairs(cos, logits, image.l.s, outs)
		}
		if err = errors.Join(err, destroy(outs)); err != nil {
			return fmt.Errorf("recover the logit scale from caption %d: %w", i, err)
		}
	}
	if s, b, ok := fitScale(cos, logits); ok {
		cp.LogitScale = models.Scale{Value: s, From: "the graph's logits, by least squares"}
		cp.LogitBias = b
	}
	return nil
}

// pairs appends the cosines of all images with the texts, and their logits.
func pairs(cos, logits []float64, s *session, outs []onnx.Value) ([]float64, []float64, error) {
	x, n, w, err := matrix(outs[0], s.out[0])
	if err != nil {
		return nil, nil, err
	}
	y, m, _, err := matrix(outs[1], s.out[1])
	if err != nil {
		return nil, nil, err
	}
	z, zn, zm, err := matrix(outs[2], s.out[2])
	if err != nil {
		return nil, nil, err
	}
	if zn != n || zm != m {
		return cos, logits, nil // not images by texts: the scale stays assumed
	}
	for i := range n {
		for j := range m {
			var xy, xx, yy float64
			for k := range w {
				a, b := float64(x[i*w+k]), float64(y[j*w+k])
				xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
			}
			cos, logits = append(cos, xy/math.Sqrt(xx*yy)), append(logits, float64(z[i*m+j]))
		}
	}
	return cos, logits, nil
}

// fitScale fits logits = s·cos + b. ok is false where no s > 0 explains them up to rounding: 1e-4 of the scale.
func fitScale(cos, logits []float64) (s, b float64, ok bool) {
	var n, sc, sl, scc, scl float64
	for i, c := range cos {
		n, sc, sl, scc, scl = n+1, sc+c, sl+logits[i], scc+c*c, scl+c*logits[i]
	}
	worst := func(s, b float64) float64 {
		w := 0.0
		for i, c := range cos {
			w = max(w, math.Abs(s*c+b-logits[i]))
		}
		return w
	}
	if s = scl / scc; s > 0 && worst(s, 0) <= 1e-5*s {
		return s, 0, true
	}
	det := n*scc - sc*sc
	s = (n*scl - sc*sl) / det
	b = (sl - s*sc) / n
	return s, b, s > 0 && !math.IsInf(s, 0) && worst(s, b) <= 1e-4*s
}
