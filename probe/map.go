package probe

import (
	"context"
	"fmt"
	"math"

	"mindgap/gap"
	"mindgap/models/fault"
)

// The methods of a Map.
const (
	MapPCA  = "pca"  // the first two principal components: distances are seen as they are
	MapUMAP = "umap" // neighbours stay neighbours; distances between clouds say little
)

// CheckMap returns a usage error unless method names a way to draw a map; "" is MapPCA.
func CheckMap(method string) error {
	switch method {
	case "", MapPCA, MapUMAP:
		return nil
	}
	return usage("--map", method, "pca or umap")
}

// newMap lays out both clouds in the plane.
func newMap(ctx context.Context, s *Subject, method string, seed uint64, progress func(done, total int)) (*Map, error) {
	if method == MapUMAP {
		return umapOf(ctx, s, seed, progress)
	}
	k := min(2, s.Images.D)
	p, err := gap.PCA(ctx, k, s.Images, s.Texts)
	if err != nil {
		return nil, s.blame("draw the map of", err)
	}
	m := &Map{Model: s.Name, Method: MapPCA, Images: flat(p.Apply(s.Images)), Texts: flat(p.Apply(s.Texts))}
	for i, v := range p.Explained[:k] {
		m.Explained[i] = Float(v)
	}
	return m, nil
}

// umapOf is the map by UMAP with umap-learn's defaults on cosine distances. Few rows make small neighbourhoods.
func umapOf(ctx context.Context, s *Subject, seed uint64, progress func(done, total int)) (*Map, error) {
	rows := s.Images.N + s.Texts.N
	o := gap.DefaultUMAP(rows)
	o.Neighbours, o.Seed, o.Progress = min(o.Neighbours, rows), seed, progress
	if rows < 2 {
		return nil, &fault.Error{Op: "draw the map of", Thing: s.Name, Found: fmt.Sprintf("%d rows", rows), Wanted: "at least 2", Next: "use more data, or --map pca"}
	}
	p, err := gap.UMAP(ctx, o, s.Images, s.Texts)
	if err != nil {
		return nil, s.blame("draw the map of", err)
	}
	nan := Float(math.NaN())
	return &Map{Model: s.Name, Method: MapUMAP, Explained: [2]Float{nan, nan}, Images: flat(p[0]), Texts: flat(p[1])}, nil
}

func flat(points [][]float64) [][2]float32 {
	out := make([][2]float32, len(points))
	for i, p := range points {
		for k, v := range p {
			out[i][k] = float32(v)
		}
	}
	return out
}
