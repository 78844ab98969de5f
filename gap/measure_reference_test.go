package gap

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree walks decoded JSON by keys.
type tree map[string]any

func readTree(tb testing.TB, path string) tree {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var t tree
	if err := json.Unmarshal(raw, &t); err != nil {
		tb.Fatal(err)
	}
	return t
}

func (t tree) at(keys ...string) tree {
	for _, k := range keys {
		next, ok := t[k].(map[string]any)
		if !ok {
			panic(fmt.Sprintf("no key %q in reference values", k))
		}
		t = next
	}
	return t
}

func (t tree) num(keys ...string) float64 {
	v, ok := t.at(keys[:len(keys)-1]...)[keys[len(keys)-1]].(float64)
	if !ok {
		panic(fmt.Sprintf("no number %q in reference values", keys))
	}
	return v
}

func (t tree) list(keys ...string) []any {
	v, ok := t.at(keys[:len(keys)-1]...)[keys[len(keys)-1]].([]any)
	if !ok {
		panic(fmt.Sprintf("no list %q in reference values", keys))
	}
	return v
}

// near reports |got − want| ≤ rel·max(1, |want|).
func near(got, want, rel float64) bool { return math.Abs(got-want) <= rel*math.Max(1, math.Abs(want)) }

// TestReferenceMetrics measures the published features of four model families against the reference values (NumPy in float64, checked
// there against torch, scikit-learn and SciPy).
func TestReferenceMetrics(t *testing.T) { eachEngine(t, referenceMetrics) }

func referenceMetrics(t *testing.T) {
	all := readTree(t, referencePath(t, "goldens", "gap_metrics.json"))
	for _, model := range []string{"clip", "clip_random", "convirt", "convirt_random"} {
		t.Run(model, func(t *testing.T) {
			p, ref := referencePair(t, model), all.at(model)
			got, err := Measure(t.Context(), p, MeasureOptions{Scale: 100})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]float64{
				"gap": ref.num("gap_normalised"), "gap_raw": ref.num("gap_raw"),
				"centroid_cosine":     ref.num("centroid_cosine"),
				"centroid_norm_image": ref.num("centroid_norm_image"), "centroid_norm_text": ref.num("centroid_norm_text"),
				"matched_cosine_mean": ref.num("matched_cos_mean"), "matched_cosine_min": ref.num("matched_cos_min"),
				"matched_cosine_max": ref.num("matched_cos_max"), "unmatched_cosine_mean": ref.num("unmatched_cos_mean"),
				"alignment": ref.num("alignment_a2"), "rmg": ref.num("rmg", "rmg"), "cka_linear": ref.num("cka_linear"),
				"procrustes_relative": ref.num("procrustes", "uncentred", "relative_sq"),
				"pca1_gap_cosine":     ref.num("pca_stacked", "abs_cos_pc1_gap"),
			}
			for _, m := range []string{"image", "text"} {
				for stat, key := range map[string]string{"mean": "mean", "min": "min", "max": "max", "std": "std_pop"} {
					want["cosine_"+m+"_"+stat] = ref.num("cosine_"+m, key)
				}
				want["effective_rank_"+m] = ref.num("rank_"+m, "effective_rank_centred")
				want["participation_ratio_"+m] = ref.num("rank_"+m, "participation_ratio_centred")
			}
			for _, m := range []string{"image", "text", "union"} {
				want["uniformity_"+m] = ref.num("uniformity_t2", m)
			}
			for _, k := range []string{"1", "5", "10"} {
				want["image_to_text_recall_at_"+k] = ref.num("recall_image_to_text", "R"+k)
				want["text_to_image_recall_at_"+k] = ref.num("recall_text_to_image", "R"+k)
			}
			for _, k := range []string{"1", "2", "5", "10"} {
				want["gap_top"+k+"_share"] = ref.num("gap_topk_share", k)
			}
			for _, m := range []string{"text_to_image", "image_to_text"} {
				want["hubness_"+m] = ref.num("hubness_k10", m, "skewness")
			}
			want["separability_logreg_accuracy"] = ref.num("separability", "logreg_5fold", "mean_accuracy")
			want["separability_logreg_nll"] = average(floats(ref.list("separability", "logreg_5fold", "fold_test_nll")))
			want["separability_lda_accuracy"] = ref.num("separability", "lda_even_odd_ridge1e_3", "test_accuracy")
			want["mmd2_biased"] = ref.num("mmd2_gaussian", "biased_V")
			want["mmd2_unbiased"] = ref.num("mmd2_gaussian", "unbiased_U")
			want["frechet_d2"] = ref.num("frechet", "d2")
			for k, v := range ref.list("pca_stacked", "explained_ratio_first10") {
				want[fmt.Sprintf("pca%d_explained", k+1)] = v.(float64)
			}
			checkResults(t, got, want, 1e-6)
			for m, e := range map[string]*Embeddings{"image": p.Images, "text": p.Texts} {
				stats, err := PairwiseCosine(t.Context(), e, 20)
				if err != nil {
					t.Fatal(err)
				}
				var hist []int64
				for _, v := range ref.list("cosine_"+m, "hist20") {
					hist = append(hist, int64(v.(float64)))
				}
				if diff := cmp.Diff(hist, stats.Histogram); diff != "" {
					t.Errorf("%s histogram (-want +got):\n%s", m, diff)
				}
			}
		})
	}
}

// checkResults compares every wanted value; tolerance |got − want| ≤ rel·max(1, |want|).
func checkResults(t *testing.T, got Measurement, want map[string]float64, rel float64) {
	t.Helper()
	var worst float64
	for name, w := range want {
		r, ok := got.Get(name)
		if !ok {
			t.Errorf("%s was not measured", name)
			continue
		}
		if !near(r.Value, w, rel) {
			t.Errorf("%s = %.15g, want %.15g", name, r.Value, w)
		}
		worst = math.Max(worst, math.Abs(r.Value-w)/math.Max(1, math.Abs(w)))
	}
	t.Logf("%d values, worst deviation %.2g", len(want), worst)
}

// TestReferenceTies holds recall over duplicated rows to the interval in which it may lie.
func TestReferenceTies(t *testing.T) { eachEngine(t, referenceTies) }

func referenceTies(t *testing.T) {
	ties := readTree(t, referencePath(t, "goldens", "ties.json"))
	for _, model := range []string{"clip", "clip_random", "convirt", "convirt_random"} {
		got, err := Measure(t.Context(), referencePair(t, model), MeasureOptions{Scale: 100})
		if err != nil {
			t.Fatal(err)
		}
		for name, key := range map[string]string{"image_to_text": "i2t", "text_to_image": "t2i"} {
			for _, k := range []string{"1", "5", "10"} {
				r, _ := got.Get(name + "_recall_at_" + k)
				span := ties.at(model, key, "recall_range")[k].([]any)
				// The upper end counts ties for the match, which is this package's rule.
				if want := span[1].(float64); math.Abs(r.Value-want) > 1e-12 {
					t.Errorf("%s %s = %v, want %v of %v", model, r.Name, r.Value, want, span)
				}
			}
		}
	}
}
