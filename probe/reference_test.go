package probe

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/loaders/embfile"
)

// builtinConfig runs without a cache, so that towers run in every test.
func builtinConfig() *Config { return &Config{NoCache: true} }

// sweepRow is a row of the reference sweep, as PyTorch computed it from its own embeddings (models/builtin/scripts/emoji/reference.py).
type sweepRow struct {
	Delta          float64 `json:"delta"`
	Distance       float64 `json:"centroid_distance"`
	LossLearned    float64 `json:"loss_learned_temperature"`
	Loss1          float64 `json:"loss_temperature_1"`
	Single         float64 `json:"top1_single"`
	Ensemble       float64 `json:"top1_ensemble"`
	FriendlySingle float64 `json:"friendly_50_top1_single"`
	Friendly       float64 `json:"friendly_50_top1_ensemble"`
	GroupsSingle   float64 `json:"groups_9_top1_single"`
	Groups         float64 `json:"groups_9_top1_ensemble"`
}

// reference is what testdata/emoji.json holds of the reference's summary.
type reference struct {
	Scale    float64 `json:"logit_scale_exp"`
	ZeroShot map[string]struct {
		Classes  int     `json:"classes"`
		Images   int     `json:"images"`
		Single   float64 `json:"top1_single"`
		Ensemble float64 `json:"top1_ensemble"`
		Top5     float64 `json:"top5_ensemble"`
	} `json:"zero_shot"`
	Pairs struct {
		Gap   float64    `json:"modality_gap"`
		Sweep []sweepRow `json:"sweep"`
	} `json:"pairs_1300"`
}

func readReference(t *testing.T, name string) reference {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// targets are the built-in labels with their names in the reference.
var targets = []struct {
	target, name string
	single, ens  func(sweepRow) float64
}{
	{"name", "names_1300", func(r sweepRow) float64 { return r.Single }, func(r sweepRow) float64 { return r.Ensemble }},
	{"everyday", "friendly_50", func(r sweepRow) float64 { return r.FriendlySingle }, func(r sweepRow) float64 { return r.Friendly }},
	{"group", "groups_9", func(r sweepRow) float64 { return r.GroupsSingle }, func(r sweepRow) float64 { return r.Groups }},
}

// From the image files alone, preprocessing, tokenizer and both towers give PyTorch's embeddings: |a − b| ≤ 1e-5 everywhere, a hundredth
// of what a wrong level of one pixel does. The reference fed the same pictures as Pillow decodes and resizes them.
func TestBuiltinEmbeddings(t *testing.T) {
	s, err := builtinConfig().Load(t.Context(), WithTexts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, side := range []struct {
		file string
		got  *gap.Embeddings
	}{{"image_embeds.npy", s.Images}, {"text_embeds.npy", s.Texts}} {
		want, _, err := embfile.Read(filepath.Join("..", "gap", "testdata", "emoji", side.file))
		if err != nil {
			t.Fatal(err)
		}
		if side.got.N != want.N || side.got.D != want.D {
			t.Fatalf("%s: %d×%d, want %d×%d", side.file, side.got.N, side.got.D, want.N, want.D)
		}
		worst, at := 0.0, 0
		for i, v := range want.Data {
			if d := math.Abs(float64(v) - float64(side.got.Data[i])); d > worst {
				worst, at = d, i
			}
		}
		t.Logf("%s: largest difference %.2g", side.file, worst)
		if worst > 1e-5 {
			t.Errorf("%s: row %d (%s) differs by %g", side.file, at/want.D, s.Data.IDs[at/want.D], worst)
		}
	}
}

// Gap, every row of the sweep and every zero-shot count of the reference, end to end from the image files, for all three targets:
// distances within 1e-5, losses (mean over chunks of 50 pairs) within 1e-4, counts equal.
func TestBuiltinSweep(t *testing.T) {
	ref := readReference(t, "emoji.json")
	var lambdas []float64
	for _, r := range ref.Pairs.Sweep {
		lambdas = append(lambdas, r.Delta)
	}
	for _, target := range targets {
		t.Run(target.target, func(t *testing.T) {
			c := builtinConfig()
			c.Data = datasets.Options{Target: target.target}
			s, err := c.Load(t.Context(), WithTexts|WithPrompts)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			near(t, "logit scale", s.Scale, ref.Scale, 1e-9*ref.Scale)
			res, warnings, err := Shift(t.Context(), s, ShiftOptions{Lambdas: lambdas, Scales: []float64{1, s.Scale}, Chunk: 50})
			if err != nil {
				t.Fatal(err)
			}
			if len(warnings) > 0 {
				t.Errorf("warnings %q", warnings)
			}
			z := ref.ZeroShot[target.name]
			for i, row := range ref.Pairs.Sweep {
				p := res.Points[i]
				near(t, "distance", float64(p.Distance), row.Distance, 1e-5)
				near(t, "loss at the learned scale", float64(p.Loss[scaleKey(s.Scale)]), row.LossLearned, 1e-4)
				near(t, "loss at scale 1", float64(p.Loss["1"]), row.Loss1, 1e-4)
				if want := int(math.Round(target.ens(row) * float64(z.Images))); p.Accuracy.Correct != want || p.Accuracy.N != z.Images {
					t.Errorf("λ = %v: ensemble %d of %d right, want %d of %d", row.Delta, p.Accuracy.Correct, p.Accuracy.N, want, z.Images)
				}
				if want := int(math.Round(target.single(row) * float64(z.Images))); p.AccuracySingle.Correct != want {
					t.Errorf("λ = %v: single %d right, want %d", row.Delta, p.AccuracySingle.Correct, want)
				}
			}
			zero, _, err := ZeroShot(t.Context(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "acc1", float64(zero.Metrics["acc1"]), z.Ensemble, 1e-12)
			near(t, "acc5", float64(zero.Metrics["acc5"]), z.Top5, 1e-12)
			near(t, "single", float64(zero.Single.Value), z.Single, 1e-12)
			m, _, err := Measure(t.Context(), s, MeasureOptions{Names: []string{"gap"}})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "gap", float64(m.Metrics["gap"].Value), ref.Pairs.Gap, 1e-6)
		})
	}
}

// The untrained twins have the gaps that PyTorch computed for them.
func TestTwins(t *testing.T) {
	var want map[string]float64
	b, err := os.ReadFile(filepath.Join("testdata", "twins.json"))
	if err == nil {
		err = json.Unmarshal(b, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 3 {
		t.Fatalf("%d twins, want 3", len(want))
	}
	for ref, g := range want {
		c := builtinConfig()
		c.Model = ref
		s, err := c.Load(t.Context(), WithTexts)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Pair()
		if err != nil {
			t.Fatal(err)
		}
		near(t, ref, gap.SumsOf(p).Gap(), g, 1e-5)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The built-in model's gap is no accident, and BCa intervals are near percentile ones where resamples are many and symmetric.
func TestMeasureIntervals(t *testing.T) {
	s, err := builtinConfig().Load(t.Context(), WithTexts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := MeasureOptions{Bootstrap: 400, Seed: 3, Names: []string{"gap", "matched_cosine_mean"}}
	plain, _, err := Measure(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	o.BCa = true
	bca, _, err := Measure(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Intervals != "percentile" || bca.Intervals != "bca" || plain.Permutation == nil {
		t.Fatalf("%+v and %+v", plain, bca)
	}
	// No swap of 400 comes near: (1 + 0)/(1 + 400).
	near(t, "permutation p", float64(plain.Permutation.PValue), 1.0/401, 1e-12)
	a, b := plain.Metrics["matched_cosine_mean"], bca.Metrics["matched_cosine_mean"]
	width := float64(*a.High - *a.Low)
	near(t, "low", float64(*b.Low), float64(*a.Low), width/5)
	near(t, "high", float64(*b.High), float64(*a.High), width/5)
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.9g, want %.9g within %g", what, got, want, tolerance)
	}
}

// The λ that is chosen on one half is not chosen by looking at the other: its value is that of the odd images under the even images'
// vector.
func TestBestIsHeldOut(t *testing.T) {
	s, err := builtinConfig().Load(t.Context(), WithTexts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lambdas := []float64{-0.5, 0.5, 1}
	res, _, err := Shift(t.Context(), s, ShiftOptions{Lambdas: lambdas, Scales: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := s.Pair()
	if err != nil {
		t.Fatal(err)
	}
	even, odd := pair.Halves()
	best := res.Best["loss@1"]
	if !slices.Contains(lambdas, float64(best.Lambda)) || best.ChosenOn+best.HeldOutOn != pair.Images.N {
		t.Fatalf("best %+v", best)
	}
	points, err := gap.Sweep(t.Context(), odd, gap.SweepOptions{Lambdas: []float64{float64(best.Lambda), 0}, Scales: []float64{1}, Vector: gap.GapVector(even)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", float64(best.Value), points[0].Loss[0], 1e-12)
	near(t, "at zero", float64(best.AtZero), points[1].Loss[0], 1e-12)
}
