package probe

import (
	"cmp"
	"context"
	"math"
	"slices"

	"mindgap/gap"
)

// linearMaps are the maps that move with λ, fitted to all rows.
var linearMaps = []struct {
	method, title string
	axes          [2]string
	fit           func(f *gap.MapFitter, ctx context.Context, k int) (*gap.Projection, error)
}{
	{MapPCA, "Principal components", [2]string{"first principal component", "second principal component"}, (*gap.MapFitter).PCA},
	{MapSVD, "Singular vectors, as in the paper's Fig. 1", [2]string{"first singular vector", "second singular vector"}, (*gap.MapFitter).SVDMap},
	{MapGap, "Along the gap and across", [2]string{"along the gap", "first principal component across it"}, (*gap.MapFitter).GapAxes},
}

// project adds the maps, and what the algebra of the shift needs: u, v and the cosines of matches.
func (b *sceneBuilder) project(ctx context.Context, delta []float64) error {
	vectors := [][]float64{delta}
	k := min(2, len(delta)) // a space of one dimension has flat maps
	fitter, err := gap.NewMapFitter(ctx, b.all.Images, b.all.Texts)
	if err != nil {
		return err
	}
	for _, l := range linearMaps {
		p, err := l.fit(fitter, ctx, k)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // rows that coincide have no such axes; all else about them can be shown
		}
		m := SceneMap{Method: l.method, Title: l.title, Axes: l.axes, Live: true}
		for c := range k {
			m.Explained[c], m.Gap[c], m.Offset[c] = Float(p.Explained[c]), inner(p.Components[c], delta), inner(p.Components[c], p.Origin)
		}
		b.scene.Maps = append(b.scene.Maps, m)
		vectors = append(vectors, p.Components...)
	}
	images, err := gap.UnitDots(ctx, b.shown.Images, vectors)
	if err != nil {
		return err
	}
	texts, err := gap.UnitDots(ctx, b.shown.Texts, vectors)
	if err != nil {
		return err
	}
	b.scene.Arrays["u"], b.scene.Arrays["v"] = rounded(column(images, len(vectors), 0)), rounded(column(texts, len(vectors), 0))
	for at, m := range b.scene.Maps {
		b.scene.Arrays["map_"+m.Method+"_images"] = plane(images, len(vectors), 1+at*k, k)
		b.scene.Arrays["map_"+m.Method+"_texts"] = plane(texts, len(vectors), 1+at*k, k)
	}
	for _, m := range b.o.Maps {
		b.still(m)
	}
	// The page opens on the map that was asked for.
	slices.SortStableFunc(b.scene.Maps, func(x, y SceneMap) int {
		return cmp.Compare(order(x.Method == b.o.First), order(y.Method == b.o.First))
	})
	imageOf := b.shown.ImageOf
	if imageOf == nil {
		imageOf = count(len(b.texts))
	}
	matched, err := gap.CosinesAt(ctx, b.shown.Images, b.shown.Texts, imageOf, count(len(b.texts)))
	if err != nil {
		return err
	}
	b.scene.Arrays["matched"] = rounded(matched)
	return nil
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

// still adds a map that does not move.
func (b *sceneBuilder) still(m Map) {
	nan := Float(math.NaN())
	b.scene.Maps = append(b.scene.Maps, SceneMap{Method: m.Method, Title: "UMAP", Axes: [2]string{"UMAP 1", "UMAP 2"}, Explained: [2]Float{nan, nan}})
	put := func(points [][2]float32, rows []int) *Array {
		out := make([]float32, 0, 2*len(rows))
		for _, i := range rows {
			out = append(out, points[i][:]...)
		}
		return NewArray(out, len(rows), 2)
	}
	b.scene.Arrays["map_"+m.Method+"_images"], b.scene.Arrays["map_"+m.Method+"_texts"] = put(m.Images, b.images), put(m.Texts, b.texts)
}

// column takes one column of rows of the given width.
func column(rows []float64, width, at int) []float64 {
	out := make([]float64, 0, len(rows)/width)
	for i := at; i < len(rows); i += width {
		out = append(out, rows[i])
	}
	return out
}

// plane takes k columns of rows as the points of a map, whose further coordinates are 0.
func plane(rows []float64, width, at, k int) *Array {
	out := make([]float32, len(rows)/width*2)
	for i := range len(out) / 2 {
		for c := range k {
			out[2*i+c] = float32(rows[i*width+at+c])
		}
	}
	return NewArray(out, len(out)/2, 2)
}

func inner(x, y []float64) float64 {
	var sum float64
	for k, v := range x {
		sum += v * y[k]
	}
	return sum
}
