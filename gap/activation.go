package gap

import (
	"fmt"
	"math"
	"strings"
)

// An Activation is what follows a linear layer of a RandomMLP.
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

// Activations lists all of them, in the order of a legend.
func Activations() []Activation {
	return []Activation{Linear, Tanh, GELU, LeakyReLU, ReLU, Maxout, Sigmoid}
}

// ParseActivation reads a name of Activations.
func ParseActivation(name string) (Activation, error) {
	var known []string
	for _, a := range Activations() {
		if string(a) == name {
			return a, nil
		}
		known = append(known, string(a))
	}
	return "", fmt.Errorf("gap: activation %q, want one of %s", name, strings.Join(known, ", "))
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

// moments returns what a layer of infinitely many units does with pre-activations of variance s and correlation rho: the mean square of the
// activations and their cosine. Maxout takes the greater of two such pre-activations. ok is false where no closed form is here.
//
//	linear      s,           ρ
//	ReLU        s/2,         J(ρ),  J(ρ) = (√(1−ρ²) + ρ·(π − arccos ρ))/π, the arc-cosine kernel of order 1 (Cho & Saul, NeurIPS 2009)
//	LeakyReLU   s(1+α²)/2,   (2αρ + (1−α)²·J(ρ))/(1+α²)
//	Maxout      s,           J(ρ)
//
// LeakyReLU is αx + (1−α)·ReLU(x), with E[x·ReLU(y)] = ρs/2. Maxout is half the sum plus half the absolute difference of two independent
// pre-activations, which are independent of each other; their products add up to the same J.
func (a Activation) moments(s, rho float64) (square, cosine float64, ok bool) {
	rho = min(1, max(-1, rho))
	j := (math.Sqrt(1-rho*rho) + rho*(math.Pi-math.Acos(rho))) / math.Pi
	switch a {
	case Linear:
		return s, rho, true
	case ReLU:
		return s / 2, j, true
	case LeakyReLU:
		return s * (1 + leak*leak) / 2, (2*leak*rho + (1-leak)*(1-leak)*j) / (1 + leak*leak), true
	case Maxout:
		return s, j, true
	}
	return math.NaN(), math.NaN(), false
}
