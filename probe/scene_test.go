package probe

import (
	stdcmp "cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
	"mindgap/gap"
)

// sceneFixture is testdata/scene.json, computed by NumPy from the definitions (scene.py).
type sceneFixture struct {
	Classes, Stride        int
	Images, Texts, Prompts [][]float32
	ImageOf                []int `json:"image_of"`
	Labels                 []int
	GapNorm                float64 `json:"gap_norm"`
	U, V, Matched          []float64
	RankImage              []int `json:"rank_image"`
	RankText               []int `json:"rank_text"`
	Explained              map[string][]float64
	Near                   map[string]struct {
		Index  [][]int
		Cosine [][]float64
	}
	Predictions map[string][]int
	Shifts      []struct {
		Unit, Side string
		Lambda     float64
		Maps       map[string]map[string][][]float64
		Selection  struct {
			Matched       int
			MatchedCosine float64 `json:"matched_cosine"`
			Separation    float64
			Gap           float64
			CosineImages  float64 `json:"cosine_images"`
			CosineTexts   float64 `json:"cosine_texts"`
			Correct       int
		}
	}
	Selection struct {
		Images, Texts          []int
		I2T1, I2T5, T2I1, T2I5 float64
		Correct, Labelled      int
	}
}

func readSceneFixture(t *testing.T) (*sceneFixture, *Subject) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "scene.json"))
	if err != nil {
		t.Fatal(err)
	}
	f := &sceneFixture{}
	if err := json.Unmarshal(b, f); err != nil {
		t.Fatal(err)
	}
	matrix := func(rows [][]float32) *gap.Embeddings {
		return gap.NewEmbeddings(len(rows), len(rows[0]), slices.Concat(rows...))
	}
	s := &Subject{Name: "fixture", Images: matrix(f.Images), Texts: matrix(f.Texts), Prompts: matrix(f.Prompts), imageOf: f.ImageOf,
		Data: &Data{Labels: f.Labels, ImageOf: f.ImageOf, Templates: []string{"{}"}}}
	for i := range f.Images {
		s.Data.IDs = append(s.Data.IDs, "image "+string(rune('a'+i)))
	}
	for range f.Texts {
		s.Data.Texts = append(s.Data.Texts, "a text")
	}
	for k := range f.Classes {
		s.Data.Classes = append(s.Data.Classes, "class "+string(rune('a'+k)))
	}
	return f, s
}

// sceneTolerance: an array is rounded to float32, and so is what the algebra puts together from a handful of entries of size at most 2,
// stretched by inverse norms of at most 2 here: 8·2·2·2⁻²⁴.
const sceneTolerance = 8 * 2 * 2 * 0x1p-24

func (a *Array) near(t *testing.T, what string, want []float64) {
	t.Helper()
	if a == nil || a.Len() != len(want) {
		t.Fatalf("%s: %v, want %d entries", what, a, len(want))
	}
	for k, w := range want {
		if got := a.At(k); !(math.Abs(got-w) <= sceneTolerance) {
			t.Fatalf("%s: entry %d is %v, want %v", what, k, got, w)
		}
	}
}

func numbers(v []int) []float64 {
	out := make([]float64, len(v))
	for k, x := range v {
		out[k] = float64(x)
	}
	return out
}

// position is where the page puts a point of a linear map.
func (s *Scene) position(m SceneMap, side string, i int, move sceneMove) (at [2]float64) {
	a := s.Arrays["map_"+m.Method+"_"+side]
	for c := range at {
		raw := a.At(2*i + c)
		if side == "images" {
			at[c] = (raw-move.a*m.Gap[c])/move.imageNorm(s.Arrays["u"].At(i)) - m.Offset[c]
		} else {
			at[c] = (raw+move.b*m.Gap[c])/move.textNorm(s.Arrays["v"].At(i)) - m.Offset[c]
		}
	}
	return at
}

// TestSceneReference: all that a scene says is what NumPy finds by the definitions in full space.
func TestSceneReference(t *testing.T) {
	f, s := readSceneFixture(t)
	z, _, err := newZeroShot(s)
	if err != nil {
		t.Fatal(err)
	}
	half := ShiftPoint{Lambda: 0.5, Accuracy: &Accuracy{Value: 1}}
	p, err := z.bestPredictions(t.Context(), ShiftOptions{}, &ShiftResults{Points: []ShiftPoint{{Accuracy: &Accuracy{Value: 1}}, half}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.Predictions, map[string][]int{"0.0": p.Before, "0.5": p.After}); diff != "" || p.Lambda != 0.5 {
		t.Errorf("predictions at 0 and %v (-want +got)\n%s", p.Lambda, diff)
	}
	for _, shift := range f.Shifts {
		unit, err := ParseUnit(shift.Unit)
		if err != nil {
			t.Fatal(err)
		}
		side, err := ParseSide(shift.Side)
		if err != nil {
			t.Fatal(err)
		}
		scene, err := NewScene(t.Context(), s, p, SceneOptions{Unit: unit, Side: side, Thumbnails: -1})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(scene.Shift.GapNorm)-f.GapNorm) > 1e-8 {
			t.Errorf("gap norm %v, want %v", scene.Shift.GapNorm, f.GapNorm)
		}
		for name, want := range map[string][]float64{"u": f.U, "v": f.V, "matched": f.Matched, "rank_image": numbers(f.RankImage), "rank_text": numbers(f.RankText),
			"image_of": numbers(f.ImageOf), "label": numbers(f.Labels), "predicted": numbers(f.Predictions["0.0"]), "predicted_best": numbers(f.Predictions["0.5"])} {
			scene.Arrays[name].near(t, name, want)
		}
		for name, want := range f.Near {
			scene.Arrays[name].near(t, name, numbers(slices.Concat(want.Index...)))
			scene.Arrays[name+"_cos"].near(t, name, slices.Concat(want.Cosine...))
		}
		move := scene.moved(shift.Lambda)
		if len(scene.Maps) != 3 {
			t.Fatalf("%d maps", len(scene.Maps))
		}
		for _, m := range scene.Maps {
			for c, want := range f.Explained[m.Method] {
				if math.Abs(float64(m.Explained[c])-want) > 1e-8 {
					t.Errorf("%s: axis %d explains %v, want %v", m.Method, c, m.Explained[c], want)
				}
			}
			for side, points := range shift.Maps[m.Method] {
				for k, want := range points {
					got := scene.position(m, side, k*f.Stride, move)
					if !(math.Hypot(got[0]-want[0], got[1]-want[1]) <= sceneTolerance) {
						t.Fatalf("%s by %v (%s, %s): %s %d at %v, want %v", m.Method, shift.Lambda, shift.Unit, shift.Side, side, k*f.Stride, got, want)
					}
				}
			}
		}
		got, err := Selection(scene, f.Selection.Images, f.Selection.Texts, shift.Lambda)
		if err != nil {
			t.Fatal(err)
		}
		if got.Matched != shift.Selection.Matched || got.Images != len(f.Selection.Images) || got.Texts != len(f.Selection.Texts) {
			t.Errorf("%d images, %d texts, %d matched, want %d matched", got.Images, got.Texts, got.Matched, shift.Selection.Matched)
		}
		for _, v := range []struct {
			what      string
			got       Float
			want      float64
			precision float64
		}{
			{"matched cosine", got.MatchedCosine, shift.Selection.MatchedCosine, sceneTolerance},
			{"separation", got.Separation, shift.Selection.Separation, sceneTolerance},
			{"matched cosine at 0", got.MatchedCosineZero, f.Shifts[0].Selection.MatchedCosine, sceneTolerance},
			{"separation at 0", got.SeparationZero, f.Shifts[0].Selection.Separation, sceneTolerance},
			{"image to text at 1", got.ImageToTextRecall1, f.Selection.I2T1, 1e-8},
			{"image to text at 5", got.ImageToTextRecall5, f.Selection.I2T5, 1e-8},
			{"text to image at 1", got.TextToImageRecall1, f.Selection.T2I1, 1e-8},
			{"text to image at 5", got.TextToImageRecall5, f.Selection.T2I5, 1e-8},
		} {
			if !(math.Abs(float64(v.got)-v.want) <= v.precision) {
				t.Errorf("%s of a selection at %v (%s, %s): %v, want %v", v.what, shift.Lambda, shift.Unit, shift.Side, v.got, v.want)
			}
		}
		if a := got.Accuracy; a.Correct != f.Selection.Correct || a.N != f.Selection.Labelled {
			t.Errorf("%d of %d right, want %d of %d", a.Correct, a.N, f.Selection.Correct, f.Selection.Labelled)
		}
	}
}

// TestSceneAlgebra: moving rows in full space, normalising and projecting them gives the positions and cosines of the formulas, to 1e-5, on
// random clouds, for every unit and side.
func TestSceneAlgebra(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	for range 20 {
		s := twoClouds(12+rng.IntN(20), 3+rng.IntN(30))
		for i := range s.Texts.Data {
			s.Texts.Data[i] += float32(rng.NormFloat64())
		}
		o := SceneOptions{Unit: []gap.Unit{gap.Fraction, gap.Distance}[rng.IntN(2)], Side: []gap.Side{gap.Both, gap.ImageSide, gap.TextSide}[rng.IntN(3)]}
		lambda := 4*rng.Float64() - 2
		scene, err := NewScene(t.Context(), s, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		move := scene.moved(lambda)
		delta := gap.GapVector(gap.NewPair(s.Images, s.Texts, nil))
		x, y := gap.NewEmbeddings(s.Images.N, s.Images.D, make([]float32, len(s.Images.Data))), gap.NewEmbeddings(s.Texts.N, s.Texts.D, make([]float32, len(s.Texts.Data)))
		gap.ShiftTo(x, s.Images, -move.a, delta)
		gap.ShiftTo(y, s.Texts, move.b, delta)
		fitter, err := gap.NewMapFitter(t.Context(), s.Images, s.Texts)
		if err != nil {
			t.Fatal(err)
		}
		for at, l := range linearMaps {
			p, err := l.fit(fitter, t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			for side, rows := range map[string]*gap.Embeddings{"images": x, "texts": y} {
				for i, want := range p.Apply(rows) {
					got := scene.position(scene.Maps[at], side, i, move)
					if !(math.Hypot(got[0]-want[0], got[1]-want[1]) <= 1e-5) {
						t.Fatalf("%s by %v (%s, %s): %s %d at %v, want %v", l.method, lambda, o.Unit, o.Side, side, i, got, want)
					}
				}
			}
		}
		moved, err := gap.CosinesAt(t.Context(), x, y, count(x.N), count(y.N))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range moved {
			if got := move.cosine(scene.Arrays["matched"].At(i), scene.Arrays["u"].At(i), scene.Arrays["v"].At(i)); !(math.Abs(got-want) <= 1e-5) {
				t.Fatalf("pair %d by %v (%s, %s): cosine %v, want %v", i, lambda, o.Unit, o.Side, got, want)
			}
		}
	}
}

// TestSceneSample: a sample keeps texts with their images, counts ranks among all and neighbours among what is shown, draws the same from
// the same seed and other points from another, and its first points are those of a smaller sample.
func TestSceneSample(t *testing.T) {
	f, s := readSceneFixture(t)
	build := func(limit int, seed uint64) (*sceneBuilder, *Scene) {
		o := SceneOptions{Limit: limit, Seed: seed, Thumbnails: -1}
		scene, err := NewScene(t.Context(), s, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := s.Pair()
		if err != nil {
			t.Fatal(err)
		}
		b := &sceneBuilder{s: s, o: o, all: pair}
		b.choose()
		return b, scene
	}
	b, scene := build(20, 1)
	if scene.OfImages != 40 || scene.OfTexts != 56 || scene.Texts > 20 || scene.Images > 20 || scene.Images < 5 {
		t.Fatalf("%d of %d images, %d of %d texts", scene.Images, scene.OfImages, scene.Texts, scene.OfTexts)
	}
	for at, i := range b.images {
		if got := scene.Arrays["rank_image"].At(at); got != float64(f.RankImage[i]) {
			t.Errorf("image %d has the rank %v, want %v", i, got, f.RankImage[i])
		}
		if want := s.Data.IDs[i]; scene.IDs[at] != want {
			t.Errorf("point %d is %q, want %q", at, scene.IDs[at], want)
		}
	}
	for at, j := range b.texts {
		if got := scene.Arrays["rank_text"].At(at); got != float64(f.RankText[j]) {
			t.Errorf("text %d has the rank %v, want %v", j, got, f.RankText[j])
		}
		if i := scene.imageOf(at); b.images[i] != f.ImageOf[j] {
			t.Errorf("text %d belongs to image %d, want %d", j, b.images[i], f.ImageOf[j])
		}
	}
	cosine := func(at, of int) float64 {
		c, err := gap.CosinesAt(t.Context(), s.Images, s.Texts, []int{b.images[at]}, []int{b.texts[of]})
		if err != nil {
			t.Fatal(err)
		}
		return c[0]
	}
	near := scene.Arrays["near_image_texts"]
	for at := range b.images {
		var all []float64
		for of := range b.texts {
			all = append(all, cosine(at, of))
		}
		slices.SortFunc(all, func(a, b float64) int { return stdcmp.Compare(b, a) })
		for k := range near.Shape[1] {
			if got := cosine(at, int(near.At(at*near.Shape[1]+k))); math.Abs(got-all[k]) > 1e-12 {
				t.Errorf("neighbour %d of image %d has the cosine %v, want %v", k, at, got, all[k])
			}
		}
	}
	if _, again := build(20, 1); cmp.Diff(marshal(t, scene), marshal(t, again)) != "" {
		t.Error("the same seed gives another scene")
	}
	if other, _ := build(20, 2); slices.Equal(other.images, b.images) {
		t.Error("another seed gives the same images")
	}
	if small, _ := build(8, 1); !slices.Equal(small.images, b.images[:len(small.images)]) {
		t.Errorf("the sample of 8 is %v, not the beginning of that of 20, %v", small.images, b.images)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSceneSamples: the pairs of the histograms have the cosines that they are given, are never a match or a row with itself, and are all
// there are where these are few.
func TestSceneSamples(t *testing.T) {
	for _, n := range []int{1, 2, 30, 120} {
		s := twoClouds(n, 5)
		scene, err := NewScene(t.Context(), s, nil, SceneOptions{Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []struct {
			name  string
			x, y  *gap.Embeddings
			count int
		}{{"cross", s.Images, s.Texts, n * (n - 1)}, {"images", s.Images, s.Images, n * (n - 1) / 2}, {"texts", s.Texts, s.Texts, n * (n - 1) / 2}} {
			i, j, c := scene.Arrays["sample_"+side.name+"_i"], scene.Arrays["sample_"+side.name+"_j"], scene.Arrays["sample_"+side.name+"_s"]
			want := side.count
			if n*n > sceneSamples {
				want = sceneSamples
			}
			if c.Len() != want || i.Len() != want || j.Len() != want {
				t.Errorf("n = %d, %s: %d, %d, %d entries, want %d", n, side.name, i.Len(), j.Len(), c.Len(), want)
			}
			for k := range c.Len() {
				a, b := int(i.At(k)), int(j.At(k))
				exact, err := gap.CosinesAt(t.Context(), side.x, side.y, []int{a}, []int{b})
				if err != nil {
					t.Fatal(err)
				}
				if a == b || !(math.Abs(exact[0]-c.At(k)) <= 0x1p-24) {
					t.Fatalf("n = %d, %s: pair %d, %d has the cosine %v, want %v", n, side.name, a, b, c.At(k), exact[0])
				}
			}
		}
	}
}

// TestSceneHostile: captions of any bytes and any length come out of the JSON as text that a page can hold: nothing of it ends a script
// block, and what is too long is cut between runes.
func TestSceneHostile(t *testing.T) {
	hostile := []string{"</script><script>alert(1)</script>", "<!-- ", "\x00\xff\xfe", "\u2028\u2029", `"\`, strings.Repeat("é", 10000), strings.Repeat("\U0001f9d1\u200d", 200), ""}
	s := twoClouds(len(hostile), 4)
	s.Name = hostile[0]
	s.Data = &Data{IDs: hostile, Texts: hostile, Classes: hostile}
	scene, err := NewScene(t.Context(), s, nil, SceneOptions{Thumbnails: -1})
	if err != nil {
		t.Fatal(err)
	}
	b := marshal(t, scene)
	for _, bad := range []string{"<", ">", "&", "\u2028", "\u2029", "\x00"} {
		if strings.Contains(b, bad) {
			t.Errorf("the JSON holds %q as it is", bad)
		}
	}
	var back Scene
	if err := json.Unmarshal([]byte(b), &back); err != nil {
		t.Fatal(err)
	}
	for k, want := range hostile {
		if n := utf8.RuneCountInString(want); n > maxCaption {
			want = string([]rune(want)[:maxCaption]) + "…"
		}
		want = strings.ToValidUTF8(want, "\uFFFD")
		if want == "\x00\uFFFD" { // encoding/json replaces byte by byte
			want += "\uFFFD"
		}
		if back.Captions[k] != want || back.IDs[k] != want {
			t.Errorf("caption %d is %q, want %q", k, back.Captions[k], want)
		}
	}
	if marshal(t, back) != strings.ReplaceAll(b, `\ufffd`, "\uFFFD") {
		t.Error("a scene changes on its way through JSON")
	}
}

// TestSceneHeader: a header says of every array what it is and leaves its bytes to the server.
func TestSceneHeader(t *testing.T) {
	scene, err := NewScene(t.Context(), twoClouds(3, 4), nil, SceneOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h := scene.Header()
	if strings.Contains(marshal(t, h), `"data"`) {
		t.Error("a header holds data")
	}
	for name, a := range scene.Arrays {
		if got := h.Arrays[name]; got.Type != a.Type || !slices.Equal(got.Shape, a.Shape) || got.Bytes() != nil || len(a.Bytes()) != a.Len()*a.Type.size() {
			t.Errorf("%s: %v of %v", name, got, a)
		}
	}
	if want := []string{"row 0", "row 1", "row 2"}; !slices.Equal(h.IDs, want) || !slices.Equal(h.Captions, want) {
		t.Errorf("ready-made embeddings are named %v and %v", h.IDs, h.Captions)
	}
}

// TestSceneManifest: embeddings that embed wrote keep the names of their rows, and labels that are classes.
func TestSceneManifest(t *testing.T) {
	c := builtinConfig()
	c.Data.Limit = 12
	s, err := c.Load(t.Context(), WithTexts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dir := filepath.Join(t.TempDir(), "embeddings")
	if err := WriteEmbeddings(t.Context(), dir, s, 1, EmbedOptions{Format: "npy"}); err != nil {
		t.Fatal(err)
	}
	want, err := NewScene(t.Context(), s, nil, SceneOptions{Thumbnails: -1})
	if err != nil {
		t.Fatal(err)
	}
	ready, err := (&Config{Embeddings: dir}).Load(t.Context(), WithTexts)
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewScene(t.Context(), ready, nil, SceneOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Captions, want.Captions) || !slices.Equal(got.Classes, s.Data.Classes) {
		t.Errorf("ids %v, captions %v and %d classes, want %v, %v and %d", got.IDs, got.Captions, len(got.Classes), want.IDs, want.Captions, len(s.Data.Classes))
	}
	got.Arrays["label"].near(t, "label", numbers(s.Data.Labels))
	ready.names.Labels[3] = len(ready.names.Classes)
	if got, err = NewScene(t.Context(), ready, nil, SceneOptions{}); err != nil || got.Arrays["label"] != nil {
		t.Errorf("a label that is no class: %v, %v", got.Arrays["label"], err)
	}
}

// TestSceneStill: a map that cannot be projected has the points of the rows shown, does not move, and comes first where it was asked for.
func TestSceneStill(t *testing.T) {
	s := twoClouds(30, 4)
	m := Map{Method: MapUMAP}
	for i := range 30 {
		m.Images, m.Texts = append(m.Images, [2]float32{float32(i), 1}), append(m.Texts, [2]float32{float32(i), 2})
	}
	scene, err := NewScene(t.Context(), s, nil, SceneOptions{Limit: 10, Maps: []Map{m}, First: MapUMAP})
	if err != nil {
		t.Fatal(err)
	}
	if first := scene.Maps[0]; len(scene.Maps) != 4 || first.Method != MapUMAP || first.Live || scene.Maps[1].Method != MapPCA || !scene.Maps[1].Live {
		t.Fatalf("the maps are %+v", scene.Maps)
	}
	for at, id := range scene.IDs {
		x := scene.Arrays["map_umap_images"].At(2 * at)
		if want := "row " + strconv.Itoa(int(x)); id != want || scene.Arrays["map_umap_texts"].At(2*at) != x {
			t.Errorf("point %d of %s is that of %s", at, id, want)
		}
	}
}

// TestSceneFlat: a space of one dimension, one pair, and rows that all coincide have scenes, too.
func TestSceneFlat(t *testing.T) {
	same := &Subject{Name: "same", Images: gap.NewEmbeddings(3, 2, []float32{1, 0, 1, 0, 1, 0}), Texts: gap.NewEmbeddings(3, 2, []float32{1, 0, 1, 0, 1, 0})}
	for _, s := range []*Subject{twoClouds(5, 1), twoClouds(1, 4), same} {
		scene, err := NewScene(t.Context(), s, nil, SceneOptions{})
		if err != nil {
			t.Fatal(err)
		}
		marshal(t, scene)
		if _, err := Selection(scene, []int{0}, []int{0}, 0.5); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSelectionFaults: an index beyond the scene is named; nothing selected leaves the numbers undefined.
func TestSelectionFaults(t *testing.T) {
	scene, err := NewScene(t.Context(), twoClouds(3, 4), nil, SceneOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][2][]int{{{3}, nil}, {{-1}, nil}, {nil, {3}}} {
		if _, err := Selection(scene, bad[0], bad[1], 0); err == nil {
			t.Errorf("no error for %v", bad)
		}
	}
	r, err := Selection(scene, nil, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(float64(r.Separation)) || !math.IsNaN(float64(r.MatchedCosine)) || r.Accuracy != nil || r.Images != 0 {
		t.Errorf("nothing selected gives %+v", r)
	}
	scene.Arrays["label"], scene.Arrays["predicted"] = NewArray([]int32{-1, 0, 1}), NewArray([]int32{0, 0, 0})
	for _, unlabelled := range [][]int{nil, {0}} {
		r, err := Selection(scene, unlabelled, []int{1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if a := r.Accuracy; a == nil || a.N != 0 || !math.IsNaN(float64(a.Value)) || !math.IsNaN(float64(a.High)) {
			t.Errorf("no labelled image gives the accuracy %+v", a)
		}
	}
	once, err := Selection(scene, []int{1, 1}, []int{1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if once.Images != 1 {
		t.Errorf("an image selected twice counts %d times", once.Images)
	}
}

// TestClassChanges: counts by class, without the classes that stay as they are.
func TestClassChanges(t *testing.T) {
	s := &Subject{Data: &Data{Classes: []string{"a", "b", "c"}, Labels: []int{0, 0, 0, 1, 1, 2, datasets.NoLabel}}}
	p := &Predictions{Lambda: 0.5, Before: []int{0, 1, 1, 1, 1, 0, 0}, After: []int{1, 0, 0, 1, 1, 1, 1}}
	want := []ClassChange{{Class: "a", N: 3, Before: 1, After: 2, Gained: 2, Lost: 1, PValue: 1}}
	if diff := cmp.Diff(want, s.classChanges(p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestGapDimensions: the largest coordinates first, and shares of the whole.
func TestGapDimensions(t *testing.T) {
	want := []GapDimension{{2, -4, 16. / 34}, {0, 3, 9. / 34}, {1, 3, 9. / 34}, {3, 0, 0}}
	if diff := cmp.Diff(want, gapDimensions([]float64{3, 3, -4, 0})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
