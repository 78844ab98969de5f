package models

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"mindgap/models/fault"
)

// random:builtin is the built-in architecture under any seed: under 1 to 3 the twins themselves, under another one a model of its own, the
// same each time.
func TestOpenRandomBuiltin(t *testing.T) {
	weights := func(ref string) []byte {
		t.Helper()
		cp, err := Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if cp.Trained == nil || *cp.Trained {
			t.Errorf("%s: not said to be untrained", ref)
		}
		b, err := fs.ReadFile(cp.FS, cp.Image.File)
		if err != nil {
			t.Fatal(err)
		}
		text, err := fs.ReadFile(cp.FS, cp.Text.File)
		if err != nil {
			t.Fatal(err)
		}
		return append(b, text...)
	}
	two := weights("random:builtin?seed=2")
	if !slices.Equal(two, weights("builtin:emoji-random2")) {
		t.Error("seed 2 is not the second twin")
	}
	four := weights("random:builtin?seed=4&init=openai")
	if slices.Equal(two, four) || len(two) != len(four) || !slices.Equal(four, weights("random:builtin?init=openai&seed=4")) {
		t.Error("seed 4 is no model of its own")
	}
	cp, err := Open(t.Context(), "random:builtin?seed=4")
	if err != nil {
		t.Fatal(err)
	}
	if cp.Ref != "random:builtin?init=openai&seed=4" || cp.Name != "tinyclip-emoji-random4" {
		t.Errorf("reference %s, name %s", cp.Ref, cp.Name)
	}
	if _, err := Open(t.Context(), cp.Ref); err != nil {
		t.Errorf("the reference that it states: %v", err)
	}
	for _, ref := range []string{"random:builtin?init=hf", "random:builtin?sed=1"} {
		if _, err := Open(t.Context(), ref); err == nil || !strings.Contains(err.Error(), "random:builtin") {
			t.Errorf("%s: %v", ref, err)
		} else if kind, _ := fault.KindOf(err); kind != fault.Usage {
			t.Errorf("%s: a fault of kind %v", ref, kind)
		}
	}
}
