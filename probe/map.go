package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"mindgap/gap"
	"mindgap/models/fault"
)

// The methods of a Map.
const (
	MapPCA  = "pca"  // the first two principal components: distances are seen as they are
	MapSVD  = "svd"  // the first two singular vectors, not centred: Fig. 1 of Liang et al. 2022
	MapGap  = "gap"  // the direction of the gap, and the first principal component of what is left
	MapUMAP = "umap" // neighbours stay neighbours; distances between clouds say little
)

// MapMethods lists the ways to draw a map, the default first.
func MapMethods() []string { return []string{MapPCA, MapSVD, MapGap, MapUMAP} }

// CheckMap returns a usage error unless method names a way to draw a map; "" is MapPCA.
func CheckMap(method string) error {
	if known := MapMethods(); method != "" && !slices.Contains(known, method) {
		return usage("--map", method, strings.Join(known, ", "))
	}
	return nil
}

// MapResults are a map that stands alone.
type MapResults struct {
	N    int   `json:"n"` // pairs
	D    int   `json:"d"`
	Maps []Map `json:"maps"`
}

// DrawMap lays out both clouds of the subject in the plane by one of MapMethods. seed is UMAP's; progress may be nil.
func DrawMap(ctx context.Context, s *Subject, method string, seed uint64, progress func(Step)) (*MapResults, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, err
	}
	m, err := newMap(ctx, s, method, seed, func(done, total int) {
		if progress != nil {
			progress(Step{What: "laying out " + s.Name, Done: done, Total: total})
		}
	})
	if err != nil {
		return nil, err
	}
	return &MapResults{N: pair.Texts.N, D: pair.Images.D, Maps: []Map{*m}}, nil
}

// newMap lays out both clouds in the plane.
func newMap(ctx context.Context, s *Subject, method string, seed uint64, progress func(done, total int)) (*Map, error) {
	pair, err := s.Pair()
	if err != nil {
		return nil, err
	}
	if method == MapUMAP {
		m, err := umapOf(ctx, s, seed, progress)
		if err != nil {
			return nil, err
		}
		m.Gap = Float(gap.SumsOf(pair).Gap())
		return m, nil
	}
	k := min(2, s.Images.D)
	var p *gap.Projection
	switch method {
	case MapSVD:
		p, err = gap.SVDMap(ctx, k, s.Images, s.Texts)
	case MapGap:
		p, err = gap.GapAxes(ctx, k, s.Images, s.Texts)
	default:
		method = MapPCA
		p, err = gap.PCA(ctx, k, s.Images, s.Texts)
	}
	if err != nil {
		return nil, s.noMap(ctx, err)
	}
	m := &Map{Model: s.Name, Method: method, Images: flat(p.Apply(s.Images)), Texts: flat(p.Apply(s.Texts)), Gap: Float(gap.SumsOf(pair).Gap())}
	for i, v := range p.Explained {
		m.Explained[i] = Float(v)
	}
	return m, nil
}

// noMap says whose rows have no map.
func (s *Subject) noMap(ctx context.Context, err error) error {
	const op = "draw the map of"
	var bad *gap.ValueError
	if ctx.Err() != nil || errors.As(err, &bad) {
		return s.blame(op, err)
	}
	return &fault.Error{Op: op, Thing: s.Name, Err: err, Next: "use other data, or another --map"}
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
		return nil, s.noMap(ctx, err)
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
