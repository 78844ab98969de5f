package gap

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

func init() {
	register(
		Metric{Name: "separability_logreg_accuracy", Order: 1000, MinPairs: separabilityFolds,
			Doc: "Accuracy of telling images from texts by logistic regression, min ½‖w‖² + Σ log(1 + exp(−s f)): mean over 5 folds, fold = image index mod 5.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				s, err := in.separability(ctx)
				return s.accuracy, err
			}},
		Metric{Name: "separability_logreg_nll", Order: 1001, MinPairs: separabilityFolds,
			Doc: "Mean negative log-likelihood of the same classifiers on their test folds, in nats a row.",
			Value: func(ctx context.Context, in *Inputs) (float64, error) {
				s, err := in.separability(ctx)
				return s.nll, err
			}},
		Metric{Name: "separability_lda_accuracy", Order: 1002, MinPairs: 3,
			Doc:   "Accuracy of telling images from texts by linear discriminant analysis with midpoint threshold: even images with their texts train, odd ones test.",
			Value: ldaAccuracy},
	)
}

// separabilityFolds is the number of folds of the logistic regression.
const separabilityFolds = 5

// separability holds means over folds.
type separability struct{ accuracy, nll float64 }

func (in *Inputs) separability(ctx context.Context) (separability, error) {
	return in.separable.get(func() (separability, error) { return in.newSeparability(ctx) })
}

func (in *Inputs) newSeparability(ctx context.Context) (separability, error) {
	undefined := separability{math.NaN(), math.NaN()}
	in.rows() // before folds share them
	var folds [separabilityFolds]separability
	err := parallel(ctx, separabilityFolds, func(fold int) error {
		inFold := func(image int) bool { return image%separabilityFolds == fold }
		train, signs := in.signed(func(i int) bool { return !inFold(i) })
		l, err := fitLogistic(ctx, train, signs)
		if err != nil {
			return err
		}
		test, signs := in.signed(inFold)
		for i, row := range test {
			score := signs[i] * l.score(row)
			if score > 0 {
				folds[fold].accuracy += 1 / float64(len(test))
			}
			folds[fold].nll += softplus(-score) / float64(len(test))
		}
		return nil
	})
	if errors.Is(err, errNotConverged) {
		return undefined, &Undefined{err.Error()}
	}
	if err != nil {
		return undefined, err
	}
	var mean separability
	for _, f := range folds {
		mean.accuracy += f.accuracy / separabilityFolds
		mean.nll += f.nll / separabilityFolds
	}
	return mean, nil
}

// signed returns the rows of the images that use selects, with sign +1, and of their texts, with sign −1.
func (in *Inputs) signed(use func(image int) bool) (x [][]float64, signs []float64) {
	a := in.rows()
	for i := range a.n() {
		if use(i) {
			x, signs = append(x, a.x.row(i)), append(signs, 1)
		}
	}
	for j, i := range a.imageOf {
		if use(i) {
			x, signs = append(x, a.y.row(j)), append(signs, -1)
		}
	}
	return x, signs
}

// ldaRidge is added to the within-class covariance, as a share of its mean eigenvalue.
const ldaRidge = 1e-3

// ldaAccuracy fits w = (W + 1e-3·(tr W/d)·I)⁻¹(mean x − mean y), W the pooled within-class scatter over N − 2, on even images with their
// texts, and tells the odd ones apart at the midpoint of the projected means.
func ldaAccuracy(ctx context.Context, in *Inputs) (float64, error) {
	a := in.rows()
	even := func(i int) bool { return i%2 == 0 }
	train, signs := in.signed(even)
	d := a.x.d
	means := map[float64]*rows{1: newRows(1, d), -1: newRows(1, d)}
	counts := map[float64]float64{}
	for i, row := range train {
		counts[signs[i]]++
		addScaled(means[signs[i]].data, 1, row)
	}
	for s, m := range means {
		for k := range m.data {
			m.data[k] /= counts[s]
		}
	}
	deviations := newRows(len(train), d)
	for i, row := range train {
		copy(deviations.row(i), minus(row, means[signs[i]].data))
	}
	within := mat.NewSymDense(d, nil)
	blas64.Syrk(blas.Trans, 1/float64(len(train)-2), general(deviations), 0, within.RawSymmetric())
	if err := ctx.Err(); err != nil {
		return math.NaN(), err
	}
	ridge := ldaRidge * mat.Trace(within) / float64(d)
	for k := range d {
		within.SetSym(k, k, within.At(k, k)+ridge)
	}
	var cholesky mat.Cholesky
	if ridge <= coincident*coincident || !cholesky.Factorize(within) {
		return math.NaN(), &Undefined{"the rows of each modality coincide"}
	}
	x, y := means[1].data, means[-1].data
	var w mat.VecDense
	if err := cholesky.SolveVecTo(&w, mat.NewVecDense(d, minus(x, y))); err != nil {
		var condition mat.Condition
		if !errors.As(err, &condition) { // a poor condition number is no failure: the ridge bounds it
			return math.NaN(), &Undefined{err.Error()}
		}
	}
	direction := mat.Col(nil, 0, &w)
	threshold := (dotSum(direction, x) + dotSum(direction, y)) / 2
	test, signs := in.signed(func(i int) bool { return !even(i) })
	var correct float64
	for i, row := range test {
		if signs[i]*(dotSum(direction, row)-threshold) > 0 {
			correct++
		}
	}
	return correct / float64(len(test)), ctx.Err()
}
