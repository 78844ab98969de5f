package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"mindgap/gap"
	"mindgap/loaders"
	"mindgap/models"
	"mindgap/models/onnxgraph"
)

// InspectResults say what a checkpoint is and does.
type InspectResults struct {
	Layout         string          `json:"layout"`
	Family         string          `json:"family"`
	Precision      string          `json:"precision,omitempty"`
	Image          InspectImage    `json:"image"`
	Text           InspectText     `json:"text"`
	Preprocess     PreprocessInput `json:"preprocess"`
	LogitScale     Float           `json:"logit_scale"`
	LogitScaleFrom string          `json:"logit_scale_from"`
	LogitBias      Float           `json:"logit_bias"`
	Checks         []Check         `json:"checks"`
}

// InspectImage describes the image tower.
type InspectImage struct {
	File       string `json:"file"`
	Input      string `json:"input"`
	Output     string `json:"output"`
	DType      string `json:"dtype"` // of the input
	Size       int    `json:"size"`
	FixedBatch *int   `json:"fixed_batch"` // null: any
	Unit       bool   `json:"unit"`        // embeddings leave the tower with norm 1
	Width      int    `json:"width"`
	Parameters int64  `json:"parameters"` // numbers in the graph's initializers, both towers' where one graph holds both
}

// InspectText describes the text tower.
type InspectText struct {
	File       string   `json:"file"`
	Input      string   `json:"input"`
	Inputs     []string `json:"inputs"` // all that the graph is fed
	Output     string   `json:"output"`
	DType      string   `json:"dtype"` // of the ids
	Context    int      `json:"context"`
	FixedBatch *int     `json:"fixed_batch"`
	Unit       bool     `json:"unit"`
	Width      int      `json:"width"`
	PaddingID  int      `json:"padding_id"`
	Tokenizer  string   `json:"tokenizer"` // its files, or that it is the vocabulary of OpenAI's CLIP, which ships with mindgap
	Parameters int64    `json:"parameters"`
}

// A Check is one thing that was tried, whether it came out as a user would want, and what that means.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Inspect opens a model and tries it. With against, a second model, it also says how far the two differ on the same inputs.
func (c *Config) Inspect(ctx context.Context, against string) (_ *Record, err error) {
	cp, err := c.openModel(ctx)
	if err != nil {
		return nil, err
	}
	e := &extraction{Config: c, cp: cp}
	defer func() { err = errors.Join(err, e.close()) }()
	t, err := e.open(ctx, loaders.BothSides)
	if err != nil {
		return nil, err
	}
	s, err := e.subject(ctx)
	if err != nil {
		return nil, err
	}
	r := &InspectResults{Layout: cp.Layout, Family: cp.Family, Precision: cp.Precision, Preprocess: s.Inputs.Model.Preprocessing,
		LogitScale: Float(cp.LogitScale.Value), LogitScaleFrom: cp.LogitScale.From, LogitBias: Float(cp.LogitBias),
		Image: InspectImage{File: cp.Image.File, Input: cp.Image.Input.Name, Output: outputName(&cp.Image), DType: cp.Image.Input.Type.String(),
			Size: t.Image.Size, FixedBatch: fixedBatch(&cp.Image), Unit: t.Image.Unit, Width: t.Image.Width},
		Text: InspectText{File: cp.Text.File, Input: cp.Text.Input.Name, Inputs: textInputs(&cp.Text), Output: outputName(&cp.Text), DType: cp.Text.Input.Type.String(),
			Context: t.Text.Context, FixedBatch: fixedBatch(&cp.Text), Unit: t.Text.Unit, Width: t.Text.Width, PaddingID: t.Text.PadID, Tokenizer: "OpenAI's CLIP vocabulary, built in"}}
	if len(cp.Tokenizer.Files) > 0 {
		r.Text.Tokenizer = strings.Join(cp.Tokenizer.Files, ", ")
	}
	if r.Image.Parameters, err = parameters(ctx, cp, &cp.Image); err != nil {
		return nil, err
	}
	if r.Text.Parameters, err = parameters(ctx, cp, &cp.Text); err != nil {
		return nil, err
	}
	in := &inspector{t: t, captions: inspectionCaptions(t)}
	for _, check := range []func(context.Context) (Check, error){in.widths, in.scale, in.imageNorm, in.textNorm, in.imageBatch, in.textBatch, in.padding, in.causal, in.endOfText} {
		k, err := check(ctx)
		if err != nil {
			return nil, err
		}
		r.Checks = append(r.Checks, k)
	}
	if against != "" {
		more, err := c.difference(ctx, in, against)
		if err != nil {
			return nil, err
		}
		r.Checks = append(r.Checks, more...)
	}
	rec := s.Record("inspect", 0, r, e.warnings...)
	for _, k := range r.Checks {
		if !k.OK && k.Name != scaleKnown { // the record says that already
			rec.Warnings = append(rec.Warnings, k.Name+": "+k.Detail)
		}
	}
	return rec, nil
}

// parameters counts the weights of a tower's graph.
func parameters(ctx context.Context, cp *models.Checkpoint, t *models.Tower) (int64, error) {
	var g *onnxgraph.Graph
	var err error
	if t.Graph == nil {
		g, err = onnxgraph.Read(ctx, cp.FS, t.File)
	} else {
		var b []byte
		if b, err = t.Graph(ctx, models.WeightPlacement{}); err == nil {
			g, err = onnxgraph.Parse(ctx, bytes.NewReader(b), int64(len(b)))
		}
	}
	if err != nil {
		return 0, fmt.Errorf("count the weights of %s: %w", cp.Locate(t.File), err)
	}
	return g.Parameters, nil
}

func outputName(t *models.Tower) string {
	if t.Projection != nil {
		return t.Projection.Output.Name
	}
	return t.Output.Name
}

func fixedBatch(t *models.Tower) *int {
	if n := t.Batch(); n > 0 {
		return &n
	}
	return nil
}

func textInputs(t *models.Tower) []string {
	names := []string{t.Input.Name}
	for _, p := range []*models.Port{t.Mask, t.Positions, t.Types} {
		if p != nil {
			names = append(names, p.Name)
		}
	}
	return names
}

// An inspector runs small trials on opened towers. Its pictures are noise after preprocessing, its texts short captions.
type inspector struct {
	t        *loaders.Towers
	captions [][]int
}

// The captions differ in length and in their last words, so that a tower that pools at the wrong place shows.
func inspectionCaptions(t *loaders.Towers) [][]int {
	var ids [][]int
	for _, s := range []string{"a photo of a cat.", "a photo of a dog.", "two people ride bicycles along the river in the rain", "red", "a drawing of a house with a garden"} {
		ids = append(ids, t.Tokenizer.Encode(s))
	}
	return ids
}

const inspectedImages = 3

func (in *inspector) pixels() []float32 {
	rng := rand.New(rand.NewPCG(1, 0))
	out := make([]float32, inspectedImages*in.t.Image.Floats())
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

func (in *inspector) images(ctx context.Context) (*gap.Embeddings, error) {
	e := gap.NewEmbeddings(inspectedImages, in.t.Image.Width, make([]float32, inspectedImages*in.t.Image.Width))
	return e, in.t.Image.Embed(ctx, e.Data, in.pixels(), inspectedImages)
}

// texts embeds at a chosen length, 0 = as extraction would.
func (in *inspector) texts(ctx context.Context, ids [][]int, length int) (*gap.Embeddings, error) {
	e := gap.NewEmbeddings(len(ids), in.t.Text.Width, make([]float32, len(ids)*in.t.Text.Width))
	if length == 0 {
		return e, in.t.Text.Embed(ctx, e.Data, ids)
	}
	return e, in.t.Text.EmbedAt(ctx, e.Data, ids, length)
}

// apart is the greatest distance between rows of equal number, both scaled to unit length.
func apart(a, b *gap.Embeddings) float64 {
	worst := 0.0
	u, v := make([]float64, a.N*a.D), make([]float64, b.N*b.D)
	a.UnitTo(u)
	b.UnitTo(v)
	for i := range a.N {
		var square float64
		for k := i * a.D; k < (i+1)*a.D; k++ {
			square += (u[k] - v[k]) * (u[k] - v[k])
		}
		worst = math.Max(worst, math.Sqrt(square))
	}
	return worst
}

// rounding is how far unit embeddings may lie apart before the cause is something else than float32 or half precision.
const rounding = 5e-3

// visible is how far a unit embedding moves at least when a tower sees ids that it should not: a missing mask moves it by half and more.
const visible = 0.2

func (in *inspector) widths(context.Context) (Check, error) {
	k := Check{Name: "widths equal", OK: in.t.Image.Width == in.t.Text.Width, Detail: fmt.Sprintf("both towers give %d numbers", in.t.Image.Width)}
	if !k.OK {
		k.Detail = fmt.Sprintf("images have %d numbers, texts %d: a projection is missing", in.t.Image.Width, in.t.Text.Width)
	}
	return k, nil
}

const scaleKnown = "logit scale known"

func (in *inspector) scale(context.Context) (Check, error) {
	s := in.t.Checkpoint.LogitScale
	k := Check{Name: scaleKnown, OK: !s.Assumed(), Detail: fmt.Sprintf("%.6g, from %s", s.Value, s.From)}
	if !k.OK {
		k.Detail = fmt.Sprintf("no file states it: %g is assumed, and losses are at that scale", s.Value)
	}
	return k, nil
}

func norms(e *gap.Embeddings, what string, unit bool) Check {
	n := e.Norms()
	lo, hi := slices.Min(n), slices.Max(n)
	k := Check{Name: what + " norm", OK: true, Detail: fmt.Sprintf("%.4g to %.4g before normalising", lo, hi)}
	if unit {
		k.Detail = "1: embeddings leave the graph normalised, so their raw norms cannot be known"
	}
	return k
}

func (in *inspector) imageNorm(ctx context.Context) (Check, error) {
	e, err := in.images(ctx)
	if err != nil {
		return Check{}, err
	}
	return norms(e, "image", in.t.Image.Unit), nil
}

func (in *inspector) textNorm(ctx context.Context) (Check, error) {
	e, err := in.texts(ctx, in.captions, 0)
	if err != nil {
		return Check{}, err
	}
	return norms(e, "text", in.t.Text.Unit), nil
}

func (in *inspector) imageBatch(ctx context.Context) (Check, error) {
	all, err := in.images(ctx)
	if err != nil {
		return Check{}, err
	}
	one := gap.NewEmbeddings(all.N, all.D, make([]float32, len(all.Data)))
	px, f := in.pixels(), in.t.Image.Floats()
	for i := range all.N {
		if err := in.t.Image.Embed(ctx, one.Row(i), px[i*f:(i+1)*f], 1); err != nil {
			return Check{}, err
		}
	}
	return batchCheck("image", apart(all, one)), nil
}

func (in *inspector) textBatch(ctx context.Context) (Check, error) {
	length := in.t.Text.Context // the same padding in both runs: the batch alone differs
	all, err := in.texts(ctx, in.captions, length)
	if err != nil {
		return Check{}, err
	}
	one := gap.NewEmbeddings(all.N, all.D, make([]float32, len(all.Data)))
	for i := range all.N {
		if err := in.t.Text.EmbedAt(ctx, one.Row(i), in.captions[i:i+1], length); err != nil {
			return Check{}, err
		}
	}
	return batchCheck("text", apart(all, one)), nil
}

func batchCheck(what string, moved float64) Check {
	k := Check{Name: "same " + what + " at two batch sizes", OK: moved <= rounding, Detail: fmt.Sprintf("the embedding moves by %.2g: the batch does not matter", moved)}
	if !k.OK {
		k.Detail = fmt.Sprintf("the embedding moves by %.2g: what else is in the batch changes it, as dynamic quantisation does; results depend on --batch", moved)
	}
	return k
}

func (in *inspector) padding(ctx context.Context) (Check, error) {
	const name = "same caption under two paddings"
	text := in.t.Text
	full := in.captions[:1]
	if in.t.Checkpoint.Text.Input.Shape[1] > 0 {
		return Check{Name: name, OK: true, Detail: fmt.Sprintf("the graph is fixed to %d ids: there is one padding, id %d", text.Context, text.PadID)}, nil
	}
	short, err := in.texts(ctx, full, len(full[0]))
	if err != nil {
		if ctx.Err() != nil {
			return Check{}, err
		}
		return Check{Name: name, OK: true, Detail: fmt.Sprintf("the graph runs at %d ids alone, though it calls its length free: there is one padding", text.Context)}, nil
	}
	long, err := in.texts(ctx, full, text.Context)
	if err != nil {
		return Check{}, err
	}
	moved := apart(short, long)
	if text.Dynamic {
		return Check{Name: name, OK: true, Detail: fmt.Sprintf("the embedding moves by %.2g: padding does not matter, so texts are padded to the longest of their batch", moved)}, nil
	}
	return Check{Name: name, OK: true, Detail: fmt.Sprintf("the embedding moves by %.2g: the tower sees its padding, so every text is fed as trained, %d ids padded with %d", moved, text.Context, text.PadID)}, nil
}

// causal changes what stands behind the end of the text. A causal tower cannot see it.
func (in *inspector) causal(ctx context.Context) (Check, error) {
	const name = "causal mask"
	family := strings.ToLower(in.t.Checkpoint.Family)
	ids := in.captions[0]
	length := in.t.Text.Context
	if len(ids)+2 > length {
		return Check{Name: name, OK: true, Detail: "not tried: the context has no room behind a caption"}, nil
	}
	changed := slices.Clone(ids)
	for len(changed) < length-1 {
		changed = append(changed, ids[1]) // a word's id, smaller than the end of text's
	}
	a, err := in.texts(ctx, [][]int{ids}, length)
	if err != nil {
		return Check{}, err
	}
	b, err := in.texts(ctx, [][]int{changed}, length)
	if err != nil {
		return Check{}, err
	}
	moved := apart(a, b)
	switch {
	case moved <= rounding:
		return Check{Name: name, OK: true, Detail: fmt.Sprintf("what follows the end of the text moves the embedding by %.2g: the tower is causal", moved)}, nil
	case moved < visible && in.t.Checkpoint.Precision != "" && in.t.Checkpoint.Precision != "fp32":
		return Check{Name: name, OK: true, Detail: fmt.Sprintf("what follows the end of the text moves the embedding by %.2g: no more than quantisation does, so the tower is causal", moved)}, nil
	case family == "clip" && in.t.Checkpoint.Text.Mask == nil && in.t.Checkpoint.Tokenizer.Clean != "canonicalize":
		return Check{Name: name, OK: false, Detail: fmt.Sprintf("what follows the end of the text moves the embedding by %.2g: CLIP's text tower is causal and pools at the end of the text, so the export lost its mask or pools elsewhere (MobileCLIP's small towers have none by design)", moved)}, nil
	}
	return Check{Name: name, OK: true, Detail: fmt.Sprintf("what follows the end of the text moves the embedding by %.2g: the tower reads both ways, or pools at the last position, as this family may", moved)}, nil
}

// endOfText compares captions that differ in their last words alone. A tower that pools too early gives them one embedding.
func (in *inspector) endOfText(ctx context.Context) (Check, error) {
	e, err := in.texts(ctx, in.captions[:2], 0)
	if err != nil {
		return Check{}, err
	}
	moved := apart(e.Slice(0, 1), e.Slice(1, 2))
	k := Check{Name: "end of text plausible", OK: moved > 10*1e-4, Detail: fmt.Sprintf("captions that differ in their last word lie %.3g apart", moved)}
	if !k.OK {
		k.Detail = fmt.Sprintf("captions that differ in their last word lie %.3g apart: the tower pools before the end of the text; compare eos_token_id of config.json with the tokenizer's", moved)
	}
	return k, nil
}

// difference opens a second model and compares embeddings of the same inputs: pixels after preprocessing where both towers take the same
// size, and captions as each tokenizer reads them.
func (c *Config) difference(ctx context.Context, in *inspector, ref string) (_ []Check, err error) {
	cp, err := models.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	e := &extraction{Config: c, cp: cp}
	defer func() { err = errors.Join(err, e.close()) }()
	t, err := e.open(ctx, loaders.BothSides)
	if err != nil {
		return nil, err
	}
	other := &inspector{t: t, captions: inspectionCaptions(t)}
	name := path.Base(cp.Ref)
	if t.Image.Width != in.t.Image.Width || t.Text.Width != in.t.Text.Width {
		return []Check{{Name: "against " + name, OK: false, Detail: fmt.Sprintf("widths differ, %d and %d: their embeddings cannot be compared", in.t.Image.Width, t.Image.Width)}}, nil
	}
	var checks []Check
	if t.Image.Size == in.t.Image.Size {
		a, err := in.images(ctx)
		if err != nil {
			return nil, err
		}
		b, err := other.images(ctx)
		if err != nil {
			return nil, err
		}
		checks = append(checks, sameCheck("images against "+name, a, b))
	} else {
		checks = append(checks, Check{Name: "images against " + name, OK: false, Detail: fmt.Sprintf("not compared: one tower takes %d pixels, the other %d", in.t.Image.Size, t.Image.Size)})
	}
	a, err := in.texts(ctx, in.captions, 0)
	if err != nil {
		return nil, err
	}
	b, err := other.texts(ctx, other.captions, 0)
	if err != nil {
		return nil, err
	}
	return append(checks, sameCheck("texts against "+name, a, b)), nil
}

// sameCheck words how alike two models' embeddings of the same inputs are.
func sameCheck(name string, a, b *gap.Embeddings) Check {
	u, v := make([]float64, a.N*a.D), make([]float64, b.N*b.D)
	a.UnitTo(u)
	b.UnitTo(v)
	least := 1.0
	for i := range a.N {
		var dot float64
		for k := i * a.D; k < (i+1)*a.D; k++ {
			dot += u[k] * v[k]
		}
		least = math.Min(least, dot)
	}
	far := apart(a, b)
	k := Check{Name: name, OK: far <= rounding, Detail: fmt.Sprintf("least cosine %.6f, greatest distance %.2g of unit embeddings of the same inputs", least, far)}
	switch {
	case k.OK:
		k.Detail += ": the same model up to rounding"
	case least > 0.99:
		k.Detail += ": close, as a quantised or half-precision export is"
	default:
		k.Detail += ": another model, or one of them is fed or exported differently"
	}
	return k
}
