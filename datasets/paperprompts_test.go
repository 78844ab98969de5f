package datasets_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/datasets"
)

// TestPaperPrompts: the five sets of Table 1, and no other set, target or number of classes.
func TestPaperPrompts(t *testing.T) {
	for name, want := range map[string][2]string{
		"cifar10":       {"airplane", "a photo of a {}."},
		"cifar100":      {"aquarium_fish", "a photo of a {}."},
		"svhn":          {"1", `a street sign of the number: "{}".`},
		"wds/svhn":      {"1", `a street sign of the number: "{}".`},
		"eurosat":       {"", "a centered satellite photo of {}."},
		"hateful_memes": {"", "a photo of a {}."},
	} {
		info := datasets.Info{Name: name, Classes: make([]string, 10)}
		if name == "cifar100" {
			info.Classes, info.Target, info.Targets = make([]string, 100), "fine", []string{"fine", "coarse"}
		}
		names, templates, ok := datasets.PaperPrompts(info)
		if !ok {
			t.Errorf("%s: not a set of the paper", name)
			continue
		}
		if diff := cmp.Diff([]string{want[1]}, templates); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if want[0] == "" {
			if names != nil {
				t.Errorf("%s: names %q, want the set's own", name, names)
			}
			continue
		}
		if len(names) != len(info.Classes) || names[0] != want[0] && names[1] != want[0] {
			t.Errorf("%s: names %q, want %q among the first", name, names, want[0])
		}
		info.Classes = info.Classes[:3]
		if _, _, ok := datasets.PaperPrompts(info); ok {
			t.Errorf("%s with three classes is no set of the paper", name)
		}
	}
	for _, info := range []datasets.Info{{Name: "builtin"}, {Name: "cifar100", Target: "coarse", Targets: []string{"fine", "coarse"}, Classes: make([]string, 20)}} {
		if _, _, ok := datasets.PaperPrompts(info); ok {
			t.Errorf("%s %s is no set of the paper", info.Name, info.Target)
		}
	}
}
