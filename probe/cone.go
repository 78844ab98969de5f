package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mindgap/gap"
	"mindgap/models"
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
		r.Cones = append(r.Cones, Cone{Model: s.Name, Tower: tower.name, Inputs: ConeData, N: tower.rows.N,
			Mean: Float(st.Mean), Min: Float(st.Min), Max: Float(st.Max), Std: Float(st.Std), Histogram: st.Histogram})
	}
	return r, nil
}

// What the towers of a cone are fed.
const (
	ConeData  = "data"  // the data set
	ConeNoise = "noise" // random inputs, see NoiseCones
)

// DefaultNoise is how many random inputs a model is fed unless a limit says otherwise.
const DefaultNoise = 1000

// ConeOptions say whose cones are set side by side.
type ConeOptions struct {
	Others []string // models beside the configuration's own
	Inputs []string // ConeData, ConeNoise or both; nil = ConeData
	Noise  int      // random inputs a model, 0 = DefaultNoise
	Seed   uint64   // of the random inputs, the same for every model
}

// Cones computes the cones of several models on the same items, on the same draws of noise, or on both: Fig. 2a of Liang et al. 2022.
func (c *Config) Cones(ctx context.Context, o ConeOptions) (_ *Record, err error) {
	if o.Noise == 0 {
		o.Noise = DefaultNoise
	}
	if o.Inputs == nil {
		o.Inputs = []string{ConeData}
	}
	for _, in := range o.Inputs {
		if in != ConeData && in != ConeNoise {
			return nil, usage("--inputs", in, "data, noise or both")
		}
	}
	var onData []*Subject
	if slices.Contains(o.Inputs, ConeData) {
		var first *Subject
		if first, err = c.Load(ctx, WithTexts); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, first.Close()) }()
		if onData, err = c.beside(ctx, first, o.Others, WithTexts); err != nil {
			return nil, err
		}
	}
	res := &ConeResults{}
	var base *Subject
	var warnings []string
	for i, ref := range append([]string{c.Model}, o.Others...) {
		var s *Subject
		var cones []Cone
		if onData != nil {
			s = onData[i]
			of, err := Cones(ctx, s)
			if err != nil {
				return nil, err
			}
			cones = of.Cones
		}
		if slices.Contains(o.Inputs, ConeNoise) {
			own := *c
			if own.Model = ref; i > 0 {
				own.Open = models.Options{}
			}
			fed, of, err := own.NoiseCones(ctx, o.Noise, o.Seed)
			if err != nil {
				return nil, err
			}
			if cones = append(cones, of.Cones...); s == nil {
				s = fed
			}
		}
		if i == 0 {
			base = s
		}
		for _, cone := range cones {
			if cone.N < 2 {
				warnings = append(warnings, fmt.Sprintf("%s: %s tower on %s: %d input has no pairs, and so no cosines", s.Name, cone.Tower, cone.Inputs, cone.N))
			}
		}
		for _, w := range s.Warnings {
			if !slices.Contains(base.Warnings, w) {
				warnings = append(warnings, s.Name+": "+w)
			}
		}
		res.add(s, cones)
	}
	return base.Record("cone", o.Seed, res, warnings...), nil
}

// add adds a model with its cones. Where another has its name, its reference tells them apart.
func (r *ConeResults) add(s *Subject, cones []Cone) {
	m := ConeModel{Name: s.Name, Trained: s.Trained}
	if s.Inputs.Model != nil {
		m.Ref, m.SHA256 = s.Inputs.Model.Ref, s.Inputs.Model.SHA256
	}
	if slices.ContainsFunc(r.Models, func(other ConeModel) bool { return other.Name == m.Name }) && m.Ref != "" {
		m.Name = m.Ref
	}
	for _, c := range cones {
		c.Model = m.Name
		r.Cones = append(r.Cones, c)
	}
	r.Models = append(r.Models, m)
}

// NoiseCones embeds n random inputs, as the paper does for Fig. 2a, and returns both towers' cones: pixels drawn from N(0, 1) after
// preprocessing, and token ids uniform over the vocabulary and over the whole context, whatever they mean.
func (c *Config) NoiseCones(ctx context.Context, n int, seed uint64) (*Subject, *ConeResults, error) {
	cp, err := c.openModel(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := c.noise(ctx, cp, n, seed)
	if err != nil {
		return nil, nil, err
	}
	res, err := Cones(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	for i := range res.Cones {
		res.Cones[i].Inputs = ConeNoise
	}
	return s, res, nil
}
