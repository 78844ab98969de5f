package gap

import "math"

// maxShiftScale is the largest logit scale at which exp(s(c−1)) cannot underflow for a cosine c: s(c−1) ≥ −2s ≥ −700.
const maxShiftScale = 350

// contrast accumulates the softmax denominators of a contrastive loss at one logit scale s, for every row and every column of a matrix
// of cosines.
//
// Because |cos| ≤ 1, the exponent can be shifted by s instead of by each row's maximum: Σ_j exp(s(c_ij − 1)) neither overflows nor, up to
// s = 350, underflows, and one exponential serves its row and its column. Above 350 every row and column keeps its running maximum, and
// each cosine costs two exponentials.
type contrast struct {
	scale          float64
	row, col       []float64 // Σ exp(s(c − shift))
	rowMax, colMax []float64 // the shifts if scale > maxShiftScale, else nil and the shift is 1
}

func newContrast(scale float64, n, m int) *contrast {
	c := &contrast{scale: scale, row: make([]float64, n), col: make([]float64, m)}
	if scale > maxShiftScale {
		c.rowMax, c.colMax = filled(n, math.Inf(-1)), filled(m, math.Inf(-1))
	}
	return c
}

func filled(n int, v float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// add adds the cosines of row i with columns j0, j0+1, ….
func (c *contrast) add(i, j0 int, cosines []float64) {
	if c.rowMax != nil {
		c.addRunning(i, j0, cosines)
		return
	}
	col := c.col[j0:]
	c.row[i] += addExponentials(col[:len(cosines)], cosines, c.scale)
}

func (c *contrast) addRunning(i, j0 int, cosines []float64) {
	for k, v := range cosines {
		addShifted(&c.row[i], &c.rowMax[i], 1, v, c.scale)
		addShifted(&c.col[j0+k], &c.colMax[j0+k], 1, v, c.scale)
	}
}

// addShifted adds sum·exp(s(· − top)) to a running sum that is shifted by its own maximum.
func addShifted(sum, shift *float64, add, top, s float64) {
	switch {
	case add == 0:
	case top > *shift:
		*sum = *sum*math.Exp(s*(*shift-top)) + add
		*shift = top
	default:
		*sum += add * math.Exp(s*(top-*shift))
	}
}

// mergeColumns adds the column sums of d, whose rows are not those of c.
func (c *contrast) mergeColumns(d *contrast) {
	for j, v := range d.col {
		if c.colMax == nil {
			c.col[j] += v
		} else {
			addShifted(&c.col[j], &c.colMax[j], v, d.colMax[j], c.scale)
		}
	}
}

// rowLog returns log Σ_j exp(s·c_ij).
func (c *contrast) rowLog(i int) float64 {
	if c.rowMax == nil {
		return math.Log(c.row[i]) + c.scale
	}
	return math.Log(c.row[i]) + c.scale*c.rowMax[i]
}

// colLog returns log Σ_i exp(s·c_ij).
func (c *contrast) colLog(j int) float64 {
	if c.colMax == nil {
		return math.Log(c.col[j]) + c.scale
	}
	return math.Log(c.col[j]) + c.scale*c.colMax[j]
}
