package tokenize

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestDivide: the parts of a text have the ids of the whole, for texts of what the vocabulary joins over spaces and what it does not.
func TestDivide(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, name := range []string{"bpe_gemma", "bpe_siglip2", "bpe_unknown"} {
		steps := openKind(t, name, Options{Context: 64}).(*pipeline).steps
		c := steps.model.(*charBPE)
		alphabet := []string{spaceMark, spaceMark, spaceMark, spaceMark + "word", "word", "g", "a", "e", ",", ".", "ing", "the", "é", "\n", "<0x0A>", "本", "🙂", "\u0300"}
		parts := 0
		for range 20_000 {
			var b strings.Builder
			for range 1 + rng.IntN(12) {
				b.WriteString(alphabet[rng.IntN(len(alphabet))])
			}
			var got []int
			words := c.divide(nil, word{text: b.String(), first: true})
			for i, w := range words {
				got = c.appendIDs(got, w.text)
				if w.first != (i == 0) {
					t.Fatalf("%s: %q: part %d says first %t", name, b.String(), i, w.first)
				}
			}
			if want := c.appendIDs(nil, b.String()); !slices.Equal(got, want) {
				t.Fatalf("%s: %q in parts %v: %v, as a whole %v", name, b.String(), words, got, want)
			}
			parts += len(words) - 1
		}
		if want := !c.ignoreMerges; (parts > 5000) != want {
			t.Errorf("%s: 20,000 texts were divided %d times", name, parts)
		}
	}
}

// TestDivideHidden: where a merge takes a symbol that stands for another character, nothing is divided.
func TestDivideHidden(t *testing.T) {
	unknown := "<unk>"
	for _, c := range []struct {
		merge mergePair
		want  int
	}{
		{mergePair{"a", "b"}, 3},
		{mergePair{"b", spaceMark}, 2},
		{mergePair{"<0x0A>", spaceMark}, 1},
		{mergePair{"<unk>", spaceMark}, 1},
	} {
		vocab := map[string]int{"<unk>": 0, spaceMark: 1, "a": 2, "b": 3, "<0x0A>": 4, c.merge[0] + c.merge[1]: 5}
		m, err := newCharBPE(&bpeJSON{Vocab: vocab, Merges: []mergePair{c.merge}, UnkToken: &unknown, ByteFallback: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.divide(nil, word{text: "b" + spaceMark + "a" + spaceMark + "b"}); len(got) != c.want {
			t.Errorf("merge %q: divided into %v, want %d parts", c.merge, got, c.want)
		}
	}
}
