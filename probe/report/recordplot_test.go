package report

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"mindgap/models/fault"
	"mindgap/probe"
)

// simulated returns results of every kind with a plot of its own, by the name of its golden files. They are closed forms, the same on every
// processor.
func simulated(t *testing.T) map[string]any {
	t.Helper()
	results := map[string]any{
		"depth":     syntheticDepth(),
		"train":     syntheticTrain(),
		"benchmark": syntheticBenchmark(),
		"bias":      syntheticBias(),
		"cones":     syntheticCones(),
		"inits":     syntheticInits(probe.MapPCA, "image", "text"),
		"inits-mlp": syntheticInits(probe.MapUMAP, "mlp"),
	}
	results["shift-landscape"] = syntheticShift(300)
	results["compared"] = syntheticCompare(300)
	results["corrections"] = syntheticCorrect(300)
	for _, method := range []string{probe.MapSVD, probe.MapGap, probe.MapUMAP} {
		m := syntheticMap(rand.New(rand.NewPCG(7, 11)), 300)
		m.Method = method
		if method == probe.MapUMAP {
			m.Explained = [2]probe.Float{probe.Float(math.NaN()), probe.Float(math.NaN())}
		}
		results["map-"+method] = &probe.MapResults{N: 300, D: 512, Maps: []probe.Map{m}}
	}
	for name, o := range map[string]probe.SphereOptions{"sphere": {}, "sphere-nine": {Nine: true}} {
		r, err := probe.Sphere(o)
		if err != nil {
			t.Fatal(err)
		}
		results[name] = r
	}
	return results
}

// syntheticCones has wide cones and narrow ones, on data and on noise.
func syntheticCones() *probe.ConeResults {
	r := &probe.ConeResults{}
	for i, name := range []string{"MobileCLIP-S0", "random twin, seed 0"} {
		r.Models = append(r.Models, probe.ConeModel{Name: name, Ref: name})
		for k, tower := range []string{"image", "text"} {
			wide := syntheticCone(name, tower, 0.3+0.4*float64(i)-0.1*float64(k), 0.11, 300)
			narrow := syntheticCone(name, tower, 0.93-0.5*float64(i*k), 0.012, 300)
			narrow.Inputs = "noise"
			r.Cones = append(r.Cones, wide, narrow)
		}
	}
	return r
}

// syntheticDepth has curves of the size and shape of real ones. No number in it is a measurement.
func syntheticDepth() *probe.DepthResults {
	r := &probe.DepthResults{Width: 512, Batch: 1024, Depth: 12, Bias: "normal", Seeds: []uint64{1, 2, 3}}
	for i, name := range []string{"linear", "tanh", "gelu", "leaky-relu", "relu", "maxout", "sigmoid"} {
		c := probe.DepthCurve{Activation: name}
		for layer := range r.Depth + 1 {
			x := float64(layer)
			v := 1 - math.Exp(-0.02*x*float64(1+i*i))
			p := probe.DepthPoint{Layer: layer, Distinct: probe.Float(v), DistinctStd: probe.Float(0.01 * (1 - v) * x)}
			p.Mean, p.Std = probe.Float((1023*v+1)/1024), p.DistinctStd
			p.InitShare, p.InitShareError = probe.Float(v*v), probe.Float(0.008*(1-v)*x)
			if name == "relu" {
				e := probe.Float(v - 0.01*math.Sin(x))
				share := e * e
				p.Expected, p.ExpectedInitShare = &e, &share
			}
			c.Points = append(c.Points, p)
		}
		r.Curves = append(r.Curves, c)
	}
	return r
}

// syntheticInits has 25 cones of 20 inputs in each of the towers. No number in it is a measurement.
func syntheticInits(method string, towers ...string) *probe.InitsResults {
	const k, n = 25, 20
	r := &probe.InitsResults{Model: "ViT-B-32", Inputs: "data", Gap: &probe.InitsSpread{N: k, Mean: 1.19, Std: 0.03, Min: 1.11, Max: 1.24}}
	explained := [2]probe.Float{0.06, 0.05}
	if method == probe.MapUMAP {
		explained = [2]probe.Float{probe.Float(math.NaN()), probe.Float(math.NaN())}
	}
	for at, name := range towers {
		t := probe.InitsTower{Tower: name, N: n, Width: 512, Within: probe.InitsSpread{N: k, Mean: 0.717, Std: 0.04, Min: 0.65, Max: 0.8}, InitShare: 0.68,
			SameInput: probe.InitsSpread{N: 300, Mean: 0.012, Std: 0.05, Min: -0.2, Max: 0.21}, DifferentInputs: probe.InitsSpread{N: 300, Mean: 0.011, Std: 0.05, Min: -0.2, Max: 0.21},
			Map: probe.InitsMap{Method: method, Explained: explained}}
		if name != "mlp" {
			t.Paper = &probe.PaperCone{Of: "ViT-B/32", Value: 0.7172320}
		}
		for i := range k {
			var points [][2]float32
			for j := range n {
				turn, out := 2.4*float64(i), 0.2*math.Sqrt(float64(i)+1)
				x, y := math.Sincos(turn)
				dx, dy := math.Sincos(2.4 * float64(j))
				spread := float64(1+4*at) * 0.012 * math.Sqrt(float64(j))
				points = append(points, [2]float32{float32(out*x + spread*dx), float32(out*y + spread*dy)})
			}
			t.Map.Points = append(t.Map.Points, points)
		}
		for i := range 50 {
			v := 12 - 0.15*float64(i)
			if i >= k-1 {
				v = float64(4+at) * math.Exp(-0.03*float64(i-k))
			}
			t.Singular.Values = append(t.Singular.Values, probe.Float(v))
		}
		t.Singular.Large, t.Singular.LargeByDrop = k-1, k-1
		r.Towers = append(r.Towers, t)
	}
	for i := range k {
		r.Runs = append(r.Runs, probe.InitRun{Seed: uint64(i + 1)})
	}
	if towers[0] == "mlp" {
		r.Model, r.Inputs, r.Gap = "mlp:relu?width=512&layers=5&bias=normal", "noise", nil
	}
	return r
}

// TestRecordPlots draws every plot of a record without a page and compares it with the files that a person looked at.
func TestRecordPlots(t *testing.T) {
	drawn := map[string]bool{}
	for name, results := range simulated(t) {
		t.Run(name, func(t *testing.T) {
			for _, p := range recordPlotters {
				if !p.Applies(results) {
					continue
				}
				drawn[p.Name()] = true
				svg, err := drawRecord(p, results, false)
				if err != nil {
					t.Fatal(err)
				}
				drawing, size := p.Draw(results)
				picture, err := renderPNG(drawing, size, goldenResolution)
				if err != nil {
					t.Fatal(err)
				}
				checkPictures(t, name, svg, picture)
				return
			}
			t.Fatal("no plot applies")
		})
	}
	for _, p := range recordPlotters {
		if !drawn[p.Name()] {
			t.Errorf("no golden file holds the plot %s", p.Name())
		}
	}
}

// TestRecordPlotsOfOddRecords: a plot may decline, but not panic or write NaN.
func TestRecordPlotsOfOddRecords(t *testing.T) {
	nan := probe.Float(math.NaN())
	one, err := probe.Sphere(probe.SphereOptions{Positions: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	many, err := probe.Sphere(probe.SphereOptions{Positions: []float64{-10, 0, 3.5, 20}, Scales: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}})
	if err != nil {
		t.Fatal(err)
	}
	undefined := syntheticDepth()
	for i := range undefined.Curves {
		undefined.Curves[i].Points[2].Distinct, undefined.Curves[i].Points[3].InitShare = nan, nan
		for k := range undefined.Curves[i].Points {
			undefined.Curves[i].Points[k].DistinctStd = nan
		}
	}
	single := syntheticDepth()
	single.Seeds, single.Curves = single.Seeds[:1], single.Curves[:1]
	for k := range single.Curves[0].Points {
		p := &single.Curves[0].Points[k]
		p.DistinctStd, p.InitShare, p.InitShareError = nan, nan, nan
	}
	strange := syntheticDepth()
	strange.Curves[0].Activation, strange.Bias = "<\x1b[31mnew>", "other"
	flat := syntheticDepth()
	for i := range flat.Curves {
		for k := range flat.Curves[i].Points {
			flat.Curves[i].Points[k].Distinct = 1
		}
	}
	cones := syntheticCones()
	for i := range 20 {
		c := syntheticCone(fmt.Sprintf("<model \x1b %d>", i), "other tower", 0.5, 0.1, 30)
		c.Mean, c.Min = nan, nan
		cones.Cones = append(cones.Cones, c)
	}
	clear(cones.Cones[0].Histogram)
	cones.Cones[1].Histogram = nil
	lost := syntheticInits(probe.MapPCA, "text")
	lost.Model = "<\x1b[31mnew>"
	lost.Towers[0].Within.Mean, lost.Towers[0].Map.Points[3][2][0], lost.Towers[0].Singular.Values[7] = nan, float32(math.NaN()), nan
	lost.Towers[0].Map.Points[4], lost.Towers[0].Singular.Large = nil, 99
	fifty := syntheticInits(probe.MapUMAP, "image")
	fifty.Runs = append(fifty.Runs, fifty.Runs...)
	fifty.Towers[0].Map.Points = append(fifty.Towers[0].Map.Points, fifty.Towers[0].Map.Points...)
	bare := syntheticInits(probe.MapPCA, "image")
	bare.Towers[0].Map.Points = nil
	for name, c := range map[string]struct {
		results any
		drawn   bool
	}{
		"twenty cones": {cones, true}, "no cones": {&probe.ConeResults{Cones: cones.Cones[:2]}, false},
		"inits with gaps": {lost, true}, "fifty inits": {fifty, true}, "inits without a map": {bare, false}, "no inits": {&probe.InitsResults{}, false},
		"one angle": {one, false}, "eleven scales": {many, true}, "undefined": {undefined, true}, "one seed": {single, true}, "strange": {strange, true},
		"flat": {flat, true}, "empty": {&probe.DepthResults{}, false}, "no pairs": {&probe.SphereResults{}, false}, "nil": {(*probe.DepthResults)(nil), false},
		"other kind": {&probe.MeasureResults{}, false}, "no map": {&probe.MapResults{}, false}, "nil map": {(*probe.MapResults)(nil), false},
		"no compare": {&probe.CompareResults{}, false}, "nil compare": {(*probe.CompareResults)(nil), false},
		"no corrections": {&probe.CorrectResults{}, false}, "nil corrections": {(*probe.CorrectResults)(nil), false},
		"undefined corrections": {&probe.CorrectResults{Corrections: []probe.Corrected{{Name: "none", Gap: nan, Loss: nan, ImageToTextRecall1: nan, TextToImageRecall1: nan},
			{Name: "<\x1b>", Gap: nan, Loss: nan, ImageToTextRecall1: nan, TextToImageRecall1: nan}}}, false},
		"no shift": {&probe.ShiftResults{}, false}, "nil shift": {(*probe.ShiftResults)(nil), false},
		"sets without a curve": {&probe.BenchmarkResults{Sets: []probe.BenchmarkSet{{}, {Points: []probe.BenchmarkPoint{{}, {SignedDistance: nan}}}}}, false},
		"thirteen sets":        {manySets(13), true}, "no sets": {(*probe.BenchmarkResults)(nil), false}, "no bias": {(*probe.BiasResults)(nil), false},
	} {
		t.Run(name, func(t *testing.T) {
			var applied bool
			for _, p := range recordPlotters {
				if !p.Applies(c.results) {
					continue
				}
				applied = true
				svg, err := drawRecord(p, c.results, false)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) || bytes.Contains(svg, []byte("\x1b")) {
					t.Errorf("%s holds NaN, Inf or a control character", p.Name())
				}
			}
			if applied != c.drawn {
				t.Errorf("a plot applies: %v, want %v", applied, c.drawn)
			}
		})
	}
}

func TestWritePlot(t *testing.T) {
	dir := t.TempDir()
	rec := &probe.Record{Kind: "depth", Results: syntheticDepth()}
	for name, head := range map[string]string{"a.svg": "<svg", "b.PNG": "\x89PNG"} {
		path := filepath.Join(dir, name)
		if err := WritePlot(path, rec); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte(head)) {
			t.Errorf("%s begins with %q", name, b[:4])
		}
	}
	checkFault(t, WritePlot(filepath.Join(dir, "c.pdf"), rec), fault.Usage, "rename the file")
	checkFault(t, WritePlot(filepath.Join(dir, "c"), rec), fault.Usage, "rename the file")
	checkFault(t, WritePlot(filepath.Join(dir, "d.svg"), &probe.Record{Kind: "measure", Results: &probe.MeasureResults{}}), fault.Input, "--plot")
	checkFault(t, WritePlot(filepath.Join(dir, "none", "e.svg"), rec), fault.System, "writable")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: want the two plots alone", entries, err)
	}
}

// TestSimulationSummaries compares the tables of simulations with those that a person looked at.
func TestSimulationSummaries(t *testing.T) {
	for name, results := range simulated(t) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Summary(&b, &probe.Record{Kind: name, Results: results}); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "summary", name+".txt")
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
