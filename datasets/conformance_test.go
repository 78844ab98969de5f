package datasets_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/datasets/datasetstest"
)

// A conformance names a fixture of a format; want is its entry in one of testdata/goldens*.json, which the scripts there write.
type conformance struct {
	format, ref string
	options     datasets.Options
	want        string
}

// conformances is extended in the test file of each format.
var conformances []conformance

// readGoldens reads the goldens of every script.
func readGoldens(t testing.TB) map[string]datasetstest.Golden {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "goldens*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of goldens, error %v", len(files), err)
	}
	goldens := map[string]datasetstest.Golden{}
	for _, f := range files {
		maps.Copy(goldens, datasetstest.ReadGoldens(t, f))
	}
	return goldens
}

// fieldOf returns a field of a golden line: id, label, captions, width, height, content.
func fieldOf(l datasetstest.Line, i int) string { return strings.Split(string(l), "\t")[i] }

// TestConformance runs the suite on every registered format; a format without a fixture fails.
func TestConformance(t *testing.T) {
	goldens := readGoldens(t)
	covered := map[string]bool{}
	for _, c := range conformances {
		covered[c.format] = true
		t.Run(c.want, func(t *testing.T) {
			want, ok := goldens[c.want]
			if !ok {
				t.Fatalf("no golden named %q", c.want)
			}
			datasetstest.Run(t, c.ref, c.options, want)
		})
	}
	for _, f := range datasets.Formats() {
		if !covered[f.Name] {
			t.Errorf("format %s has no fixture", f.Name)
		}
	}
}
