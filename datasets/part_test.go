package datasets

import (
	"slices"
	"testing"
)

// The parts of a set, one after another, are the set; each has as many items as it says and a fingerprint of its own.
func TestPart(t *testing.T) {
	ids := func(d Dataset) []string {
		var out []string
		for it, err := range d.Items(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, it.ID)
		}
		if len(out) != d.Info().Len {
			t.Errorf("%d items, Info says %d", len(out), d.Info().Len)
		}
		return out
	}
	whole, err := Open(t.Context(), "builtin", Options{Limit: 11})
	if err != nil {
		t.Fatal(err)
	}
	want := ids(whole)
	for _, n := range []int{1, 2, 3, 11, 20} {
		var got []string
		seen := map[string]bool{}
		for i := range n {
			d, err := Open(t.Context(), "builtin", Options{Limit: 11, Shard: i, Shards: n})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids(d)...)
			seen[d.Info().Fingerprint] = true
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d parts hold %q, want %q", n, got, want)
		}
		if len(seen) != n {
			t.Errorf("%d parts have %d fingerprints", n, len(seen))
		}
	}
}
