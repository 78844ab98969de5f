package probe

import (
	"archive/zip"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mindgap/datasets"
	"mindgap/gap"
	"mindgap/loaders/embfile"
)

// referenceFolder names the folder of reference values whose data may not stand in the repository, or skips the test where none is given.
func referenceFolder(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE names no folder of reference values: make conformance REFERENCE=folder")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// npyData returns what follows a .npy header.
func npyData(t *testing.T, name string) []byte {
	t.Helper()
	b := readFile(t, name)
	return b[10+int(binary.LittleEndian.Uint16(b[8:])):]
}

// The CIFAR-10 model over the reference's own pixels in CIFAR-10's binary form, with the reference's captions: embeddings within 1e-5,
// every row of the sweep (distance 1e-5, losses 1e-4, correct counts equal); and over its JPEG files: cosine at least 0.9999, counts within 2.
func TestReferenceCIFAR10(t *testing.T) {
	dir := referenceFolder(t, "models", "cifar10", "reference")
	rgb, labels := npyData(t, filepath.Join(dir, "rgb.npy")), npyData(t, filepath.Join(dir, "labels.npy"))
	const n, plane = 1000, 32 * 32
	var records []byte
	for i := range n {
		records = append(records, labels[8*i])
		for c := range 3 {
			for k := range plane {
				records = append(records, rgb[(i*plane+k)*3+c])
			}
		}
	}
	root := t.TempDir()
	file := filepath.Join(root, "cifar-10-batches-bin", "test_batch.bin")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, records, 0o644); err != nil {
		t.Fatal(err)
	}
	c := builtinConfig()
	c.Model, c.Dataset, c.Data.Root = "builtin:cifar10", "cifar10", root
	s, err := c.Load(t.Context(), WithPrompts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	texts, err := c.EmbedLoose(t.Context(), nil, captions(t, filepath.Join(dir, "cifar10-test-1000-captions.tsv")))
	if err != nil {
		t.Fatal(err)
	}
	s.Texts = texts.Texts
	for name, got := range map[string]*gap.Embeddings{"image_embeds.npy": s.Images, "text_embeds.npy": s.Texts} {
		want, _, err := embfile.Read(filepath.Join(dir, "trained", name))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range want.Data {
			if math.Abs(float64(v)-float64(got.Data[i])) > 1e-5 {
				t.Fatalf("%s: row %d differs by %g", name, i/want.D, math.Abs(float64(v)-float64(got.Data[i])))
			}
		}
	}
	var ref struct {
		Scale float64 `json:"logit_scale_exp"`
		Pairs struct {
			Gap   float64    `json:"modality_gap"`
			Sweep []sweepRow `json:"sweep"`
		} `json:"pairs_1000"`
	}
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "trained", "summary.json")), &ref); err != nil {
		t.Fatal(err)
	}
	var lambdas []float64
	for _, r := range ref.Pairs.Sweep {
		lambdas = append(lambdas, r.Delta)
	}
	res, _, err := Shift(t.Context(), s, ShiftOptions{Lambdas: lambdas, Scales: []float64{1, s.Scale}, Chunk: 50})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := s.Pair()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "gap", gap.SumsOf(pair).Gap(), ref.Pairs.Gap, 1e-6)
	if len(res.Points) != 17 {
		t.Fatalf("%d points, want 17", len(res.Points))
	}
	var zero ShiftPoint
	for i, row := range ref.Pairs.Sweep {
		p := res.Points[i]
		near(t, "distance", float64(p.Distance), row.Distance, 1e-5)
		near(t, "loss at the learned scale", float64(p.Loss[scaleKey(s.Scale)]), row.LossLearned, 1e-4)
		near(t, "loss at scale 1", float64(p.Loss["1"]), row.Loss1, 1e-4)
		if e, o := int(math.Round(row.Ensemble*n)), int(math.Round(row.Single*n)); p.Accuracy.Correct != e || p.AccuracySingle.Correct != o {
			t.Errorf("λ = %v: %d and %d right, want %d and %d", row.Delta, p.Accuracy.Correct, p.AccuracySingle.Correct, e, o)
		}
		if row.Delta == 0 {
			zero = p
		}
	}

	// The same pictures as JPEG files, in the folders of their classes; the folder's order is another, so only counts and single rows compare.
	images := filepath.Join(root, "jpeg")
	unzip(t, filepath.Join(dir, "cifar10-test-1000.zip"), images)
	fromFiles := builtinConfig()
	fromFiles.Model, fromFiles.Dataset = "builtin:cifar10", filepath.Join(images, "test")
	fromFiles.Templates = s.Data.Templates
	f, err := fromFiles.Load(t.Context(), WithPrompts)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, _, err := ZeroShot(t.Context(), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("from JPEG files %d right, from the reference's pixels %d", z.Accuracy.Correct, zero.Accuracy.Correct)
	if d := z.Accuracy.Correct - zero.Accuracy.Correct; d < -2 || d > 2 || z.Accuracy.N != n {
		t.Errorf("from JPEG files %d of %d right, want %d within 2", z.Accuracy.Correct, z.Accuracy.N, zero.Accuracy.Correct)
	}
	order := fileOrder(t, filepath.Join(dir, "cifar10-test-1000-captions.tsv"))
	worst := 1.0
	for i, id := range f.Data.IDs {
		worst = min(worst, cosine(f.Images.Row(i), s.Images.Row(order["test/"+id])))
	}
	t.Logf("least cosine from files to pixels %.7f", worst)
	if worst < 0.9999 {
		t.Errorf("least cosine %v, want at least 0.9999", worst)
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i, x := range a {
		y := float64(b[i])
		ab, aa, bb = ab+float64(x)*y, aa+float64(x)*float64(x), bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

func rows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func captions(t *testing.T, name string) []string {
	all := rows(t, name)
	var out []string
	for _, r := range all[1:] {
		out = append(out, r[3]) // file, label, class, caption, …
	}
	return out
}

// fileOrder maps the first column, the file, to its place.
func fileOrder(t *testing.T, name string) map[string]int {
	out := map[string]int{}
	for i, r := range rows(t, name)[1:] {
		out[r[0]] = i
	}
	return out
}

func unzip(t *testing.T, name, dir string) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, m := range z.File {
		if filepath.Ext(m.Name) != ".jpg" {
			continue
		}
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, filepath.FromSlash(m.Name))
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(out, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// measure --embeddings on the published features gives the reference values, end to end through file and record: 1e-6 relative.
func TestReferenceFeatures(t *testing.T) {
	var ref map[string]struct {
		File string  `json:"file"`
		Gap  float64 `json:"gap_normalised"`
		RMG  struct {
			RMG float64 `json:"rmg"`
		} `json:"rmg"`
		Image struct {
			Mean float64 `json:"mean"`
		} `json:"cosine_image"`
		Alignment  float64 `json:"alignment_a2"`
		Uniformity struct {
			Union float64 `json:"union"`
		} `json:"uniformity_t2"`
		Matched float64 `json:"matched_cos_mean"`
		Recall  struct {
			R1 float64 `json:"R1"`
		} `json:"recall_image_to_text"`
	}
	if err := json.Unmarshal(readFile(t, referenceFolder(t, "goldens", "gap_metrics.json")), &ref); err != nil {
		t.Fatal(err)
	}
	if len(ref) != 4 {
		t.Fatalf("%d sets of features, want 4", len(ref))
	}
	for name, r := range ref {
		c := &Config{Embeddings: referenceFolder(t, "features", r.File), Data: datasets.Options{}}
		s, err := c.Load(t.Context(), WithTexts)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := Measure(t.Context(), s, MeasureOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for metric, want := range map[string]float64{"gap": r.Gap, "rmg": r.RMG.RMG, "cosine_image_mean": r.Image.Mean, "alignment": r.Alignment,
			"uniformity_union": r.Uniformity.Union, "matched_cosine_mean": r.Matched, "image_to_text_recall_at_1": r.Recall.R1} {
			near(t, name+" "+metric, float64(m.Metrics[metric].Value), want, 1e-6*math.Abs(want))
		}
	}
}
