package datasets

import (
	"slices"
	"testing"
)

func TestWithout(t *testing.T) {
	whole, err := Open(t.Context(), "builtin", Options{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	ids := func(d Dataset) (out []string) {
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
	all := ids(whole)
	some := Without(whole, all[3], all[1])
	if got, want := ids(some), []string{all[0], all[2], all[4]}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if a, b := some.Info().Fingerprint, Without(whole, all[1], all[3]).Info().Fingerprint; a != b || a == whole.Info().Fingerprint {
		t.Errorf("fingerprints %s and %s, of the whole %s", a, b, whole.Info().Fingerprint)
	}
}
