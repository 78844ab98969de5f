package gap_test

import (
	"context"
	"fmt"

	"mindgap/gap"
)

// Corrections are fitted on one pair and read on another: here on the four pairs of examplePair themselves, for want of more.
func ExampleCompareCorrections() {
	p := examplePair()
	results, err := gap.CompareCorrections(context.Background(), p, p, 10, []gap.Correction{
		gap.NoCorrection(), gap.ShiftCorrection(1), gap.ProcrustesCorrection(false),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Printf("%-10s gap %.2f, loss %.2f\n", r.Name, r.Gap, r.Loss)
	}
	// Output:
	// none       gap 1.08, loss 0.09
	// shift      gap 0.41, loss 0.01
	// procrustes gap 0.81, loss 0.32
}
