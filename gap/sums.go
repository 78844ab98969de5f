package gap

import (
	"context"
	"math"
)

// Sums holds what the gap and the mean cosines need of a pair of clouds: counts and sums over unit rows and raw rows. Sums of parts
// merge by addition, so clouds may be streamed, sharded and joined. The zero value is empty.
type Sums struct {
	Images, Texts CloudSums
	Matched       float64 // Σ cosine of each text with its image
}

// CloudSums are the sums over the rows of one cloud.
type CloudSums struct {
	N       int
	Unit    []float64 // Σ x_i/‖x_i‖
	Raw     []float64 // Σ x_i
	Squares float64   // Σ ‖x_i/‖x_i‖‖², n up to rounding
}

// Add adds all rows of p. It panics with ErrShape if the width differs from that of rows added before.
func (s *Sums) Add(p Pair) {
	s.Images.add(p.Images)
	s.Texts.add(p.Texts)
	order, imageOf := p.columns()
	matched, err := CosinesAt(context.Background(), p.Images, p.Texts, imageOf, order)
	if err != nil { // only a context's end is one
		panic(err)
	}
	for _, c := range matched {
		s.Matched += c
	}
}

func (c *CloudSums) add(e *Embeddings) {
	parts := CloudSums{N: e.N, Unit: make([]float64, e.D), Raw: make([]float64, e.D)}
	strips := make([]CloudSums, streamStrips)
	err := eachUnit(context.Background(), e, nil, func(strip, first int, block *rows) {
		s := &strips[strip]
		if s.Unit == nil {
			s.Unit, s.Raw = make([]float64, e.D), make([]float64, e.D)
		}
		for i := range block.n {
			unit := block.row(i)
			addScaled(s.Unit, 1, unit)
			s.Squares += dotSum(unit, unit)
			for k, v := range e.Row(first + i) {
				s.Raw[k] += float64(v)
			}
		}
	})
	if err != nil {
		panic(err)
	}
	for _, s := range strips {
		parts.Merge(s)
	}
	c.Merge(parts)
}

// Merge adds the sums of other. It panics with ErrShape if the widths differ.
func (s *Sums) Merge(other Sums) {
	s.Images.Merge(other.Images)
	s.Texts.Merge(other.Texts)
	s.Matched += other.Matched
}

// Merge adds the sums of other. It panics with ErrShape if the widths differ.
func (c *CloudSums) Merge(other CloudSums) {
	if other.Unit == nil {
		return
	}
	if c.Unit == nil {
		c.Unit, c.Raw = make([]float64, len(other.Unit)), make([]float64, len(other.Raw))
	}
	if len(c.Unit) != len(other.Unit) {
		panic(ErrShape)
	}
	c.N += other.N
	c.Squares += other.Squares
	for k := range c.Unit {
		c.Unit[k] += other.Unit[k]
		c.Raw[k] += other.Raw[k]
	}
}

// Centroid is the mean unit row. It panics with ErrTooFew if there is none.
func (c *CloudSums) Centroid() []float64 { return c.mean(c.Unit) }

// RawCentroid is the mean row as it came. It panics with ErrTooFew if there is none.
func (c *CloudSums) RawCentroid() []float64 { return c.mean(c.Raw) }

func (c *CloudSums) mean(sum []float64) []float64 {
	if c.N == 0 {
		panic(ErrTooFew)
	}
	mean := make([]float64, len(sum))
	for k, v := range sum {
		mean[k] = v / float64(c.N)
	}
	return mean
}

// MeanCosine is the mean cosine over all pairs i < j of rows, as of the function MeanCosine; NaN for fewer than two rows.
func (c *CloudSums) MeanCosine() float64 {
	if c.N < 2 {
		return math.NaN()
	}
	n := float64(c.N)
	return (dotSum(c.Unit, c.Unit) - c.Squares) / (n * (n - 1))
}

// Vector is the gap vector Δ = mean(x) − mean(y) of unit rows (Liang et al. 2022). It panics with ErrTooFew if a cloud is empty.
func (s *Sums) Vector() []float64 { return minus(s.Images.Centroid(), s.Texts.Centroid()) }

// Gap is ‖Δ‖₂. It panics with ErrTooFew if a cloud is empty.
func (s *Sums) Gap() float64 { return norm(s.Vector()) }

// RawGap is the distance of the centroids of the rows as they came. It panics with ErrTooFew if a cloud is empty.
func (s *Sums) RawGap() float64 { return norm(minus(s.Images.RawCentroid(), s.Texts.RawCentroid())) }

// MatchedCosine is the mean cosine of a text with its image; NaN if there is no text.
func (s *Sums) MatchedCosine() float64 { return s.Matched / float64(s.Texts.N) }

// UnmatchedCosine is the mean cosine of a text with every image that it does not describe; NaN if there is no such pair.
func (s *Sums) UnmatchedCosine() float64 {
	n, m := float64(s.Images.N), float64(s.Texts.N)
	return (dotSum(s.Images.Unit, s.Texts.Unit) - s.Matched) / (n*m - m)
}

// SumsOf returns the sums over all rows of p.
func SumsOf(p Pair) *Sums {
	s := &Sums{}
	s.Add(p)
	return s
}

// GapVector returns the gap vector Δ = mean(x) − mean(y) of the unit rows of p. It panics with ErrTooFew if a cloud is empty.
func GapVector(p Pair) []float64 { return SumsOf(p).Vector() }
