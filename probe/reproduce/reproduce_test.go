package reproduce

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mindgap/datasets"
	"mindgap/models/fault"
	"mindgap/probe"
)

// run repeats items with the built-ins.
func run(t *testing.T, o Options) (*probe.Record, *Results) {
	t.Helper()
	if o.Seed == 0 {
		o.Seed = 1
	}
	rec, err := Run(t.Context(), &probe.Config{NoCache: true, Data: datasets.Options{Limit: 300, Target: "group"}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return rec, rec.Results.(*Results)
}

// checkResults holds what every result must hold to: all of the paper's rows, each with a verdict and why, and a way out of what is missing.
func checkResults(t *testing.T, res *Results) {
	t.Helper()
	totals := map[Verdict]int{}
	for _, it := range res.Items {
		p := thePaper.item(it.ID)
		if len(it.Rows) != len(p.Rows) {
			t.Errorf("%s: %d rows, paper.json has %d", it.ID, len(it.Rows), len(p.Rows))
		}
		counts := map[Verdict]int{}
		for i, r := range it.Rows {
			counts[r.Verdict]++
			totals[r.Verdict]++
			if r.ID != p.Rows[i].ID {
				t.Errorf("%s: row %d is %s, want %s", it.ID, i, r.ID, p.Rows[i].ID)
			}
			if !slices.Contains(Verdicts(), r.Verdict) || r.Why == "" {
				t.Errorf("%s, %s: verdict %q because %q", it.ID, r.ID, r.Verdict, r.Why)
			}
			if run := r.Verdict != NotRun; run == math.IsNaN(float64(r.Here)) {
				t.Errorf("%s, %s: %s with %v here", it.ID, r.ID, r.Verdict, r.Here)
			}
		}
		if it.Verdict != together(counts) {
			t.Errorf("%s: %s together, of %v", it.ID, it.Verdict, counts)
		}
		if (counts[NotRun] > 0) != (len(it.Missing) > 0) {
			t.Errorf("%s: %d not run, missing %v", it.ID, counts[NotRun], it.Missing)
		}
		for _, n := range it.Missing {
			if n.What == "" || !strings.HasPrefix(n.Pass, "mindgap ") || !strings.Contains(n.Pass, n.Flag) || (n.Flag != "") != strings.HasPrefix(n.Pass, "mindgap reproduce ") {
				t.Errorf("%s: %+v names neither a flag nor another command", it.ID, n)
			}
		}
		for _, f := range it.Figures {
			if f.Name == "" || f.Title == "" || !strings.HasSuffix(f.Caption, ".") || f.Data == nil {
				t.Errorf("%s: figure %q lacks a name, a title, a caption or data", it.ID, f.Name)
			}
		}
	}
	for _, v := range Verdicts() {
		if res.Counts[v] != totals[v] {
			t.Errorf("%d rows are %s, and %d are counted", totals[v], v, res.Counts[v])
		}
	}
}

// TestRegistry: the items and paper.json name each other, and each row once.
func TestRegistry(t *testing.T) {
	var ids []string
	for _, it := range thePaper.Items {
		ids = append(ids, it.ID)
		seen := map[string]bool{}
		for _, n := range it.Rows {
			if n.ID == "" || n.Quantity == "" || n.Source == "" || seen[n.ID] {
				t.Errorf("%s: row %q lacks its quantity or source, or comes twice", it.ID, n.ID)
			}
			seen[n.ID] = true
			if claim := n.Kind == Claim; claim != math.IsNaN(float64(n.Value)) {
				t.Errorf("%s, %s: kind %s with the value %v", it.ID, n.ID, n.Kind, n.Value)
			}
			if !slices.Contains([]Kind{Printed, Read, Table, ReRun, Claim}, n.Kind) {
				t.Errorf("%s, %s: kind %q", it.ID, n.ID, n.Kind)
			}
		}
		if it.Where == "" || it.Title == "" || !strings.HasSuffix(it.Finding, ".") {
			t.Errorf("%s: %+v", it.ID, it)
		}
	}
	if !slices.Equal(ids, Items()) {
		t.Errorf("paper.json has %v, the registry %v", ids, Items())
	}
}

// TestExact runs the items that need nothing: every row of them is run, and all agree.
func TestExact(t *testing.T) {
	rec, res := run(t, Options{Items: []string{"fig-3-sphere", "nine-points"}})
	checkResults(t, res)
	if res.Counts[Agrees] != len(thePaper.item("fig-3-sphere").Rows)+len(thePaper.item("nine-points").Rows) {
		t.Errorf("counts %v: %s", res.Counts, differing(res))
	}
	if rec.Kind != "reproduce" || rec.Inputs.Model != nil {
		t.Errorf("a simulation's record is of kind %q with the model %v", rec.Kind, rec.Inputs.Model)
	}
	if _, err := json.Marshal(rec); err != nil {
		t.Error(err)
	}
}

// differing names the rows that differ.
func differing(res *Results) string {
	var all []string
	for _, it := range res.Items {
		for _, r := range it.Rows {
			if r.Verdict == Differs {
				all = append(all, it.ID+" "+r.ID)
			}
		}
	}
	return strings.Join(all, ", ")
}

// TestBuiltin: with nothing but the built-ins, no row of an item over a model is called equal to the paper's, since the model is another.
func TestBuiltin(t *testing.T) {
	rec, res := run(t, Options{Items: []string{"fig-1", "random", "fig-2a", "fig-3", "features"}})
	checkResults(t, res)
	if n := res.Counts[Agrees]; n != 0 {
		t.Errorf("%d rows agree without the paper's inputs", n)
	}
	if res.Counts[Holds] == 0 || res.Counts[Differs] != 0 {
		t.Errorf("counts %v: %s", res.Counts, differing(res))
	}
	if rec.Inputs.Model == nil || rec.Inputs.Model.Ref != "builtin" {
		t.Errorf("the record's model is %v", rec.Inputs.Model)
	}
}

// TestVerdict holds the judgement to every way in which a number may come.
func TestVerdict(t *testing.T) {
	n := &number{ID: "x", Value: 0.5, Kind: Printed, Digits: 2}
	interval := between(0.4, 0.3, 0.6)
	for name, c := range map[string]struct {
		here     Here
		measured bool
		want     Verdict
	}{
		"not measured":           {Here{}, false, NotRun},
		"equal":                  {same(0.5, 0, ""), true, Agrees},
		"hidden by rounding":     {same(0.505, 0, ""), true, Agrees},
		"beyond rounding":        {same(0.506, 0, ""), true, Differs},
		"within tolerance":       {same(0.51, 0.01, ""), true, Agrees},
		"undefined":              {same(math.NaN(), 1, ""), true, Differs},
		"undefined tolerance":    {same(0.5, math.NaN(), ""), true, Differs},
		"another model's":        {standIn(interval, true, ""), true, Holds},
		"another model's, not":   {standIn(interval, false, ""), true, Differs},
		"another's, undefined":   {standIn(probe.Interval{Value: probe.Float(math.NaN())}, true, ""), true, Differs},
		"another's, equal value": {standIn(probe.Interval{Value: 0.5}, true, ""), true, Holds},
	} {
		r := n.beside(c.here, c.measured)
		if r.Verdict != c.want {
			t.Errorf("%s: %s, want %s", name, r.Verdict, c.want)
		}
		if !c.here.Same && !math.IsNaN(float64(r.Difference)) {
			t.Errorf("%s: a difference of quantities that are not the same", name)
		}
	}
	for want, counts := range map[Verdict]map[Verdict]int{NotRun: {NotRun: 3}, Agrees: {Agrees: 1, Holds: 2, NotRun: 3}, Holds: {Holds: 1, NotRun: 1}, Differs: {Differs: 1, Agrees: 9}} {
		if got := together(counts); got != want {
			t.Errorf("%v together: %s, want %s", counts, got, want)
		}
	}
}

// TestOptions: what cannot be run is said before any work, as the command line's fault.
func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{"an item": {Items: []string{"fig-9"}}, "inputs": {Inputs: 1}} {
		var f *fault.Error
		if _, err := Run(t.Context(), &probe.Config{}, o); !errors.As(err, &f) || f.Kind != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.npy"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, features := range map[string]string{"a folder without": dir, "another file": filepath.Join(dir, "mine.npy"), "nothing": filepath.Join(dir, "none")} {
		var f *fault.Error
		_, err := Run(t.Context(), &probe.Config{}, Options{Features: features})
		if !errors.As(err, &f) || f.Kind != fault.Input || !strings.Contains(f.Error(), "features_clip.npy") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCancelled: an ended context ends the run.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, &probe.Config{NoCache: true}, Options{Items: []string{"fig-2b"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestPairRows: what the paper's pairs would decide is every row of Fig. 3 that its notebooks print, and of a subject that is not moved the gap itself.
func TestPairRows(t *testing.T) {
	e, err := newEnv(t.Context(), &probe.Config{NoCache: true, Data: datasets.Options{Limit: 100}}, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.trained(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if e.papersPairs(s) {
		t.Error("the built-in model on the built-in images is taken for the paper's")
	}
	values, err := pairRows(t.Context(), e, s)
	if err != nil {
		t.Fatal(err)
	}
	printed := 0
	for _, n := range thePaper.item("fig-3").Rows {
		if v, ok := values[n.ID]; ok != (n.Kind == Printed) || ok && math.IsNaN(v) {
			t.Errorf("%s of kind %s: measured %v, %v", n.ID, n.Kind, ok, v)
		}
		if n.Kind == Printed {
			printed++
		}
	}
	if len(values) != printed {
		t.Errorf("%d values, and %d rows that are printed", len(values), printed)
	}
	for _, id := range []string{"both.0", "image.0"} {
		if math.Abs(values[id]-values["gap"]) > 1e-9 {
			t.Errorf("%s is %v, and the gap %v", id, values[id], values["gap"])
		}
	}
}
