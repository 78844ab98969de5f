package probe

import (
	"context"
	"fmt"
	"math"
	"slices"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/models/fault"
)

// A zeroShot is a subject with labels and class embeddings: the classifier of CLIP_benchmark, and the one of the first template alone.
type zeroShot struct {
	s                *Subject
	ensemble, single *gap.Embeddings // one unit row a class
}

// newZeroShot builds both classifiers. It returns nil, and a warning where that may surprise, for a subject that has nothing to classify.
func newZeroShot(s *Subject) (*zeroShot, []string, error) {
	if s.Data == nil || s.Prompts == nil || !s.Data.prompted() {
		return nil, nil, nil
	}
	if s.Data.Labelled() == 0 {
		return nil, []string{"no image has a label under this target: no accuracy"}, nil
	}
	if len(s.Data.Classes) < 2 {
		return nil, []string{"one class alone cannot be told apart from others: no accuracy"}, nil
	}
	per := s.Data.promptCounts()
	first := gap.NewEmbeddings(len(per), s.Prompts.D, make([]float32, len(per)*s.Prompts.D))
	row := 0
	for k, n := range per {
		copy(first.Row(k), s.Prompts.Row(row))
		row += n
	}
	z := &zeroShot{s: s}
	var err error
	if z.ensemble, err = gap.ClassEmbeddings(s.Prompts, per); err != nil {
		return nil, nil, s.blame("build the classifier of", err)
	}
	for k := range per {
		per[k] = 1
	}
	if z.single, err = gap.ClassEmbeddings(first, per); err != nil {
		return nil, nil, s.blame("build the classifier of", err)
	}
	return z, nil, nil
}

// noClassifier is the fault of a data set that has nothing to classify.
func (d *Data) noClassifier() error {
	return &fault.Error{Op: "classify the images of", Thing: d.Input.Ref, Found: fmt.Sprintf("%d classes, %d templates and %d labelled images",
		len(d.Classes), len(d.Templates), d.Labelled()), Wanted: "at least two classes, a template and a labelled image",
		Next: "use a data set with labels, such as a folder with one sub-folder a class, or another --target"}
}

// ZeroShot classifies the subject's images. With o, also under the shifts that it says, along the gap vector of the subject's pair.
func ZeroShot(ctx context.Context, s *Subject, o *ShiftOptions) (*ZeroShotResults, []string, error) {
	z, warnings, err := newZeroShot(s)
	if err != nil {
		return nil, nil, err
	}
	if z == nil {
		return nil, nil, s.Data.noClassifier()
	}
	d := s.Data
	top := []int{1}
	if len(d.Classes) > 5 {
		top = append(top, 5)
	} else {
		warnings = append(warnings, fmt.Sprintf("acc5 is not given: among %d classes it says nothing", len(d.Classes)))
	}
	c, err := gap.Classify(ctx, s.Images, z.ensemble, d.Labels, top)
	if err != nil {
		return nil, nil, s.blame("classify", err)
	}
	one, err := gap.Classify(ctx, s.Images, z.single, d.Labels, []int{1})
	if err != nil {
		return nil, nil, s.blame("classify", err)
	}
	r := &ZeroShotResults{Dataset: d.Input.Ref, Model: s.Name, Pretrained: s.Inputs.Model.Ref, Task: "zeroshot_classification", Language: "en",
		Metrics:  map[string]Float{"acc1": share(c.Correct[0], c.N), "mean_per_class_recall": Float(c.MeanPerClassRecall())},
		Accuracy: accuracy(c.Correct[0], c.N), Single: accuracy(one.Correct[0], one.N), Templates: d.Templates, Classnames: d.Classes}
	if len(top) > 1 {
		r.Metrics["acc5"] = share(c.Correct[1], c.N)
	}
	for k, n := range c.ClassN {
		r.PerClass = append(r.PerClass, PerClass{Class: d.Classes[k], Correct: c.ClassCorrect[k], N: n, Recall: share(c.ClassCorrect[k], n)})
	}
	if len(d.Classes) <= maxConfusion {
		r.Confusion = confusion(d.Labels, c.Predictions, len(d.Classes))
	}
	if len(d.Classes) == 2 {
		scores, err := gap.BinaryScores(s.Images, z.ensemble)
		if err != nil {
			return nil, nil, s.blame("classify", err)
		}
		auroc := gap.AUROC(scores, d.Labels)
		if r.Metrics["auroc"] = Float(auroc); math.IsNaN(auroc) {
			warnings = append(warnings, "auroc is undefined: every labelled image is of one class")
		}
	}
	if o != nil {
		pair, err := s.Pair()
		if err != nil {
			return nil, nil, err
		}
		points, err := gap.Sweep(ctx, pair, gap.SweepOptions{Lambdas: o.Lambdas, Unit: o.Unit, Side: o.Side})
		if err != nil {
			return nil, nil, s.blame("shift", err)
		}
		for _, p := range points {
			r.Shift = append(r.Shift, o.point(pair, p))
			if p.Reason != "" {
				warnings = append(warnings, p.Reason)
			}
		}
		if err := z.score(ctx, gap.GapVector(pair), o, r.Shift); err != nil {
			return nil, nil, s.blame("shift", err)
		}
	}
	return r, warnings, nil
}

// maxConfusion is the number of classes up to which a record holds the confusion matrix.
const maxConfusion = 100

// confusion counts labelled images by class and predicted class.
func confusion(labels, predictions []int, classes int) [][]int {
	m := make([][]int, classes)
	for k := range m {
		m[k] = make([]int, classes)
	}
	for i, label := range labels {
		if label != datasets.NoLabel {
			m[label][predictions[i]]++
		}
	}
	return m
}

// shift adds accuracies to a sweep, and the λ of greatest accuracy, chosen on one half of the images and reported on the other: halves that have
// each class alike.
func (z *zeroShot) shift(ctx context.Context, pair gap.Pair, o *ShiftOptions, res *ShiftResults) error {
	if err := z.score(ctx, gap.GapVector(pair), o, res.Points); err != nil {
		return err
	}
	if pair.Images.N < 4 {
		return nil
	}
	// The vector is fitted on the choosing half, too, so that the other half has had no say in anything.
	half := stratifiedHalves(z.s.Data.Labels)
	var choosing []int
	for i, h := range half {
		if h == 0 {
			choosing = append(choosing, i)
		}
	}
	on := *o
	on.Lambdas = withZero(o.Lambdas)
	sweep, err := z.sweep(ctx, z.ensemble, gap.GapVector(pair.Take(choosing)), &on)
	if err != nil {
		return err
	}
	var correct [2][]float64 // of the choosing half and of the other, by λ
	var labelled [2]int
	for _, p := range sweep {
		var c, n [2]int
		for i, label := range z.s.Data.Labels {
			if label == datasets.NoLabel {
				continue
			}
			if n[half[i]]++; p.Reason == "" && p.Predictions[i] == label {
				c[half[i]]++
			}
		}
		for h := range c {
			v := float64(share(c[h], n[h]))
			if p.Reason != "" {
				v = math.NaN() // undefined, and so never chosen
			}
			correct[h], labelled[h] = append(correct[h], v), n[h]
		}
	}
	if labelled[0] == 0 || labelled[1] == 0 {
		return nil
	}
	const name = "accuracy"
	addBest(res.Best, name, on.Lambdas, correct[0], correct[1], false, labelled)
	if best, ok := res.Best[name]; ok {
		held := slices.Clone(z.s.Data.Labels)
		for _, i := range choosing {
			held[i] = datasets.NoLabel
		}
		at := func(lambda float64) []int { return sweep[slices.Index(on.Lambdas, lambda)].Predictions }
		best.PValue = ptr(Float(gap.McNemarExact(gap.Discordant(held, at(0), at(float64(best.Lambda))))))
		res.Best[name] = best
	}
	return nil
}

// score fills in both accuracies of every point, each tested against λ = 0 on the same images.
func (z *zeroShot) score(ctx context.Context, vector []float64, o *ShiftOptions, points []ShiftPoint) error {
	on := *o
	on.Lambdas = withZero(o.Lambdas)
	zero := slices.Index(on.Lambdas, 0)
	for _, kind := range []struct {
		classes *gap.Embeddings
		set     func(*ShiftPoint, *Accuracy)
	}{
		{z.ensemble, func(p *ShiftPoint, a *Accuracy) { p.Accuracy = a }},
		{z.single, func(p *ShiftPoint, a *Accuracy) { p.AccuracySingle = a }},
	} {
		sweep, err := z.sweep(ctx, kind.classes, vector, &on)
		if err != nil {
			return err
		}
		for i := range points {
			if sweep[i].Reason != "" {
				continue
			}
			a := accuracy(sweep[i].Correct, sweep[i].N)
			a.PValue = ptr(Float(gap.McNemarExact(gap.Discordant(z.s.Data.Labels, sweep[zero].Predictions, sweep[i].Predictions))))
			kind.set(&points[i], &a)
		}
	}
	return nil
}

func (z *zeroShot) sweep(ctx context.Context, classes *gap.Embeddings, vector []float64, o *ShiftOptions) ([]gap.ClassPoint, error) {
	return gap.ClassifySweep(ctx, z.s.Images, classes, z.s.Data.Labels, vector, o.Lambdas, o.Side, o.Unit)
}

// share is correct/n, undefined without items.
func share(correct, n int) Float {
	if n == 0 {
		return Float(math.NaN())
	}
	return Float(float64(correct) / float64(n))
}

// accuracy is a share with its 95% Wilson interval, undefined without items.
func accuracy(correct, n int) Accuracy {
	if n == 0 {
		nan := Float(math.NaN())
		return Accuracy{Value: nan, Low: nan, High: nan}
	}
	low, high := gap.WilsonInterval(correct, n, gap.Z95)
	return Accuracy{Correct: correct, N: n, Value: share(correct, n), Low: Float(low), High: Float(high)}
}
