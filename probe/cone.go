package probe

import (
	"context"
	"errors"
	"math/rand/v2"

	"mindgap/gap"
)

// ConeBins is the number of equal histogram bins over [-1, 1].
const ConeBins = 80

// Cones computes the pairwise cosine statistics of each tower of the subject: how narrow its cone is (Liang et al. 2022, Fig. 2a).
func Cones(ctx context.Context, s *Subject) (*ConeResults, error) {
	r := &ConeResults{}
	for _, tower := range []struct {
		name string
		rows *gap.Embeddings
	}{{"image", s.Images}, {"text", s.Texts}} {
		if tower.rows == nil {
			continue
		}
		st, err := gap.PairwiseCosine(ctx, tower.rows, ConeBins)
		if err != nil {
			return nil, s.blame("compute the cone of", err)
		}
		r.Cones = append(r.Cones, Cone{Model: s.Name, Tower: tower.name, Inputs: "data", N: tower.rows.N,
			Mean: Float(st.Mean), Min: Float(st.Min), Max: Float(st.Max), Std: Float(st.Std), Histogram: st.Histogram})
	}
	return r, nil
}

// NoiseCones embeds n random inputs, as the paper does for Fig. 2a, and returns both towers' cones: pixels drawn from N(0, 1) after
// preprocessing, and token ids uniform over the vocabulary and over the whole context, whatever they mean.
func (c *Config) NoiseCones(ctx context.Context, n int, seed uint64) (_ *Subject, _ *ConeResults, err error) {
	cp, err := c.openModel(ctx)
	if err != nil {
		return nil, nil, err
	}
	e := &extraction{Config: c, cp: cp}
	defer func() { err = errors.Join(err, e.close()) }()
	t, err := e.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := e.subject(ctx)
	if err != nil {
		return nil, nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	s.Images = gap.NewEmbeddings(n, t.Image.Width, make([]float32, n*t.Image.Width))
	pixels := make([]float32, t.Image.Batch*t.Image.Floats())
	for i := 0; i < n; i += t.Image.Batch {
		m := min(t.Image.Batch, n-i)
		for k := range m * t.Image.Floats() {
			pixels[k] = float32(rng.NormFloat64())
		}
		if err := t.Image.Embed(ctx, s.Images.Slice(i, i+m).Data, pixels, m); err != nil {
			return nil, nil, err
		}
		e.step("noise images through "+cp.Name, i+m, n)
	}
	s.Texts = gap.NewEmbeddings(n, t.Text.Width, make([]float32, n*t.Text.Width))
	for i := 0; i < n; i += t.Text.Batch {
		m := min(t.Text.Batch, n-i)
		ids := make([][]int, m)
		for r := range ids {
			ids[r] = make([]int, t.Text.Context)
			for k := range ids[r] {
				ids[r][k] = rng.IntN(t.Tokenizer.VocabSize())
			}
		}
		if err := t.Text.Embed(ctx, s.Texts.Slice(i, i+m).Data, ids); err != nil {
			return nil, nil, err
		}
		e.step("noise texts through "+cp.Name, i+m, n)
	}
	res, err := Cones(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	for i := range res.Cones {
		res.Cones[i].Inputs = "noise"
	}
	return s, res, nil
}
