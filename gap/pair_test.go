package gap

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func panics(t *testing.T, name, want string, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != want {
			t.Errorf("%s: panic %v, want %q", name, got, want)
		}
	}()
	do()
}

func TestNewPairPanics(t *testing.T) {
	e := func(n, d int) *Embeddings { return NewEmbeddings(n, d, make([]float32, n*d)) }
	for _, tt := range []struct {
		name          string
		images, texts *Embeddings
		imageOf       []int
		want          string
	}{
		{"widths", e(2, 3), e(2, 4), nil, ErrShape},
		{"counts", e(2, 3), e(3, 3), nil, ErrShape},
		{"short pairing", e(2, 3), e(3, 3), []int{0, 1}, ErrShape},
		{"index too large", e(2, 3), e(3, 3), []int{0, 1, 2}, ErrIndex},
		{"negative index", e(2, 3), e(3, 3), []int{0, 1, -1}, ErrIndex},
		{"image without text", e(2, 3), e(3, 3), []int{0, 0, 0}, ErrShape},
	} {
		panics(t, tt.name, tt.want, func() { NewPair(tt.images, tt.texts, tt.imageOf) })
	}
}

func TestPanics(t *testing.T) {
	e := func(n, d int) *Embeddings { return NewEmbeddings(n, d, filled32(n*d, 1)) }
	ctx := t.Context()
	panics(t, "UnitTo", ErrShape, func() { e(2, 3).UnitTo(make([]float64, 5)) })
	panics(t, "Take", ErrIndex, func() { NewPair(e(2, 3), e(2, 3), nil).Take([]int{2}) })
	panics(t, "ShiftTo", ErrShape, func() { ShiftTo(e(2, 3), e(2, 3), 1, make([]float64, 2)) })
	panics(t, "Sweep", ErrShape, func() { _, _ = Sweep(ctx, NewPair(e(2, 3), e(2, 3), nil), SweepOptions{Vector: make([]float64, 2)}) })
	panics(t, "Classify labels", ErrShape, func() { _, _ = Classify(ctx, e(2, 3), e(2, 3), []int{0}, nil) })
	panics(t, "Classify index", ErrIndex, func() { _, _ = Classify(ctx, e(2, 3), e(2, 3), []int{0, 2}, nil) })
	panics(t, "ClassifySweep", ErrShape, func() {
		_, _ = ClassifySweep(ctx, e(2, 3), e(2, 3), []int{0, 1}, make([]float64, 2), nil, Both, Fraction)
	})
	panics(t, "ClassEmbeddings", ErrShape, func() { _, _ = ClassEmbeddings(e(3, 2), []int{1, 1}) })
	panics(t, "ClassEmbeddings without prompts", ErrTooFew, func() { _, _ = ClassEmbeddings(e(3, 2), []int{3, 0}) })
	panics(t, "PCA", ErrTooFew, func() { _, _ = PCA(ctx, 1) })
	panics(t, "Sums", ErrTooFew, func() { (&Sums{}).Gap() })
	panics(t, "WilsonInterval", ErrTooFew, func() { WilsonInterval(0, 0, 1) })
	panics(t, "WilsonInterval counts", ErrIndex, func() { WilsonInterval(2, 1, 1) })
	panics(t, "McNemarExact", ErrIndex, func() { McNemarExact(-1, 1) })
	panics(t, "Bootstrap", ErrTooFew, func() { Bootstrap(nil, 1, 1, 0.95) })
	panics(t, "BestLambda", ErrShape, func() { BestLambda([]float64{1}, nil, nil, true) })
}

func TestValidate(t *testing.T) {
	good := func() *Embeddings { return NewEmbeddings(3, 2, []float32{1, 2, 3, 4, 0, 6}) }
	set := func(k int, v float32) *Embeddings {
		e := good()
		e.Data[k] = v
		return e
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, tt := range []struct {
		name string
		p    Pair
		want *ValueError
		text string
	}{
		{"NaN", NewPair(set(3, nan), good(), nil), &ValueError{Modality: Image, Row: 1, Column: 1, Value: nan}, "gap: image row 1, column 1 is NaN"},
		{"infinity", NewPair(good(), set(2, inf), nil), &ValueError{Modality: Text, Row: 1, Value: inf}, "gap: text row 1, column 0 is -Inf"},
		{"zero row", NewPair(good(), set(5, 0), nil), &ValueError{Modality: Text, Row: 2, Column: -1}, "gap: text row 2 is zero and has no direction"},
	} {
		for what, err := range map[string]error{"Validate": tt.p.Validate(), "Measure": second(Measure(t.Context(), tt.p, MeasureOptions{Scale: 1})),
			"Sweep": second(Sweep(t.Context(), tt.p, SweepOptions{}))} {
			var got *ValueError
			if !errors.As(err, &got) {
				t.Errorf("%s, %s: error %v", tt.name, what, err)
				continue
			}
			if got.Modality != tt.want.Modality || got.Row != tt.want.Row || got.Column != tt.want.Column || got.Error() != tt.text {
				t.Errorf("%s, %s: %v, want %v", tt.name, what, got, tt.text)
			}
		}
	}
	if err := NewPair(good(), good(), nil).Validate(); err != nil {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestOptionErrors: options that come from outside end in errors.
func TestOptionErrors(t *testing.T) {
	e := NewEmbeddings(3, 2, []float32{1, 2, 3, 4, 0, 6})
	p, nan := NewPair(e, e, nil), math.NaN()
	none := NewPair(NewEmbeddings(0, 2, nil), NewEmbeddings(0, 2, nil), nil)
	ctx := t.Context()
	for want, err := range map[string]error{
		"gap: logit scale 0, want a positive number":                  second(Measure(ctx, p, MeasureOptions{})),
		"gap: logit scale NaN, want a positive number":                second(Measure(ctx, p, MeasureOptions{Scale: nan})),
		"gap: -1 bootstrap resamples, want 0 or more":                 second(Measure(ctx, p, MeasureOptions{Scale: 1, Bootstrap: -1})),
		`gap: no metric is named "gapp"`:                              second(Measure(ctx, p, MeasureOptions{Scale: 1, Names: []string{"gap", "gapp"}})),
		"gap: λ = NaN, want a number from -1e+100 to 1e+100":          second(Sweep(ctx, p, SweepOptions{Lambdas: []float64{nan}})),
		"gap: λ = -1e+101, want a number from -1e+100 to 1e+100":      second(Sweep(ctx, p, SweepOptions{Lambdas: []float64{0, -1e101}})),
		"gap: logit scale -2, want a positive number":                 second(Sweep(ctx, p, SweepOptions{Scales: []float64{-2}})),
		"gap: chunks of -1 pairs, want 0 or more":                     second(Sweep(ctx, p, SweepOptions{Chunk: -1})),
		"gap: a sweep over no pairs":                                  second(Sweep(ctx, none, SweepOptions{})),
		errZeroVector.Error():                                         second(Sweep(ctx, p, SweepOptions{Unit: Distance})),
		"gap: top-3 accuracy among 3 classes, want k from 1 to 2":     second(Classify(ctx, e, e, []int{0, 1, 2}, []int{3})),
		"gap: classification among 1 classes, want at least 2":        second(Classify(ctx, e, e.Slice(0, 1), []int{0, 0, NoLabel}, nil)),
		"gap: class row 0 is zero and has no direction":               second(ClassEmbeddings(NewEmbeddings(2, 1, []float32{1, -3}), []int{2})),
		"gap: 3 components of 2 dimensions":                           second(PCA(ctx, 3, e)),
		"gap: principal components of 1 rows, want at least 2":        second(PCA(ctx, 1, e.Slice(0, 1))),
		"gap: all 2 rows coincide, they have no principal components": second(PCA(ctx, 1, e.Slice(0, 1), e.Slice(0, 1))),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestTake keeps texts with their images.
func TestTake(t *testing.T) {
	images := NewEmbeddings(3, 1, []float32{10, 20, 30})
	texts := NewEmbeddings(5, 1, []float32{21, 11, 31, 12, 22})
	p := NewPair(images, texts, []int{1, 0, 2, 0, 1})
	if diff := cmp.Diff([]int{1, 0, 2}, p.FirstTexts()); diff != "" {
		t.Errorf("first texts (-want +got):\n%s", diff)
	}
	q := p.Take([]int{2, 0})
	if diff := cmp.Diff(NewPair(NewEmbeddings(2, 1, []float32{30, 10}), NewEmbeddings(3, 1, []float32{11, 31, 12}), []int{1, 0, 1}), q); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	even, odd := p.Halves()
	if even.Images.N != 2 || odd.Images.N != 1 || even.Texts.N+odd.Texts.N != 5 || odd.Texts.Data[1] != 22 {
		t.Errorf("halves %+v and %+v", even, odd)
	}
}
