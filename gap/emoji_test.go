package gap

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func emojiArray(tb testing.TB, name string) *Embeddings {
	tb.Helper()
	return readNpy(tb, filepath.Join("testdata", "emoji", name+".npy")).embeddings()
}

func emojiPair(tb testing.TB) Pair {
	tb.Helper()
	return NewPair(emojiArray(tb, "image_embeds"), emojiArray(tb, "text_embeds"), nil)
}

// emojiMany is the one-to-many pair of testdata/make.py: 400 images, each with its caption, every second one also with its name.
func emojiMany(tb testing.TB) Pair {
	tb.Helper()
	p, names := emojiPair(tb), emojiArray(tb, "class_embeds_single_names_1300")
	var texts []float32
	var imageOf []int
	for i := range 400 {
		if i%2 == 1 {
			texts = append(texts, names.Row(i)...)
			imageOf = append(imageOf, i)
		}
		texts = append(texts, p.Texts.Row(i)...)
		imageOf = append(imageOf, i)
	}
	return NewPair(p.Images.Slice(0, 400), NewEmbeddings(len(imageOf), p.Texts.D, texts), imageOf)
}

// TestMetrics is every metric's conformance test: each registered metric must have a value of NumPy, SciPy or scikit-learn to meet, on a
// one-to-one and on a one-to-many pair. Tolerance: |got − want| ≤ 1e-10·max(1, |want|), and 1e-6 where similarities may be float32.
func TestMetrics(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "metrics.json"))
	for name, p := range map[string]Pair{"one_to_one": emojiPair(t), "one_to_many": emojiMany(t)} {
		t.Run(name, func(t *testing.T) {
			want := map[string]float64{}
			for k := range ref.at(name, "metrics") {
				want[k] = ref.num(name, "metrics", k)
			}
			for _, m := range Metrics() {
				if _, ok := want[m.Name]; !ok {
					t.Errorf("metric %s has no reference value", m.Name)
				}
				if m.Doc == "" {
					t.Errorf("metric %s has no documentation", m.Name)
				}
			}
			for exact, tolerance := range map[bool]float64{true: 1e-10, false: 1e-6} {
				got, err := Measure(t.Context(), p, MeasureOptions{Scale: ref.num("scale"), Exact: exact})
				if err != nil {
					t.Fatal(err)
				}
				checkResults(t, got, want, tolerance)
			}
			for m, e := range map[string]*Embeddings{"image": p.Images, "text": p.Texts} {
				stats, err := PairwiseCosine(t.Context(), e, 20)
				if err != nil {
					t.Fatal(err)
				}
				var hist []int64
				for _, v := range ref.list(name, "hist20_"+m) {
					hist = append(hist, int64(v.(float64)))
				}
				if diff := cmp.Diff(hist, stats.Histogram); diff != "" {
					t.Errorf("%s histogram (-want +got):\n%s", m, diff)
				}
				if mean := MeanCosine(e); !near(mean, stats.Mean, 1e-12) {
					t.Errorf("%s mean cosine %v by the identity, %v by pairs", m, mean, stats.Mean)
				}
			}
		})
	}
}

func ints(list []any) []int {
	out := make([]int, len(list))
	for i, v := range list {
		out[i] = int(v.(float64))
	}
	return out
}

// A task is one zero-shot task of a model with PyTorch's reference sweep.
type task struct {
	name, prefix string // prefix of the sweep's keys
	images       *Embeddings
	labels       []int
	classes      map[string]*Embeddings // single and ensemble
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func takeRows(e *Embeddings, index []int) *Embeddings {
	var data []float32
	for _, i := range index {
		data = append(data, e.Row(i)...)
	}
	return NewEmbeddings(len(index), e.D, data)
}

// emojiTasks are the three tasks over the emoji images; array reads an array of the model.
func emojiTasks(ref tree, array func(name string) *Embeddings) []task {
	all := array("image_embeds")
	tasks := []task{
		{name: "names_1300", images: all, labels: identity(all.N)},
		{name: "friendly_50", prefix: "friendly_50_", images: takeRows(all, ints(ref.list("friendly_images"))), labels: ints(ref.list("friendly_labels"))},
		{name: "groups_9", prefix: "groups_9_", images: all, labels: ints(ref.list("groups_labels"))},
	}
	for i := range tasks {
		tasks[i].classes = map[string]*Embeddings{}
		for _, kind := range []string{"single", "ensemble"} {
			tasks[i].classes[kind] = array("class_embeds_" + kind + "_" + tasks[i].name)
		}
	}
	return tasks
}

// checkSweep repeats a sweep of PyTorch: distance to 1e-5, losses (symmetric, chunks of 50) to 1e-4, every zero-shot count exactly.
func checkSweep(t *testing.T, p Pair, scale float64, rows []any, tasks []task) {
	t.Helper()
	o := SweepOptions{Scales: []float64{scale, 1}, Chunk: 50}
	for _, r := range rows {
		o.Lambdas = append(o.Lambdas, tree(r.(map[string]any)).num("delta"))
	}
	if len(o.Lambdas) != 17 {
		t.Fatalf("%d rows, want 17", len(o.Lambdas))
	}
	got, err := Sweep(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range rows {
		want := tree(r.(map[string]any))
		if !near(got[k].Distance, want.num("centroid_distance"), 1e-5) {
			t.Errorf("λ = %v: distance %v, want %v", o.Lambdas[k], got[k].Distance, want.num("centroid_distance"))
		}
		for s, key := range []string{"loss_learned_temperature", "loss_temperature_1"} {
			if math.Abs(got[k].Loss[s]-want.num(key)) > 1e-4 {
				t.Errorf("λ = %v: %s %v, want %v", o.Lambdas[k], key, got[k].Loss[s], want.num(key))
			}
		}
	}
	delta := GapVector(p)
	for _, task := range tasks {
		for kind, classes := range task.classes {
			points, err := ClassifySweep(t.Context(), task.images, classes, task.labels, delta, o.Lambdas, Both, Fraction)
			if err != nil {
				t.Fatal(err)
			}
			for k, r := range rows {
				key := task.prefix + "top1_" + kind
				want := int(math.Round(tree(r.(map[string]any)).num(key) * float64(len(task.labels))))
				if points[k].Correct != want || points[k].N != len(task.labels) {
					t.Errorf("λ = %v: %s: %d of %d correct, want %d of %d", o.Lambdas[k], key, points[k].Correct, points[k].N, want, len(task.labels))
				}
			}
		}
	}
}

// TestEmojiSweep repeats the sweep of the built-in model.
func TestEmojiSweep(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "sweep.json"))
	tasks := emojiTasks(ref, func(name string) *Embeddings { return emojiArray(t, name) })
	checkSweep(t, emojiPair(t), ref.num("scale"), ref.list("sweep"), tasks)
}

// TestClassify meets PyTorch's top-1 and top-5 counts, and makes the everyday ensemble from its prompts.
func TestClassify(t *testing.T) {
	ref := readTree(t, filepath.Join("testdata", "sweep.json"))
	for _, task := range emojiTasks(ref, func(name string) *Embeddings { return emojiArray(t, name) }) {
		for kind, classes := range task.classes {
			c, err := Classify(t.Context(), task.images, classes, task.labels, []int{1, 5})
			if err != nil {
				t.Fatal(err)
			}
			n := float64(len(task.labels))
			want := []int{
				int(math.Round(ref.num("zero_shot", task.name, "top1_"+kind) * n)),
				int(math.Round(ref.num("zero_shot", task.name, "top5_"+kind) * n)),
			}
			if diff := cmp.Diff(want, c.Correct); diff != "" || c.N != len(task.labels) {
				t.Errorf("%s, %s, n = %d: (-want +got)\n%s", task.name, kind, c.N, diff)
			}
			var perClass int
			for _, k := range c.ClassCorrect {
				perClass += k
			}
			if perClass != c.Correct[0] {
				t.Errorf("%s: per-class counts sum to %d, want %d", task.name, perClass, c.Correct[0])
			}
			if task.name == "names_1300" && !near(c.MeanPerClassRecall(), float64(c.Correct[0])/n, 1e-12) {
				t.Errorf("with one image a class, mean per-class recall %v, want the accuracy", c.MeanPerClassRecall())
			}
		}
	}
	prompts, want := emojiArray(t, "prompt_embeds_friendly_50"), emojiArray(t, "class_embeds_ensemble_friendly_50")
	perClass := make([]int, want.N)
	for i := range perClass {
		perClass[i] = prompts.N / want.N
	}
	got, err := ClassEmbeddings(prompts, perClass)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got.Data {
		if math.Abs(float64(v-want.Data[i])) > 1e-6 {
			t.Fatalf("class embedding entry %d is %v, want %v", i, v, want.Data[i])
		}
	}
}
