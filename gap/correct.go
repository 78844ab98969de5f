package gap

import (
	"context"
	"fmt"
	"math"
)

// A Correction is a way to close the modality gap after training: fitted on one pair, it moves the rows of any other of the same model.
// Fit panics with ErrTooFew if the pair to fit on has no images; its error is a *ValueError if a row holds NaN, an infinity or only zeros,
// ctx's if ctx ends, and otherwise says why the correction cannot be fitted to this pair.
type Correction struct {
	Name string // of snake_case words, as records have them
	Doc  string // formula and source, one line
	Fit  func(ctx context.Context, train Pair) (*CorrectionMap, error)
}

// A CorrectionMap is a fitted correction: for each modality an affine map of the unit rows, which are normalised again,
//
//	x' = norm(R·(s ∘ (x/‖x‖ − m)))
//
// with a vector m, factors s of the coordinates, and an orthogonal matrix R; none of them where they change nothing.
type CorrectionMap struct {
	name   string
	sides  map[Modality]affine
	widths int
}

type affine struct {
	centre []float64 // m
	scale  []float64 // s
	rotate *rows     // Rᵀ: x·Rᵀ for rows x
}

// Embeddings returns the moved rows of e. It panics with ErrShape if the width is not that of the pair fitted to. The error is a *ValueError
// if a row holds NaN, an infinity or only zeros, and otherwise an *OriginError for the first row that lands on the origin.
func (c *CorrectionMap) Embeddings(m Modality, e *Embeddings) (*Embeddings, error) {
	if e.D != c.widths {
		panic(ErrShape)
	}
	if err := e.Validate(m); err != nil {
		return nil, err
	}
	a := c.sides[m]
	moved := e.unit()
	for i := range moved.n {
		row := moved.row(i)
		for k := range row {
			if a.centre != nil {
				row[k] -= a.centre[k]
			}
			if a.scale != nil {
				row[k] *= a.scale[k]
			}
		}
	}
	// What is left of a row must be more than the rounding of what was taken away.
	least := originRadius
	if a.scale != nil {
		greatest := 0.0
		for _, s := range a.scale {
			greatest = max(greatest, s)
		}
		least *= greatest
	}
	for i := range moved.n {
		row := moved.row(i)
		length := norm(row)
		if !(length >= least) || length == 0 {
			return nil, &OriginError{Correction: c.name, Modality: m, Row: i}
		}
		for k := range row {
			row[k] /= length
		}
	}
	if a.rotate != nil {
		moved = times(moved, a.rotate)
	}
	out := NewEmbeddings(e.N, e.D, make([]float32, len(e.Data)))
	for i, v := range moved.data {
		out.Data[i] = float32(v)
	}
	return out, nil
}

// Pair returns the moved pair; its errors are those of Embeddings, images before texts.
func (c *CorrectionMap) Pair(p Pair) (Pair, error) {
	images, err := c.Embeddings(Image, p.Images)
	if err != nil {
		return Pair{}, err
	}
	texts, err := c.Embeddings(Text, p.Texts)
	if err != nil {
		return Pair{}, err
	}
	return NewPair(images, texts, p.ImageOf), nil
}

// An OriginError is a row that a correction moves onto the origin, where it has no direction.
type OriginError struct {
	Correction string
	Modality   Modality
	Row        int
}

// Error says which correction and row.
func (e *OriginError) Error() string {
	return fmt.Sprintf("gap: correction %s moves %s row %d onto the origin, where it has no direction", e.Correction, e.Modality, e.Row)
}

// Corrections lists the corrections that CompareCorrections compares by default, the identity first.
func Corrections() []Correction {
	return []Correction{
		NoCorrection(), ShiftCorrection(1), CentreCorrection(), StandardiseCorrection(), DropCorrection(1), DropCorrection(2), DropCorrection(5),
		ProcrustesCorrection(false), ProcrustesCorrection(true),
	}
}

// NoCorrection leaves the unit rows as they are: what the others are compared with.
func NoCorrection() Correction {
	return Correction{Name: "none", Doc: "The embeddings as they are.",
		Fit: func(ctx context.Context, train Pair) (*CorrectionMap, error) {
			return newCorrectionMap(ctx, "none", train, func(x, y *rows) (image, text affine, err error) { return })
		}}
}

// newCorrectionMap fits a correction to the unit rows of a pair.
func newCorrectionMap(ctx context.Context, name string, train Pair, fit func(x, y *rows) (image, text affine, err error)) (*CorrectionMap, error) {
	if train.Images.N == 0 {
		panic(ErrTooFew)
	}
	if err := train.Validate(); err != nil {
		return nil, err
	}
	image, text, err := fit(train.Images.unit(), train.Texts.unit())
	if err != nil {
		return nil, err
	}
	return &CorrectionMap{name: name, sides: map[Modality]affine{Image: image, Text: text}, widths: train.Images.D}, ctx.Err()
}

// A CorrectionResult is what one correction, fitted on one pair, does to another.
type CorrectionResult struct {
	Name, Doc          string
	Gap                float64 // norm of the difference of the centroids
	MatchedCosine      float64 // mean cosine of matching rows
	Loss               float64 // symmetric contrastive loss, as Measure defines it
	ImageToTextRecall1 float64
	TextToImageRecall1 float64
	Map                *CorrectionMap // to move other rows, class embeddings for one; nil if Reason is set
	Reason             string         // why the numbers are NaN; empty otherwise
}

// CompareCorrections fits every correction on train and measures it on test, which it has not seen: gap, loss at the given logit scale, and
// both recalls at 1 (metrics as in Measure, in float64 up to 2,048×2,048 similarities). A nil list means Corrections(). Pair.Halves makes a train and a test pair of one.
//
// A correction that cannot be fitted, or that moves a row of test onto the origin, gives NaN and a Reason. The error is a *ValueError if a
// row of either pair holds NaN, an infinity or only zeros, ctx's if ctx ends, and otherwise says that the scale is not positive or test is
// empty. It panics with ErrShape if the widths differ, and with ErrTooFew if train is empty.
func CompareCorrections(ctx context.Context, train, test Pair, scale float64, corrections []Correction) ([]CorrectionResult, error) {
	if train.Images.D != test.Images.D {
		panic(ErrShape)
	}
	if err := train.Validate(); err != nil {
		return nil, err
	}
	if err := test.Validate(); err != nil {
		return nil, err
	}
	if corrections == nil {
		corrections = Corrections()
	}
	nan := math.NaN()
	results := make([]CorrectionResult, len(corrections))
	for i, c := range corrections {
		r := &results[i]
		*r = CorrectionResult{Name: c.Name, Doc: c.Doc, Gap: nan, MatchedCosine: nan, Loss: nan, ImageToTextRecall1: nan, TextToImageRecall1: nan}
		fitted, err := c.Fit(ctx, train)
		var moved Pair
		if err == nil {
			moved, err = fitted.Pair(test)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			r.Reason = err.Error()
			continue
		}
		if err := r.measure(ctx, moved, scale); err != nil {
			return nil, err
		}
		r.Map = fitted
	}
	return results, nil
}

func (r *CorrectionResult) measure(ctx context.Context, p Pair, scale float64) error {
	to := map[string]*float64{"gap": &r.Gap, "matched_cosine_mean": &r.MatchedCosine, "loss": &r.Loss,
		"image_to_text_recall_at_1": &r.ImageToTextRecall1, "text_to_image_recall_at_1": &r.TextToImageRecall1}
	names := make([]string, 0, len(to))
	for name := range to {
		names = append(names, name)
	}
	m, err := Measure(ctx, p, MeasureOptions{Scale: scale, Names: names, Exact: p.Images.N*p.Texts.N <= 1<<22})
	if err != nil {
		return err
	}
	for _, result := range m {
		*to[result.Name] = result.Value
	}
	return nil
}
