package gap

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// SpherePairs are image–text pairs on a sphere whose two modalities lie a given angle apart: what Liang et al. 2022 simulate in Fig. 3e–g to
// show that mismatched pairs and a low temperature make a gap the least of the loss.
//
// Images lie on the sphere's equator; text i lies above or below the equator by the angle, in the direction Direction of its pair. Mismatch
// comes from directions: a text whose direction is that of another image.
type SpherePairs struct {
	Dim    int         // of the space, at least 3
	Images [][]float64 // unit directions in the equator's Dim − 1 dimensions
	Texts  [][]float64 // the same for texts; text i belongs to image i
}

// PaperSphere returns the six pairs of the paper: images at azimuths −20°, 0°, 20°, 40°, 60°, 80°. Mismatched, the texts of the first two
// pairs are swapped (Fig. 3e–g); matched, each text lies with its image (the appendix).
func PaperSphere(mismatched bool) *SpherePairs {
	azimuths := []float64{-20, 0, 20, 40, 60, 80}
	s := &SpherePairs{Dim: 3}
	for _, a := range azimuths {
		r := a * math.Pi / 180
		s.Images = append(s.Images, []float64{math.Cos(r), math.Sin(r)})
	}
	s.Texts = append(s.Texts, s.Images...)
	if mismatched {
		s.Texts[0], s.Texts[1] = s.Texts[1], s.Texts[0]
	}
	return s
}

// RandomSphere returns n pairs in dim dimensions whose directions are uniform, a share of whose texts, rounded, go round in a circle, so
// that each of them has another's direction. The same seed gives the same pairs. It returns an error if n < 1, dim < 3, the share is not
// between 0 and 1, or the share asks for exactly one mismatched text.
func RandomSphere(n, dim int, mismatch float64, seed uint64) (*SpherePairs, error) {
	moved := int(math.Round(mismatch * float64(n)))
	switch {
	case n < 1 || dim < 3:
		return nil, fmt.Errorf("gap: %d pairs in %d dimensions, want at least 1 in at least 3", n, dim)
	case !(mismatch >= 0 && mismatch <= 1):
		return nil, fmt.Errorf("gap: a mismatched share of %v, want 0 to 1", mismatch)
	case moved == 1:
		return nil, errors.New("gap: one text alone cannot be mismatched: it has no other to change places with")
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	s := &SpherePairs{Dim: dim}
	for range n {
		u := make([]float64, dim-1)
		for k := range u {
			u[k] = rng.NormFloat64()
		}
		s.Images = append(s.Images, scaled(u, 1/norm(u)))
	}
	s.Texts = append(s.Texts, s.Images...)
	for i := range moved {
		s.Texts[i] = s.Images[(i+1)%moved]
	}
	return s, nil
}

// A SpherePoint is what one angle gives.
type SpherePoint struct {
	Angle    float64   // of the texts above the equator, in degrees
	Distance float64   // between the centroids of images and texts, negative once the texts lie below the equator
	Loss     []float64 // symmetric InfoNCE at each scale
}

// Sweep puts the texts at every angle (in degrees, 0 is no gap) and computes distance and loss:
//
//	x_i = (u_i, 0),  y_i = (cos θ·v_i, sin θ),  cos(x_i, y_j) = cos θ·(u_i·v_j)
//
// It panics with ErrTooFew without pairs. A scale must be positive.
func (s *SpherePairs) Sweep(angles, scales []float64) ([]SpherePoint, error) {
	n := len(s.Images)
	if n == 0 {
		panic(ErrTooFew)
	}
	for _, v := range scales {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("gap: logit scale %v, want a positive number", v)
		}
	}
	cosines := make([][]float64, n)
	mean := make([][2]float64, s.Dim-1)
	for i, u := range s.Images {
		cosines[i] = make([]float64, n)
		for j, v := range s.Texts {
			cosines[i][j] = dotSum(u, v)
		}
		for k := range u {
			mean[k][0] += u[k] / float64(n)
			mean[k][1] += s.Texts[i][k] / float64(n)
		}
	}
	points := make([]SpherePoint, len(angles))
	for a, angle := range angles {
		sin, cos := math.Sincos(angle * math.Pi / 180)
		square := sin * sin
		for _, m := range mean {
			square += (m[0] - cos*m[1]) * (m[0] - cos*m[1])
		}
		points[a] = SpherePoint{Angle: angle, Distance: math.Copysign(math.Sqrt(square), angle), Loss: make([]float64, len(scales))}
		for k, scale := range scales {
			points[a].Loss[k] = plainInfoNCE(cosines, scale*cos)
		}
	}
	return points, nil
}

// plainInfoNCE is the symmetric loss of a small matrix of similarities, text i belonging to image i, at a factor that may have any sign.
func plainInfoNCE(s [][]float64, factor float64) float64 {
	n := len(s)
	row, column := make([]float64, n), make([]float64, n)
	var loss float64
	for i := range n {
		for j := range n {
			row[j], column[j] = factor*s[i][j], factor*s[j][i]
		}
		loss += logSumExp(row) + logSumExp(column) - 2*factor*s[i][i]
	}
	return loss / float64(2*n)
}

// logSumExp is log Σ exp(x), safe against overflow.
func logSumExp(x []float64) float64 {
	high := math.Inf(-1)
	for _, v := range x {
		high = math.Max(high, v)
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(v - high)
	}
	return high + math.Log(sum)
}
