package gap

import (
	"fmt"
	"math"
)

// Modality names one of the two clouds of a Pair.
type Modality string

const (
	Image Modality = "image" // the rows of Pair.Images
	Text  Modality = "text"  // the rows of Pair.Texts
)

// NewPair pairs two clouds. imageOf[j] is the image row that text row j describes; nil pairs row i with row i.
//
// It panics with ErrShape if the widths differ, if imageOf is nil and the clouds differ in length, if len(imageOf) is not the number of
// texts, or if some image has no text; with ErrIndex if an entry of imageOf is no row of images.
func NewPair(images, texts *Embeddings, imageOf []int) Pair {
	if images.D != texts.D {
		panic(ErrShape)
	}
	if imageOf == nil {
		if images.N != texts.N {
			panic(ErrShape)
		}
		return Pair{Images: images, Texts: texts}
	}
	if len(imageOf) != texts.N {
		panic(ErrShape)
	}
	described := make([]bool, images.N)
	for _, i := range imageOf {
		if i < 0 || i >= images.N {
			panic(ErrIndex)
		}
		described[i] = true
	}
	for _, ok := range described {
		if !ok {
			panic(ErrShape)
		}
	}
	return Pair{Images: images, Texts: texts, ImageOf: imageOf}
}

// Image returns the image row that text row j describes.
func (p Pair) Image(j int) int {
	if p.ImageOf == nil {
		return j
	}
	return p.ImageOf[j]
}

// FirstTexts returns, for every image, the row of its first text. Where a definition needs as many texts as images (the contrastive loss,
// linear CKA, Procrustes), this text stands for the image.
func (p Pair) FirstTexts() []int {
	first := make([]int, p.Images.N)
	for i := range first {
		first[i] = -1
	}
	for j := range p.Texts.N {
		if i := p.Image(j); first[i] < 0 {
			first[i] = j
		}
	}
	return first
}

// Take returns the pair that holds the given images, in that order, and all their texts in the order of their rows. It copies rows.
// It panics with ErrIndex if an index is no image row.
func (p Pair) Take(images []int) Pair {
	n, d := p.Images.N, p.Images.D
	place := make([]int, n)
	for i := range place {
		place[i] = -1
	}
	x := make([]float32, 0, len(images)*d)
	for at, i := range images {
		if i < 0 || i >= n {
			panic(ErrIndex)
		}
		place[i] = at
		x = append(x, p.Images.Row(i)...)
	}
	if p.ImageOf == nil {
		y := make([]float32, 0, len(images)*d)
		for _, i := range images {
			y = append(y, p.Texts.Row(i)...)
		}
		return NewPair(NewEmbeddings(len(images), d, x), NewEmbeddings(len(images), d, y), nil)
	}
	var y []float32
	imageOf := []int{}
	for j, i := range p.ImageOf {
		if at := place[i]; at >= 0 {
			y = append(y, p.Texts.Row(j)...)
			imageOf = append(imageOf, at)
		}
	}
	return NewPair(NewEmbeddings(len(images), d, x), NewEmbeddings(len(imageOf), d, y), imageOf)
}

// Halves splits a pair into its images of even and of odd index, each with its texts. A λ chosen on one half is reported on the other.
func (p Pair) Halves() (even, odd Pair) {
	var index [2][]int
	for i := range p.Images.N {
		index[i%2] = append(index[i%2], i)
	}
	return p.Take(index[0]), p.Take(index[1])
}

// A ValueError is a value that no metric can use: a NaN, an infinity, or a row of zeros, which has no direction.
type ValueError struct {
	Modality Modality // empty if the caller did not name the cloud
	Row      int
	Column   int     // −1 if the whole row is zero
	Value    float32 // the value found
}

// Error says which modality, row and column hold what.
func (e *ValueError) Error() string {
	row := fmt.Sprintf("row %d", e.Row)
	if e.Modality != "" {
		row = string(e.Modality) + " " + row
	}
	if e.Column < 0 {
		return fmt.Sprintf("gap: %s is zero and has no direction", row)
	}
	return fmt.Sprintf("gap: %s, column %d is %v", row, e.Column, e.Value)
}

// Validate returns a *ValueError for the first NaN, infinity or zero row, images before texts, and nil if there is none.
func (p Pair) Validate() error {
	if err := p.Images.Validate(Image); err != nil {
		return err
	}
	return p.Texts.Validate(Text)
}

// Validate returns a *ValueError for the first NaN, infinity or zero row, and nil if there is none. The modality only names the cloud.
func (e *Embeddings) Validate(m Modality) error {
	for i := range e.N {
		zero := true
		for k, v := range e.Row(i) {
			if v != 0 {
				zero = false
			}
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return &ValueError{Modality: m, Row: i, Column: k, Value: v}
			}
		}
		if zero {
			return &ValueError{Modality: m, Row: i, Column: -1}
		}
	}
	return nil
}
