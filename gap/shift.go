package gap

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Unit says what λ counts.
type Unit uint8

const (
	// Fraction: λ = 1 moves by the whole gap vector Δ, which closes the gap before rows are normalised again.
	Fraction Unit = iota
	// Distance: λ = 1 moves by a vector of length 1 along Δ, as the authors' notebooks do.
	Distance
)

// String returns "fraction" or "distance", the record's words.
func (u Unit) String() string {
	if u == Distance {
		return "distance"
	}
	return "fraction"
}

// A Side says which modality moves.
type Side uint8

const (
	// Both: images move by −λ/2 and texts by +λ/2.
	Both Side = iota
	// ImageSide: images alone move, by −λ.
	ImageSide
	// TextSide: texts alone move, by +λ.
	TextSide
)

// String returns "both", "image" or "text", the record's words.
func (s Side) String() string {
	switch s {
	case ImageSide:
		return "image"
	case TextSide:
		return "text"
	}
	return "both"
}

// steps returns how far images move along −g and texts along +g.
func (s Side) steps(lambda float64) (image, text float64) {
	switch s {
	case ImageSide:
		return lambda, 0
	case TextSide:
		return 0, lambda
	}
	return lambda / 2, lambda / 2
}

// errZeroVector: a direction was asked of a vector that has none.
var errZeroVector = errors.New("gap: the gap vector is zero and has no direction: a shift counted in distance is undefined")

// direction returns the vector g that λ multiplies: Δ itself, or Δ/‖Δ‖.
func (u Unit) direction(delta []float64) ([]float64, error) {
	if u == Fraction {
		return delta, nil
	}
	length := norm(delta)
	if length == 0 {
		return nil, errZeroVector
	}
	return scaled(delta, 1/length), nil
}

// ShiftTo stores norm(u_i + step·g) into dst for every unit row u_i = x_i/‖x_i‖ of src. Images of a shift by λ take step −λ/2 and texts
// +λ/2 (the full λ if one side moves alone). dst may be src. A row that lands on the origin becomes NaN.
// It panics with ErrShape if the shapes differ.
func ShiftTo(dst, src *Embeddings, step float64, g []float64) {
	if dst.N != src.N || dst.D != src.D || len(g) != src.D {
		panic(ErrShape)
	}
	moved := src.unit().shifted(step, g)
	for i, v := range moved.data {
		dst.Data[i] = float32(v)
	}
}

// shifted returns norm(u_i + step·g). It leaves unit rows alone if step is 0.
func (r *rows) shifted(step float64, g []float64) *rows {
	out := newRows(r.n, r.d)
	for i := range r.n {
		dst := out.row(i)
		for k, v := range r.row(i) {
			dst[k] = v + step*g[k]
		}
		length := norm(dst)
		if length < originRadius {
			length = math.NaN()
		}
		for k := range dst {
			dst[k] /= length
		}
	}
	return out
}

// originRadius is the norm below which a moved row has lost its direction to rounding: its entries are differences of numbers near 1,
// so of order 1e-16 wrong.
const originRadius = 1e-6

// A mover holds what the shift of two clouds along one vector g needs besides S = X·Yᵀ. With images moved by −a·g and texts by +b·g,
//
//	cos(x'_i, y'_j) = (S_ij + b·u_i − a·v_j − a·b·‖g‖²) / (p_i q_j)
//	u = X·g,  v = Y·g,  p_i² = 1 − 2a·u_i + a²‖g‖²,  q_j² = 1 + 2b·v_j + b²‖g‖²
//
// so that no λ needs a second matrix product.
type mover struct {
	x, y    *rows // nil where the clouds are streamed
	g       []float64
	u, v    []float64
	squared float64 // ‖g‖²
}

func newMover(x, y *rows, g []float64) *mover {
	m := &mover{x: x, y: y, g: g, u: make([]float64, x.n), v: make([]float64, y.n), squared: dotSum(g, g)}
	for i := range m.u {
		m.u[i] = dot(x.row(i), g)
	}
	for j := range m.v {
		m.v[j] = dot(y.row(j), g)
	}
	return m
}

// A move is one λ of a mover: cos(x'_i, y'_j) = (S_ij + add_i − sub_j) · p_i · q_j, with p and q the inverse norms.
type move struct {
	lambda, a, b     float64
	length           float64 // ‖g‖
	add, sub, ip, iq []float64
	reason           string // set if a row lands on the origin
}

// stretch is the greatest p_i·q_j: what an error of a similarity is multiplied by.
func (s *move) stretch() float64 { return slices.Max(s.ip) * slices.Max(s.iq) }

// leastInverse is the least p_i.
func (s *move) leastInverse() float64 { return slices.Min(s.ip) }

// tolerance bounds the error of a kernel's moved cosine of rows of d entries: that of the similarity and of rounding add, sub and the
// operations in between, stretched by the inverse norms; and that of the last product.
func (s *move) tolerance(d int) float64 {
	steps, both := math.Abs(s.a)+math.Abs(s.b), math.Abs(s.a*s.b)
	moved := 1 + steps*s.length + both*s.length*s.length
	return s.stretch()*(productError(d)+6*unitRoundoff*moved) + 6*unitRoundoff
}

func (m *mover) move(lambda float64, side Side) *move {
	a, b := side.steps(lambda)
	s := &move{lambda: lambda, a: a, b: b, length: math.Sqrt(m.squared),
		add: make([]float64, len(m.u)), ip: make([]float64, len(m.u)),
		sub: make([]float64, len(m.v)), iq: make([]float64, len(m.v))}
	for i, u := range m.u {
		s.add[i] = b*u - a*b*m.squared
		s.ip[i] = s.inverse(1-2*a*u+a*a*m.squared, Image, i)
	}
	for j, v := range m.v {
		s.sub[j] = a * v
		s.iq[j] = s.inverse(1+2*b*v+b*b*m.squared, Text, j)
	}
	return s
}

func (s *move) inverse(square float64, m Modality, row int) float64 {
	if !(square >= originRadius*originRadius) {
		if s.reason == "" {
			s.reason = fmt.Sprintf("at λ = %v, %s row %d lands on the origin and has no direction", s.lambda, m, row)
		}
		return math.NaN()
	}
	return 1 / math.Sqrt(square)
}

// cosines stores the moved cosines of row i with columns j0, j0+1, … into dst, from the row's similarities.
func (s *move) cosines(dst, similarities []float64, i, j0 int) {
	add, ip := s.add[i], s.ip[i]
	sub, iq := s.sub[j0:], s.iq[j0:]
	sub, iq, dst = sub[:len(similarities)], iq[:len(similarities)], dst[:len(similarities)]
	for k, v := range similarities {
		dst[k] = (v + add - sub[k]) * (ip * iq[k])
	}
}

// distance returns the norm of the difference of the moved centroids, and the same with the sign of its product with g: negative once
// the centroids have passed each other.
func (m *mover) distance(s *move) (distance, signed float64) {
	diff := make([]float64, len(m.g))
	addMoved := func(u *rows, inverse []float64, step, sign float64) {
		var inverses float64
		w := sign / float64(u.n)
		for i, p := range inverse {
			inverses += p
			for k, v := range u.row(i) {
				diff[k] += w * p * v
			}
		}
		for k, v := range m.g {
			diff[k] += w * step * inverses * v
		}
	}
	addMoved(m.x, s.ip, -s.a, 1)
	addMoved(m.y, s.iq, s.b, -1)
	return signedNorm(diff, m.g)
}

// signedNorm returns ‖v‖, and the same with the sign of v·g.
func signedNorm(v, g []float64) (length, signed float64) {
	length = norm(v)
	if dotSum(v, g) < 0 {
		return length, -length
	}
	return length, length
}
