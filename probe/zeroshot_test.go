package probe

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
)

// labelledSets are the fixtures of package datasets.
var labelledSets = filepath.Join("..", "datasets", "testdata", "labelled")

// TestCIFARForms: the same hundred pictures as binary records, as a pickle and as a parquet table give the same embeddings, bit for bit, and so
// the same predictions.
func TestCIFARForms(t *testing.T) {
	var first *Subject
	var want *ZeroShotResults
	for _, form := range []string{"binary", "python2", "parquet"} {
		c := builtinConfig()
		c.Model, c.Dataset, c.Data.Root = "builtin:cifar10", "cifar10", filepath.Join(labelledSets, form)
		s, err := c.Load(t.Context(), WithPrompts)
		if err != nil {
			t.Fatal(form, err)
		}
		defer s.Close()
		got, _, err := ZeroShot(t.Context(), s, nil)
		if err != nil {
			t.Fatal(form, err)
		}
		if first == nil {
			first, want = s, got
			continue
		}
		if !slices.Equal(s.Images.Data, first.Images.Data) {
			t.Errorf("%s: the embeddings differ from those of the binary form", form)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-binary +got)\n%s", form, diff)
		}
	}
	total, right := 0, 0
	for k, row := range want.Confusion {
		if len(row) != 10 {
			t.Fatalf("row %d of the confusion matrix has %d columns", k, len(row))
		}
		for p, n := range row {
			total += n
			if p == k {
				right += n
			}
		}
		if row[k] != want.PerClass[k].Correct {
			t.Errorf("class %d: %d right in the matrix, %d in the table", k, row[k], want.PerClass[k].Correct)
		}
	}
	if total != 100 || right != want.Accuracy.Correct || len(want.Confusion) != 10 {
		t.Errorf("%d classes, %d images, %d right; want 10, 100, %d", len(want.Confusion), total, right, want.Accuracy.Correct)
	}
}

// TestClassPrompts: prompts spelled out by class are the classifier that their templates make; a class without prompts is a fault.
func TestClassPrompts(t *testing.T) {
	c := builtinConfig()
	c.Data = datasets.Options{Target: "group", Limit: 200}
	plain, err := c.Load(t.Context(), WithPrompts)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	want, _, err := ZeroShot(t.Context(), plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.ClassPrompts = map[string][]string{}
	for _, class := range plain.Data.Classes {
		for _, template := range plain.Data.Templates {
			c.ClassPrompts[class] = append(c.ClassPrompts[class], datasets.Prompt(template, class))
		}
	}
	s, err := c.Load(t.Context(), WithPrompts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, _, err := ZeroShot(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	got.Templates = want.Templates
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-templates +prompts by class)\n%s", diff)
	}
	if in := s.Inputs.Prompts; !in.ByClass || in.SHA256 == plain.Inputs.Prompts.SHA256 {
		t.Errorf("prompts in the record: %+v", in)
	}
	// Classes may have different numbers of prompts.
	c.ClassPrompts[plain.Data.Classes[3]] = c.ClassPrompts[plain.Data.Classes[3]][:1]
	if s, err = c.Load(t.Context(), WithPrompts); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if fewer, _, err := ZeroShot(t.Context(), s, nil); err != nil || fewer.Single != want.Single {
		t.Errorf("the first prompts alone: %+v, want %+v, error %v", fewer.Single, want.Single, err)
	}
	delete(c.ClassPrompts, plain.Data.Classes[5])
	if _, err := c.OpenData(t.Context()); err == nil || !strings.Contains(err.Error(), "no prompts for class") {
		t.Errorf("error %v", err)
	}
}

// TestTwoClasses: two classes give an area under the ROC curve, which turns over when the names of the classes are exchanged.
func TestTwoClasses(t *testing.T) {
	c := builtinConfig()
	c.Dataset, c.Data.Root = "hateful_memes", labelledSets
	auroc := map[string]float64{}
	for _, names := range []string{"cat,dog", "dog,cat"} {
		c.Classnames = strings.Split(names, ",")
		s, err := c.Load(t.Context(), WithPrompts)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r, warnings, err := ZeroShot(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "acc5") {
			t.Errorf("warnings %q", warnings)
		}
		auroc[names] = float64(r.Metrics["auroc"])
		if v, ok := r.CLIPBenchmark().Metrics["acc5"]; !ok || !math.IsNaN(float64(v)) {
			t.Errorf("acc5 among two classes is %v", v)
		}
		if _, ok := r.Metrics["acc5"]; ok {
			t.Error("the record's own metrics were changed")
		}
	}
	if sum := auroc["cat,dog"] + auroc["dog,cat"]; math.Abs(sum-1) > 1e-12 {
		t.Errorf("areas %v, want a sum of 1", auroc)
	}
}

// TestCLIPBenchmark: the result file is the one that CLIP_benchmark's own command build was run on (testdata/build_clip_benchmark.py), and the
// table which that made holds every value.
func TestCLIPBenchmark(t *testing.T) {
	r := &ZeroShotResults{Dataset: "cifar10", Model: "tinyclip-cifar10", Pretrained: "builtin:cifar10", Task: "zeroshot_classification", Language: "en",
		Metrics: map[string]Float{"acc1": 0.8231, "mean_per_class_recall": 0.8231, "auroc": 0.5}, Templates: []string{"a {}."}}
	got, err := json.Marshal(r.CLIPBenchmark())
	if err != nil {
		t.Fatal(err)
	}
	want := readFile(t, filepath.Join("testdata", "clip_benchmark.json"))
	if diff := cmp.Diff(string(bytes.TrimSpace(want)), string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f, err := os.Open(filepath.Join("testdata", "clip_benchmark.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil || len(table) != 2 {
		t.Fatal(table, err)
	}
	row := map[string]string{}
	for i, name := range table[0] {
		row[name] = table[1][i]
	}
	wantRow := map[string]string{"dataset": "cifar10", "model": "tinyclip-cifar10", "pretrained": "builtin:cifar10", "task": "zeroshot_classification", "language": "en",
		"model_fullname": "tinyclip-cifar10 builtin:cifar10", "acc1": "0.8231", "acc5": "", "mean_per_class_recall": "0.8231", "auroc": "0.5"}
	if diff := cmp.Diff(wantRow, row); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCLIPBenchmarkCounts: on the built-in images, from the files on, every metric is the one that CLIP_benchmark's own code computes of the same
// model (testdata/clip_benchmark_counts.py): as many right, to the image, and a recall that differs by rounding alone, at most 1e-12.
func TestCLIPBenchmarkCounts(t *testing.T) {
	var want map[string]struct {
		N      int
		Acc1   float64
		Acc5   float64
		Recall float64 `json:"mean_per_class_recall"`
	}
	if err := json.Unmarshal(readFile(t, filepath.Join("testdata", "clip_benchmark_counts.json")), &want); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir() // so that the images are embedded once
	for _, target := range []string{"name", "everyday", "group"} {
		for kind, templates := range map[string]int{"ensemble": 0, "single": 1} {
			c := &Config{CacheDir: cache}
			c.Data.Target = target
			if templates > 0 {
				d, err := c.OpenData(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				c.Templates = d.Templates[:templates]
			}
			s, err := c.Load(t.Context(), WithPrompts)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			got, _, err := ZeroShot(t.Context(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			w, ok := want[target+" "+kind]
			if !ok {
				t.Fatalf("no reference for %s %s", target, kind)
			}
			right := func(share float64) int { return int(math.Round(share * float64(w.N))) }
			if got.Accuracy.N != w.N || got.Accuracy.Correct != right(w.Acc1) || right(float64(got.Metrics["acc5"])) != right(w.Acc5) ||
				math.Abs(float64(got.Metrics["mean_per_class_recall"])-w.Recall) > 1e-12 {
				t.Errorf("%s %s: %d of %d right, metrics %v; want %+v", target, kind, got.Accuracy.Correct, got.Accuracy.N, got.Metrics, w)
			}
		}
	}
}
