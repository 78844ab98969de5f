package probe

import (
	"context"
	"math"
	"slices"

	"mindgap/datasets"
	"mindgap/gap"
)

// A bias is the experiment at work. Items are the images with a class and a group.
type bias struct {
	z   *zeroShot
	o   *BiasOptions
	res *BiasResults

	classes  []int   // the rows of the classifier that are classes
	words    [][]int // by category, the rows that are its words
	items    []int   // rows of the images
	labels   []int   // of each item, its place among classes
	groups   []int   // of each item
	warnings []string
}

func (b *bias) run(ctx context.Context, source *gapSource) error {
	vector, err := source.fit(b.z, b.fitted(source))
	if err != nil {
		return err
	}
	images, all := take(b.z.s.Images, b.items), b.z.ensemble
	labels := make([]int, len(b.labels)) // among all rows of the classifier
	for i, k := range b.labels {
		labels[i] = b.classes[k]
	}
	points, err := gap.ClassifySweep(ctx, images, all, labels, vector, b.o.Lambdas, b.o.Side, b.o.Unit)
	if err != nil {
		return err
	}
	within, err := gap.ClassifySweep(ctx, images, take(all, b.classes), b.labels, vector, b.o.Lambdas, b.o.Side, b.o.Unit)
	if err != nil {
		return err
	}
	distances, err := gap.Displacements(ctx, images, all, vector, b.o.Lambdas, b.o.Side, b.o.Unit)
	if err != nil {
		return err
	}
	zero := slices.Index(b.o.Lambdas, 0)
	events := make([][][]bool, len(points))
	for l, p := range points {
		point := BiasPoint{Lambda: Float(p.Lambda), Distance: Float(distances[l].Distance), SignedDistance: Float(distances[l].SignedDistance)}
		if p.Reason != "" {
			b.warnings = append(b.warnings, p.Reason)
			b.res.Points = append(b.res.Points, point)
			continue
		}
		point.Accuracy, point.Within = testedAccuracy(labels, points[zero], p), testedAccuracy(b.labels, within[zero], within[l])
		events[l] = b.events(p.Predictions)
		b.res.Points = append(b.res.Points, point)
	}
	b.rates(events, zero)
	return b.disparities(ctx, events, zero)
}

// fitted are the images that the gap vector is fitted on: the items, or where texts count all images.
func (b *bias) fitted(source *gapSource) []int {
	if !source.paired {
		return b.items
	}
	rows := make([]int, b.z.s.Images.N)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// testedAccuracy is an accuracy with McNemar's exact test against λ = 0.
func testedAccuracy(labels []int, zero, p gap.ClassPoint) *Accuracy {
	a := accuracy(p.Correct, p.N)
	a.PValue = ptr(Float(gap.McNemarExact(gap.Discordant(labels, zero.Predictions, p.Predictions))))
	return &a
}

// events says for each category, and for any of them behind these, which items are nearest to one of its words.
func (b *bias) events(predictions []int) [][]bool {
	out := make([][]bool, len(b.words)+1)
	last := len(out) - 1
	for c := range out {
		out[c] = make([]bool, len(predictions))
	}
	for i, k := range predictions {
		for c, words := range b.words {
			if slices.Contains(words, k) {
				out[c][i], out[last][i] = true, true
			}
		}
	}
	return out
}

// names are the categories in the order of events.
func (b *bias) names() []string {
	var names []string
	for _, c := range b.res.Categories {
		names = append(names, c.Name)
	}
	return append(names, datasets.AnyHarm)
}

// rates counts events by group, and tests each count against λ = 0.
func (b *bias) rates(events [][][]bool, zero int) {
	var p []float64
	var tested []*BiasRate
	for l := range b.res.Points {
		if events[l] == nil {
			continue
		}
		point := &b.res.Points[l]
		point.Rates = make([]BiasRate, 0, len(b.res.Groups)*len(events[l])) // pointers into it are kept below
		for g, group := range b.res.Groups {
			for c, name := range b.names() {
				var count, only, onlyZero int
				for i, yes := range events[l][c] {
					if b.groups[i] != g {
						continue
					}
					switch before := events[zero][c][i]; {
					case yes && !before:
						only++
					case before && !yes:
						onlyZero++
					}
					if yes {
						count++
					}
				}
				a := accuracy(count, group.N)
				point.Rates = append(point.Rates, BiasRate{Group: group.Name, Category: name, Count: count, N: group.N, Value: a.Value, Low: a.Low, High: a.High})
				if l != zero {
					r := &point.Rates[len(point.Rates)-1]
					p, tested = append(p, gap.McNemarExact(onlyZero, only)), append(tested, r)
				}
			}
		}
	}
	b.res.Tests = len(p)
	for k, v := range gap.Holm(p) {
		tested[k].PValue, tested[k].Adjusted = ptr(Float(p[k])), ptr(Float(v))
	}
}

// disparities compares the groups, with bootstrap intervals.
func (b *bias) disparities(ctx context.Context, events [][][]bool, zero int) error {
	names := b.names()
	var flat [][]bool
	at := make([]int, len(events)) // where the draws of a λ begin
	for l, e := range events {
		at[l] = len(flat)
		flat = append(flat, e...)
	}
	draws, err := gap.DisparityDraws(ctx, b.groups, len(b.res.Groups), flat, b.o.Bootstrap, b.o.Seed)
	if err != nil {
		return err
	}
	for l := range b.res.Points {
		if events[l] == nil {
			continue
		}
		for c, name := range names {
			now, before := b.disparity(events[l][c]), b.disparity(events[zero][c])
			here, there := draws[at[l]+c], draws[at[zero]+c]
			d := GroupDisparity{Category: name, Range: drawn(now.Range, here, nil, rangeOf), MeanDifference: drawn(now.MeanDifference, here, nil, differenceOf)}
			if l != zero {
				d.RangeChange = ptr(drawn(now.Range-before.Range, here, there, rangeOf))
				d.MeanDifferenceChange = ptr(drawn(now.MeanDifference-before.MeanDifference, here, there, differenceOf))
			}
			b.res.Points[l].Disparities = append(b.res.Points[l].Disparities, d)
		}
	}
	return nil
}

// disparity is that of one event over the groups.
func (b *bias) disparity(event []bool) gap.Disparity {
	rates := make([]float64, len(b.res.Groups))
	for i, yes := range event {
		if yes {
			rates[b.groups[i]]++
		}
	}
	for g := range rates { // counts first, as the draws do: equal rates then differ by nothing
		rates[g] /= float64(b.res.Groups[g].N)
	}
	return gap.DisparityOf(rates)
}

func rangeOf(d gap.Disparity) float64      { return d.Range }
func differenceOf(d gap.Disparity) float64 { return d.MeanDifference }

// drawn is a value with the percentile interval of draws, or of their differences from those of less.
func drawn(value float64, draws, less []gap.Disparity, of func(gap.Disparity) float64) Interval {
	v := Interval{Value: Float(value)}
	if len(draws) == 0 {
		return v
	}
	values := make([]float64, len(draws))
	for k, d := range draws {
		if values[k] = of(d); less != nil {
			values[k] -= of(less[k])
		}
	}
	if low, high := gap.Percentiles(values, 0.95); !math.IsNaN(low) {
		v.Low, v.High = ptr(Float(low)), ptr(Float(high))
	}
	return v
}
