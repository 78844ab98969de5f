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
			{"matched cosine at 0", got.MatchedCosine[0], zero.MatchedCosine}, {"matched cosine", got.MatchedCosine[1], at.MatchedCosine},
			{"gap at 0", got.Gap[0], zero.Gap}, {"gap", got.Gap[1], at.Gap},
			{"separation at 0", got.Separation[0], zero.Separation}, {"separation", got.Separation[1], at.Separation},
			{"cosine of images at 0", got.CosineImages[0], zero.CosineImages}, {"cosine of images", got.CosineImages[1], at.CosineImages},
			{"cosine of texts at 0", got.CosineTexts[0], zero.CosineTexts}, {"cosine of texts", got.CosineTexts[1], at.CosineTexts},
			{"image to text at 1", got.ImageToText1, f.Selection.I2T1}, {"image to text at 5", got.ImageToText5, f.Selection.I2T5},
			{"text to image at 1", got.TextToImage1, f.Selection.T2I1}, {"text to image at 5", got.TextToImage5, f.Selection.T2I5},
		} {
			if !(math.Abs(float64(v.got)-v.want) <= sceneTolerance) {
				t.Errorf("%s by %v (%s, %s): %v, want %v", v.what, shift.Lambda, shift.Unit, shift.Side, v.got, v.want)
			}
		}
		if a := got.Accuracy; a[0].Correct != f.Selection.Correct || a[0].N != f.Selection.Labelled || a[1].Correct != at.Correct || a[1].PValue == nil {
			t.Errorf("by %v (%s, %s): accuracies %+v, want %d and %d of %d", shift.Lambda, shift.Unit, shift.Side, a, f.Selection.Correct, at.Correct, f.Selection.Labelled)
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
	for _, v := range []Float{r.Gap[0], r.Separation[1], r.CosineImages[0], r.CosineTexts[1], r.MatchedCosine[0], r.ImageToText1, r.TextToImage5} {
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
	o := ExploreOptions{Report: ReportOptions{Measure: MeasureOptions{Seed: 1}}, Sample: 20, Points: 40, Thumbnails: -1}
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
	if math.Abs(float64(exact.Separation[1]-shown.Separation)) > 1e-6 || math.Abs(float64(exact.MatchedCosine[1]-shown.MatchedCosine)) > 1e-6 ||
		exact.ImageToText1 != shown.ImageToTextRecall1 || exact.Accuracy[0] != *shown.Accuracy {
		t.Errorf("exactly %+v, shown %+v", exact, shown)
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
