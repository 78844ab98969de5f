package gap

import (
	"fmt"
	"math"
	"strings"
)

// An Activation is what follows a linear layer of a RandomMLP, or a mixed form: a step of several layers, written out.
type Activation string

// The activations of Liang et al. 2022, Fig. 2b and its appendix.
const (
	Linear    Activation = "linear"     // none
	ReLU      Activation = "relu"       // max(0, x)
	LeakyReLU Activation = "leaky-relu" // x, and 0.01·x below 0
	Maxout    Activation = "maxout"     // the greater of two linear layers of their own weights
	Sigmoid   Activation = "sigmoid"    // 1/(1 + exp(−x))
	Tanh      Activation = "tanh"
	GELU      Activation = "gelu" // x·Φ(x), exact
)

// The mixed forms of the authors' notebook of the appendix, where one step of the curve is all that the name says. Their second linear layers
// have no biases.
const (
	ReLULinear       Activation = "relu+linear"
	LinearReLULinear Activation = "linear+relu+linear"
	// LinearReLULinearReLU is what the authors' code runs under the name of LinearReLULinear: it ends in a second ReLU.
	LinearReLULinearReLU Activation = "linear+relu+linear+relu"
)

// Activations lists those that follow a linear layer, in the order of a legend.
func Activations() []Activation {
	return []Activation{Linear, Tanh, GELU, LeakyReLU, ReLU, Maxout, Sigmoid}
}

// MixedForms lists the others.
func MixedForms() []Activation {
	return []Activation{ReLULinear, LinearReLULinear, LinearReLULinearReLU}
}

// ParseActivation reads a name of Activations or MixedForms.
func ParseActivation(name string) (Activation, error) {
	var known []string
	for _, a := range append(Activations(), MixedForms()...) {
		if string(a) == name {
			return a, nil
		}
		known = append(known, string(a))
	}
	return "", fmt.Errorf("gap: activation %q, want one of %s", name, strings.Join(known, ", "))
}

// A part of a step is a linear layer, with the network's biases or without any, or else an activation.
type part struct {
	linear, bias bool
	activation   Activation
}

// parts returns what one step of a network does, in order.
func (a Activation) parts() []part {
	first, second, relu := part{linear: true, bias: true}, part{linear: true}, part{activation: ReLU}
	switch a {
	case ReLULinear:
		return []part{relu, first}
	case LinearReLULinear:
		return []part{first, relu, second}
	case LinearReLULinearReLU:
		return []part{first, relu, second, relu}
	}
	return []part{first, {activation: a}}
}

// leak is the slope of LeakyReLU below zero: PyTorch's default, which the authors use.
const leak = 0.01

// apply replaces every x by the activation of it. other is the second linear layer of Maxout.
func (a Activation) apply(x, other []float32) {
	switch a {
	case Linear:
	case ReLU:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	case LeakyReLU:
		for i, v := range x {
			x[i] = max(v, leak*v)
		}
	case Maxout:
		for i, v := range x {
			x[i] = max(v, other[i])
		}
	case Sigmoid:
		for i, v := range x {
			x[i] = float32(1 / (1 + math.Exp(-float64(v))))
		}
	case Tanh:
		for i, v := range x {
			x[i] = float32(math.Tanh(float64(v)))
		}
	case GELU:
		for i, v := range x {
			x[i] = float32(float64(v) * math.Erfc(-float64(v)/math.Sqrt2) / 2)
		}
	default:
		panic(ErrActivation)
	}
}

// A limit is what is known of a layer of infinitely many units: the mean square q of an entry, the cosine c of two inputs behind it, and the
// square m of the mean of an entry over weights.
type limit struct{ q, c, m float64 }

// linear is the limit behind a linear layer whose biases have variance beta.
func (l limit) linear(beta float64) limit {
	s := l.q + beta
	return limit{q: s, c: (l.c*l.q + beta) / s}
}

// initShare is Var(E[h|θ])/Var(h) of an entry h: (qc − m)/(q − m), because qc is the mean product of two inputs' entries.
func (l limit) initShare() float64 { return (l.q*l.c - l.m) / (l.q - l.m) }

// moments returns the limit behind the activation of pre-activations with limit l. Maxout takes the greater of two such pre-activations. ok
// is false where no closed form is here. With s and ρ for q and c before it, q, c and m are behind
//
//	linear      s,           ρ,                               0
//	ReLU        s/2,         J(ρ),                            s/2π
//	LeakyReLU   s(1+α²)/2,   (2αρ + (1−α)²·J(ρ))/(1+α²),      (1−α)²·s/2π
//	Maxout      s,           J(ρ),                            s/π
//
// with J(ρ) = (√(1−ρ²) + ρ·(π − arccos ρ))/π, the arc-cosine kernel of order 1 (Cho & Saul, NeurIPS 2009).
//
// LeakyReLU is αx + (1−α)·ReLU(x), with E[x·ReLU(y)] = ρs/2. Maxout is half the sum plus half the absolute difference of two independent
// pre-activations, which are independent of each other; their products add up to the same J.
func (a Activation) moments(l limit) (_ limit, ok bool) {
	s, rho := l.q, min(1, max(-1, l.c))
	j := (math.Sqrt(1-rho*rho) + rho*(math.Pi-math.Acos(rho))) / math.Pi
	switch a {
	case Linear:
		return limit{s, rho, 0}, true
	case ReLU:
		return limit{s / 2, j, s / (2 * math.Pi)}, true
	case LeakyReLU:
		return limit{s * (1 + leak*leak) / 2, (2*leak*rho + (1-leak)*(1-leak)*j) / (1 + leak*leak), (1 - leak) * (1 - leak) * s / (2 * math.Pi)}, true
	case Maxout:
		return limit{s, j, s / math.Pi}, true
	}
	return limit{}, false
}
