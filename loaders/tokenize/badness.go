package tokenize

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// ftfy finds mojibake by sequences of characters that real text hardly has, such as "Ã©". Its rules are data (ftfy/tables.json): each is a
// row of sets of characters. They are matched all at once: a word of 64 bits has a bit for every rule, and a rule matches where its bit
// survives the conjunction of what each character allows in its place (the shift-and method of Baeza-Yates and Gonnet 1992).

//go:embed ftfy/tables.json
var ftfyTables []byte

// mojibake holds ftfy's rules and classes.
type mojibake struct {
	longest int                // characters in the longest rule
	known   map[rune]*[]uint64 // for characters in some set: which rules allow it in each place
	open    []uint64           // which rules are through before each place
	anchor  uint64             // rules that match at the start of the text only
	wide    [][]wideSet        // by place, the sets that are not lists
	first   [3]map[rune]bool   // what the first byte of a 2, 3 or 4-byte sequence turns into
	follow  map[rune]bool      // what the other bytes turn into
	strict  map[rune]bool      // the same, without what stands for itself near mojibake
}

// A wideSet is a set too large to list, and the rules that have it.
type wideSet struct {
	has   func(rune) bool
	rules uint64
}

var loadMojibake = sync.OnceValue(func() *mojibake {
	var tables struct {
		Sets   []string `json:"sets"`
		Rules  [][]int  `json:"rules"`
		First2 string   `json:"utf8_first_of_2"`
		First3 string   `json:"utf8_first_of_3"`
		First4 string   `json:"utf8_first_of_4"`
		Follow string   `json:"utf8_continuation"`
		Strict string   `json:"utf8_continuation_strict"`
	}
	if err := json.Unmarshal(ftfyTables, &tables); err != nil || len(tables.Rules) > 64 {
		panic(fmt.Sprintf("tokenize: ftfy/tables.json: %d rules, %v", len(tables.Rules), err)) // the file is part of the program
	}
	members := func(s string) map[rune]bool {
		m := make(map[rune]bool)
		for _, r := range s {
			m[r] = true
		}
		return m
	}
	m := &mojibake{known: make(map[rune]*[]uint64), follow: members(tables.Follow), strict: members(tables.Strict),
		first: [3]map[rune]bool{members(tables.First2), members(tables.First3), members(tables.First4)}}
	for _, rule := range tables.Rules {
		m.longest = max(m.longest, len(rule))
	}
	m.open, m.wide = make([]uint64, m.longest), make([][]wideSet, m.longest)
	for i, rule := range tables.Rules {
		bit := uint64(1) << i
		if tables.Sets[rule[0]] == `\A` {
			m.anchor |= bit
			rule = rule[1:]
		}
		for place := range m.longest {
			if place >= len(rule) {
				m.open[place] |= bit
				continue
			}
			set := tables.Sets[rule[place]]
			if has := wide(set); has != nil {
				m.wide[place] = append(m.wide[place], wideSet{has, bit})
				continue
			}
			for _, r := range set {
				if m.known[r] == nil {
					places := make([]uint64, m.longest)
					m.known[r] = &places
				}
				(*m.known[r])[place] |= bit
			}
		}
	}
	return m
})

// wide returns a set that the tables name instead of listing it, nil for one that is listed.
func wide(set string) func(rune) bool {
	kind, ok := strings.CutPrefix(set, `\`)
	switch {
	case !ok || kind == "":
		return nil
	case kind == "s":
		return pythonSpace
	case kind == "w":
		return func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }
	case kind == ".":
		return func(r rune) bool { return r != '\n' }
	case kind[0] == '^':
		return func(r rune) bool { return !strings.ContainsRune(kind[1:], r) }
	}
	return nil
}

// allowed returns the rules that allow r in a place, or that are through before it.
func (m *mojibake) allowed(r rune, place int) uint64 {
	rules := m.open[place]
	if k := m.known[r]; k != nil {
		rules |= (*k)[place]
	}
	for _, w := range m.wide[place] {
		if w.has(r) {
			rules |= w.rules
		}
	}
	return rules
}

// bad reports whether text looks like mojibake: whether any rule matches anywhere.
func (m *mojibake) bad(text string) bool {
	if isASCII(text) {
		return false // no rule does without a character beyond ASCII
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		rules := m.allowed(r, 0)
		if i > 0 {
			rules &^= m.anchor
		}
		place := 1
		for j := i + size; rules != 0 && place < m.longest && j < len(text); place++ {
			r, size := utf8.DecodeRuneInString(text[j:])
			rules &= m.allowed(r, place)
			j += size
		}
		for ; place < m.longest; place++ { // the text is over: only rules that are through count
			rules &= m.open[place]
		}
		if rules != 0 {
			return true
		}
		i += size
	}
	return false
}

// sequence returns the length of the longest row of what UTF-8 sequences turn into that text begins with, or 0.
func (m *mojibake) sequence(text string) int {
	done := 0
	for done < len(text) {
		first, n := utf8.DecodeRuneInString(text[done:])
		next := 0
		for k, set := range m.first {
			if !set[first] {
				continue
			}
			end, ok := done+n, true
			for range k + 1 {
				r, size := utf8.DecodeRuneInString(text[end:])
				if ok = size > 0 && m.follow[r]; !ok {
					break
				}
				end += size
			}
			if ok {
				next = end
				break
			}
		}
		if next == 0 {
			break
		}
		done = next
	}
	return done
}
