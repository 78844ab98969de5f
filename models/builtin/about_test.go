package builtin

import (
	"strings"
	"testing"
)

func TestAbout(t *testing.T) {
	for _, name := range Names() {
		info, err := About(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Name != name || info.Title == "" || info.Provenance == "" || len(info.Limits) < 3 || info.Licence == "" {
			t.Errorf("%s: incomplete: %+v", name, info)
		}
		if info.Trained == strings.Contains(name, "random") {
			t.Errorf("%s: trained = %t", name, info.Trained)
		}
		if info.Seed == 0 {
			t.Errorf("%s: no seed", name)
		}
	}
}

// What has to be said about the models is said.
func TestAboutSaysTheLimits(t *testing.T) {
	for name, words := range map[string][]string{
		"emoji":           {"held-out vendor was watched", "slightly optimistic", "74 images", "licences of Fluent Emoji, EmojiOne 2 and Firefox OS Emoji"},
		"cifar10":         {"ten classes and twelve colours", "CIFAR-10 itself is not included"},
		"cifar10-random2": {"emoji-random2 is the same model"},
		"emoji-random3":   {"cifar10-random3 is the same model"},
	} {
		info, err := About(name)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(info.Limits, "\n")
		for _, w := range words {
			if !strings.Contains(all, w) {
				t.Errorf("%s: limits do not say %q", name, w)
			}
		}
	}
}

func TestAboutGivesCopies(t *testing.T) {
	a, _ := About(Default)
	a.Limits[0] = ""
	if b, _ := About(Default); b.Limits[0] == "" {
		t.Error("a caller's change reached the package")
	}
}
