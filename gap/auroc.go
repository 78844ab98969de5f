package gap

import (
	"math"
	"slices"
)

// AUROC is the area under the receiver operating characteristic: the probability that an item of class 1 has a greater score than an item of
// class 0, both drawn at random, where equal scores count a half:
//
//	(Σ ranks of class 1 − n1 (n1 + 1) / 2) / (n0 n1)
//
// with mean ranks for ties (Mann and Whitney 1947; Hanley and McNeil 1982), which is what scikit-learn's roc_auc_score gives. Items
// with NoLabel do not count. It is NaN if a class has no item or a score is NaN. It panics with ErrShape if the lengths differ, and with
// ErrIndex if a label is neither 0, 1 nor NoLabel.
func AUROC(scores []float64, labels []int) float64 {
	if len(scores) != len(labels) {
		panic(ErrShape)
	}
	type scored struct {
		score float64
		label int
	}
	var items []scored
	var n [2]float64
	for i, label := range labels {
		switch {
		case label == NoLabel:
			continue
		case label < 0 || label > 1:
			panic(ErrIndex)
		case math.IsNaN(scores[i]):
			return math.NaN()
		}
		items = append(items, scored{scores[i], label})
		n[label]++
	}
	slices.SortFunc(items, func(a, b scored) int {
		switch {
		case a.score < b.score:
			return -1
		case a.score > b.score:
			return 1
		}
		return 0
	})
	var ranks float64 // of class 1
	for i := 0; i < len(items); {
		end := i
		var ones float64
		for ; end < len(items) && items[end].score == items[i].score; end++ {
			ones += float64(items[end].label)
		}
		ranks += ones * float64(i+end+1) / 2 // the mean of the ranks i+1 … end
		i = end
	}
	return (ranks - n[1]*(n[1]+1)/2) / (n[0] * n[1])
}

// BinaryScores is how much nearer each image lies to class 1 than to class 0: cos(x, c1) − cos(x, c0), in float64. A softmax over the two,
// at any scale, orders images alike, so AUROC is the same. It panics with ErrShape if widths differ or there are not two classes.
func BinaryScores(images, classes *Embeddings) ([]float64, error) {
	if images.D != classes.D || classes.N != 2 {
		panic(ErrShape)
	}
	if err := images.Validate(Image); err != nil {
		return nil, err
	}
	if err := classes.Validate("class"); err != nil {
		return nil, err
	}
	x, c := images.unit(), classes.unit()
	scores := make([]float64, x.n)
	for i := range scores {
		scores[i] = dot(x.row(i), c.row(1)) - dot(x.row(i), c.row(0))
	}
	return scores, nil
}
