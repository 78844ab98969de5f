package probe

import (
	"context"
	"math"
	"slices"

	"mindgap/datasets"
	"mindgap/gap"
)

// A benchmark is one data set at work. Items are the images that have a label.
type benchmark struct {
	z      *zeroShot
	source *gapSource
	o      *BenchmarkOptions
	set    *BenchmarkSet

	items    []int // their rows
	labels   []int
	halfOf   []int // of every image, 0 or 1
	images   *gap.Embeddings
	warnings []string
}

// An outcome is what one λ gives each item: 1 where its class is predicted and 0 elsewhere, or for areas how much nearer it is to class 1. It is
// nil where λ is undefined.
type outcome []float64

func (b *benchmark) run(ctx context.Context) error {
	for i, label := range b.z.s.Data.Labels {
		if label != datasets.NoLabel {
			b.items, b.labels = append(b.items, i), append(b.labels, label)
		}
	}
	b.halfOf = stratifiedHalves(b.z.s.Data.Labels)
	b.images = b.z.s.Images
	if len(b.items) < b.images.N {
		b.images = take(b.images, b.items)
	}
	all, err := b.vector(func(int) bool { return true })
	if err != nil {
		return err
	}
	outcomes, err := b.sweep(ctx, all)
	if err != nil {
		return err
	}
	distances, err := gap.Displacements(ctx, b.images, b.z.ensemble, all, b.o.Lambdas, b.o.Side, b.o.Unit)
	if err != nil {
		return err
	}
	zero := outcomes[b.zero()]
	p := make([]float64, len(outcomes))
	for l, d := range distances {
		point := BenchmarkPoint{Lambda: Float(d.Lambda), Distance: Float(d.Distance), SignedDistance: Float(d.SignedDistance), Score: b.score(outcomes[l], b.labels)}
		if p[l] = math.NaN(); l != b.zero() {
			p[l] = b.test(zero, outcomes[l], b.labels)
		}
		point.PValue = Float(p[l])
		b.set.Points = append(b.set.Points, point)
		if d.Reason != "" {
			b.warnings = append(b.warnings, d.Reason)
		}
	}
	for l, v := range gap.Holm(p) {
		b.set.Points[l].Adjusted = Float(v)
	}
	// At λ = 0 there is nothing to test.
	b.set.Points[b.zero()].PValue, b.set.Points[b.zero()].Adjusted = 1, 1
	if b.set.AtZero = b.set.Points[b.zero()].Score; math.IsNaN(float64(b.set.AtZero.Value)) {
		b.warnings = append(b.warnings, "the area under the ROC curve is undefined: every labelled image is of one class")
	}
	b.best(outcomes)
	return b.halves(ctx)
}

func (b *benchmark) zero() int { return slices.Index(b.o.Lambdas, 0) }

// vector is Δ fitted on the items that keep allows, by their place in the data set.
func (b *benchmark) vector(keep func(row int) bool) ([]float64, error) {
	var rows []int
	if b.source.paired { // texts belong to images without a label, too
		for i := range b.z.s.Images.N {
			if keep(i) {
				rows = append(rows, i)
			}
		}
		return b.source.fit(b.z, rows)
	}
	for _, i := range b.items {
		if keep(i) {
			rows = append(rows, i)
		}
	}
	return b.source.fit(b.z, rows)
}

// sweep gives the outcome of every λ along a vector.
func (b *benchmark) sweep(ctx context.Context, vector []float64) ([]outcome, error) {
	out := make([]outcome, len(b.o.Lambdas))
	if b.set.Metric == "auroc" {
		scores, err := gap.BinarySweep(b.images, b.z.ensemble, vector, b.o.Lambdas, b.o.Side, b.o.Unit)
		for l, s := range scores {
			out[l] = s
		}
		return out, err
	}
	points, err := gap.ClassifySweep(ctx, b.images, b.z.ensemble, b.labels, vector, b.o.Lambdas, b.o.Side, b.o.Unit)
	for l, p := range points {
		if p.Reason != "" {
			continue
		}
		out[l] = make(outcome, len(b.labels))
		for i, label := range b.labels {
			if p.Predictions[i] == label {
				out[l][i] = 1
			}
		}
	}
	return out, err
}

// score reads an outcome, over the items whose label is not NoLabel.
func (b *benchmark) score(o outcome, labels []int) Score {
	n, correct := 0, 0
	for i, label := range labels {
		if label != datasets.NoLabel {
			if n++; o != nil && b.set.Metric != "auroc" && o[i] == 1 {
				correct++
			}
		}
	}
	switch {
	case o == nil || n == 0:
		nan := Float(math.NaN())
		return Score{N: n, Value: nan, Low: nan, High: nan}
	case b.set.Metric == "auroc":
		t := gap.DeLong(o, o, labels)
		return areaScore(t.First, t.FirstError, n)
	}
	a := accuracy(correct, n)
	return Score{Correct: &correct, N: n, Value: a.Value, Low: a.Low, High: a.High}
}

// areaScore is an area with its normal 95% interval.
func areaScore(area, deviation float64, n int) Score {
	return Score{N: n, Value: Float(area), Low: Float(max(0, area-gap.Z95*deviation)), High: Float(min(1, area+gap.Z95*deviation))}
}

// test is the p-value of two outcomes being equally good, over the items whose label is not NoLabel.
func (b *benchmark) test(first, second outcome, labels []int) float64 {
	if first == nil || second == nil {
		return math.NaN()
	}
	if b.set.Metric == "auroc" {
		return gap.DeLong(first, second, labels).P()
	}
	var only [2]int
	for i, label := range labels {
		switch {
		case label == datasets.NoLabel:
		case first[i] > second[i]:
			only[0]++
		case first[i] < second[i]:
			only[1]++
		}
	}
	return gap.McNemarExact(only[0], only[1])
}

// values are the scores of all λ over the items whose label is not NoLabel.
func (b *benchmark) values(outcomes []outcome, labels []int) []float64 {
	v := make([]float64, len(outcomes))
	for l, o := range outcomes {
		v[l] = float64(b.score(o, labels).Value)
	}
	return v
}

// best fills in the λ of greatest score over all items.
func (b *benchmark) best(outcomes []outcome) {
	values := b.values(outcomes, b.labels)
	chosen, ok := gap.BestLambda(b.o.Lambdas, values, values, false)
	if !ok {
		return
	}
	point := b.set.Points[slices.Index(b.o.Lambdas, chosen.Lambda)]
	b.set.Best = &BenchmarkBest{BenchmarkPoint: point, Gap: gapWord(float64(point.Lambda), float64(point.SignedDistance))}
}

// gapWord says what a λ does to the gap.
func gapWord(lambda, signedDistance float64) string {
	switch {
	case lambda < 0:
		return "larger"
	case lambda == 0:
		return "unchanged"
	case signedDistance < 0:
		return "reversed"
	}
	return "smaller"
}

// halves chooses λ on each half, with a gap vector fitted there, and reads the other half.
func (b *benchmark) halves(ctx context.Context) error {
	var labels [2][]int // of the items of either half, NoLabel in place of the others
	var n [2]int
	for h := range labels {
		labels[h] = slices.Clone(b.labels)
		for k, i := range b.items {
			if b.halfOf[i] != h {
				labels[h][k] = datasets.NoLabel
			} else {
				n[h]++
			}
		}
	}
	if n[0] == 0 || n[1] == 0 {
		return nil
	}
	var fits [2]fit
	for h := range fits {
		vector, err := b.vector(func(i int) bool { return b.halfOf[i] == h })
		if err != nil {
			return err
		}
		outcomes, err := b.sweep(ctx, vector)
		if err != nil {
			return err
		}
		chosen, ok := gap.BestLambda(b.o.Lambdas, b.values(outcomes, labels[h]), b.values(outcomes, labels[1-h]), false)
		if !ok {
			return nil
		}
		fits[h] = fit{lambda: chosen.Lambda, zero: outcomes[b.zero()], moved: outcomes[slices.Index(b.o.Lambdas, chosen.Lambda)]}
		if fits[h].moved == nil || fits[h].zero == nil {
			return nil
		}
	}
	held := labels[1]
	b.set.HeldOut = &HeldOut{Lambda: Float(fits[0].lambda), AtZero: b.score(fits[0].zero, held), Value: b.score(fits[0].moved, held),
		ChosenOn: n[0], HeldOutOn: n[1], PValue: Float(b.test(fits[0].zero, fits[0].moved, held))}
	b.crossFit(fits, labels, n)
	return nil
}

// A fit is a λ that one half chose, with what it gives all items.
type fit struct {
	lambda      float64
	zero, moved outcome
}

// crossFit reads every item at the λ of the other half.
func (b *benchmark) crossFit(fits [2]fit, labels [2][]int, n [2]int) {
	c := &CrossFitted{Lambdas: [2]Float{Float(fits[0].lambda), Float(fits[1].lambda)}}
	b.set.CrossFit = c
	if b.set.Metric != "auroc" {
		zero, moved := make(outcome, len(b.labels)), make(outcome, len(b.labels))
		for k, i := range b.items {
			f := fits[1-b.halfOf[i]]
			zero[k], moved[k] = f.zero[k], f.moved[k]
		}
		c.AtZero, c.Value, c.PValue = b.score(zero, b.labels), b.score(moved, b.labels), Float(b.test(zero, moved, b.labels))
		return
	}
	// Scores at two λ cannot be ranked among each other: the areas of the halves, which share no item, are averaged instead.
	var area, variance [3]float64 // at λ = 0, at the chosen λ, and their difference
	for h, f := range fits {
		t := gap.DeLong(f.zero, f.moved, labels[1-h])
		w := float64(n[1-h]) / float64(n[0]+n[1])
		for k, v := range [3][2]float64{{t.First, t.FirstError}, {t.Second, t.SecondError}, {t.Second - t.First, t.DifferenceError}} {
			area[k], variance[k] = area[k]+w*v[0], variance[k]+w*w*v[1]*v[1]
		}
	}
	c.AtZero, c.Value = areaScore(area[0], math.Sqrt(variance[0]), n[0]+n[1]), areaScore(area[1], math.Sqrt(variance[1]), n[0]+n[1])
	c.PValue = Float(gap.AUROCTest{Second: area[2], DifferenceError: math.Sqrt(variance[2])}.P())
}
