package reproduce

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"mindgap/probe"
)

// reference is the folder of values that may not stand in the repository.
func reference(t *testing.T) string {
	t.Helper()
	root := os.Getenv("MINDGAP_REFERENCE")
	if root == "" {
		t.Skip("MINDGAP_REFERENCE is empty: no reference folder to conform to")
	}
	return root
}

// TestReferenceFeatures: with the authors' published features, every row that they decide is run and agrees.
func TestReferenceFeatures(t *testing.T) {
	rec, res := run(t, Options{Items: []string{"fig-1", "random", "fig-3", "features"}, Features: filepath.Join(reference(t), "features")})
	checkResults(t, res)
	if len(rec.Warnings) > 0 {
		t.Errorf("warnings %q", rec.Warnings)
	}
	// 8 of Fig. 1, 3 of untrained features, 19 of the landscape, 28 metrics.
	if res.Counts[Agrees] != 58 || res.Counts[Differs] != 0 {
		t.Errorf("counts %v: %s", res.Counts, differing(res))
	}
}

// TestReferenceChanged: a file by the published name with other bytes is not held to the paper.
func TestReferenceChanged(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(reference(t), "features", "features_clip.npy"))
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Clone(b)
	b[len(b)-2] ^= 1
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "features_clip.npy"), b, 0o666); err != nil {
		t.Fatal(err)
	}
	rec, res := run(t, Options{Items: []string{"features"}, Features: dir})
	if res.Counts[Agrees] != 0 || len(rec.Warnings) != 1 {
		t.Errorf("counts %v, warnings %q", res.Counts, rec.Warnings)
	}
}

// TestReferenceNetworks: random networks of the paper's size reach its curves from seeds that were not looked at before.
func TestReferenceNetworks(t *testing.T) {
	reference(t)
	rec, err := Run(t.Context(), &probe.Config{NoCache: true}, Options{Items: []string{"fig-2b", "fig-2b-appendix"}, Seed: 20220304})
	if err != nil {
		t.Fatal(err)
	}
	res := rec.Results.(*Results)
	checkResults(t, res)
	if res.Counts[Agrees] != 26+76 {
		t.Errorf("counts %v: %s", res.Counts, differing(res))
	}
}

// TestReferencePaper: what paper.json says of the reference folder's numbers is what stands there.
func TestReferencePaper(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(reference(t), "goldens", "gap_metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var metrics map[string]struct {
		SHA256 string  `json:"sha256"`
		Gap    float64 `json:"gap_normalised"`
	}
	if err := json.Unmarshal(b, &metrics); err != nil {
		t.Fatal(err)
	}
	for _, f := range thePaper.Features {
		if f.SHA256 != metrics[f.Name].SHA256 {
			t.Errorf("%s: SHA-256 %s, want %s", f.File, f.SHA256, metrics[f.Name].SHA256)
		}
	}
	for id, item := range map[string]string{"clip": "fig-1", "convirt": "fig-1", "clip_random": "random", "convirt_random": "random"} {
		if got := float64(thePaper.number(item, id+".gap").Value); got != metrics[id].Gap {
			t.Errorf("%s: a gap of %v, want %v", id, got, metrics[id].Gap)
		}
	}
}

// TestReferenceStandIns: on the built-in models every finding of training holds, and that of Table 1, which the paper reads on the items that it
// chose on, does not.
func TestReferenceStandIns(t *testing.T) {
	reference(t)
	rec, err := Run(t.Context(), &probe.Config{NoCache: true}, Options{Items: []string{"table-1", "table-2", "fine-tuning", "amended"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	res := rec.Results.(*Results)
	checkResults(t, res)
	if res.Counts[Agrees] != 0 || res.Counts[Holds] != 10 || differing(res) != "table-1 heldout" {
		t.Errorf("counts %v: %s", res.Counts, differing(res))
	}
}
