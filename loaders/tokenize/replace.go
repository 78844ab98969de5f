package tokenize

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"sort"
	"strings"
	"unicode/utf8"
)

// parseReplace returns the normalizer Replace: every match of the pattern becomes content.
func parseReplace(p patternJSON, content string) (func(string) string, error) {
	if p.String != nil {
		old := *p.String
		if old == "" {
			return nil, errors.New("an empty text")
		}
		return func(text string) string { return strings.ReplaceAll(text, old, content) }, nil
	}
	if p.Regex == nil {
		return nil, errors.New("neither String nor Regex")
	}
	pattern, err := translate(*p.Regex)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if set, least, ok := classRun(tree.Simplify()); ok {
		return func(text string) string { return replaceRuns(text, set, least, content) }, nil
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if expression.MatchString("") {
		return nil, errors.New("a pattern that matches nothing at all")
	}
	return func(text string) string { return expression.ReplaceAllLiteralString(text, content) }, nil
}

// whiteSpace is \s of the reference's expressions, for the inside of a class.
const whiteSpace = `\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

// translate rewrites an expression of Oniguruma in Go's syntax. Both agree on what stands in tokenizer files, except that \s is white space
// of all scripts there. What else would mean something different is refused.
func translate(pattern string) (string, error) {
	var b strings.Builder
	class := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			i++
			switch e := pattern[i]; {
			case e == 's' && class:
				b.WriteString(whiteSpace)
			case e == 's':
				b.WriteString("[" + whiteSpace + "]")
			case e == 'S' && !class:
				b.WriteString("[^" + whiteSpace + "]")
			case strings.IndexByte("SwWdDbBhHXGKRzZA", e) >= 0:
				return "", fmt.Errorf(`\%c in a pattern`, e)
			case e == '/' || e >= utf8.RuneSelf:
				b.WriteByte(e)
			default:
				b.WriteByte('\\')
				b.WriteByte(e)
			}
			continue
		case class && c == '&' && strings.HasPrefix(pattern[i:], "&&"):
			return "", errors.New("an intersection in a pattern")
		case class && c == '[':
			return "", errors.New("a class within a class in a pattern")
		case !class && (c == '^' || c == '$'):
			return "", fmt.Errorf("%c in a pattern", c)
		case c == '[':
			class = true
			b.WriteByte(c)
			if strings.HasPrefix(pattern[i+1:], "^") {
				b.WriteByte('^')
				i++
			}
			continue
		case c == ']':
			class = false
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// A runeSet is a set of code points.
type runeSet struct {
	ascii  [utf8.RuneSelf]bool
	ranges []rune // pairs of first and last, ascending
}

func (s *runeSet) has(r rune) bool {
	if r < utf8.RuneSelf {
		return s.ascii[r]
	}
	i := sort.Search(len(s.ranges)/2, func(i int) bool { return s.ranges[2*i+1] >= r })
	return 2*i < len(s.ranges) && s.ranges[2*i] <= r
}

// classRun recognises an expression that is one class of characters, or a run of at least so many of one; least is 0 for a single one.
func classRun(tree *syntax.Regexp) (set *runeSet, least int, ok bool) {
	switch tree.Op {
	case syntax.OpCharClass, syntax.OpLiteral:
		if tree.Op == syntax.OpLiteral && (len(tree.Rune) != 1 || tree.Flags&syntax.FoldCase != 0) {
			return nil, 0, false
		}
		set = &runeSet{ranges: tree.Rune}
		if tree.Op == syntax.OpLiteral {
			set.ranges = []rune{tree.Rune[0], tree.Rune[0]}
		}
		for i := 0; i < len(set.ranges); i += 2 {
			for r := set.ranges[i]; r <= set.ranges[i+1] && r < utf8.RuneSelf; r++ {
				set.ascii[r] = true
			}
		}
		return set, 0, true
	case syntax.OpPlus:
		set, least, ok = classRun(tree.Sub[0])
		return set, 1, ok && least == 0 && tree.Flags&syntax.NonGreedy == 0
	case syntax.OpConcat: // x{2,} comes out as x x+
		set, n, ok := classRun(tree.Sub[len(tree.Sub)-1])
		if !ok || n != 1 {
			return nil, 0, false
		}
		for _, sub := range tree.Sub[:len(tree.Sub)-1] {
			other, n, ok := classRun(sub)
			if !ok || n != 0 || string(other.ranges) != string(set.ranges) {
				return nil, 0, false
			}
		}
		return set, len(tree.Sub), true
	}
	return nil, 0, false
}

// replaceRuns replaces each run of at least so many members of set by content, or with least 0 each member.
func replaceRuns(text string, set *runeSet, least int, content string) string {
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if !set.has(r) {
			i += size
			continue
		}
		n, start := 1, i
		for i += size; least > 0 && i < len(text); n++ {
			if r, size = utf8.DecodeRuneInString(text[i:]); !set.has(r) {
				break
			}
			i += size
		}
		if n < least || text[start:i] == content {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(text))
		}
		out = append(append(out, text[done:start]...), content...)
		done = i
	}
	if done == 0 {
		return text
	}
	return string(append(out, text[done:]...))
}
