package datasets_test

import (
	"path/filepath"
	"testing"

	"mindgap/datasets"
	"mindgap/datasets/datasetstest"
)

// A conformance names a fixture of a format; want is its entry in testdata/goldens.json, which testdata/fixtures.py writes.
type conformance struct {
	format, ref string
	options     datasets.Options
	want        string
}

// conformances is extended in the test file of each format.
var conformances []conformance

// TestConformance runs the suite on every registered format; a format without a fixture fails.
func TestConformance(t *testing.T) {
	goldens := datasetstest.ReadGoldens(t, filepath.Join("testdata", "goldens.json"))
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
