package gap_test

import (
	"context"
	"fmt"

	"mindgap/gap"
)

// Four images around one direction and their texts around another: a gap that no single pair explains.
func examplePair() gap.Pair {
	images := gap.NewEmbeddings(4, 3, []float32{
		9, 3, 0,
		9, 0, 3,
		9, -3, 0,
		9, 0, -3,
	})
	texts := gap.NewEmbeddings(4, 3, []float32{
		-1, 8, 1,
		-1, 1, 8,
		-1, -8, 1,
		-1, 1, -8,
	})
	return gap.NewPair(images, texts, nil)
}

func ExampleGapVector() {
	fmt.Printf("%.3f\n", gap.GapVector(examplePair()))
	// Output: [1.072 -0.062 -0.062]
}

func ExampleMeasure() {
	m, err := gap.Measure(context.Background(), examplePair(), gap.MeasureOptions{
		Scale: 10,
		Names: []string{"gap", "matched_cosine_mean", "image_to_text_recall_at_1", "image_to_text_recall_at_10"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range m {
		if r.Reason != "" {
			fmt.Println(r.Reason)
			continue
		}
		fmt.Printf("%s %.3f\n", r.Name, r.Value)
	}
	// Output:
	// gap 1.075
	// matched_cosine_mean 0.195
	// image_to_text_recall_at_1 1.000
	// image_to_text_recall_at_10: there are only 4 candidates
}

// Moving the clouds together: distance falls, and so does the loss at a low logit scale. Something is left at λ = 1, for rows are
// normalised again after the move.
func ExampleSweep() {
	points, err := gap.Sweep(context.Background(), examplePair(), gap.SweepOptions{
		Lambdas: []float64{-1, 0, 0.5, 1},
		Scales:  []float64{5},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range points {
		fmt.Printf("λ = %4.1f  distance %.2f  loss %.3f  recall@1 %.2f\n", p.Lambda, p.SignedDistance, p.Loss[0], p.ImageToTextRecall1)
	}
	// Output:
	// λ = -1.0  distance 1.53  loss 0.710  recall@1 1.00
	// λ =  0.0  distance 1.08  loss 0.387  recall@1 1.00
	// λ =  0.5  distance 0.76  loss 0.241  recall@1 1.00
	// λ =  1.0  distance 0.41  loss 0.124  recall@1 1.00
}

func ExampleClassify() {
	pair := examplePair()
	labels := []int{0, 1, 2, gap.NoLabel}
	c, err := gap.Classify(context.Background(), pair.Images, pair.Texts, labels, []int{1})
	if err != nil {
		fmt.Println(err)
		return
	}
	low, high := gap.WilsonInterval(c.Correct[0], c.N, gap.Z95)
	fmt.Printf("%d of %d right, 95%% interval %.2f to %.2f\n", c.Correct[0], c.N, low, high)
	// Output: 3 of 3 right, 95% interval 0.44 to 1.00
}

// A high temperature closes the gap of the same embeddings that a low one leaves apart.
func ExampleTrain() {
	for _, temperature := range []float64{1, 0.01} {
		points, err := gap.Train(context.Background(), examplePair(), gap.TrainOptions{
			Parameters:  gap.FreeParameters,
			Start:       gap.GapStart,
			Temperature: temperature,
			Steps:       200,
			Optimizer:   gap.DefaultOptimizer(gap.Adam, 0.01),
		}, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		first, last := points[0], points[len(points)-1]
		fmt.Printf("temperature %.2f: gap %.2f, after %d steps %.2f\n", temperature, first.Gap, last.Step, last.Gap)
	}
	// Output:
	// temperature 1.00: gap 1.08, after 200 steps 0.00
	// temperature 0.01: gap 1.08, after 200 steps 1.08
}
