package gap

import (
	"context"
	"errors"
	"math"
)

// logistic is a linear classifier f(x) = w·x + b fitted by
//
//	min ½‖w‖² + Σ log(1 + exp(−s f(x)))
//
// over rows with signs s = ±1; the intercept b is free of the penalty.
type logistic struct {
	w []float64
	b float64
}

func (l *logistic) score(x []float64) float64 { return dot(l.w, x) + l.b }

// softplus is log(1 + exp(z)).
func softplus(z float64) float64 {
	if z > 0 {
		return z + math.Log1p(math.Exp(-z))
	}
	return math.Log1p(math.Exp(z))
}

// sigmoid is 1/(1 + exp(−z)).
func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

var errNotConverged = errors.New("the logistic regression did not converge")

// fitLogistic minimises by Newton's method: the objective is strictly convex in w, a step's linear system is solved by conjugate
// gradients without forming the d×d Hessian, and a step is halved until the objective falls. It stops when the gradient is 1e-12 of the
// number of rows, where the objective's value is exact to rounding.
func fitLogistic(ctx context.Context, x [][]float64, sign []float64) (*logistic, error) {
	d := len(x[0])
	l := &logistic{w: make([]float64, d)}
	scores := make([]float64, len(x))
	curvature := make([]float64, len(x))
	gradient := make([]float64, d+1) // of w, then of b
	value := l.objective(x, sign, scores)
	for range 100 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		copy(gradient, l.w)
		gradient[d] = 0
		for i, row := range x {
			p := sigmoid(-sign[i] * scores[i])
			curvature[i] = p * (1 - p)
			addScaled(gradient[:d], -sign[i]*p, row)
			gradient[d] -= sign[i] * p
		}
		if norm(gradient) <= 1e-12*float64(len(x)) {
			return l, nil
		}
		step := newtonStep(x, curvature, gradient)
		next := &logistic{w: make([]float64, d)}
		improved := false
		for rate := 1.0; rate > 1e-12; rate /= 2 {
			for k := range next.w {
				next.w[k] = l.w[k] - rate*step[k]
			}
			next.b = l.b - rate*step[d]
			// Near the minimum rounding hides the fall of the objective, though the step still sharpens w.
			if v := next.objective(x, sign, scores); v <= value*(1+1e-13) {
				value, improved = v, true
				break
			}
		}
		if !improved {
			return nil, errNotConverged
		}
		l = next
	}
	return nil, errNotConverged
}

// objective stores every row's score and returns the value to be minimised.
func (l *logistic) objective(x [][]float64, sign, scores []float64) float64 {
	sum := dotSum(l.w, l.w) / 2
	for i, row := range x {
		scores[i] = l.score(row)
		sum += softplus(-sign[i] * scores[i])
	}
	return sum
}

func addScaled(dst []float64, f float64, x []float64) {
	for k, v := range x {
		dst[k] += f * v
	}
}

// newtonStep solves H·step = gradient for the Hessian H = diag(1, …, 1, 0) + Σ curvature_i·(x_i, 1)(x_i, 1)ᵀ by conjugate gradients.
func newtonStep(x [][]float64, curvature, gradient []float64) []float64 {
	d := len(gradient) - 1
	step := make([]float64, d+1)
	residual := append([]float64(nil), gradient...)
	direction := append([]float64(nil), gradient...)
	image := make([]float64, d+1) // H·direction
	square := dotSum(residual, residual)
	least := square * 1e-16
	for range 10 * (d + 1) {
		if square <= least {
			break
		}
		copy(image, direction[:d])
		image[d] = 0
		for i, row := range x {
			f := curvature[i] * (dot(row, direction[:d]) + direction[d])
			addScaled(image[:d], f, row)
			image[d] += f
		}
		curve := dotSum(direction, image)
		if curve <= 0 {
			break
		}
		rate := square / curve
		addScaled(step, rate, direction)
		addScaled(residual, -rate, image)
		next := dotSum(residual, residual)
		for k := range direction {
			direction[k] = residual[k] + next/square*direction[k]
		}
		square = next
	}
	return step
}
