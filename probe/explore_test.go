package probe

import (
	"math"
	"slices"
	"strings"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"
)

// TestExactSelectionReference: what an explorer computes of a selection is what NumPy finds by the definitions. Rows are moved in float32 here
// and in float64 there.
func TestExactSelectionReference(t *testing.T) {
	f, s := readSceneFixture(t)
	z, _, err := newZeroShot(s)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := s.Pair()
	if err != nil {
		t.Fatal(err)
	}
	for _, shift := range f.Shifts {
		o := SceneOptions{Thumbnails: -1, Limit: 100, Shuffle: true, Seed: 5}
		if o.Unit, err = ParseUnit(shift.Unit); err != nil {
			t.Fatal(err)
		}
		if o.Side, err = ParseSide(shift.Side); err != nil {
			t.Fatal(err)
		}
		b, err := newSceneBuilder(t.Context(), s, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		e := &Exploration{Scene: b.scene, pair: pair, images: b.images, texts: b.texts, delta: gap.GapVector(pair), classes: z.ensemble, labels: f.Labels, unit: o.Unit, side: o.Side}
		// The fixture counts rows, a shuffled scene its points.
		var images, texts []int
		for at, i := range b.images {
			if slices.Contains(f.Selection.Images, i) {
				images = append(images, at)
			}
		}
		for at, j := range b.texts {
			if slices.Contains(f.Selection.Texts, j) {
				texts = append(texts, at)
			}
		}
		got, err := e.Select(t.Context(), images, texts, shift.Lambda)
		if err != nil {
			t.Fatal(err)
		}
		zero, at := f.Shifts[0].Selection, shift.Selection
		if got.Images != len(images) || got.Texts != len(texts) || got.Matched != at.Matched {
			t.Errorf("%d images, %d texts, %d matched, want %d, %d, %d", got.Images, got.Texts, got.Matched, len(images), len(texts), at.Matched)
		}
		for _, v := range []struct {
			what string
			got  Float
			want float64
		}{
			{"matched cosine at 0", got.MatchedCosineZero, zero.MatchedCosine}, {"matched cosine", got.MatchedCosine, at.MatchedCosine},
			{"gap at 0", got.GapZero, zero.Gap}, {"gap", got.Gap, at.Gap},
			{"separation at 0", got.SeparationZero, zero.Separation}, {"separation", got.Separation, at.Separation},
			{"cosine of images at 0", got.CosineImagesZero, zero.CosineImages}, {"cosine of images", got.CosineImages, at.CosineImages},
			{"cosine of texts at 0", got.CosineTextsZero, zero.CosineTexts}, {"cosine of texts", got.CosineTexts, at.CosineTexts},
			{"image to text at 1", got.ImageToTextRecall1, f.Selection.I2T1}, {"image to text at 5", got.ImageToTextRecall5, f.Selection.I2T5},
			{"text to image at 1", got.TextToImageRecall1, f.Selection.T2I1}, {"text to image at 5", got.TextToImageRecall5, f.Selection.T2I5},
		} {
			if !(math.Abs(float64(v.got)-v.want) <= sceneTolerance) {
				t.Errorf("%s by %v (%s, %s): %v, want %v", v.what, shift.Lambda, shift.Unit, shift.Side, v.got, v.want)
			}
		}
		if a, b := got.Accuracy, got.AccuracyAtLambda; a.Correct != f.Selection.Correct || a.N != f.Selection.Labelled || b.Correct != at.Correct || b.PValue == nil {
			t.Errorf("by %v (%s, %s): accuracies %+v, %+v, want %d and %d of %d", shift.Lambda, shift.Unit, shift.Side, a, b, f.Selection.Correct, at.Correct, f.Selection.Labelled)
		}
	}
}

// TestExactSelectionFaults: an index beyond the scene is named; nothing selected leaves the numbers undefined.
func TestExactSelectionFaults(t *testing.T) {
	s := twoClouds(4, 3)
	b, err := newSceneBuilder(t.Context(), s, nil, SceneOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := s.Pair()
	if err != nil {
		t.Fatal(err)
	}
	e := &Exploration{Scene: b.scene, pair: pair, images: b.images, texts: b.texts, delta: gap.GapVector(pair)}
	if _, err := e.Select(t.Context(), []int{4}, nil, 0); kindOf(err) != fault.Usage {
		t.Errorf("image 4 of 4: %v", err)
	}
	if _, err := e.Select(t.Context(), nil, []int{-1}, 0); kindOf(err) != fault.Usage {
		t.Errorf("text −1: %v", err)
	}
	r, err := e.Select(t.Context(), nil, nil, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []Float{r.GapZero, r.Separation, r.CosineImagesZero, r.CosineTexts, r.MatchedCosineZero, r.ImageToTextRecall1, r.TextToImageRecall5} {
		if !math.IsNaN(float64(v)) {
			t.Errorf("nothing selected gives %+v", r)
			break
		}
	}
}

func kindOf(err error) fault.Kind {
	kind, _ := fault.KindOf(err)
	return kind
}

// TestExploreSample: where there are more images than may be measured, the record says that it is of a sample, the scene shows all, and
// predictions are of all.
func TestExploreSample(t *testing.T) {
	c := builtinConfig()
	c.Data.Limit = 60
	o := ExploreOptions{Report: ReportOptions{Measure: MeasureOptions{Seed: 1}, Thumbnails: -1}, Sample: 20, Points: 40}
	e, err := c.Explore(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := e.Record.Results.(*ReportResults)
	if r.Measure.N != 20 || !slices.ContainsFunc(e.Record.Warnings, func(w string) bool { return strings.Contains(w, "random sample of 20 of the 60") }) {
		t.Errorf("%d pairs measured, with the warnings %q", r.Measure.N, e.Record.Warnings)
	}
	if e.Scene.Images != 40 || e.Scene.OfImages != 60 || e.Scene.Arrays["predicted"].Len() != 40 {
		t.Errorf("%d of %d images shown, %d predicted", e.Scene.Images, e.Scene.OfImages, e.Scene.Arrays["predicted"].Len())
	}
	// The exact numbers of a selection are those of the scene's own arrays.
	images, texts := []int{0, 3, 5, 9}, []int{0, 3, 4}
	exact, err := e.Select(t.Context(), images, texts, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := Selection(e.Scene, images, texts, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(exact.Separation-shown.Separation)) > 1e-6 || math.Abs(float64(exact.MatchedCosine-shown.MatchedCosine)) > 1e-6 ||
		exact.ImageToTextRecall1 != shown.ImageToTextRecall1 || *exact.Accuracy != *shown.Accuracy {
		t.Errorf("exactly %+v, shown %+v", exact, shown)
	}
}

// TestExactSelectionTexts: texts alone have no accuracy, and no gap from nothing.
func TestExactSelectionTexts(t *testing.T) {
	c := builtinConfig()
	c.Data.Limit = 10
	e, err := c.Explore(t.Context(), ExploreOptions{Report: ReportOptions{Thumbnails: -1}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Select(t.Context(), nil, []int{0, 1}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy.N != 0 || r.AccuracyAtLambda.N != 0 || !math.IsNaN(float64(r.Gap)) || math.IsNaN(float64(r.CosineTexts)) || math.IsNaN(float64(r.TextToImageRecall1)) {
		t.Errorf("two texts give %+v", r)
	}
}

// TestTake: a part of a subject keeps the texts, ids and labels of its images.
func TestTake(t *testing.T) {
	f, s := readSceneFixture(t)
	p := s.take([]int{7, 2, 30})
	if want := []string{s.Data.IDs[2], s.Data.IDs[7], s.Data.IDs[30]}; !slices.Equal(p.Data.IDs, want) {
		t.Errorf("ids %v, want %v", p.Data.IDs, want)
	}
	if want := []int{f.Labels[2], f.Labels[7], f.Labels[30]}; !slices.Equal(p.Data.Labels, want) {
		t.Errorf("labels %v, want %v", p.Data.Labels, want)
	}
	if len(p.Data.Texts) != p.Texts.N || len(p.imageOf) != p.Texts.N || !slices.Equal(p.Images.Row(2), s.Images.Row(30)) {
		t.Errorf("%d texts with %d rows and %d images of theirs", len(p.Data.Texts), p.Texts.N, len(p.imageOf))
	}
}
