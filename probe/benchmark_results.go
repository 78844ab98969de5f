package probe

// BenchmarkResults are accuracies on several data sets under a sweep of λ.
type BenchmarkResults struct {
	Unit          string           `json:"unit"`    // as in ShiftResults
	Side          string           `json:"side"`    // as in ShiftResults
	Prompts       string           `json:"prompts"` // "paper" or "dataset": what was asked for
	GapFrom       string           `json:"gap_from"`
	GapEmbeddings *EmbeddingsInput `json:"gap_embeddings,omitempty"` // what the gap vector was fitted on, where that was other data
	Tried         int              `json:"tried"`                    // λ beside 0
	Sets          []BenchmarkSet   `json:"sets"`
	Missing       []MissingSet     `json:"missing,omitempty"`
}

// A MissingSet is a data set that could not be opened.
type MissingSet struct {
	Ref    string `json:"ref"`
	Target string `json:"target,omitempty"`
	Reason string `json:"reason"` // with what to pass
}

// A BenchmarkSet is one data set under one target.
type BenchmarkSet struct {
	Dataset     DatasetInput     `json:"dataset"`
	Prompts     PromptsInput     `json:"prompts"`
	PromptsFrom string           `json:"prompts_from"` // "paper" or "dataset"
	Metric      string           `json:"metric"`       // "accuracy", or "auroc"
	Points      []BenchmarkPoint `json:"points"`       // by rising λ
	AtZero      Score            `json:"at_zero"`
	Best        *BenchmarkBest   `json:"best,omitempty"`
	HeldOut     *HeldOut         `json:"held_out,omitempty"`
	CrossFit    *CrossFitted     `json:"cross_fit,omitempty"`
	Paper       *PaperRow        `json:"paper,omitempty"`
}

// A Score is an accuracy with its Wilson 95% interval, or an area under the ROC curve with the normal 95% interval of DeLong's standard error.
type Score struct {
	Correct *int  `json:"correct,omitempty"` // of an accuracy
	N       int   `json:"n"`
	Value   Float `json:"value"`
	Low     Float `json:"low"`
	High    Float `json:"high"`
}

// A BenchmarkPoint is one λ. PValue tests it against λ = 0 on the same items: McNemar's exact test, or DeLong's of two areas; Adjusted is the
// same among all the λ that were tried, by Holm's method.
type BenchmarkPoint struct {
	Lambda         Float `json:"lambda"`
	Distance       Float `json:"distance"`
	SignedDistance Float `json:"signed_distance"`
	Score
	PValue   Float `json:"p_value"`
	Adjusted Float `json:"p_adjusted"`
}

// BenchmarkBest is the λ of greatest score over all items, chosen and read on the same ones: what the paper gives.
type BenchmarkBest struct {
	BenchmarkPoint
	Gap string `json:"gap"` // "larger" (λ < 0), "unchanged", "smaller", or "reversed": the centroids have passed each other
}

// HeldOut is a λ chosen on one half of the items, by a gap vector that is fitted there unless it comes from other data, and read on the other half. The
// items of each class are dealt out to the halves by turns.
type HeldOut struct {
	Lambda    Float `json:"lambda"`
	AtZero    Score `json:"at_zero"`
	Value     Score `json:"at_lambda"`
	ChosenOn  int   `json:"chosen_on"`
	HeldOutOn int   `json:"held_out_on"`
	PValue    Float `json:"p_value"`
}

// CrossFitted is the same both ways: every item is read once, at the λ that the other half chose. Areas are means over the halves, weighted by
// their items.
type CrossFitted struct {
	Lambdas [2]Float `json:"lambdas"` // chosen on the first half, and on the second
	AtZero  Score    `json:"at_zero"`
	Value   Score    `json:"at_lambda"`
	PValue  Float    `json:"p_value"`
}

// A PaperRow is a row of Table 1 of Liang et al. 2022 (ViT-B/16): the score with the gap as it is and with the best one, chosen and read on the same
// items.
type PaperRow struct {
	Metric string `json:"metric"`
	AtZero Float  `json:"at_zero"`
	Best   Float  `json:"best"`
	Gap    string `json:"gap"` // "larger" or "smaller" than it is
}
