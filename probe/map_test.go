package probe

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"mindgap/gap"
	"mindgap/models/fault"
)

// twoClouds is a subject of n images and n texts of width d, apart.
func twoClouds(n, d int) *Subject {
	rng := rand.New(rand.NewPCG(1, 2))
	s := &Subject{Name: "two clouds", Images: gap.NewEmbeddings(n, d, make([]float32, n*d)), Texts: gap.NewEmbeddings(n, d, make([]float32, n*d))}
	for i := range n * d {
		s.Images.Data[i], s.Texts.Data[i] = float32(rng.NormFloat64()+0.5), float32(rng.NormFloat64()-0.5)
	}
	return s
}

// centre is the mean of points.
func centre(points [][2]float32) (c [2]float64) {
	for _, p := range points {
		for k, v := range p {
			c[k] += float64(v) / float64(len(points))
		}
	}
	return c
}

// TestDrawMap: every method gives a point a row and the gap of all dimensions; the gap's own axes show it whole, and a projection never shows
// more of it than there is.
func TestDrawMap(t *testing.T) {
	s := twoClouds(40, 16)
	want := gap.SumsOf(gap.NewPair(s.Images, s.Texts, nil)).Gap()
	for _, method := range append(MapMethods(), "") {
		r, err := DrawMap(t.Context(), s, method, 1, nil)
		if err != nil {
			t.Fatal(method, err)
		}
		if method == "" {
			method = MapPCA
		}
		m := r.Maps[0]
		if r.N != 40 || r.D != 16 || m.Method != method || len(m.Images) != 40 || len(m.Texts) != 40 || math.Abs(float64(m.Gap)-want) > 1e-12 {
			t.Errorf("%s: %d pairs of width %d, method %s with %d and %d points, gap %v, want %v", method, r.N, r.D, m.Method, len(m.Images), len(m.Texts), m.Gap, want)
		}
		if undefined := math.IsNaN(float64(m.Explained[0])); undefined != (method == MapUMAP) {
			t.Errorf("%s: explained %v", method, m.Explained)
		}
		a, b := centre(m.Images), centre(m.Texts)
		across, up := a[0]-b[0], a[1]-b[1]
		switch {
		case method == MapUMAP:
		case method == MapGap && !(math.Abs(across-want) < 1e-6 && math.Abs(up) < 1e-6):
			t.Errorf("gap: centroids differ by (%v, %v), want (%v, 0)", across, up, want)
		case math.Hypot(across, up) > want+1e-6:
			t.Errorf("%s: centroids are %v apart, more than the gap of %v", method, math.Hypot(across, up), want)
		}
	}
}

// TestDrawMapOfOdd: one dimension has one axis; rows without a map, and a map that ends early, say so.
func TestDrawMapOfOdd(t *testing.T) {
	flat := &Subject{Name: "flat", Images: gap.NewEmbeddings(2, 1, []float32{1, 1}), Texts: gap.NewEmbeddings(2, 1, []float32{-1, 1})}
	for _, method := range []string{MapPCA, MapSVD, MapGap} {
		r, err := DrawMap(t.Context(), flat, method, 1, nil)
		if err != nil {
			t.Fatal(method, err)
		}
		if m := r.Maps[0]; m.Explained != [2]Float{1, 0} || m.Images[0][0] == m.Texts[0][0] || m.Images[0][1] != 0 {
			t.Errorf("%s of one dimension: %+v", method, m)
		}
	}
	same := &Subject{Name: "same", Images: flat.Images, Texts: flat.Images}
	for _, method := range []string{MapPCA, MapGap} {
		_, err := DrawMap(t.Context(), same, method, 1, nil)
		if kind, known := fault.KindOf(err); !known || kind != fault.Input {
			t.Errorf("%s of rows that coincide: %v, want a fault of the data", method, err)
		}
	}
	bad := &Subject{Name: "bad", Images: flat.Images, Texts: gap.NewEmbeddings(2, 1, []float32{0, 1})}
	for _, method := range MapMethods() {
		if _, err := DrawMap(t.Context(), bad, method, 1, nil); err == nil {
			t.Errorf("%s of a row of zeros: no error", method)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, method := range MapMethods() {
		if _, err := DrawMap(ctx, twoClouds(40, 16), method, 1, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", method, err)
		}
	}
	if kind, _ := fault.KindOf(CheckMap("tsne")); kind != fault.Usage || CheckMap("") != nil || CheckMap(MapSVD) != nil {
		t.Error("CheckMap refuses a method or takes what is none")
	}
}
