package gap

import (
	"context"
	"fmt"
	"math"
)

// A Displacement is how far apart two clouds lie after a shift.
type Displacement struct {
	Lambda         float64
	Distance       float64 // ‖mean x' − mean y'‖; NaN with a Reason
	SignedDistance float64 // the same, negative once the centroids have passed each other along Δ
	Reason         string  // why the distances are undefined; empty otherwise
}

// Displacements returns the distance of the centroids of two clouds that need not be paired (images, and one embedding a class) after
// shifts along delta by every λ, as Sweep gives it for pairs (Liang et al. 2022, Fig. 3):
//
//	‖mean norm(x − a·g) − mean norm(y + b·g)‖
//
// with unit rows x and y, and a and b what Side makes of λ. A λ at which a row lands on the origin gives NaN and a Reason. Time is
// O((n + m)·d·λs). The error is a *ValueError for rows without a direction, ctx's error if ctx ends, and otherwise says that a λ is not a
// number up to MaxLambda or that delta has no direction. It panics with ErrShape if widths or the length of delta do not agree, and with ErrTooFew if a cloud is
// empty.
func Displacements(ctx context.Context, x, y *Embeddings, delta, lambdas []float64, side Side, unit Unit) ([]Displacement, error) {
	if x.D != y.D || len(delta) != x.D {
		panic(ErrShape)
	}
	if x.N == 0 || y.N == 0 {
		panic(ErrTooFew)
	}
	if err := checkLambdas(lambdas); err != nil {
		return nil, err
	}
	if err := x.Validate(Image); err != nil {
		return nil, err
	}
	if err := y.Validate(Text); err != nil {
		return nil, err
	}
	g, err := unit.direction(delta)
	if err != nil {
		return nil, err
	}
	mover, err := streamMover(ctx, x, y, nil, g)
	if err != nil {
		return nil, err
	}
	moves := make([]*move, len(lambdas))
	points := make([]SweepPoint, len(lambdas))
	for l, lambda := range lambdas {
		moves[l] = mover.move(lambda, side)
	}
	if err := (&stream{p: Pair{Images: x, Texts: y}, mover: mover}).distances(ctx, moves, points); err != nil {
		return nil, err
	}
	out := make([]Displacement, len(lambdas))
	for l, m := range moves {
		out[l] = Displacement{Lambda: m.lambda, Distance: points[l].Distance, SignedDistance: points[l].SignedDistance, Reason: m.reason}
		if m.reason != "" {
			out[l].Distance, out[l].SignedDistance = math.NaN(), math.NaN()
		}
	}
	return out, nil
}

// MaxLambda is the greatest λ, either way. Rows moved that far all point along the gap; beyond 1e150 the squares of their lengths would overflow,
// and moved rows come out as zeros.
const MaxLambda = 1e100

// checkLambdas says which λ is not a number up to MaxLambda.
func checkLambdas(lambdas []float64) error {
	for _, l := range lambdas {
		if !(math.Abs(l) <= MaxLambda) {
			return fmt.Errorf("gap: λ = %v, want a number from %g to %g", l, -MaxLambda, MaxLambda)
		}
	}
	return nil
}

// ClassGap is Δ between images and class embeddings, mean(x) − mean(c) of unit rows, every class counted once: the gap vector of a
// classification, as the authors' code takes it for Table 1 (Liang et al. 2022). It panics with ErrShape if widths differ and with ErrTooFew if a
// cloud is empty.
func ClassGap(images, classes *Embeddings) []float64 {
	if images.D != classes.D {
		panic(ErrShape)
	}
	if images.N == 0 || classes.N == 0 {
		panic(ErrTooFew)
	}
	return minus(images.unit().mean(), classes.unit().mean())
}
