package tokenize

import (
	"strconv"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// everyAssigned yields the code points of the planes that hold any, and of private use the first.
func everyAssigned(yield func(rune) bool) {
	for r := range rune(0xf0100) {
		if utf8.ValidRune(r) && (r < 0x40000 || r >= 0xe0000 && r < 0xe1000 || r >= 0xf0000) && !yield(r) {
			return
		}
	}
}

// TestProperties compares what every code point is, or becomes, with the reference.
func TestProperties(t *testing.T) {
	var ref struct {
		Removed, Space, Chinese, Nonspacing, Accent, NmtRemoved, NmtSpace, Punctuation, Split, Strip, Moves [][2]rune
		Forms                                                                                               map[string]map[string]string
	}
	readJSON(t, "testdata/properties.json.gz", &ref)
	yes, no := true, false
	clean := bertOptions{&yes, &no, &no, &no}
	chinese := bertOptions{&no, &yes, &no, &no}
	marks := bertOptions{&no, &no, &yes, &no}
	within := func(f func(string) string, want string) func(rune) bool {
		return func(r rune) bool { return f("a"+string(r)+"a") == want }
	}
	words := func(n int) func(rune) bool {
		return func(r rune) bool {
			out := splitBERT(nil, word{text: "a" + string(r) + "a"})
			return len(out) == n && out[0].text == "a" && out[n-1].text == "a"
		}
	}
	for _, c := range []struct {
		name string
		want [][2]rune
		has  func(rune) bool
	}{
		{"removed", ref.Removed, within(clean.normalize, "aa")},
		{"space", ref.Space, within(clean.normalize, "a a")},
		{"Chinese", ref.Chinese, func(r rune) bool { return chinese.normalize("a"+string(r)) != "a"+string(r) }},
		{"nonspacing", ref.Nonspacing, within(marks.normalize, "aa")},
		{"accent", ref.Accent, func(r rune) bool { return drop("a"+string(r), isAccent) == "a" }},
		{"nmt removed", ref.NmtRemoved, within(nmt, "aa")},
		{"nmt space", ref.NmtSpace, within(nmt, "a a")},
		{"punctuation", ref.Punctuation, words(3)},
		{"split", ref.Split, words(2)},
		{"strip", ref.Strip, unicode.IsSpace},
		{"moves", ref.Moves, func(r rune) bool {
			if normalForm(norm.NFD, string(r)) != string(r) {
				return false
			}
			for _, text := range []string{"a\u0301" + string(r), "a" + string(r) + "\u0316", "a" + string(r) + "\u0334"} {
				if normalForm(norm.NFD, text) != text {
					return true
				}
			}
			return false
		}},
	} {
		if len(c.want) == 0 {
			t.Fatalf("%s: empty", c.name)
		}
		want := make(map[rune]bool)
		for _, r := range c.want {
			for x := r[0]; x <= r[1]; x++ {
				want[x] = true
			}
		}
		bad := 0
		for r := range everyAssigned {
			if c.has(r) != want[r] {
				if bad++; bad < 10 {
					t.Errorf("%s: %U is %v, wanted %v", c.name, r, !want[r], want[r])
				}
			}
		}
	}
	for name, form := range map[string]norm.Form{"nfd": norm.NFD, "nfkc": norm.NFKC, "nfkd": norm.NFKD} {
		bad := 0
		for r := range everyAssigned {
			want, ok := ref.Forms[name][strconv.FormatInt(int64(r), 16)]
			if !ok {
				want = string(r)
			}
			if got := normalForm(form, string(r)); got != want {
				if bad++; bad < 10 {
					t.Errorf("%s: %U gives %+q, wanted %+q", name, r, got, want)
				}
			}
		}
	}
}
