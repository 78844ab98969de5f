package embfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A literal reads the small part of Python's syntax that the header of a .npy file is written in: a dictionary of strings, booleans,
// tuples of integers, and lists (of a structured dtype), which are only recognised.
type literal struct{ rest string }

var errSyntax = errors.New("not the Python literal that NumPy writes")

func (p *literal) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take consumes a token if it comes next.
func (p *literal) take(token string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *literal) dict() (map[string]any, error) {
	if !p.take("{") {
		return nil, errSyntax
	}
	fields := make(map[string]any)
	for !p.take("}") {
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if !p.take(":") {
			return nil, errSyntax
		}
		if _, twice := fields[key]; twice {
			return nil, fmt.Errorf("field %q twice", key)
		}
		if fields[key], err = p.value(); err != nil {
			return nil, err
		}
		if !p.take(",") && !strings.HasPrefix(p.rest, "}") {
			return nil, errSyntax
		}
	}
	if p.space(); p.rest != "" {
		return nil, errSyntax
	}
	return fields, nil
}

func (p *literal) value() (any, error) {
	switch {
	case p.take("True"):
		return true, nil
	case p.take("False"):
		return false, nil
	case p.take("("):
		return p.tuple()
	case p.take("["):
		return p.list()
	}
	return p.text()
}

func (p *literal) text() (string, error) {
	p.space()
	if p.rest == "" || p.rest[0] != '\'' && p.rest[0] != '"' {
		return "", errSyntax
	}
	end := strings.IndexByte(p.rest[1:], p.rest[0])
	if end < 0 {
		return "", errSyntax
	}
	text := p.rest[1 : 1+end]
	p.rest = p.rest[2+end:]
	if strings.Contains(text, `\`) {
		return "", errSyntax
	}
	return text, nil
}

// tuple reads integers up to the closing parenthesis. Python 2 wrote some of them with an L behind.
func (p *literal) tuple() ([]int64, error) {
	values := []int64{}
	for !p.take(")") {
		n := strings.IndexAny(p.rest, ",)L")
		if n < 0 {
			return nil, errSyntax
		}
		v, err := strconv.ParseInt(strings.TrimSpace(p.rest[:n]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("dimension %s", quote([]byte(p.rest[:n])))
		}
		values = append(values, v)
		if len(values) > 32 { // NumPy's own bound
			return nil, errors.New("more than 32 dimensions")
		}
		p.rest = strings.TrimPrefix(p.rest[n:], "L")
		if !p.take(",") && !strings.HasPrefix(p.rest, ")") {
			return nil, errSyntax
		}
	}
	return values, nil
}

// list skips a list with all that is nested in it.
func (p *literal) list() ([]any, error) {
	depth := 1
	for i := range len(p.rest) {
		switch p.rest[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				p.rest = p.rest[i+1:]
				return []any{}, nil
			}
		}
	}
	return nil, errSyntax
}
