package randominit

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
)

// moments are what testdata/reference.py freezes of a group of parameters.
type moments struct {
	N                   float64
	Mean, Std, Min, Max float64
	square              float64
}

func (m *moments) add(v []float64) {
	if m.N == 0 {
		m.Min, m.Max = math.Inf(1), math.Inf(-1)
	}
	m.N += float64(len(v))
	for _, x := range v {
		m.Mean += x
		m.square += x * x
		m.Min, m.Max = min(m.Min, x), max(m.Max, x)
	}
}

func (m *moments) finish() {
	m.Mean /= m.N
	m.Std = math.Sqrt(max(m.square/m.N-m.Mean*m.Mean, 0))
}

var layerIndex = regexp.MustCompile(`\b(layers|resblocks)\.\d+`)

// drawnStatistics draws a model and sums it up by the same groups.
func drawnStatistics(t *testing.T, a *Arch, s Scheme, seed uint64) map[string]*moments {
	t.Helper()
	params, err := a.Params(s)
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string]*moments{}
	buf := make([]float64, blockLen)
	for _, p := range params {
		if p.Count {
			continue
		}
		name := layerIndex.ReplaceAllString(p.Name, "$1.*")
		if groups[name] == nil {
			groups[name] = &moments{}
		}
		for k := int64(0); k*blockLen < p.Len(); k++ {
			v := buf[:min(blockLen, p.Len()-k*blockLen)]
			p.Law.draw(v, stream{seed, p.Name}, k)
			for i, x := range v {
				v[i] = float64(float32(x))
			}
			groups[name].add(v)
		}
	}
	for _, g := range groups {
		g.finish()
	}
	return groups
}

// Every group of parameters against PyTorch's own initialisation of the same architecture. Both are samples of n elements. With a chance
// below 1e-6 a group, were the laws equal, they differ by more than
//
//	mean: 5σ·√(2/n)
//	deviation: 5σ·√((κ-1)/4·2/n), with the kurtosis κ = 3 of the normal and 9/5 of the uniform law; 3 serves both
//	extremes: 15 scales of the extreme's own law, 2b/n for the uniform law on ±b, σ/√(2 ln n) for the normal
//
// and constants must be equal to float32.
func TestStatisticsAgainstPyTorch(t *testing.T) {
	b, err := os.ReadFile("testdata/statistics.json")
	if err != nil {
		t.Fatal(err)
	}
	var frozen map[string]json.RawMessage
	if err := json.Unmarshal(b, &frozen); err != nil {
		t.Fatal(err)
	}
	delete(frozen, "versions")
	if len(frozen) != 7 {
		t.Fatalf("%d models frozen, want 7", len(frozen))
	}
	for key, raw := range frozen {
		t.Run(key, func(t *testing.T) {
			name, scheme, _ := strings.Cut(key, " ")
			a, err := Named(name)
			switch {
			case strings.HasPrefix(name, "tiny"):
				a = tinyArch(t, name)
			case err != nil:
				t.Fatal(err)
			case os.Getenv("MINDGAP_FULLSIZE") == "":
				t.Skip("150 million numbers: set MINDGAP_FULLSIZE")
			}
			var want map[string]moments
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			got := drawnStatistics(t, a, Scheme(scheme), 5)
			for group := range got {
				if _, ok := want[group]; !ok {
					t.Errorf("%s is drawn, and PyTorch's model has it not", group)
				}
			}
			uniform := uniformGroups(t, a, Scheme(scheme))
			for group, w := range want {
				g := got[group]
				if g == nil {
					t.Errorf("%s is not drawn", group)
					continue
				}
				if g.N != w.N {
					t.Errorf("%s: %v elements, want %v", group, g.N, w.N)
				}
				if w.Std < 1e-12 {
					if tol := 1e-6 * math.Abs(w.Mean); math.Abs(g.Min-w.Mean) > tol || math.Abs(g.Max-w.Mean) > tol {
						t.Errorf("%s: from %v to %v, want the constant %v", group, g.Min, g.Max, w.Mean)
					}
					continue
				}
				within := func(what string, got, want, tol float64) {
					if !(math.Abs(got-want) <= tol) {
						t.Errorf("%s: %s %v, want %v ± %v", group, what, got, want, tol)
					}
				}
				edge := 15 * w.Std / math.Sqrt(2*math.Log(w.N))
				if b := uniform[group]; b > 0 {
					edge = 15 * 2 * b / w.N
				}
				within("mean", g.Mean, w.Mean, 5*w.Std*math.Sqrt(2/w.N))
				within("deviation", g.Std, w.Std, 5*w.Std/math.Sqrt(w.N))
				within("least", g.Min, w.Min, edge)
				within("greatest", g.Max, w.Max, edge)
			}
		})
	}
}

// uniformGroups returns the bounds of the groups that are drawn uniformly.
func uniformGroups(t *testing.T, a *Arch, s Scheme) map[string]float64 {
	params, err := a.Params(s)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, p := range params {
		if p.Law.kind == uniform {
			out[layerIndex.ReplaceAllString(p.Name, "$1.*")] = p.Law.dev
		}
	}
	return out
}

func tinyArch(t testing.TB, name string) *Arch {
	t.Helper()
	file := "testdata/" + name + "/config.json"
	if name == "tiny-resnet" {
		file = "testdata/" + name + "/open_clip_config.json"
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseArch(name, b)
	if err != nil {
		t.Fatal(err)
	}
	a.Name = name
	return a
}

// The architectures have the numbers of parameters that open_clip's profiles state, and OpenAI's logit scale.
func TestParameterCounts(t *testing.T) {
	for name, want := range map[string]int64{"ViT-B-32": 151_277_313, "ViT-B-16": 149_620_737, "ViT-L-14": 427_616_513, "RN50": 102_007_137} {
		a, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		params, err := a.Params(OpenAI)
		if err != nil {
			t.Fatal(err)
		}
		got := int64(0)
		for _, p := range params {
			if p.Count || strings.Contains(p.Name, "running_") {
				continue // buffers
			}
			got += p.Len()
			if p.Name == "logit_scale" && p.Law.Mean() != math.Log(1/0.07) {
				t.Errorf("%s: logit scale %v", name, p.Law)
			}
		}
		if got != want {
			t.Errorf("%s: %d parameters, want %d", name, got, want)
		}
	}
}
