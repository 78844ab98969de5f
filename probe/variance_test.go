package probe

import (
	"math"
	"testing"

	"mindgap/gap"
)

// Unit rows at both ends of two axes have shares that follow from their numbers: with m of n rows on the first axis the variance along it is
// m/n of all.
func TestExplainedVariance(t *testing.T) {
	axes := func(first, second int) *gap.Embeddings {
		e := &gap.Embeddings{D: 3}
		for k := range first + second {
			row := []float32{0, 0, 0}
			axis := 0
			if k >= first {
				axis = 1
			}
			row[axis] = 1
			if k%2 == 1 {
				row[axis] = -1
			}
			e.Data, e.N = append(e.Data, row...), e.N+1
		}
		return e
	}
	v, err := explainedVariance(t.Context(), &Subject{Images: axes(6, 2), Texts: axes(8, 8)})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ got, want []Float }{
		"images": {v.Images, []Float{6. / 8, 2. / 8, 0}},
		"texts":  {v.Texts, []Float{0.5, 0.5, 0}},
		"both":   {v.Both, []Float{14. / 24, 10. / 24, 0}},
	} {
		if len(test.got) != len(test.want) {
			t.Fatalf("%s: %v, want %v", name, test.got, test.want)
		}
		for k := range test.want {
			if math.Abs(float64(test.got[k]-test.want[k])) > 1e-12 { // sums of whole numbers, in float64
				t.Errorf("%s: component %d has %v, want %v", name, k+1, test.got[k], test.want[k])
			}
		}
	}
}

// One direction over and over has no principal components, and that is no failure.
func TestExplainedVarianceOfOneDirection(t *testing.T) {
	same := &gap.Embeddings{N: 2, D: 2, Data: []float32{1, 0, 1, 0}}
	v, err := explainedVariance(t.Context(), &Subject{Images: same, Texts: same})
	if err != nil || len(v.Images)+len(v.Texts)+len(v.Both) != 0 {
		t.Errorf("got %v, %v, want no shares", v, err)
	}
}
