package probe

import (
	"context"
	"fmt"

	"mindgap/gap"
	"mindgap/models/fault"
)

// CorrectResults compare ways to close the gap after training: each is fitted on the even items and read on the odd ones.
type CorrectResults struct {
	Scale       Float       `json:"scale"`   // logit scale of the losses
	FitOn       int         `json:"fit_on"`  // images in the half that corrections are fitted on
	ReadOn      int         `json:"read_on"` // images in the half that the numbers are of
	Corrections []Corrected `json:"corrections"`
}

// Corrected is one correction and what it does to the half that it has not seen.
type Corrected struct {
	Name               string    `json:"name"`
	Doc                string    `json:"doc"`
	Gap                Float     `json:"gap"`
	MatchedCosine      Float     `json:"matched_cosine_mean"`
	Loss               Float     `json:"loss"` // symmetric, at Scale
	ImageToTextRecall1 Float     `json:"image_to_text_recall_at_1"`
	TextToImageRecall1 Float     `json:"text_to_image_recall_at_1"`
	Accuracy           *Accuracy `json:"accuracy,omitempty"` // all templates, with McNemar's exact p-value against no correction
}

// Correct fits every correction of package gap on the even items of the subject and measures it on the odd ones: gap, loss, retrieval and,
// where there are labels and prompts, zero-shot accuracy with class embeddings moved as texts are.
func Correct(ctx context.Context, s *Subject) (*CorrectResults, []string, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, nil, err
	}
	if pair.Images.N < 4 {
		return nil, nil, &fault.Error{Op: "compare corrections on", Thing: s.Name, Found: fmt.Sprintf("%d images", pair.Images.N),
			Wanted: "at least 4, half of them to fit on", Next: "use more data"}
	}
	even, odd := pair.Halves()
	compared, err := gap.CompareCorrections(ctx, even, odd, s.Scale, nil)
	if err != nil {
		return nil, nil, s.blame("correct", err)
	}
	z, warnings, err := newZeroShot(s)
	if err != nil {
		return nil, nil, err
	}
	res := &CorrectResults{Scale: Float(s.Scale), FitOn: even.Images.N, ReadOn: odd.Images.N}
	var plain []int // predictions without correction
	for _, c := range compared {
		row := Corrected{Name: c.Name, Doc: c.Doc, Gap: Float(c.Gap), MatchedCosine: Float(c.MatchedCosine), Loss: Float(c.Loss),
			ImageToTextRecall1: Float(c.ImageToTextRecall1), TextToImageRecall1: Float(c.TextToImageRecall1)}
		if c.Reason != "" {
			warnings = append(warnings, c.Reason)
		} else if z != nil {
			acc, predictions, reason, err := z.corrected(ctx, odd.Images, c.Map)
			if err != nil {
				return nil, nil, s.blame("correct", err)
			}
			if reason != "" {
				warnings = append(warnings, reason)
			}
			if row.Accuracy = acc; acc != nil {
				if plain == nil {
					plain = predictions
				}
				acc.PValue = ptr(Float(gap.McNemarExact(gap.Discordant(z.oddLabels(), plain, predictions))))
			}
		}
		res.Corrections = append(res.Corrections, row)
	}
	return res, warnings, nil
}

// oddLabels are the labels of the odd items.
func (z *zeroShot) oddLabels() []int {
	var labels []int
	for i := 1; i < len(z.s.Data.Labels); i += 2 {
		labels = append(labels, z.s.Data.Labels[i])
	}
	return labels
}

// corrected classifies the odd images under a fitted correction. There is no accuracy, and a reason, where it moves a row onto the origin.
func (z *zeroShot) corrected(ctx context.Context, odd *gap.Embeddings, c *gap.CorrectionMap) (acc *Accuracy, predictions []int, reason string, err error) {
	images, err := c.Embeddings(gap.Image, odd)
	if err != nil {
		return nil, nil, err.Error(), nil
	}
	classes, err := c.Embeddings(gap.Text, z.ensemble)
	if err != nil {
		return nil, nil, "class embeddings: " + err.Error(), nil
	}
	k, err := gap.Classify(ctx, images, classes, z.oddLabels(), []int{1})
	if err != nil {
		return nil, nil, "", err
	}
	return ptr(accuracy(k.Correct[0], k.N)), k.Predictions, "", nil
}
