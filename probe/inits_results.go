package probe

import (
	"context"
	"math"
	"slices"
	"strings"

	"mindgap/gap"
)

// InitsResults set random initialisations of one architecture side by side, all on the same inputs.
type InitsResults struct {
	Model  string       `json:"model"`  // the architecture, as the reference names it
	Inputs string       `json:"inputs"` // "data", "noise"
	Runs   []InitRun    `json:"inits"`
	Gap    *InitsSpread `json:"gap,omitempty"` // between images and texts, over the initialisations; absent without texts
	Towers []InitsTower `json:"towers"`
}

// An InitRun is one initialisation.
type InitRun struct {
	Seed   uint64 `json:"seed"`
	Ref    string `json:"ref"`              // opens this model alone; of an MLP, its description
	SHA256 string `json:"sha256,omitempty"` // over every file that decides its numbers; an MLP has no files
	Gap    *Float `json:"gap,omitempty"`
}

// InitsTower is one tower under every initialisation: Fig. 2c.
type InitsTower struct {
	Tower string     `json:"tower"` // "image", "text", "mlp"
	N     int        `json:"n"`     // inputs
	Width int        `json:"width"`
	Cones []InitCone `json:"cones"` // by initialisation

	// Cosines of embeddings by one initialisation, of different inputs: the mean cosine of each cone, over the initialisations.
	Within InitsSpread `json:"within"`
	// Cosines of embeddings by two different initialisations, over the pairs of initialisations: of the same input, and of different ones.
	SameInput       InitsSpread `json:"between_same_input"`
	DifferentInputs InitsSpread `json:"between_different_inputs"`

	// InitShare is the share of the variance of all unit rows that lies between the centroids of the initialisations: what comes from the weights
	// and not from the inputs.
	InitShare Float             `json:"init_share"`
	Singular  SingularSignature `json:"singular"`
	Map       InitsMap          `json:"map"`
	Paper     *PaperCone        `json:"paper,omitempty"`
}

// An InitCone is the cosines of all pairs of inputs under one initialisation.
type InitCone struct {
	Seed uint64 `json:"seed"`
	Mean Float  `json:"mean"`
	Min  Float  `json:"min"`
	Max  Float  `json:"max"`
	Std  Float  `json:"std"`
}

// An InitsSpread is a mean over several values with their sample standard deviation (divisor n − 1; null of one value) and their extremes.
type InitsSpread struct {
	N    int   `json:"n"`
	Mean Float `json:"mean"`
	Std  Float `json:"std"`
	Min  Float `json:"min"`
	Max  Float `json:"max"`
}

// A SingularSignature counts cones: K initialisations make K − 1 large singular values, because the rows, stacked and centred, lie close to K
// points, which span K − 1 dimensions.
type SingularSignature struct {
	Values      []Float `json:"values"` // the leading ones of the unit rows, stacked and centred, descending; at most 50
	Large       int     `json:"large"`  // those before the largest ratio of neighbours
	Ratio       Float   `json:"ratio"`  // that ratio
	LargeByDrop int     `json:"large_by_drop"`
	Drop        Float   `json:"drop"` // the largest difference of neighbours
}

// InitsMap is a 2-D picture of all rows.
type InitsMap struct {
	Method    string         `json:"method"`    // "pca" or "umap"
	Explained [2]Float       `json:"explained"` // share of variance of each axis; null for "umap"
	Points    [][][2]float32 `json:"points"`    // by initialisation, then by input
}

// A PaperCone is what Liang et al. 2022 have for the mean cosine in one random initialisation (Fig. 2a).
type PaperCone struct {
	Of    string `json:"of"` // the architecture, which need not be this one
	Value Float  `json:"value"`
}

// paperCone finds the paper's row of a tower: 5,000 pairs of COCO, or as many random inputs.
func paperCone(model, tower string, noise bool) *PaperCone {
	row := func(of string, data, random float64) *PaperCone {
		if noise {
			data = random
		}
		return &PaperCone{of, Float(data)}
	}
	switch {
	case tower == "text":
		return row("CLIP's text transformer", 0.6720703, 0.4111536)
	case model == "builtin" || strings.HasPrefix(strings.ToUpper(model), "RN"): // residual networks, as the paper's
		return row("ResNet-18", 0.9932079, 0.9992827)
	case tower == "image":
		return row("ViT-B/32", 0.7172320, 0.9365552)
	}
	return nil
}

func initsSpread(values []float64) InitsSpread {
	s := spreadOf(values)
	return InitsSpread{N: len(values), Mean: s.Mean, Std: s.Std, Min: Float(slices.Min(values)), Max: Float(slices.Max(values))}
}

// betweenInits averages the cosines across every two clouds whose rows i are the same input's: over equal rows, and over different ones.
func betweenInits(ctx context.Context, clouds []*gap.Embeddings) (same, different InitsSpread, err error) {
	var matched, unmatched []float64
	for i, a := range clouds {
		for _, b := range clouds[:i] {
			if err := ctx.Err(); err != nil {
				return same, different, err
			}
			s := gap.SumsOf(gap.NewPair(a, b, nil))
			matched, unmatched = append(matched, s.MatchedCosine()), append(unmatched, s.UnmatchedCosine())
		}
	}
	return initsSpread(matched), initsSpread(unmatched), nil
}

// initShare is Σ_k ‖m_k − m‖² over Σ_k,i ‖u_ki − m‖²/n, for K centroids m_k of n unit rows each, and m their mean.
func initShare(clouds []*gap.Embeddings) float64 {
	var all gap.CloudSums
	var centroids float64 // Σ ‖m_k‖²
	for _, e := range clouds {
		s := gap.SumsOf(gap.NewPair(e, e, nil)).Images
		for _, v := range s.Centroid() {
			centroids += v * v
		}
		all.Merge(s)
	}
	k := float64(len(clouds))
	var joint float64 // ‖m‖²
	for _, v := range all.Centroid() {
		joint += v * v
	}
	return (centroids/k - joint) / (all.Squares/float64(all.N) - joint)
}

func singularSignature(values []float64) SingularSignature {
	ratio, drop := gap.LargestRatio(values), gap.LargestDrop(values)
	s := SingularSignature{Large: ratio.Count, Ratio: Float(ratio.Ratio), LargeByDrop: drop.Count, Drop: Float(drop.Drop)}
	for _, v := range values {
		s.Values = append(s.Values, Float(v))
	}
	return s
}

// initsMap lays out all rows in the plane.
func (c *Config) initsMap(ctx context.Context, t initClouds, o InitsOptions) (InitsMap, error) {
	rows := len(t.rows) * t.rows[0].N
	m := InitsMap{Method: MapPCA}
	if o.Map == MapUMAP {
		u := gap.DefaultUMAP(rows)
		u.Neighbours, u.Seed = min(u.Neighbours, rows), o.Seed
		u.Progress = func(done, epochs int) { c.step("map of "+t.tower+" embeddings", done, epochs) }
		p, err := gap.UMAP(ctx, u, t.rows...)
		if err != nil {
			return m, err
		}
		nan := Float(math.NaN())
		m.Method, m.Explained = MapUMAP, [2]Float{nan, nan}
		for _, points := range p {
			m.Points = append(m.Points, flat(points))
		}
		return m, nil
	}
	k := min(2, t.rows[0].D)
	p, err := gap.PCA(ctx, k, t.rows...)
	if err != nil {
		return m, err
	}
	for i, v := range p.Explained[:k] {
		m.Explained[i] = Float(v)
	}
	for _, e := range t.rows {
		m.Points = append(m.Points, flat(p.Apply(e)))
	}
	return m, nil
}
