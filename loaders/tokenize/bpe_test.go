package tokenize

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sugarme/tokenizer/model/bpe"
)

// plainIDs merges a word with the library's Word.Merge: of all neighbouring pairs the one of the lowest rank, everywhere from the left, until
// none is left. In a vocabulary that was trained, a merge's product only takes part in later merges, so that merging a pair everywhere at
// once and merging its occurrences one by one is the same.
func plainIDs(t *testing.T, m *merger, merges bpe.Merges, text string) []int {
	t.Helper()
	w := bpe.NewWord()
	for i := range len(text) {
		id := m.first[text[i]]
		if i == len(text)-1 {
			id = m.last[text[i]]
		}
		w.Add(int(id), 1)
	}
	for {
		var best bpe.Pair
		var value bpe.PairVal
		found := false
		for i := 1; i < len(w.Symbols); i++ {
			p := bpe.Pair{C1: w.Symbols[i-1].C, C2: w.Symbols[i].C}
			if v, ok := merges[p]; ok && (!found || v.Rank < value.Rank) {
				best, value, found = p, v, true
			}
		}
		if !found {
			break
		}
		if _, err := w.Merge(best.C1, best.C2, value.NewId); err != nil {
			t.Fatal(err)
		}
	}
	ids := make([]int, len(w.Symbols))
	for i, s := range w.Symbols {
		ids[i] = s.C
	}
	return ids
}

// The heap and the plain loop of the library agree: on every word of up to three letters out of five, on runs of one character, and on
// random words of few letters, where ties are frequent.
func TestMergePlain(t *testing.T) {
	model := mustCLIP(t, Options{}).(*clip).clipModel
	m := &model.merger
	merges, err := mergeTable(model.merges, model.vocab)
	if err != nil {
		t.Fatal(err)
	}
	check := func(word string) {
		t.Helper()
		if got, want := m.appendIDs(nil, []byte(word)), plainIDs(t, m, merges, word); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, plain %v", word, got, want)
		}
	}
	letters := "aest!"
	for _, a := range letters {
		check(string(a))
		for _, b := range letters {
			check(string(a) + string(b))
			for _, c := range letters {
				check(string(a) + string(b) + string(c))
			}
		}
	}
	for _, c := range []string{"!", "a", "-", "é", "9"} {
		word := ""
		for range 40 {
			word += c
			check(word)
		}
	}
	rng := rand.New(rand.NewPCG(5, 0))
	for range 5000 {
		word := make([]byte, 1+rng.IntN(24))
		for i := range word {
			word[i] = "aeinrst!.o"[rng.IntN(10)]
		}
		check(string(word))
	}
}
