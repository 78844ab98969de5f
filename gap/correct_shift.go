package gap

import (
	"context"
	"fmt"
)

// ShiftCorrection moves both sides along the gap vector Δ of the pair fitted to, by λ/2 each (Liang et al. 2022):
//
//	x' = norm(x − ½λΔ),  y' = norm(y + ½λΔ)
//
// λ = 1 closes the gap of that pair before rows are normalised again.
func ShiftCorrection(lambda float64) Correction {
	name := "shift"
	if lambda != 1 {
		name = fmt.Sprintf("shift_%g", lambda)
	}
	return Correction{Name: name, Doc: "Both sides moved together along the gap vector, λ/2 each (Liang et al. 2022).",
		Fit: func(ctx context.Context, train Pair) (*CorrectionMap, error) {
			return newCorrectionMap(ctx, name, train, func(x, y *rows) (image, text affine, err error) {
				delta := minus(x.mean(), y.mean())
				return affine{centre: scaled(delta, lambda/2)}, affine{centre: scaled(delta, -lambda/2)}, nil
			})
		}}
}

// SweepFitted is Sweep of test along the gap vector of train, whose centroids it fits: what a shift does to pairs that did not choose its
// direction. It panics with ErrShape if the widths differ or o.Vector is given, and with ErrTooFew if train has no images; errors are
// those of Sweep, for either pair.
func SweepFitted(ctx context.Context, train, test Pair, o SweepOptions) ([]SweepPoint, error) {
	if train.Images.D != test.Images.D || o.Vector != nil {
		panic(ErrShape)
	}
	if train.Images.N == 0 {
		panic(ErrTooFew)
	}
	if err := train.Validate(); err != nil {
		return nil, err
	}
	o.Vector = GapVector(train)
	return Sweep(ctx, test, o)
}
