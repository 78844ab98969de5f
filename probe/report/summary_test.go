package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
	"mindgap/probe"
)

// TestSummary compares each kind's tables with those that a person looked at.
func TestSummary(t *testing.T) {
	rec := load(t)
	res := rec.Results.(*probe.ReportResults)
	for kind, results := range map[string]any{"report": res, "measure": res.Measure, "shift": res.Shift, "zeroshot": res.ZeroShot, "cone": res.Cone,
		"compare": res.Compare} {
		t.Run(kind, func(t *testing.T) {
			rec := *rec
			rec.Kind, rec.Results = kind, results
			var b bytes.Buffer
			if err := Summary(&b, &rec); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "summary", kind+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSummaryOfOther(t *testing.T) {
	var b bytes.Buffer
	checkFault(t, Summary(&b, &probe.Record{Kind: "depth", Results: 7}), fault.Input, "--json")
	if b.Len() > 0 {
		t.Errorf("wrote %q", b.String())
	}
}

// TestSummaryOfNothing sums up results that hold nothing.
func TestSummaryOfNothing(t *testing.T) {
	for _, results := range []any{&probe.ReportResults{}, &probe.MeasureResults{}, &probe.ShiftResults{}, &probe.ZeroShotResults{}, &probe.ConeResults{},
		&probe.CompareResults{}, &probe.BenchmarkResults{}, &probe.BenchmarkResults{Sets: []probe.BenchmarkSet{{}}}, &probe.BiasResults{}, manyGroups(12)} {
		var b bytes.Buffer
		if err := Summary(&b, &probe.Record{Results: results}); err != nil {
			t.Errorf("%T: %v", results, err)
		}
	}
}

// TestSigned: λ keep their sign and stay short, however far someone sweeps.
func TestSigned(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.25: "+0.25", -1.5: "−1.5", 1.0 / 3: "+0.3333", 250000: "+250000", 1e100: "+1e+100", -1e100: "−1e+100"} {
		if got := signed(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}
