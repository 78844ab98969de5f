package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"mindgap/gap"
)

// ExploreOptions say what is explored.
type ExploreOptions struct {
	Report ReportOptions // Against is not used: an explorer shows one model
	// Points is the number of images, and of texts, above which a sample is shown; 0 is DefaultExplorePoints.
	Points int
	// Sample is the number of images that the record is computed from, at most; 0 is DefaultExploreSample.
	Sample int
}

const (
	// DefaultExplorePoints is what a browser still moves smoothly.
	DefaultExplorePoints = 100_000
	// DefaultExploreSample keeps the wait for the first page short.
	DefaultExploreSample = 5000
	// exploreNear is the size of clouds up to which neighbours and ranks are computed before the page is served.
	exploreNear = 20_000
	// exploreOrder is the number of points that a page asks for first; clouds that have more come in random order.
	exploreOrder = 10_000
)

// An Exploration is what an explorer serves: a record and a scene, and behind them the embeddings, from which it computes exactly what a
// selection of points comes to. It is safe for concurrent use.
type Exploration struct {
	Record *Record
	Scene  *Scene

	pair          gap.Pair
	images, texts []int // the rows behind the scene's points
	delta         []float64
	classes       *gap.Embeddings // nil where nothing is classified
	labels        []int
	unit          gap.Unit
	side          gap.Side
}

// Explore embeds, or reads embeddings, and computes what an explorer serves. Where there are more images than o.Sample, the numbers of the
// record are of a seeded sample, and a warning in it says so; the scene is of all up to o.Points.
func (c *Config) Explore(ctx context.Context, o ExploreOptions) (_ *Exploration, err error) {
	s, err := c.Load(ctx, WithTexts|WithPrompts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	pair, err := s.Pair()
	if err != nil {
		return nil, err
	}
	seed := o.Report.Measure.Seed
	measured, warnings := s, []string(nil)
	if n := cmp.Or(o.Sample, DefaultExploreSample); pair.Images.N > n {
		measured = s.take(rand.New(rand.NewPCG(seed, measuredStream)).Perm(pair.Images.N)[:n])
		warnings = append(warnings, fmt.Sprintf("the numbers are of a random sample of %d of the %d images, with their texts (--sample); the clouds show up to %d",
			n, pair.Images.N, cmp.Or(o.Points, DefaultExplorePoints)))
	}
	r, predictions, more, err := c.report(ctx, []*Subject{measured}, o.Report)
	if err != nil {
		return nil, err
	}
	e := &Exploration{Record: s.Record("report", seed, r, append(warnings, more...)...), pair: pair, delta: gap.GapVector(pair), unit: o.Report.Shift.Unit, side: o.Report.Shift.Side}
	so := c.sceneOptions(o.Report, r)
	if measured != s {
		if so.Maps, predictions, err = c.beyond(ctx, s, o.Report, r); err != nil {
			return nil, err
		}
	}
	so.Limit, so.NearLimit = cmp.Or(o.Points, DefaultExplorePoints), exploreNear
	so.Shuffle = max(pair.Images.N, pair.Texts.N) > exploreOrder
	b, err := newSceneBuilder(ctx, s, predictions, so)
	if err != nil {
		return nil, err
	}
	e.Scene, e.images, e.texts = b.scene, b.images, b.texts
	if z, _, err := newZeroShot(s); err == nil && z != nil {
		e.classes, e.labels = z.ensemble, s.Data.Labels
	}
	return e, nil
}

// measuredStream separates the draw of what is measured from that of what is shown.
const measuredStream = 0x6d656173

// beyond computes of all rows what r has of a sample: the map by UMAP, and predictions at the same λ.
func (c *Config) beyond(ctx context.Context, s *Subject, o ReportOptions, r *ReportResults) ([]Map, *Predictions, error) {
	var maps []Map
	if o.Map == MapUMAP {
		m, err := newMap(ctx, s, o.Map, o.Measure.Seed, func(done, total int) { c.step("laying out "+s.Name, done, total) })
		if err != nil {
			return nil, nil, err
		}
		maps = append(maps, *m)
	}
	z, _, err := newZeroShot(s)
	if err != nil || z == nil {
		return maps, nil, err
	}
	p, err := z.bestPredictions(ctx, o.Shift, r.Shift)
	return maps, p, err
}

// take returns the subject of the given images, with their texts.
func (s *Subject) take(images []int) *Subject {
	slices.Sort(images)
	pair := gap.NewPair(s.Images, s.Texts, s.imageOf).Take(images)
	out := *s
	out.joint = nil
	out.Images, out.Texts, out.imageOf, out.names = pair.Images, pair.Texts, pair.ImageOf, nil // a manifest names all rows
	if s.Data == nil {
		return &out
	}
	d := *s.Data
	d.IDs, d.Labels, d.Texts, d.ImageOf = nil, nil, nil, pair.ImageOf
	chosen := make([]bool, s.Images.N)
	for _, i := range images {
		chosen[i] = true
		d.IDs = append(d.IDs, s.Data.IDs[i])
		if s.Data.Labels != nil {
			d.Labels = append(d.Labels, s.Data.Labels[i])
		}
	}
	for j, text := range s.Data.Texts {
		if i := j; s.imageOf == nil && chosen[i] || s.imageOf != nil && chosen[s.imageOf[j]] {
			d.Texts = append(d.Texts, text)
		}
	}
	out.Data = &d
	return &out
}

// An ExactSelection is what a selection comes to in all dimensions: the numbers of a SelectionResult, recalls among all rows, and more.
type ExactSelection struct {
	SelectionResult
	// Gap is ‖mean x' − mean y'‖ of what is selected.
	GapZero Float `json:"gap_at_zero"`
	Gap     Float `json:"gap"`
	// CosineImages and CosineTexts are the mean cosines of all pairs of selected images, and of texts: their cones.
	CosineImagesZero Float `json:"cosine_images_at_zero"`
	CosineImages     Float `json:"cosine_images"`
	CosineTextsZero  Float `json:"cosine_texts_at_zero"`
	CosineTexts      Float `json:"cosine_texts"`
	// AccuracyAtLambda is Accuracy at λ, with McNemar's exact test against λ = 0. It counts nothing where a moved row has no direction.
	AccuracyAtLambda *Accuracy `json:"accuracy_at_lambda,omitempty"`
}

// Select computes what is known of some points of the scene from their embeddings. images and texts are indices into the scene; each counts
// once. What nothing selected defines is null. The error is a fault of kind fault.Usage that names an index beyond the scene, or ctx's.
func (e *Exploration) Select(ctx context.Context, images, texts []int, lambda float64) (*ExactSelection, error) {
	isImage, err := chosenOf("image", images, e.Scene.Images)
	if err != nil {
		return nil, err
	}
	isText, err := chosenOf("text", texts, e.Scene.Texts)
	if err != nil {
		return nil, err
	}
	images, texts = rowsBehind(isImage, e.images), rowsBehind(isText, e.texts)
	s := &ExactSelection{SelectionResult: SelectionResult{Lambda: Float(lambda), Images: len(images), Texts: len(texts)}}
	place := make(map[int]int, len(images)) // of an image among those selected
	for at, i := range images {
		place[i] = at
	}
	var of, pairs []int
	for at, j := range texts {
		if i, ok := place[e.pair.Image(j)]; ok {
			of, pairs = append(of, i), append(pairs, at)
		}
	}
	s.Matched = len(pairs)
	x, y := rowsOf(e.pair.Images, images), rowsOf(e.pair.Texts, texts)
	still, err := e.measure(ctx, x, y, of, pairs)
	if err != nil {
		return nil, err
	}
	move := e.Scene.moved(lambda)
	gap.ShiftTo(x, x, -move.a, e.delta)
	gap.ShiftTo(y, y, move.b, e.delta)
	moved, err := e.measure(ctx, x, y, of, pairs)
	if err != nil {
		return nil, err
	}
	s.MatchedCosineZero, s.MatchedCosine = still.matched, moved.matched
	s.SeparationZero, s.Separation = still.separation, moved.separation
	s.GapZero, s.Gap = still.gap, moved.gap
	s.CosineImagesZero, s.CosineImages = still.images, moved.images
	s.CosineTextsZero, s.CosineTexts = still.texts, moved.texts
	if err := e.recalls(ctx, s, images, texts); err != nil {
		return nil, err
	}
	return s, e.classify(ctx, s, images, lambda)
}

// rowsBehind lists the rows of the points that are chosen.
func rowsBehind(chosen []bool, rows []int) []int {
	var out []int
	for at, ok := range chosen {
		if ok {
			out = append(out, rows[at])
		}
	}
	return out
}

// A measurement is what is known of a selection at one λ.
type measurement struct{ matched, separation, gap, images, texts Float }

// measure compares the rows of a selection, of which images of[k] and texts pairs[k] match.
func (e *Exploration) measure(ctx context.Context, x, y *gap.Embeddings, of, pairs []int) (m measurement, err error) {
	cosines, err := gap.CosinesAt(ctx, x, y, of, pairs)
	if err != nil {
		return m, err
	}
	var matched mean
	for _, c := range cosines {
		matched.add(c)
	}
	a, b := centroid(x), centroid(y)
	difference := make([]float64, len(a))
	for k := range a {
		difference[k] = a[k] - b[k]
	}
	return measurement{matched: matched.value(), separation: Float(inner(difference, e.delta) / length(e.delta)), gap: Float(length(difference)),
		images: Float(gap.MeanCosine(x)), texts: Float(gap.MeanCosine(y))}, nil
}

// centroid is the mean unit row, NaN of none.
func centroid(e *gap.Embeddings) []float64 {
	sum, unit := make([]float64, e.D), make([]float64, e.D)
	for i := range e.N {
		e.Slice(i, i+1).UnitTo(unit)
		for k, v := range unit {
			sum[k] += v
		}
	}
	for k := range sum {
		sum[k] /= float64(e.N)
	}
	return sum
}

// recalls fills in the recalls among all rows.
func (e *Exploration) recalls(ctx context.Context, s *ExactSelection, images, texts []int) error {
	own := make([][]int, len(texts))
	for at, j := range texts {
		own[at] = []int{e.pair.Image(j)}
	}
	theirs := make([][]int, len(images))
	all := ownTexts(e.pair)
	for at, i := range images {
		theirs[at] = all[i]
	}
	for _, q := range []struct {
		rows      []int
		from, to  *gap.Embeddings
		own       [][]int
		one, five *Float
	}{{images, e.pair.Images, e.pair.Texts, theirs, &s.ImageToTextRecall1, &s.ImageToTextRecall5}, {texts, e.pair.Texts, e.pair.Images, own, &s.TextToImageRecall1, &s.TextToImageRecall5}} {
		*q.one, *q.five = Float(math.NaN()), Float(math.NaN())
		if len(q.rows) == 0 {
			continue
		}
		r, err := gap.Retrieve(ctx, rowsOf(q.from, q.rows), q.to, 0, q.own)
		if err != nil {
			return err
		}
		var one, five mean
		for _, rank := range r.Rank {
			one.addIf(rank < 1)
			five.addIf(rank < 5)
		}
		*q.one, *q.five = one.value(), five.value()
	}
	return nil
}

// classify fills in the accuracies.
func (e *Exploration) classify(ctx context.Context, s *ExactSelection, images []int, lambda float64) error {
	if e.classes == nil {
		return nil
	}
	labels := make([]int, len(images))
	for at, i := range images {
		labels[at] = e.labels[i]
	}
	s.Accuracy, s.AccuracyAtLambda = ptr(accuracy(0, 0)), ptr(accuracy(0, 0))
	if len(images) == 0 {
		return nil
	}
	points, err := gap.ClassifySweep(ctx, rowsOf(e.pair.Images, images), e.classes, labels, e.delta, []float64{0, lambda}, e.side, e.unit)
	if err != nil {
		return err
	}
	*s.Accuracy = accuracy(points[0].Correct, points[0].N)
	if p := points[1]; p.Reason == "" {
		*s.AccuracyAtLambda = accuracy(p.Correct, p.N)
		s.AccuracyAtLambda.PValue = ptr(Float(gap.McNemarExact(gap.Discordant(labels, points[0].Predictions, p.Predictions))))
	}
	return nil
}
