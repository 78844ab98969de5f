package gap

import "context"

// aligned is a pair in its working form: unit rows, with the texts ordered so that column i < n is the first text of image i and the
// other texts follow. The matched pairs of a contrastive loss are then the diagonal of the first n columns.
type aligned struct {
	x, y    *rows
	imageOf []int // the image of every column
	order   []int // the text row behind every column
}

// n is the number of images, m the number of texts.
func (a *aligned) n() int { return a.x.n }
func (a *aligned) m() int { return a.y.n }

func align(p Pair) *aligned {
	a := &aligned{x: p.Images.unit(), y: p.Texts.unit()}
	a.order, a.imageOf = p.columns()
	if p.ImageOf != nil {
		a.y = a.y.take(a.order)
	}
	return a
}

// pack adds the float32 forms of both clouds.
func (a *aligned) pack(ctx context.Context, k *kernel, p Pair) (err error) {
	if err := a.x.pack(ctx, k, p.Images); err != nil {
		return err
	}
	texts := p.Texts
	if p.ImageOf != nil {
		texts = &Embeddings{N: texts.N, D: texts.D, Data: make([]float32, 0, len(texts.Data))}
		for _, j := range a.order {
			texts.Data = append(texts.Data, p.Texts.Row(j)...)
		}
	}
	return a.y.pack(ctx, k, texts)
}

// columns returns, for every column of aligned, the text row behind it and its image.
func (p Pair) columns() (order, imageOf []int) {
	m := p.Texts.N
	if p.ImageOf == nil {
		order = make([]int, m)
		for j := range order {
			order[j] = j
		}
		return order, order
	}
	first := p.FirstTexts()
	order = append(make([]int, 0, m), first...)
	for j, i := range p.ImageOf {
		if first[i] != j {
			order = append(order, j)
		}
	}
	imageOf = make([]int, m)
	for at, j := range order {
		imageOf[at] = p.ImageOf[j]
	}
	return order, imageOf
}

// matches returns the columns in [j0, j1) whose image lies in [i0, i1).
func (a *aligned) matches(i0, i1, j0, j1 int) []int {
	var columns []int
	for j := j0; j < j1; j++ {
		if i := a.imageOf[j]; i0 <= i && i < i1 {
			columns = append(columns, j)
		}
	}
	return columns
}
