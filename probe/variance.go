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
func explainedVariance(ctx context.Context, s *Subject) (*ExplainedVariance, error) {
	v := &ExplainedVariance{}
	for _, part := range []struct {
		into *[]Float
		of   func() ([]Float, error)
	}{
		{&v.Both, func() ([]Float, error) { return s.jointVariance(ctx) }},
		{&v.Images, func() ([]Float, error) { return leadingShares(ctx, s.Images) }},
		{&v.Texts, func() ([]Float, error) { return leadingShares(ctx, s.Texts) }},
	} {
		shares, err := part.of()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			shares = []Float{} // rows that coincide vary nowhere
		}
		*part.into = shares
	}
	return v, nil
}

// jointVariance is the shares of both clouds together. They are computed once, because a shift shows them and a report again, and a
// decomposition of many rows takes seconds.
func (s *Subject) jointVariance(ctx context.Context) ([]Float, error) {
	if s.joint == nil {
		shares, err := leadingShares(ctx, s.Images, s.Texts)
		if err != nil {
			return nil, err
		}
		s.joint = shares
	}
	return s.joint, nil
}

// leadingShares is the shares of the variance of all rows along their leading components.
func leadingShares(ctx context.Context, clouds ...*gap.Embeddings) ([]Float, error) {
	p, err := gap.PCA(ctx, min(leadingComponents, clouds[0].D), clouds...)
	if err != nil {
		return nil, err
	}
	shares := make([]Float, len(p.Explained))
	for i, e := range p.Explained {
		shares[i] = Float(e)
	}
	return shares, nil
}
