package gap

import (
	"fmt"
	"math"
)

// NinePoints are the nine image–text pairs of Liang et al. 2022's appendix simulation (the authors' mismatched_simulation notebook): images on
// the parallel of the unit sphere at height z, each text straight below its image at height −z. Eight of the directions are 45° apart; the
// ninth lies 5.4° beside the fourth, so that these two pairs are easily mistaken for one another.
//
//	x_i = (√(1−z²)·u_i, z),  y_j = (√(1−z²)·u_j, −z),  cos(x_i, y_j) = (1−z²)·(u_i·u_j) − z²
//
// Mismatch comes from labels: entry i names the text that image i, and the image that text i, is told to choose.
type NinePoints [9]int

// The three variants. NineAsRun is what the authors' published code computes: it swaps two entries of a tensor by one tuple assignment, whose
// right side is a view, so that entry 8 keeps its own label and only entry 3 gets another's.
var (
	NineMatched = NinePoints{0, 1, 2, 3, 4, 5, 6, 7, 8}
	NineSwapped = NinePoints{0, 1, 2, 8, 4, 5, 6, 7, 3}
	NineAsRun   = NinePoints{0, 1, 2, 8, 4, 5, 6, 7, 8}
)

// nineAzimuths are the directions u_i in degrees, in the authors' order.
var nineAzimuths = [9]float64{0, 180, 90, 270, 45, 135, 315, 225, 275.4}

// A HeightPoint is what one height gives.
type HeightPoint struct {
	Height   float64   // z of the images; the texts lie at −z
	Distance float64   // 2z: between the centroids, negative once the images lie below the texts
	Loss     []float64 // symmetric InfoNCE at each scale
}

// Sweep puts the images at every height between −1 and 1 and computes distance and loss. Similarities are symmetric and labels the same for
// both directions, so that the image→text loss is the text→image loss. The error says which height is outside or which scale is not positive.
// It panics with ErrIndex if a label is not 0 to 8.
func (p NinePoints) Sweep(heights, scales []float64) ([]HeightPoint, error) {
	for _, label := range p {
		if label < 0 || label >= len(p) {
			panic(ErrIndex)
		}
	}
	for _, v := range scales {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("gap: logit scale %v, want a positive number", v)
		}
	}
	points := make([]HeightPoint, len(heights))
	for i, z := range heights {
		if !(math.Abs(z) <= 1) {
			return nil, fmt.Errorf("gap: height %v, want −1 to 1", z)
		}
		points[i] = HeightPoint{Height: z, Distance: 2 * z, Loss: make([]float64, len(scales))}
		for k, scale := range scales {
			// The −z² that every similarity shares cancels from a cross-entropy.
			points[i].Loss[k] = p.crossEntropy(scale * (1 - z*z))
		}
	}
	return points, nil
}

// crossEntropy is the mean over i of log Σ_j exp(f·u_i·u_j) − f·u_i·u_label(i).
func (p NinePoints) crossEntropy(factor float64) float64 {
	var logits [len(p)]float64
	var loss float64
	for i, label := range p {
		for j := range logits {
			logits[j] = factor * math.Cos((nineAzimuths[i]-nineAzimuths[j])*math.Pi/180)
		}
		loss += logSumExp(logits[:]) - logits[label]
	}
	return loss / float64(len(p))
}
