package probe

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"mindgap/datasets"
	"mindgap/gap"
)

// SceneOptions say what a scene holds.
type SceneOptions struct {
	Seed uint64 // of what is sampled
	Unit gap.Unit
	Side gap.Side
	// Limit is the number of images, and of texts, above which a sample is shown; 0 is DefaultScenePoints.
	Limit int
	// Shuffle puts images in random order, texts with them, so that the first points of the scene are a sample of all.
	Shuffle bool
	// NearLimit is the number of images, and of texts, above which neighbours and ranks are left out, which take time in the square of them;
	// 0 is none.
	NearLimit int
	// Thumbnails are drawn of the first images, up to this number: 0 is DefaultThumbnails, negative is none.
	Thumbnails int
	// Examples are shown larger; nil for none.
	Examples *Examples
	// First is the method of the map that comes first; "" is MapPCA.
	First string
	// Maps are maps that cannot be projected and are known already: those by UMAP, of all rows.
	Maps []Map
	// Progress, where not nil, is told how far the thumbnails are.
	Progress func(done, total int)
}

const (
	// DefaultScenePoints keeps a page without thumbnails under 3 MB.
	DefaultScenePoints = 5000
	// DefaultThumbnails is the number of images of a scene that are shown in small.
	DefaultThumbnails = 2000
	// sceneNeighbours are listed for every point.
	sceneNeighbours = 5
	// sceneSamples is how many random pairs stand for all in the histograms that follow λ.
	sceneSamples = 8000
	// sceneStream and those after it separate the draws of one seed.
	sceneStream, crossStream, imageStream, textStream = 0x7363656e, 0x63726f73, 0x696d6167, 0x74657874
)

// A sceneBuilder collects a scene.
type sceneBuilder struct {
	s      *Subject
	o      SceneOptions
	all    gap.Pair
	images []int    // the image rows shown, in order
	texts  []int    // the text rows shown
	shown  gap.Pair // their embeddings; the pairing counts shown rows
	whole  bool     // shown is all
	scene  *Scene
}

// NewScene computes the scene of a subject. p are predictions to be shown; nil leaves them out, and the labels with them.
func NewScene(ctx context.Context, s *Subject, p *Predictions, o SceneOptions) (*Scene, error) {
	b, err := newSceneBuilder(ctx, s, p, o)
	if err != nil {
		return nil, err
	}
	return b.scene, nil
}

// newSceneBuilder returns a builder that is done.
func newSceneBuilder(ctx context.Context, s *Subject, p *Predictions, o SceneOptions) (*sceneBuilder, error) {
	all, err := s.Pair()
	if err != nil {
		return nil, err
	}
	o.Limit, o.Thumbnails = cmp.Or(o.Limit, DefaultScenePoints), cmp.Or(o.Thumbnails, DefaultThumbnails)
	b := &sceneBuilder{s: s, o: o, all: all}
	b.choose()
	delta := gap.GapVector(all)
	b.scene = &Scene{Version: SceneVersion, Model: s.Name, Images: len(b.images), Texts: len(b.texts), OfImages: all.Images.N, OfTexts: all.Texts.N,
		Shift: SceneShift{Unit: o.Unit.String(), Side: o.Side.String(), GapNorm: Float(length(delta))}, Maps: []SceneMap{}, Arrays: map[string]*Array{},
		Classes: []string{}}
	b.words()
	b.predictions(p)
	steps := []func(context.Context, []float64) error{b.project, b.samples}
	if o.NearLimit == 0 || max(all.Images.N, all.Texts.N) <= o.NearLimit {
		steps = append(steps, b.retrieve, b.neighbours)
	}
	for _, step := range steps {
		if err := step(ctx, delta); err != nil {
			return nil, s.blame("compute the scene of", err)
		}
	}
	return b, b.thumbnails(ctx)
}

// choose decides what is shown: everything, or images in random order with their texts as long as there is room for both.
func (b *sceneBuilder) choose() {
	n, m := b.all.Images.N, b.all.Texts.N
	if n <= b.o.Limit && m <= b.o.Limit && !b.o.Shuffle {
		b.whole, b.shown, b.images, b.texts = true, b.all, count(n), count(m)
		return
	}
	own := ownTexts(b.all)
	for _, i := range rand.New(rand.NewPCG(b.o.Seed, sceneStream)).Perm(n) {
		if len(b.images) > 0 && (len(b.images) == b.o.Limit || len(b.texts)+len(own[i]) > b.o.Limit) {
			break
		}
		b.images, b.texts = append(b.images, i), append(b.texts, own[i]...)
	}
	b.shown = gap.Pair{Images: rowsOf(b.all.Images, b.images), Texts: rowsOf(b.all.Texts, b.texts)}
	b.whole = len(b.images) == n
	if b.all.ImageOf == nil {
		return
	}
	place := make(map[int]int, len(b.images))
	for at, i := range b.images {
		place[i] = at
	}
	b.shown.ImageOf = make([]int, len(b.texts))
	for at, j := range b.texts {
		b.shown.ImageOf[at] = place[b.all.ImageOf[j]]
	}
}

// words names the points and says whose a text is.
func (b *sceneBuilder) words() {
	ids, captions := []string(nil), []string(nil)
	switch d, m := b.s.Data, b.s.names; {
	case d != nil:
		ids, captions = d.IDs, d.Texts
	case m != nil:
		ids, captions = m.IDs, m.Captions
		b.labels(m)
	}
	b.scene.IDs, b.scene.Captions = named(b.images, ids), named(b.texts, captions)
	if b.shown.ImageOf != nil {
		b.scene.Arrays["image_of"] = indices(b.shown.ImageOf, len(b.images))
	}
}

// named returns the names of rows, cut to what can be shown; without names, their numbers.
func named(rows []int, names []string) []string {
	out := make([]string, len(rows))
	for at, i := range rows {
		if names == nil {
			out[at] = fmt.Sprintf("row %d", i)
		} else {
			out[at] = shortened(names[i])
		}
	}
	return out
}

// labels adds the labels of a manifest, where these are what they should be.
func (b *sceneBuilder) labels(m *Manifest) {
	if len(m.Labels) != b.all.Images.N || len(m.Classes) == 0 || slices.Max(m.Labels) >= len(m.Classes) || slices.Min(m.Labels) < datasets.NoLabel {
		return
	}
	b.scene.Classes = m.Classes
	b.scene.Arrays["label"] = b.pick(m.Labels)
}

// maxCaption is the number of runes of a caption that are shown.
const maxCaption = 300

// shortened cuts a text to what can be shown.
func shortened(s string) string {
	n := 0
	for at := range s {
		if n++; n > maxCaption {
			return s[:at] + "…"
		}
	}
	return s
}

// predictions adds labels and what is predicted.
func (b *sceneBuilder) predictions(p *Predictions) {
	if p == nil {
		return
	}
	b.scene.Classes, b.scene.LambdaBest = b.s.Data.Classes, ptr(p.Lambda)
	b.scene.Arrays["label"], b.scene.Arrays["predicted"], b.scene.Arrays["predicted_best"] = b.pick(b.s.Data.Labels), b.pick(p.Before), b.pick(p.After)
}

// pick takes the classes of the images shown; datasets.NoLabel is −1.
func (b *sceneBuilder) pick(of []int) *Array {
	out := make([]int32, len(b.images))
	for at, i := range b.images {
		out[at] = int32(of[i])
	}
	return NewArray(out)
}

// rowsOf copies rows of e.
func rowsOf(e *gap.Embeddings, index []int) *gap.Embeddings {
	data := make([]float32, 0, len(index)*e.D)
	for _, i := range index {
		data = append(data, e.Row(i)...)
	}
	return gap.NewEmbeddings(len(index), e.D, data)
}

// ownTexts lists the texts of every image.
func ownTexts(p gap.Pair) [][]int {
	own := make([][]int, p.Images.N)
	for j := range p.Texts.N {
		i := p.Image(j)
		own[i] = append(own[i], j)
	}
	return own
}

// count returns 0 … n−1.
func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func length(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// rounded makes an array of rounded numbers.
func rounded(v []float64, shape ...int) *Array {
	out := make([]float32, len(v))
	for k, x := range v {
		out[k] = float32(x)
	}
	return NewArray(out, shape...)
}

// indices makes an array of numbers below n, as narrow as they allow.
func indices[T int | int32](v []T, n int, shape ...int) *Array {
	if n <= math.MaxUint16+1 {
		return NewArray(converted[uint16](v), shape...)
	}
	return NewArray(converted[uint32](v), shape...)
}

func converted[U uint16 | uint32, T int | int32](v []T) []U {
	out := make([]U, len(v))
	for k, x := range v {
		out[k] = U(x)
	}
	return out
}
