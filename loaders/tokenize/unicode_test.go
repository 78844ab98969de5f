package tokenize

import (
	"strconv"
	"testing"
	"unicode/utf8"
)

// TestUnicode compares every code point with the reference: its class in the pattern, its lower case, its composition.
func TestUnicode(t *testing.T) {
	var ref struct {
		L, N, S    [][2]rune
		Lower, NFC map[string]string
	}
	readJSON(t, "testdata/unicode.json.gz", &ref)
	want := make([]class, utf8.MaxRune+1)
	for _, set := range []struct {
		ranges [][2]rune
		class  class
	}{{ref.L, letter}, {ref.N, number}, {ref.S, white}} {
		for _, r := range set.ranges {
			for c := r[0]; c <= r[1]; c++ {
				want[c] = set.class
			}
		}
	}
	changed := func(m map[string]string, r rune) string {
		if s, ok := m[strconv.FormatInt(int64(r), 16)]; ok {
			return s
		}
		return string(r)
	}
	bad := 0
	for r := range rune(utf8.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		if got := classOf(r); got != want[r] {
			t.Errorf("%U: class %d, wanted %d", r, got, want[r])
			bad++
		}
		if got, want := string(appendLower(nil, string(r))), changed(ref.Lower, r); got != want {
			t.Errorf("%U: lower case %+q, wanted %+q", r, got, want)
			bad++
		}
		for _, f := range []func(string) string{nfc, longNFC} {
			if got, want := f(string(r)), changed(ref.NFC, r); got != want {
				t.Errorf("%U: composition %+q, wanted %+q", r, got, want)
				bad++
			}
		}
		if bad > 20 {
			t.Fatal("and so on")
		}
	}
}

// FuzzNFC: the unbounded composition agrees with package norm wherever that one inserts no grapheme joiner.
func FuzzNFC(f *testing.F) {
	for _, seed := range []string{"e\u0301\u0323", "각\u11a8", "\u1100\u1161\u11a8", "q\u0307\u0323", "\u0344\u0958"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 60 {
			return
		}
		if got, want := longNFC(text), composed(text); got != want {
			t.Fatalf("%+q: %+q, wanted %+q", text, got, want)
		}
	})
}
