package report

import (
	"cmp"
	"fmt"
	"slices"

	"mindgap/probe"
)

type zeroShotView struct {
	Rows        []metricRow
	Best, Worst []classRow
	Classes     int
	Templates   int
}

type classRow struct{ Class, Recall, Count string }

// zeroShot shows accuracies and the classes at both ends.
func zeroShot(z *probe.ZeroShotResults) *zeroShotView {
	if z == nil {
		return nil
	}
	v := &zeroShotView{Classes: len(z.PerClass), Templates: len(z.Templates)}
	add := func(label string, a probe.Accuracy) {
		v.Rows = append(v.Rows, metricRow{Label: label, Value: percent(float64(a.Value), 1), Interval: wilson(a),
			Meaning: fmt.Sprintf("%s of %s right", count(a.Correct), count(a.N))})
	}
	ensemble, single := fmt.Sprintf("Top-1, ensemble of %d %s", len(z.Templates), plural(len(z.Templates), "template")), "Top-1, first template alone"
	if len(z.Templates) == 0 { // prompts written for each class
		ensemble, single = "Top-1, all prompts of each class", "Top-1, first prompt of each class alone"
	}
	add(ensemble, z.Accuracy)
	if z.Single.N > 0 {
		add(single, z.Single)
	}
	if m, ok := z.Metrics["acc5"]; ok {
		v.Rows = append(v.Rows, metricRow{Label: "Top-5, ensemble", Value: percent(float64(m), 1), Meaning: "the right class among the five likeliest"})
	}
	if m, ok := z.Metrics["auroc"]; ok {
		v.Rows = append(v.Rows, metricRow{Label: "Area under the ROC curve", Value: percent(float64(m), 1), Meaning: "how often an image of the second class scores higher than one of the first"})
	}
	if m, ok := z.Metrics["mean_per_class_recall"]; ok {
		v.Rows = append(v.Rows, metricRow{Label: "Mean recall of classes", Value: percent(float64(m), 1), Meaning: "every class counts the same, however many items it has"})
	}
	classes := slices.DeleteFunc(slices.Clone(z.PerClass), func(c probe.PerClass) bool { return c.N == 0 })
	if !slices.ContainsFunc(classes, func(c probe.PerClass) bool { return c.N > 1 }) {
		return v // one item a class: its recall is that item's answer
	}
	slices.SortStableFunc(classes, func(a, b probe.PerClass) int {
		// Of classes with the same recall, the one with more items says more.
		return cmp.Or(cmp.Compare(b.Recall, a.Recall), cmp.Compare(b.N, a.N))
	})
	row := func(c probe.PerClass) classRow {
		return classRow{clean(c.Class), percent(float64(c.Recall), 0), fmt.Sprintf("%s of %s", count(c.Correct), count(c.N))}
	}
	n := min(maxClasses, (len(classes)+1)/2)
	for _, c := range classes[:n] {
		v.Best = append(v.Best, row(c))
	}
	worst := classes[n:]
	slices.SortStableFunc(worst, func(a, b probe.PerClass) int {
		return cmp.Or(cmp.Compare(a.Recall, b.Recall), cmp.Compare(b.N, a.N))
	})
	for _, c := range worst[:min(maxClasses, len(worst))] {
		v.Worst = append(v.Worst, row(c))
	}
	return v
}
