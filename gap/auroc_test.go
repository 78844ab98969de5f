package gap

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestAUROC holds the area to scikit-learn's (testdata/auroc.py), ties and all, within 1e-12, and spreads items without a label among them.
func TestAUROC(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "auroc.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name   string
		Scores []float64
		Labels []int
		AUROC  float64
	}
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) == 0 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		if got := AUROC(c.Scores, c.Labels); math.Abs(got-c.AUROC) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.Name, got, c.AUROC)
		}
		scores, labels := append([]float64{9, math.NaN()}, c.Scores...), append([]int{NoLabel, NoLabel}, c.Labels...)
		if got := AUROC(scores, labels); math.Abs(got-c.AUROC) > 1e-12 {
			t.Errorf("%s, with unlabelled items: %v, want %v", c.Name, got, c.AUROC)
		}
	}
	for name, v := range map[string]float64{"no item": AUROC(nil, nil), "one class": AUROC([]float64{1, 2}, []int{1, 1}), "NaN": AUROC([]float64{math.NaN(), 2}, []int{0, 1})} {
		if !math.IsNaN(v) {
			t.Errorf("%s: %v, want NaN", name, v)
		}
	}
	for want, f := range map[any]func(){ErrShape: func() { AUROC([]float64{1}, nil) }, ErrIndex: func() { AUROC([]float64{1}, []int{2}) }} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %v", got, want)
				}
			}()
			f()
		}()
	}
}

// TestBinaryScores: the scores are differences of cosines, whatever the lengths of the rows.
func TestBinaryScores(t *testing.T) {
	images := NewEmbeddings(3, 2, []float32{2, 0, 0, 5, 3, 3})
	classes := NewEmbeddings(2, 2, []float32{7, 0, 0, 1})
	got, err := BinaryScores(images, classes)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-1, 1, 0} {
		if math.Abs(got[i]-want) > 1e-7 {
			t.Errorf("image %d: %v, want %v", i, got[i], want)
		}
	}
	if _, err := BinaryScores(NewEmbeddings(1, 2, []float32{0, 0}), classes); err == nil {
		t.Error("a row without direction was scored")
	}
}

func ExampleAUROC() {
	fmt.Println(AUROC([]float64{0.1, 0.4, 0.35, 0.8}, []int{0, 0, 1, 1}))
	// Output: 0.75
}
