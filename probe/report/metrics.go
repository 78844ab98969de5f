package report

import (
	"maps"
	"slices"

	"mindgap/probe"
)

// A metric is how a metric of the record is shown.
type metric struct {
	name    string // in the record
	label   string
	meaning string
	share   bool // shown as a percentage
}

// mainMetrics are those that the page and the terminal show first, in this order. Others that a record holds follow under their own names.
var mainMetrics = []metric{
	{name: "gap", label: "Gap", meaning: "Distance between the centroids of unit image and text embeddings; 0 is none, 2 the most there can be."},
	{name: "gap_raw", label: "Gap, raw", meaning: "The same before embeddings are scaled to unit length."},
	{name: "centroid_cosine", label: "Cosine of centroids", meaning: "Whether the two clouds lie in the same direction; 1 is the same."},
	{name: "rmg", label: "Relative modality gap", meaning: "Distance of matched pairs against the mean distance within the clouds; above 0.5 pairs lie farther apart than strangers of one side."},
	{name: "matched_cosine_mean", label: "Cosine of matched pairs", meaning: "Mean cosine of an image and its own text."},
	{name: "unmatched_cosine_mean", label: "Cosine of unmatched pairs", meaning: "Mean cosine of an image and another image's text."},
	{name: "cosine_image_mean", label: "Image cone", meaning: "Mean cosine of two images; 1 is a cone of one direction."},
	{name: "cosine_text_mean", label: "Text cone", meaning: "Mean cosine of two texts."},
	{name: "image_to_text_recall_at_1", label: "Image to text, recall at 1", meaning: "Images whose own text comes first.", share: true},
	{name: "text_to_image_recall_at_1", label: "Text to image, recall at 1", meaning: "Texts whose own image comes first.", share: true},
	{name: "loss", label: "Contrastive loss", meaning: "Mean of both directions over all pairs, in nats."},
	{name: "alignment", label: "Alignment", meaning: "Mean squared distance of matched pairs; lower is closer."},
	{name: "separability_logreg_accuracy", label: "Separability", meaning: "How often a linear rule tells an image from a text; 50% is guessing.", share: true},
	{name: "pca1_gap_cosine", label: "Gap along PC 1", meaning: "How far the first principal component is the gap itself; 1 is wholly."},
	{name: "cka_linear", label: "Linear CKA", meaning: "Likeness of the two clouds' inner geometry, wherever they lie; 1 is the same."},
}

// otherMetrics returns the names in m that are not main, sorted.
func otherMetrics(m map[string]probe.Interval) []string {
	names := slices.Sorted(maps.Keys(m))
	return slices.DeleteFunc(names, func(n string) bool {
		return slices.ContainsFunc(mainMetrics, func(k metric) bool { return k.name == n })
	})
}

// shown returns the value and interval of v as m is shown.
func (m metric) shown(v probe.Interval) (value, interval string) {
	if !m.share {
		return number(float64(v.Value)), span(v)
	}
	value = percent(float64(v.Value), 1)
	if v.Low != nil && v.High != nil {
		interval = percent(float64(*v.Low), 1) + " to " + percent(float64(*v.High), 1)
	}
	return value, interval
}
