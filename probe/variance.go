package probe

import (
	"context"

	"mindgap/gap"
)

// leadingComponents is how many principal components a report lists.
const leadingComponents = 10

// ExplainedVariance is the share of the variance of unit rows along each of their leading principal components, up to ten: of both clouds
// together, about their joint mean, and of each alone, about its own. A cloud without variance has none.
type ExplainedVariance struct {
	Both   []Float `json:"both"`
	Images []Float `json:"images"`
	Texts  []Float `json:"texts"`
}

// explainedVariance computes the shares. A gap makes the first joint component stand out; a cone does not, being told by its mean.
func explainedVariance(ctx context.Context, pair gap.Pair) (*ExplainedVariance, error) {
	v := &ExplainedVariance{}
	for _, part := range []struct {
		into   *[]Float
		clouds []*gap.Embeddings
	}{{&v.Both, []*gap.Embeddings{pair.Images, pair.Texts}}, {&v.Images, []*gap.Embeddings{pair.Images}}, {&v.Texts, []*gap.Embeddings{pair.Texts}}} {
		p, err := gap.PCA(ctx, min(leadingComponents, pair.Images.D), part.clouds...)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		*part.into = []Float{}
		if err != nil {
			continue // rows that coincide vary nowhere
		}
		for _, e := range p.Explained {
			*part.into = append(*part.into, Float(e))
		}
	}
	return v, nil
}
