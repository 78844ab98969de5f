package probe

import (
	"context"
	"fmt"

	"mindgap/gap"

	"mindgap/models/fault"
)

// The gap vectors of a classification that need no other data.
const (
	GapOfClasses = "classes" // mean of the images minus mean of the class embeddings, as the authors' code for Table 1 has it
	GapOfPairs   = "pairs"   // mean of the images minus mean of their texts, as the other experiments have it
)

// A gapSource says what the gap vector of a classification is fitted on.
type gapSource struct {
	from   string
	fixed  []float64        // fitted elsewhere; nil for the two above
	input  *EmbeddingsInput // what it was fitted on
	paired bool             // texts are needed
}

// openGap reads the source of a gap vector: GapOfClasses, GapOfPairs, or ready-made embeddings of another set, such as COCO's.
func (c *Config) openGap(ctx context.Context, from string) (*gapSource, error) {
	switch from {
	case "", GapOfClasses:
		return &gapSource{from: GapOfClasses}, nil
	case GapOfPairs:
		return &gapSource{from: GapOfPairs, paired: true}, nil
	}
	other := *c
	other.Embeddings = from
	s, err := other.read(ctx)
	if err != nil {
		return nil, err
	}
	pair, err := s.Pair()
	if err != nil {
		return nil, err
	}
	if err := pair.Validate(); err != nil {
		return nil, s.blame("fit the gap vector on", err)
	}
	return &gapSource{from: from, fixed: gap.GapVector(pair), input: s.Inputs.Embeddings}, nil
}

// what says what Embed has to compute.
func (g *gapSource) what() What {
	if g.paired {
		return WithPrompts | WithTexts
	}
	return WithPrompts
}

// forget takes back what opening a data set says of its pairs, where these have no part in the gap vector.
func (g *gapSource) forget(d *Data) {
	if !g.paired {
		d.Texts, d.ImageOf, d.Pairing, d.Warnings = nil, nil, "", nil
	}
}

// fit returns Δ fitted on some of the images.
func (g *gapSource) fit(z *zeroShot, images []int) ([]float64, error) {
	switch {
	case g.fixed != nil:
		if len(g.fixed) != z.s.Images.D {
			return nil, &fault.Error{Op: "fit the gap vector on", Thing: g.from, Found: fmt.Sprintf("embeddings of width %d", len(g.fixed)),
				Wanted: fmt.Sprintf("%d, as those of %s", z.s.Images.D, z.s.Name), Next: "embed that data with the same model"}
		}
		return g.fixed, nil
	case g.paired:
		pair, err := z.s.Pair()
		if err != nil {
			return nil, err
		}
		return gap.GapVector(pair.Take(images)), nil
	}
	return gap.ClassGap(take(z.s.Images, images), z.ensemble), nil
}

// take copies rows.
func take(e *gap.Embeddings, rows []int) *gap.Embeddings {
	out := gap.NewEmbeddings(len(rows), e.D, make([]float32, len(rows)*e.D))
	for k, i := range rows {
		copy(out.Row(k), e.Row(i))
	}
	return out
}
