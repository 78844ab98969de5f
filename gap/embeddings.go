// Package gap measures and moves two clouds of embeddings: the modality gap of Liang et al., "Mind the Gap" (NeurIPS 2022), and the
// metrics that followed it.
//
// Embeddings come in as float32 and are accumulated in float64. A programmer's fault (a wrong shape) panics with one of the fixed
// messages of errors.go, as gonum does; what depends on data returns an error. The package knows no files, no models and no printing.
package gap

// Embeddings is an n×d matrix, one embedding a row, row-major.
type Embeddings struct {
	N, D int
	Data []float32 // N*D values
}

// NewEmbeddings wraps data as an n×d matrix without copying it. It panics with ErrShape if len(data) != n*d or a dimension is negative.
func NewEmbeddings(n, d int, data []float32) *Embeddings {
	if n < 0 || d < 0 || len(data) != n*d {
		panic(ErrShape)
	}
	return &Embeddings{N: n, D: d, Data: data}
}

// Row returns row i; it shares memory with e.
func (e *Embeddings) Row(i int) []float32 { return e.Data[i*e.D : (i+1)*e.D : (i+1)*e.D] }

// Slice returns rows i to j (j excluded); it shares memory with e.
func (e *Embeddings) Slice(i, j int) *Embeddings {
	return &Embeddings{N: j - i, D: e.D, Data: e.Data[i*e.D : j*e.D : j*e.D]}
}

// A Pair is two clouds with the pairing: text row j describes image row ImageOf[j]. A nil ImageOf is the one-to-one pairing, row i with
// row i. One image may have several texts; every image has at least one.
type Pair struct {
	Images, Texts *Embeddings
	ImageOf       []int
}
