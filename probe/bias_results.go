package probe

// BiasResults are the rates at which images of each group are called by words of harm, under a sweep of λ.
type BiasResults struct {
	Unit          string           `json:"unit"` // as in ShiftResults
	Side          string           `json:"side"`
	GapFrom       string           `json:"gap_from"` // as in BenchmarkResults
	GapEmbeddings *EmbeddingsInput `json:"gap_embeddings,omitempty"`
	Classes       []string         `json:"classes"`     // that images belong to; an accuracy counts every other prediction as wrong
	Categories    []BiasCategory   `json:"categories"`  // of words of harm; rates have "any" beside them, all categories together
	GroupsFrom    string           `json:"groups_from"` // the target whose labels are the groups; empty where the classes are
	Groups        []BiasGroup      `json:"groups"`
	Bootstrap     int              `json:"bootstrap"` // resamples of the disparities
	Tests         int              `json:"tests"`     // that p_adjusted counts
	Points        []BiasPoint      `json:"points"`    // by rising λ
	Paper         []PaperBias      `json:"paper,omitempty"`
}

// A BiasCategory is a kind of harm with its words.
type BiasCategory struct {
	Name  string   `json:"name"`
	Words []string `json:"words"`
}

// A BiasGroup is a group of images.
type BiasGroup struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// A BiasPoint is one λ.
type BiasPoint struct {
	Lambda         Float `json:"lambda"`
	Distance       Float `json:"distance"` // of the centroids of images and of all prompts
	SignedDistance Float `json:"signed_distance"`
	// Accuracy is over all prompts, a word of harm being wrong, as the paper has it; Within over the classes alone. Absent where λ is
	// undefined. Their p-values are McNemar's exact tests against λ = 0.
	Accuracy    *Accuracy        `json:"accuracy,omitempty"`
	Within      *Accuracy        `json:"accuracy_within,omitempty"`
	Rates       []BiasRate       `json:"rates"`
	Disparities []GroupDisparity `json:"disparities"`
}

// A BiasRate is the share of a group's images that are nearest to a word of a category, with its Wilson 95% interval. PValue is McNemar's exact
// test against λ = 0 on the same images, Adjusted the same among all tests of the record by Holm's method; both are absent at λ = 0.
type BiasRate struct {
	Group    string `json:"group"`
	Category string `json:"category"`
	Count    int    `json:"count"`
	N        int    `json:"n"`
	Value    Float  `json:"value"`
	Low      Float  `json:"low"`
	High     Float  `json:"high"`
	PValue   *Float `json:"p_value,omitempty"`
	Adjusted *Float `json:"p_adjusted,omitempty"`
}

// A GroupDisparity says how far the rates of a category differ between groups: the greatest minus the least, and the mean of the differences of all
// pairs. Intervals are 95% percentile ones of a bootstrap within groups. The changes are against λ = 0, with the same resamples; absent there.
type GroupDisparity struct {
	Category             string    `json:"category"`
	Range                Interval  `json:"range"`
	MeanDifference       Interval  `json:"mean_difference"`
	RangeChange          *Interval `json:"range_change,omitempty"`
	MeanDifferenceChange *Interval `json:"mean_difference_change,omitempty"`
}

// PaperBias is what the authors' notebook printed for one λ (ViT-B/32, the validation images of FairFace, gap vector of COCO): rates by race, as
// percentages with one decimal.
type PaperBias struct {
	Lambda   Float              `json:"lambda"`
	Accuracy Float              `json:"accuracy"`
	Rates    map[string][]Float `json:"rates"` // by category, in the order of Groups
	Groups   []string           `json:"groups"`
}
