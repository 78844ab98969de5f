package gap

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// TestMaps meets NumPy's uncentred SVD of the built-in model's rows and scikit-learn's principal components of what is left of them beside
// the gap: |got − want| ≤ 1e-9·max(1, |want|) for values and coordinates, signs included.
func TestMaps(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "maps.json"))
	p := emojiPair(t)
	stride := int(ref.num("stride"))
	const k = 4
	for name, fit := range map[string]func() (*Projection, error){
		"svd": func() (*Projection, error) { return SVDMap(t.Context(), k, p.Images, p.Texts) },
		"gap": func() (*Projection, error) { return GapAxes(t.Context(), k, p.Images, p.Texts) },
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fit()
			if err != nil {
				t.Fatal(err)
			}
			want := ref.at(name)
			if !near(got.Total, want.num("total"), 1e-9) {
				t.Errorf("total %v, want %v", got.Total, want.num("total"))
			}
			compareFloats(t, "explained", got.Explained, floats(want.list("explained")), 1e-9)
			for i, c := range want.list("components") {
				compareFloats(t, "component", got.Components[i], floats(c.([]any)), 1e-9)
			}
			points := append(got.Apply(p.Images), got.Apply(p.Texts)...)
			for i, at := range want.list("points") {
				compareFloats(t, "point", points[i*stride], floats(at.([]any)), 1e-9)
			}
			if name == "svd" {
				compareFloats(t, "singular value", got.SingularValues(), floats(want.list("singular_values")), 1e-9)
			}
		})
	}
}

// TestReferenceFigure1: on the authors' features the map of Fig. 1 has NumPy's singular values, and parts the clouds, trained and random: along
// the line between their centroids on the map every image lies beyond every text, by the margin that NumPy 2.4.6 finds. Numbers hold to 1e-8.
func TestReferenceFigure1(t *testing.T) {
	for _, c := range []struct {
		model    string
		singular []float64
		apart    float64 // distance between the centroids on the map
		margin   float64 // from the last image to the first text
	}{
		{"clip", []float64{18.611625797605434, 13.564093075697267, 6.067039926637614, 4.3045769485600385}, 0.8511465809452099, 0.40825088835316364},
		{"clip_random", []float64{18.872602540458082, 18.02053974179921, 9.994206042461549, 6.106555390718147}, 1.1356554636374654, 0.7764333940789361},
		{"convirt", []float64{20.314661664249122, 12.174650587232588, 9.209294946103773, 6.867361531901189}, 0.734409112239361, 0.05629316070806456},
		{"convirt_random", []float64{22.448199983387422, 21.09113964711513, 2.33326484551685, 2.031239861156196}, 1.4030188091246951, 1.3260376027804919},
	} {
		t.Run(c.model, func(t *testing.T) {
			p := referencePair(t, c.model)
			m, err := SVDMap(t.Context(), len(c.singular), p.Images, p.Texts)
			if err != nil {
				t.Fatal(err)
			}
			compareFloats(t, "singular value", m.SingularValues(), c.singular, 1e-8)
			images, texts := m.Apply(p.Images), m.Apply(p.Texts)
			var line [2]float64
			for _, at := range images {
				line[0], line[1] = line[0]+at[0]/float64(len(images)), line[1]+at[1]/float64(len(images))
			}
			for _, at := range texts {
				line[0], line[1] = line[0]-at[0]/float64(len(texts)), line[1]-at[1]/float64(len(texts))
			}
			apart := math.Hypot(line[0], line[1])
			along := func(at []float64) float64 { return (at[0]*line[0] + at[1]*line[1]) / apart }
			last, first := math.Inf(1), math.Inf(-1)
			for _, at := range images {
				last = min(last, along(at))
			}
			for _, at := range texts {
				first = max(first, along(at))
			}
			if !near(apart, c.apart, 1e-8) || !near(last-first, c.margin, 1e-8) {
				t.Errorf("centroids %v apart with %v between the clouds, want %v and %v", apart, last-first, c.apart, c.margin)
			}
			if last <= first {
				t.Errorf("the clouds overlap by %v", first-last)
			}
		})
	}
}

// TestGapAxesProperties: the centroids differ along the first axis alone, by the gap, axes are orthonormal in any number, and a further
// axis is not the gap's even where all variance lies along it.
func TestGapAxesProperties(t *testing.T) {
	wide := emojiPair(t)
	rng := rand.New(rand.NewPCG(3, 4))
	flat := NewPair(NewEmbeddings(3, 4, make([]float32, 12)), NewEmbeddings(3, 4, make([]float32, 12)), nil)
	for i := range 3 { // one point a side, 90° apart: no variance is left beside the gap
		flat.Images.Data[4*i], flat.Texts.Data[4*i+1] = 1, 1
	}
	tall := NewPair(NewEmbeddings(20, 200, make([]float32, 4000)), NewEmbeddings(20, 200, make([]float32, 4000)), nil)
	for i := range 4000 {
		tall.Images.Data[i], tall.Texts.Data[i] = float32(rng.NormFloat64()+0.2), float32(rng.NormFloat64()-0.1)
	}
	for name, c := range map[string]struct {
		p Pair
		k int
	}{"one": {wide, 1}, "two": {wide, 2}, "all": {wide, wide.Images.D}, "flat": {flat, 4}, "krylov": {tall, 3}} {
		t.Run(name, func(t *testing.T) {
			m, err := GapAxes(t.Context(), c.k, c.p.Images, c.p.Texts)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Components) != c.k || len(m.Explained) != c.k {
				t.Fatalf("%d axes with %d shares, want %d", len(m.Components), len(m.Explained), c.k)
			}
			delta := GapVector(c.p)
			for i, axis := range m.Components {
				want := 0.0
				if i == 0 {
					want = norm(delta)
				}
				if got := dotSum(delta, axis); math.Abs(got-want) > 1e-9 {
					t.Errorf("the centroids are %v apart along axis %d, want %v", got, i, want)
				}
				for j, other := range m.Components[:i+1] {
					want := 0.0
					if i == j {
						want = 1
					}
					if got := dotSum(axis, other); math.Abs(got-want) > 1e-9 {
						t.Errorf("axes %d and %d have product %v", i, j, got)
					}
				}
			}
			if c.k == c.p.Images.D {
				var all float64
				for _, share := range m.Explained {
					all += share
				}
				if math.Abs(all-1) > 1e-9 {
					t.Errorf("all axes explain %v", all)
				}
			}
		})
	}
}

// TestMapsOfNothing: what cannot be mapped is an error where the data decide and a panic where the caller does.
func TestMapsOfNothing(t *testing.T) {
	ctx := t.Context()
	e := NewEmbeddings(2, 2, []float32{1, 0, 0, 1})
	none := NewEmbeddings(0, 2, nil)
	second := func(_ *Projection, err error) error { return err }
	for want, err := range map[string]error{
		"gap: 3 components of 2 dimensions":                                                 second(SVDMap(ctx, 3, e)),
		"gap: singular vectors of 0 rows, want at least 1":                                  second(SVDMap(ctx, 1, none)),
		"gap: the centroids of 2 images and 2 texts coincide, so that no axis is the gap's": second(GapAxes(ctx, 1, e, e)),
		"gap: row 0 is zero and has no direction":                                           second(SVDMap(ctx, 1, NewEmbeddings(1, 2, []float32{0, 0}))),
		"gap: row 0, column 1 is NaN":                                                       second(GapAxes(ctx, 1, NewEmbeddings(1, 2, []float32{0, float32(math.NaN())}), e)),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if m, err := SVDMap(ctx, 1, e.Slice(0, 1)); err != nil || m.Explained[0] != 1 {
		t.Errorf("one row: %+v, %v", m, err)
	}
	panics(t, "an empty cloud", ErrTooFew, func() { _, _ = GapAxes(ctx, 1, e, none) })
	panics(t, "no cloud", ErrTooFew, func() { _, _ = SVDMap(ctx, 1) })
	panics(t, "no axis", ErrShape, func() { _, _ = SVDMap(ctx, 0, e) })
	panics(t, "widths", ErrShape, func() { _, _ = GapAxes(ctx, 1, e, NewEmbeddings(1, 3, []float32{1, 0, 0})) })
}
