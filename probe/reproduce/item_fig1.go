package reproduce

import (
	"context"
	"fmt"
	"math"

	"mindgap/gap"
	"mindgap/probe"
)

// fig1 is the map of both clouds by an uncentred SVD, which is what the authors draw, and the gap.
var fig1 = item{id: "fig-1", need: func(string) Need { return needFeatures }, run: runFig1}

// reRun is the tolerance of numbers that NumPy computed from the same files in float64, relative: both sum float32 rows in another order.
const reRun = 1e-6

// aboutNumPy holds a number to one that NumPy computed from the same file.
func aboutNumPy(value, paper float64) Here {
	return same(value, reRun*max(1, math.Abs(paper)), "same file: within 1e-6 of NumPy's value, relative above 1")
}

// apart is the share of rows nearer to their own side's centroid than to the other's above which two clouds count as separate regions; chance
// gives a half.
const apart = 0.9

func runFig1(ctx context.Context, e *env) (*outcome, error) {
	out := &outcome{here: map[string]Here{}}
	pictures := &probe.ReportResults{Compare: &probe.CompareResults{}}
	for _, name := range []string{"clip", "convirt"} {
		f := e.published(name)
		if f == nil {
			continue
		}
		m, err := e.metrics(ctx, f.subject, 0, "gap")
		if err != nil {
			return nil, err
		}
		place, err := svdMap(ctx, f.subject, f.Model)
		if err != nil {
			return nil, err
		}
		for row, v := range map[string]float64{"gap": float64(m["gap"].Value), "side": place.side, "s1": place.singular[0], "s2": place.singular[1]} {
			id := name + "." + row
			out.here[id] = aboutNumPy(v, float64(thePaper.number("fig-1", id).Value))
		}
		out.inputs = append(out.inputs, "the authors' "+f.File)
		addMap(pictures, place.Map, m["gap"])
	}
	s, err := e.trained(ctx)
	if err != nil {
		return nil, err
	}
	m, err := e.metrics(ctx, s, resamples, "gap")
	if err != nil {
		return nil, err
	}
	place, err := svdMap(ctx, s, s.Name)
	if err != nil {
		return nil, err
	}
	out.inputs = append(out.inputs, e.on(s))
	addMap(pictures, place.Map, m["gap"])
	if e.published("clip") == nil {
		g := m["gap"]
		out.here["clip.gap"] = standIn(g, g.Low != nil && *g.Low > 0, "another model: its gap's 95% interval lies above 0")
		out.here["clip.side"] = standIn(probe.Interval{Value: probe.Float(place.side)}, place.side >= apart,
			"another model: at least nine rows in ten lie nearer to their own centroid on the map")
	}
	out.figures = []Figure{{Name: "fig-1", Title: "The modality gap", Plot: "gap-map", Data: pictures,
		Caption: "Each dot is an image or a text, at the first two columns of U·S of the uncentred singular value decomposition of all unit rows together (no units). " +
			"Grey lines join evenly chosen pairs, diamonds are centroids, and the number is their distance in all dimensions, the gap. Each panel has axes of its own, and a decomposition leaves their signs open."}}
	out.notes = []string{"The paper's text says PCA; its notebook, repeated here, takes the singular vectors of rows that are not centred. Axis 1 then points to the mean of all rows, and the clouds part along axis 2."}
	return out, nil
}

// A laidOut is a map with what is read off it.
type laidOut struct {
	probe.Map
	side     float64 // share of rows nearer to their own side's centroid
	singular []float64
}

// svdMap lays a subject out as the authors do.
func svdMap(ctx context.Context, s *probe.Subject, name string) (*laidOut, error) {
	p, err := gap.SVDMap(ctx, 2, s.Images, s.Texts)
	if err != nil {
		return nil, fmt.Errorf("draw the map of %s: %w", s.Name, err)
	}
	images, texts := p.Apply(s.Images), p.Apply(s.Texts)
	m := &laidOut{singular: p.SingularValues(), Map: probe.Map{Model: name, Method: probe.MapSVD, Images: flat(images), Texts: flat(texts)}}
	for i, v := range p.Explained {
		m.Explained[i] = probe.Float(v)
	}
	a, b := centre(images), centre(texts)
	own := 0
	for _, x := range images {
		if distance(x, a) <= distance(x, b) {
			own++
		}
	}
	for _, x := range texts {
		if distance(x, b) <= distance(x, a) {
			own++
		}
	}
	m.side = float64(own) / float64(len(images)+len(texts))
	return m, nil
}

// addMap adds a panel, with its gap.
func addMap(r *probe.ReportResults, m probe.Map, g probe.Interval) {
	m.Gap = g.Value
	r.Maps = append(r.Maps, m)
	r.Compare.Models = append(r.Compare.Models, probe.ComparedModel{Name: m.Model, Metrics: map[string]probe.Interval{"gap": g}})
}

func centre(points [][]float64) [2]float64 {
	var c [2]float64
	for _, p := range points {
		c[0] += p[0] / float64(len(points))
		c[1] += p[1] / float64(len(points))
	}
	return c
}

func distance(p []float64, c [2]float64) float64 { return math.Hypot(p[0]-c[0], p[1]-c[1]) }

func flat(points [][]float64) [][2]float32 {
	out := make([][2]float32, len(points))
	for i, p := range points {
		out[i] = [2]float32{float32(p[0]), float32(p[1])}
	}
	return out
}
