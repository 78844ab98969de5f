package gap

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClassifyTies: of equal classes the lower index is predicted and ranks first; unlabelled images are predicted and not counted.
func TestClassifyTies(t *testing.T) { eachEngine(t, classifyTies) }

func classifyTies(t *testing.T) {
	images := NewEmbeddings(5, 2, []float32{1, 0, 2, 0, 0, 3, 1, 1, -1, -2})
	classes := NewEmbeddings(4, 2, []float32{0, 1, 1, 0, 1, 0, 0, 1})
	got, err := Classify(t.Context(), images, classes, []int{1, 2, 3, NoLabel, 0}, []int{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	want := &Classification{N: 4, TopK: []int{1, 2, 3}, Correct: []int{1, 3, 4}, Predictions: []int{1, 1, 0, 0, 1},
		ClassN: []int{1, 1, 1, 1}, ClassCorrect: []int{0, 1, 0, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := got.MeanPerClassRecall(); r != 0.25 {
		t.Errorf("mean per-class recall %v, want 0.25", r)
	}
	none, err := Classify(t.Context(), images, classes, []int{NoLabel, NoLabel, NoLabel, NoLabel, NoLabel}, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	if none.N != 0 || none.Correct[0] != 0 || !math.IsNaN(none.MeanPerClassRecall()) {
		t.Errorf("without labels: %+v", none)
	}
}

// TestClassifySweepAgainstPlain: moving rows in float64 and taking each row's argmax gives the same predictions.
func TestClassifySweepAgainstPlain(t *testing.T) { eachEngine(t, classifySweepAgainstPlain) }

func classifySweepAgainstPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	for _, shape := range []struct{ n, classes, d int }{{1, 2, 3}, {40, 130, 8}, {150, 7, 16}} {
		p := randomPair(rng, max(shape.n, shape.classes), shape.d, 1, false)
		images, classes := p.Images.Slice(0, shape.n), p.Texts.Slice(0, shape.classes)
		labels := make([]int, shape.n)
		for i := range labels {
			labels[i] = rng.IntN(shape.classes+1) - 1
		}
		delta, lambdas := GapVector(p), []float64{-1.5, -0.3, 0, 0.4, 1, 2.5}
		for _, side := range []Side{Both, ImageSide, TextSide} {
			for _, unit := range []Unit{Fraction, Distance} {
				got, err := ClassifySweep(t.Context(), images, classes, labels, delta, lambdas, side, unit)
				if err != nil {
					t.Fatal(err)
				}
				g, err := unit.direction(delta)
				if err != nil {
					t.Fatal(err)
				}
				for l, lambda := range lambdas {
					a, b := side.steps(lambda)
					x, y := images.unit().shifted(-a, g), classes.unit().shifted(b, g)
					want := ClassPoint{Lambda: lambda, Predictions: make([]int, x.n)}
					for i := range x.n {
						for j := range y.n {
							if dotSum(x.row(i), y.row(j)) > dotSum(x.row(i), y.row(want.Predictions[i])) {
								want.Predictions[i] = j
							}
						}
						if labels[i] != NoLabel {
							want.N++
							if want.Predictions[i] == labels[i] {
								want.Correct++
							}
						}
					}
					if diff := cmp.Diff(want, got[l]); diff != "" {
						t.Errorf("%+v, %v, %v, λ = %v (-want +got):\n%s", shape, side, unit, lambda, diff)
					}
				}
			}
		}
	}
}

// TestFastClassify holds every kernel to float64 with duplicated and nearly duplicated classes, missing labels and several tiles.
func TestFastClassify(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	p := randomPair(rng, 400, 20, 1, false)
	images, classes := p.Images, p.Texts.Slice(0, 150)
	copy(classes.Row(149), classes.Row(3))
	copy(classes.Row(7), classes.Row(8))
	classes.Row(7)[2] = math.Nextafter32(classes.Row(7)[2], 9)
	labels := make([]int, images.N)
	for i := range labels {
		labels[i] = rng.IntN(classes.N+1) - 1
	}
	topK := []int{1, 2, 5, 149}
	want := &Classification{Predictions: make([]int, images.N)}
	ranks := make([]int, images.N)
	if err := classifyPlain(t.Context(), images, classes, labels, want.Predictions, ranks); err != nil {
		t.Fatal(err)
	}
	eachEngine(t, func(t *testing.T) {
		got, err := Classify(t.Context(), images, classes, labels, topK)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Predictions, got.Predictions); diff != "" {
			t.Errorf("predictions (-want +got):\n%s", diff)
		}
		for at, k := range topK {
			correct := 0
			for i, label := range labels {
				if label != NoLabel && ranks[i] < k {
					correct++
				}
			}
			if got.Correct[at] != correct {
				t.Errorf("top-%d: %d correct, want %d", k, got.Correct[at], correct)
			}
		}
	})
}

func BenchmarkClassifySweep(b *testing.B) {
	p := randomPair(rand.New(rand.NewPCG(1, 2)), 5000, 512, 1, false)
	labels := make([]int, 5000)
	classes, delta := p.Texts.Slice(0, 1000), GapVector(p)
	for b.Loop() {
		if _, err := ClassifySweep(b.Context(), p.Images, classes, labels, delta, spread(-1, 1, 41), Both, Fraction); err != nil {
			b.Fatal(err)
		}
	}
}
