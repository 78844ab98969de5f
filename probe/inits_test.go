package probe

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mindgap/gap"
	"mindgap/loaders/embfile"
	"mindgap/models/builtin"
	"mindgap/models/fault"
)

// initsTowerFixture is one tower's part of initsFixture.
type initsTowerFixture struct {
	Cones                   []map[string]float64
	Within, Same, Different map[string]float64
	Share                   float64
	Singular, Explained     []float64
	Points                  [][2]float64
}

// initsFixture is testdata/inits.json, by inits.py.
type initsFixture struct {
	Seeds       []uint64
	N           int
	Gaps        []float64
	Gap         map[string]float64
	Image, Text initsTowerFixture
}

func readInits(t *testing.T) (f initsFixture, clouds map[string][]*gap.Embeddings) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "inits.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	all, _, err := embfile.Read(filepath.Join("testdata", "inits.npy"))
	if err != nil {
		t.Fatal(err)
	}
	clouds = map[string][]*gap.Embeddings{}
	for i := range all.N / f.N {
		tower := [2]string{"image", "text"}[i/len(f.Seeds)]
		clouds[tower] = append(clouds[tower], all.Slice(i*f.N, (i+1)*f.N))
	}
	return f, clouds
}

// sameSpread compares a InitsSpread with mean, std, min and max.
func sameSpread(t *testing.T, what string, got InitsSpread, want map[string]float64, tolerance float64) {
	t.Helper()
	for name, v := range map[string]Float{"mean": got.Mean, "std": got.Std, "min": got.Min, "max": got.Max} {
		if !(math.Abs(float64(v)-want[name]) <= tolerance) {
			t.Errorf("%s: %s %v, want %v", what, name, v, want[name])
		}
	}
}

// The comparison of initialisations is NumPy's and scikit-learn's on the same embeddings. Cosines are accumulated in float64, so 1e-10 is
// left for the order of summation; tiles of the pairwise cosines may be of float32, hence 1e-6 for their extremes and spread.
func TestInitsReference(t *testing.T) {
	f, clouds := readInits(t)
	for tower, want := range map[string]initsTowerFixture{"image": f.Image, "text": f.Text} {
		got, warnings, err := (&Config{}).initsTower(t.Context(), initClouds{tower, clouds[tower]}, InitsOptions{Seed: f.Seeds[0], Map: MapPCA})
		if err != nil || len(warnings) > 0 {
			t.Fatal(err, warnings)
		}
		if got.N != f.N || got.Width != 64 || len(got.Cones) != len(f.Seeds) {
			t.Errorf("%s: %d inputs of width %d, %d cones", tower, got.N, got.Width, len(got.Cones))
		}
		for i, c := range got.Cones {
			if c.Seed != f.Seeds[i] {
				t.Errorf("%s: cone %d has seed %d", tower, i, c.Seed)
			}
			sameSpread(t, tower+" cone", InitsSpread{Mean: c.Mean, Std: c.Std, Min: c.Min, Max: c.Max}, want.Cones[i], 1e-6)
		}
		sameSpread(t, tower+" within", got.Within, want.Within, 1e-10)
		sameSpread(t, tower+" between, same input", got.SameInput, want.Same, 1e-10)
		sameSpread(t, tower+" between, different inputs", got.DifferentInputs, want.Different, 1e-10)
		if math.Abs(float64(got.InitShare)-want.Share) > 1e-10 {
			t.Errorf("%s: share %v, want %v", tower, got.InitShare, want.Share)
		}
		if len(got.Singular.Values) != len(want.Singular) {
			t.Fatalf("%s: %d singular values, want %d", tower, len(got.Singular.Values), len(want.Singular))
		}
		for i, v := range got.Singular.Values {
			if math.Abs(float64(v)-want.Singular[i]) > 1e-10*want.Singular[0] {
				t.Errorf("%s: singular value %d is %v, want %v", tower, i, v, want.Singular[i])
			}
		}
		if got.Singular.Large != len(f.Seeds)-1 || float64(got.Singular.Ratio) < 1.2 {
			t.Errorf("%s: %d large singular values by a ratio of %v, want %d", tower, got.Singular.Large, got.Singular.Ratio, len(f.Seeds)-1)
		}
		for i, e := range got.Map.Explained {
			if math.Abs(float64(e)-want.Explained[i]) > 1e-10 {
				t.Errorf("%s: axis %d explains %v, want %v", tower, i, e, want.Explained[i])
			}
		}
		for i, at := range want.Points {
			if p := got.Map.Points[i/f.N][i%f.N]; math.Abs(float64(p[0])-at[0])+math.Abs(float64(p[1])-at[1]) > 1e-6 { // float32
				t.Errorf("%s: row %d lies at %v, want %v", tower, i, p, at)
			}
		}
	}
}

// From the reference to the record: the built-in architecture under four seeds gives the fixture's embeddings and so its numbers. Embeddings
// differ by 2e-6 between processors, cosines by twice that, and a mean of them no more.
func TestInitsOfBuiltin(t *testing.T) {
	f, _ := readInits(t)
	c := builtinConfig()
	c.Model, c.Data.Limit = "random:builtin", f.N
	dir := t.TempDir()
	c.NoCache, c.CacheDir = false, dir
	var drawn []string
	c.Progress = func(s Step) {
		if strings.HasPrefix(s.What, "images through ") {
			drawn = append(drawn, s.What)
		}
	}
	o := InitsOptions{Inits: len(f.Seeds), Seed: f.Seeds[0]}
	rec, err := c.Inits(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := rec.Results.(*InitsResults)
	if rec.Kind != "inits" || rec.Seed != 3 || r.Model != "builtin" || r.Inputs != "data" || len(r.Runs) != 4 || len(r.Towers) != 2 || rec.Inputs.Dataset.Count != f.N {
		t.Errorf("record %+v, results %+v", rec, r)
	}
	for i, run := range r.Runs {
		if run.Seed != f.Seeds[i] || !strings.HasSuffix(run.Ref, "random:builtin?init=openai&seed="+string(rune('0'+f.Seeds[i]))) || len(run.SHA256) != 64 ||
			slices.ContainsFunc(r.Runs[:i], func(o InitRun) bool { return o.SHA256 == run.SHA256 }) {
			t.Errorf("initialisation %+v", run)
		}
		if math.Abs(float64(*run.Gap)-f.Gaps[i]) > 1e-5 {
			t.Errorf("seed %d: gap %v, want %v", run.Seed, *run.Gap, f.Gaps[i])
		}
	}
	sameSpread(t, "gap", *r.Gap, f.Gap, 1e-5)
	sameSpread(t, "image within", r.Towers[0].Within, f.Image.Within, 1e-5)
	sameSpread(t, "text within", r.Towers[1].Within, f.Text.Within, 1e-5)
	sameSpread(t, "text between", r.Towers[1].SameInput, f.Text.Same, 1e-5)
	if p := r.Towers[1].Paper; p == nil || p.Value != 0.6720703 {
		t.Errorf("the paper's row of texts is %+v", p)
	}
	if len(drawn) != len(f.Seeds) {
		t.Errorf("the image tower ran %v", drawn)
	}
	// A second run takes all embeddings from the cache, and says the same.
	drawn = nil
	again, err := c.Inits(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(drawn) > 0 {
		t.Errorf("the second run embedded again: %v", drawn)
	}
	if a, b := asJSON(t, rec.Results), asJSON(t, again.Results); a != b {
		t.Errorf("the second run says\n%s\nafter\n%s", b, a)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Noise is the same for every initialisation and every run, whether it comes from the cache or not.
func TestInitsOnNoise(t *testing.T) {
	c := builtinConfig()
	c.Model = "random:builtin"
	o := InitsOptions{Inits: 3, Seed: 1, Noise: true, Count: 70, Map: MapUMAP} // two batches
	var records []string
	for _, dir := range []string{"", t.TempDir()} {
		c.NoCache, c.CacheDir = dir == "", dir
		rec, err := c.Inits(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, asJSON(t, rec.Results))
		r := rec.Results.(*InitsResults)
		if r.Inputs != "noise" || rec.Inputs.Dataset != nil || r.Towers[0].N != 70 || r.Towers[1].Paper.Value != 0.4111536 || r.Towers[0].Map.Method != MapUMAP ||
			len(r.Towers[0].Map.Points) != 3 || len(r.Towers[0].Map.Points[2]) != 70 {
			t.Errorf("record %+v, results %.300s", rec, records[0])
		}
		// The cone of one initialisation is what the experiment cone gives for it.
		c.Model = "random:builtin?seed=2"
		_, cones, err := c.NoiseCones(t.Context(), 70, 1)
		c.Model = "random:builtin"
		if err != nil {
			t.Fatal(err)
		}
		for i, tower := range r.Towers {
			if got, want := tower.Cones[1].Mean, cones.Cones[i].Mean; got != want {
				t.Errorf("%s: mean cosine %v by inits, %v by cone", tower.Tower, got, want)
			}
		}
	}
	if records[0] != records[1] {
		t.Error("the cache changes the record")
	}
}

// Weights that lie on disk while their towers run are drawn once for both towers, which open one after the other, and are gone afterwards.
func TestInitsOfExport(t *testing.T) {
	model, err := builtin.Open("emoji")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "my-clip")
	if err := os.CopyFS(dir, model); err != nil {
		t.Fatal(err)
	}
	c := builtinConfig()
	c.Model, c.CacheDir = "random:"+dir+"?init=shuffle", t.TempDir()
	rec, err := c.Inits(t.Context(), InitsOptions{Inits: 2, Seed: 7, Noise: true, Count: 9})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(c.CacheDir, "random")); err != nil || len(left) > 0 {
		t.Errorf("weights stay on disk: %v, %v", left, err)
	}
	c.Model += "&seed=8"
	_, cones, err := c.NoiseCones(t.Context(), 9, 7) // both towers at once
	if err != nil {
		t.Fatal(err)
	}
	for i, tower := range rec.Results.(*InitsResults).Towers {
		if got, want := tower.Cones[1].Mean, cones.Cones[i].Mean; got != want {
			t.Errorf("%s: mean cosine %v with one tower at a time, %v with both", tower.Tower, got, want)
		}
	}
}

func TestInitsOfMLP(t *testing.T) {
	c := &Config{Model: "mlp:relu?width=256&layers=2&bias=none"}
	o := InitsOptions{Inits: 8, Seed: 5, Count: 100}
	rec, err := c.Inits(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := rec.Results.(*InitsResults)
	if len(r.Towers) != 1 || r.Towers[0].Tower != "mlp" || r.Towers[0].Width != 256 || r.Gap != nil || r.Inputs != "noise" || r.Model != c.Model || rec.Environment.ONNXRuntime != "" {
		t.Errorf("results %.400s", asJSON(t, r))
	}
	// One initialisation has the cosine that Depth expects, within the spread of seeds; two share the positive orthant: 1/π at infinite width.
	expected, _ := gap.RandomMLP{Width: 256, Batch: 100, Depth: 2, Activation: gap.ReLU, Bias: gap.NoBias}.Expected()
	if w := r.Towers[0].Within; math.Abs(float64(w.Mean)-expected[2]) > 3*float64(w.Std) {
		t.Errorf("cosine within %v ± %v, want %v", w.Mean, w.Std, expected[2])
	}
	if b := r.Towers[0].SameInput; math.Abs(float64(b.Mean)-1/math.Pi) > 0.1 {
		t.Errorf("cosine between %v, want about %v", b.Mean, 1/math.Pi)
	}
	if s := r.Towers[0].Singular; s.Large != o.Inits-1 {
		t.Errorf("%d large singular values, want %d: %v", s.Large, o.Inits-1, s.Values)
	}
	c.Model = "mlp:tanh?width=6&layers=1"
	if rec, err = c.Inits(t.Context(), o); err != nil || len(rec.Warnings) != 1 || !strings.Contains(rec.Warnings[0], "8 initialisations in 6 dimensions") {
		t.Errorf("more cones than dimensions: %v, %v", rec, err)
	}
}

func TestInitsFaults(t *testing.T) {
	good := InitsOptions{Inits: 2, Seed: 1, Count: 10}
	for name, c := range map[string]struct {
		model  string
		change func(*InitsOptions)
		kind   fault.Kind
		want   string
	}{
		"one":              {"random:builtin", func(o *InitsOptions) { o.Inits = 1 }, fault.Usage, "2 to 1000"},
		"many":             {"random:builtin", func(o *InitsOptions) { o.Inits = 1001 }, fault.Usage, "2 to 1000"},
		"last seed":        {"random:builtin", func(o *InitsOptions) { o.Seed = math.MaxUint64 }, fault.Usage, "--seed"},
		"one random input": {"random:builtin", func(o *InitsOptions) { o.Noise, o.Count = true, 1 }, fault.Usage, "at least 2"},
		"map":              {"random:builtin", func(o *InitsOptions) { o.Map = "tsne" }, fault.Usage, "pca or umap"},
		"trained":          {"builtin", nil, fault.Usage, "random:builtin"},
		"seed":             {"random:builtin?seed=3", nil, fault.Usage, "count up from --seed"},
		"scheme":           {"random:builtin?init=hf", nil, fault.Usage, "init=openai"},
		"unknown":          {"random:ViT-B-33", nil, fault.Input, "ViT-B-32"},
		"activation":       {"mlp:swish", nil, fault.Usage, "mlp:ACTIVATION"},
		"mlp key":          {"mlp:relu?depth=3", nil, fault.Usage, "none of width, layers and bias"},
		"mlp twice":        {"mlp:relu?width=3&width=4", nil, fault.Usage, "width twice"},
		"mlp number":       {"mlp:relu?width=x", nil, fault.Usage, "x"},
		"mlp size":         {"mlp:relu?width=0", nil, fault.Usage, "width of 0"},
		"mlp inputs":       {"mlp:relu", func(o *InitsOptions) { o.Count = 1 }, fault.Usage, "batch of 1"},
	} {
		o, config := good, builtinConfig()
		config.Model, config.Data.Limit = c.model, 4
		if c.change != nil {
			c.change(&o)
		}
		_, err := config.Inits(t.Context(), o)
		if kind, ok := fault.KindOf(err); !ok || kind != c.kind || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one of kind %v about %q", name, err, c.kind, c.want)
		}
	}
	one := builtinConfig()
	one.Model, one.Data.Limit = "random:builtin", 1
	if _, err := one.Inits(t.Context(), good); err == nil || !strings.Contains(err.Error(), "at least 2") {
		t.Errorf("one image: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, model := range []string{"random:builtin", "mlp:relu"} {
		c := builtinConfig()
		c.Model = model
		if _, err := c.Inits(ctx, good); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", model, err)
		}
	}
}
