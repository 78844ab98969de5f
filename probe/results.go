package probe

// An Interval is a value with a 95% interval; Low and High are absent where the value has none.
type Interval struct {
	Value Float  `json:"value"`
	Low   *Float `json:"low,omitempty"`
	High  *Float `json:"high,omitempty"`
}

// MeasureResults are the gap metrics of one pair of clouds.
type MeasureResults struct {
	N       int                 `json:"n"` // pairs
	D       int                 `json:"d"`
	Metrics map[string]Interval `json:"metrics"`
	// Intervals says which bootstrap intervals the metrics carry: "percentile" or "bca"; absent without any.
	Intervals   string       `json:"intervals,omitempty"`
	Permutation *Permutation `json:"permutation,omitempty"`
}

// A Permutation tests whether the gap is larger than chance: how often swapping image and text of random pairs gives one as large.
type Permutation struct {
	PValue   Float `json:"p_value"`
	Swaps    int   `json:"swaps"`              // arrangements tried
	Complete bool  `json:"complete,omitempty"` // all that there are, so the p-value is exact
}

// Accuracy is a count with its Wilson 95% interval, and under a shift the exact McNemar p-value against λ = 0.
type Accuracy struct {
	Correct int    `json:"correct"`
	N       int    `json:"n"`
	Value   Float  `json:"value"`
	Low     Float  `json:"low"`
	High    Float  `json:"high"`
	PValue  *Float `json:"p_value,omitempty"`
}

// ShiftResults are a sweep over λ.
type ShiftResults struct {
	Unit     string       `json:"unit"` // "fraction" of the gap, or "distance" along its unit direction
	Side     string       `json:"side"` // "both", "image", "text"
	Scales   []Float      `json:"scales"`
	LossKind string       `json:"loss_kind"`       // "symmetric" or "image_to_text"
	Chunk    int          `json:"chunk,omitempty"` // pairs a chunk; 0: the loss is over all pairs at once
	Points   []ShiftPoint `json:"points"`
	// PCAExplained are the shares of the variance of all unit rows along their first six principal components, the rows as they are. The
	// gap is what the first one has beyond the others where the two clouds lie apart (Liang et al. 2022, Fig. 3b–d).
	PCAExplained []Float         `json:"pca_explained"`
	Best         map[string]Best `json:"best"` // objective ("loss@<scale>", "accuracy", "image_to_text_recall_at_1", …) → choice
}

// A ShiftPoint is one λ. Loss is keyed by the scale as written by strconv.FormatFloat(scale, 'g', 6, 64).
type ShiftPoint struct {
	Lambda             Float            `json:"lambda"`
	Distance           Float            `json:"distance"`
	SignedDistance     Float            `json:"signed_distance"`
	Loss               map[string]Float `json:"loss"`
	ImageToTextRecall1 Float            `json:"image_to_text_recall_at_1"`
	TextToImageRecall1 Float            `json:"text_to_image_recall_at_1"`
	// Wilson's 95% intervals of the two, over the queries; nil where the recall is undefined.
	ImageToTextInterval *[2]Float `json:"image_to_text_recall_at_1_interval,omitempty"`
	TextToImageInterval *[2]Float `json:"text_to_image_recall_at_1_interval,omitempty"`
	Accuracy            *Accuracy `json:"accuracy,omitempty"`        // ensemble of templates
	AccuracySingle      *Accuracy `json:"accuracy_single,omitempty"` // first template alone
}

// Best is a λ chosen on one half of the data (even items; for accuracies half of each class) and its value on the other, beside the value at λ = 0
// there.
type Best struct {
	Lambda    Float `json:"lambda"`
	Value     Float `json:"value"`       // on the held-out half, at Lambda
	AtZero    Float `json:"at_zero"`     // on the held-out half, at λ = 0
	ChosenOn  int   `json:"chosen_on"`   // items in the choosing half
	HeldOutOn int   `json:"held_out_on"` // items in the other
	// PValue, of an accuracy, is McNemar's exact test of Value against AtZero on the held-out half alone.
	PValue *Float `json:"p_value,omitempty"`
	// AtEdge says that Lambda is the least or greatest λ tried: a wider sweep may hold a better one.
	AtEdge bool `json:"at_edge,omitempty"`
}

// ZeroShotResults carry CLIP_benchmark's fields at their top level.
type ZeroShotResults struct {
	Dataset    string           `json:"dataset"`
	Model      string           `json:"model"`
	Pretrained string           `json:"pretrained"`
	Task       string           `json:"task"` // "zeroshot_classification"
	Language   string           `json:"language"`
	Metrics    map[string]Float `json:"metrics"`         // acc1, acc5, mean_per_class_recall; auroc of two classes
	Accuracy   Accuracy         `json:"accuracy"`        // ensemble of all templates
	Single     Accuracy         `json:"accuracy_single"` // first template alone
	Templates  []string         `json:"templates"`
	Classnames []string         `json:"classnames"`
	PerClass   []PerClass       `json:"per_class"`
	// Confusion counts images by class (row) and predicted class (column), for up to 100 classes.
	Confusion [][]int      `json:"confusion,omitempty"`
	Shift     []ShiftPoint `json:"shift,omitempty"`
}

// PerClass is the recall of one class.
type PerClass struct {
	Class   string `json:"class"`
	Correct int    `json:"correct"`
	N       int    `json:"n"`
	Recall  Float  `json:"recall"`
}

// Cone is the pairwise cosine statistics of one cloud: how narrow its cone is.
type Cone struct {
	Model     string  `json:"model"`
	Tower     string  `json:"tower"`  // "image", "text"
	Inputs    string  `json:"inputs"` // "data", "noise"
	N         int     `json:"n"`
	Mean      Float   `json:"mean"`
	Min       Float   `json:"min"`
	Max       Float   `json:"max"`
	Std       Float   `json:"std"`
	Histogram []int64 `json:"histogram"` // equal bins over [-1, 1], the last one closed
}

// ConeResults are the cones of models' towers.
type ConeResults struct {
	Models []ConeModel `json:"models,omitempty"` // whose cones these are, in their order; absent inside a report
	Cones  []Cone      `json:"cones"`
}

// ConeModel identifies a model whose cones are measured; ready-made embeddings have neither Ref nor SHA256.
type ConeModel struct {
	Ref     string `json:"ref,omitempty"`
	Name    string `json:"name"` // as Cone.Model has it
	Trained *bool  `json:"trained,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

// CompareResults set several models side by side on the same data.
type CompareResults struct {
	Scale       Float             `json:"scale"` // logit scale of every model's loss
	Models      []ComparedModel   `json:"models"`
	Differences []ModelDifference `json:"differences"` // each other model against the first
	// SpreadOverSeeds sets all untrained models against the first, where it is not untrained itself and there are two or more of them.
	SpreadOverSeeds *SeedSpread `json:"spread_over_seeds,omitempty"`
}

// A SeedSpread is how untrained models differ from one model on the same data, over their seeds. Single seeds scatter, and the intervals of
// one model over pairs know nothing of it.
type SeedSpread struct {
	Of       []string                  `json:"of"`    // the untrained models
	Minus    string                    `json:"minus"` // the first model
	Metrics  map[string]SeedDifference `json:"metrics"`
	Accuracy *SeedDifference           `json:"accuracy,omitempty"`
}

// A SeedDifference is a mean difference over seeds with its sample standard deviation (n − 1) and Student's 95% interval of the mean: see
// gap.MeanInterval.
type SeedDifference struct {
	Mean Float `json:"mean"`
	Std  Float `json:"std"`
	Low  Float `json:"low"`
	High Float `json:"high"`
}

// ComparedModel is one row of a comparison.
type ComparedModel struct {
	Ref      string              `json:"ref"`
	Name     string              `json:"name"`
	Trained  *bool               `json:"trained,omitempty"`
	SHA256   string              `json:"sha256"`
	Metrics  map[string]Interval `json:"metrics"`
	Cones    []Cone              `json:"cones"`
	Accuracy *Accuracy           `json:"accuracy,omitempty"`
}

// ModelDifference is model Of minus the first model, by metric, with a paired bootstrap interval; accuracies with an exact McNemar p.
type ModelDifference struct {
	Of             string              `json:"of"`
	Minus          string              `json:"minus"`
	Metrics        map[string]Interval `json:"metrics"`
	AccuracyPValue *Float              `json:"accuracy_p_value,omitempty"`
}

// ReportResults are all that the page shows.
type ReportResults struct {
	Measure  *MeasureResults  `json:"measure"`
	Shift    *ShiftResults    `json:"shift"`
	ZeroShot *ZeroShotResults `json:"zeroshot,omitempty"`
	Cone     *ConeResults     `json:"cone"`
	// Matched and Unmatched are histograms of cosines between an image and its own text, and other texts, over the bins of Cone.Histogram.
	Matched   []int64         `json:"matched_histogram"`
	Unmatched []int64         `json:"unmatched_histogram"`
	Compare   *CompareResults `json:"compare,omitempty"`
	Maps      []Map           `json:"maps"`
	Examples  *Examples       `json:"examples,omitempty"`
	// ClassChanges are of the classes whose images the shift to Examples.Lambda mends or spoils; what is not listed stays as it is.
	ClassChanges []ClassChange `json:"class_changes,omitempty"`
	// GapDimensions are the coordinates that carry most of the gap, up to ten, largest share first.
	GapDimensions []GapDimension `json:"gap_dimensions"`
	// ExplainedVariance is how the rows vary along their principal components.
	ExplainedVariance *ExplainedVariance `json:"explained_variance,omitempty"`
}

// A ClassChange compares the predictions of the images of one class at λ = 0 and at Examples.Lambda. The p-value is McNemar's exact test
// of this class alone, not corrected for the number of classes.
type ClassChange struct {
	Class  string `json:"class"`
	N      int    `json:"n"`
	Before int    `json:"correct_before"`
	After  int    `json:"correct_after"`
	Gained int    `json:"gained"` // wrong before, right after
	Lost   int    `json:"lost"`
	PValue Float  `json:"p_value"`
}

// A GapDimension is one coordinate of Δ = mean x − mean y of unit rows.
type GapDimension struct {
	Index      int   `json:"index"`
	Difference Float `json:"difference"` // Δ_j
	Share      Float `json:"share"`      // Δ_j²/‖Δ‖²
}

// A Map is a 2-D picture of the two clouds: a projection of all rows together, or their UMAP.
type Map struct {
	Model  string `json:"model"`
	Method string `json:"method"` // one of MapMethods
	// Explained is the share of the variance along each axis, of the sum of squares about the origin for "svd"; null for "umap".
	Explained [2]Float `json:"explained"`
	// Gap is the distance between the centroids in all dimensions.
	Gap    Float        `json:"gap"`
	Images [][2]float32 `json:"images"`
	Texts  [][2]float32 `json:"texts"`
}

// Examples are items whose prediction the shift changes, at the λ other than 0 of greatest accuracy over all items: in sample, to be looked
// at, not counted.
type Examples struct {
	Lambda Float     `json:"lambda"`
	Gained []Example `json:"gained"` // wrong at λ = 0, right at Lambda
	Lost   []Example `json:"lost"`   // right at λ = 0, wrong at Lambda
}

// An Example is one item with its predictions.
type Example struct {
	ID      string `json:"id"`
	Caption string `json:"caption"`
	Label   string `json:"label"`
	Before  string `json:"before"` // class predicted at λ = 0
	After   string `json:"after"`  // class predicted at Examples.Lambda
}
