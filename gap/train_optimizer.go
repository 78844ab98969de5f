package gap

import (
	"context"
	"fmt"
	"math"
)

// A Method is how an Optimizer turns a gradient into a step.
type Method string

const (
	SGD   Method = "sgd"   // with momentum
	Adam  Method = "adam"  // weight decay is part of the gradient, as in the authors' runs (Kingma & Ba 2015)
	AdamW Method = "adamw" // weight decay apart from the gradient (Loshchilov & Hutter 2019)
)

// ParseMethod reads a name of a Method.
func ParseMethod(name string) (Method, error) {
	switch m := Method(name); m {
	case SGD, Adam, AdamW:
		return m, nil
	}
	return "", fmt.Errorf("gap: optimizer %q, want sgd, adam or adamw", name)
}

// An Optimizer holds a Method's constants; those of the other methods are not read. All are PyTorch's, to the order of operations:
//
//	SGD:   g ← g + decay·w,  b ← momentum·b + g (b = g at first),  w ← w − rate·b
//	Adam:  g ← g + decay·w,  m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  w ← w − rate·m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
//	AdamW: w ← w − rate·decay·w, then Adam without decay
type Optimizer struct {
	Method      Method
	Rate        float64 // learning rate
	Momentum    float64
	Beta1       float64
	Beta2       float64
	Epsilon     float64
	WeightDecay float64
}

// DefaultOptimizer has the constants of the authors' Adam, β = (0.9, 0.98) and ε = 1e-6, with momentum 0.9 for SGD, and no weight decay; the
// authors' 0.2 was for whole towers. The rate is the caller's.
func DefaultOptimizer(m Method, rate float64) Optimizer {
	return Optimizer{Method: m, Rate: rate, Momentum: 0.9, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6}
}

func (o Optimizer) validate() error {
	if _, err := ParseMethod(string(o.Method)); err != nil {
		return err
	}
	for _, c := range []struct {
		name       string
		value      float64
		low, below float64
	}{
		{"learning rate", o.Rate, math.SmallestNonzeroFloat64, math.Inf(1)}, {"weight decay", o.WeightDecay, 0, math.Inf(1)}, {"momentum", o.Momentum, 0, 1},
		{"β₁", o.Beta1, 0, 1}, {"β₂", o.Beta2, 0, 1}, {"ε", o.Epsilon, math.SmallestNonzeroFloat64, math.Inf(1)},
	} {
		if c.value >= c.low && c.value < c.below {
			continue
		}
		want := fmt.Sprintf("from 0 to below %v", c.below)
		switch {
		case c.low > 0:
			want = "a number above 0"
		case math.IsInf(c.below, 1):
			want = "0 or more"
		}
		return fmt.Errorf("gap: a %s of %v, want %s", c.name, c.value, want)
	}
	return nil
}

// optimizing is an Optimizer's state for one set of parameters.
type optimizing struct {
	Optimizer
	step   int
	first  []float64 // momentum, or m
	second []float64 // v
}

func newOptimizing(o Optimizer, parameters int) *optimizing {
	s := &optimizing{Optimizer: o, first: make([]float64, parameters)}
	if o.Method != SGD {
		s.second = make([]float64, parameters)
	}
	return s
}

// updateEntries is the number of parameters that one task updates.
const updateEntries = 1 << 14

// update takes one step of weights against the gradient.
func (s *optimizing) update(ctx context.Context, weights, gradient []float64) error {
	s.step++
	one := s.adam
	if s.Method == SGD {
		one = s.sgd
	}
	return parallel(ctx, blocks(len(weights), updateEntries), func(task int) error {
		from, to := task*updateEntries, min((task+1)*updateEntries, len(weights))
		one(weights[from:to], gradient[from:to], from, to)
		return nil
	})
}

func (s *optimizing) sgd(weights, gradient []float64, from, to int) {
	b := s.first[from:to]
	for k, w := range weights {
		b[k] = s.Momentum*b[k] + gradient[k] + s.WeightDecay*w
		weights[k] = w - s.Rate*b[k]
	}
}

func (s *optimizing) adam(weights, gradient []float64, from, to int) {
	m, v := s.first[from:to], s.second[from:to]
	beta1, beta2, epsilon := s.Beta1, s.Beta2, s.Epsilon
	rate := s.Rate / (1 - math.Pow(beta1, float64(s.step)))
	root := 1 / math.Sqrt(1-math.Pow(beta2, float64(s.step)))
	inGradient, apart := s.WeightDecay, 0.0
	if s.Method == AdamW {
		inGradient, apart = 0, s.Rate*s.WeightDecay
	}
	for k, w := range weights {
		g := gradient[k] + inGradient*w
		m[k] = beta1*m[k] + (1-beta1)*g
		v[k] = beta2*v[k] + (1-beta2)*g*g
		weights[k] = w - apart*w - rate*m[k]/(math.Sqrt(v[k])*root+epsilon)
	}
}
