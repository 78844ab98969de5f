package probe

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
)

// TestConesOfSeveral: each model's cones are those that it has alone, on the same items and on the same noise, and a name given twice is told
// apart by its reference.
func TestConesOfSeveral(t *testing.T) {
	c := builtinConfig()
	c.Data.Limit = 12
	o := ConeOptions{Others: []string{"builtin:emoji-random1", "builtin:emoji"}, Inputs: []string{ConeNoise, ConeData}, Noise: 10, Seed: 3}
	rec, err := c.Cones(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	res := rec.Results.(*ConeResults)
	var names []string
	for _, m := range res.Models {
		names = append(names, m.Name)
		if m.SHA256 == "" || m.Trained == nil {
			t.Errorf("%+v does not say which model it is", m)
		}
	}
	if diff := cmp.Diff([]string{"tinyclip-emoji-trained", "tinyclip-emoji-random1", "builtin:emoji"}, names); diff != "" {
		t.Fatalf("models (-want +got):\n%s", diff)
	}
	if len(res.Cones) != 12 {
		t.Fatalf("%d cones, want 3 models × 2 inputs × 2 towers", len(res.Cones))
	}
	for i, ref := range []string{"", "builtin:emoji-random1", "builtin:emoji"} {
		alone := *c
		alone.Model = ref
		s, err := alone.Load(t.Context(), WithTexts)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		data, err := Cones(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		_, noise, err := alone.NoiseCones(t.Context(), o.Noise, o.Seed)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Concat(data.Cones, noise.Cones)
		for k := range want {
			want[k].Model = names[i]
		}
		if diff := cmp.Diff(want, res.Cones[4*i:4*i+4]); diff != "" {
			t.Errorf("%s (-alone +beside others):\n%s", names[i], diff)
		}
	}
	c.Data.Limit = 1
	rec, err = c.Cones(t.Context(), ConeOptions{})
	if err != nil || !slices.ContainsFunc(rec.Warnings, func(w string) bool { return strings.Contains(w, "text tower on data: 1 input has no pairs") }) {
		t.Errorf("one pair: %v, warnings %q", err, rec.Warnings)
	}
	if _, err := c.Cones(t.Context(), ConeOptions{Inputs: []string{"dreams"}}); err == nil {
		t.Error("unknown inputs: no error")
	} else if kind, _ := fault.KindOf(err); kind != fault.Usage {
		t.Errorf("unknown inputs: %v, want a fault of the command line", err)
	}
}
