package report

import (
	"bytes"
	"encoding/json"

	"mindgap/probe"
)

// encode writes a record as indented JSON in which an array of numbers stays on one line: a map of thousands of points would otherwise
// have a line a coordinate.
func encode(rec *probe.Record) ([]byte, error) {
	compact, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(2 * len(compact))
	depth := 0
	newline := func() {
		out.WriteByte('\n')
		for range depth {
			out.WriteString("  ")
		}
	}
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := stringEnd(compact, i)
			out.Write(compact[i:end])
			i = end - 1
		case '[', '{':
			if end := flatEnd(compact, i); end > 0 {
				out.Write(bytes.ReplaceAll(compact[i:end], []byte(","), []byte(", ")))
				i = end - 1
				continue
			}
			out.WriteByte(c)
			depth++
			newline()
		case ']', '}':
			depth--
			newline()
			out.WriteByte(c)
		case ',':
			out.WriteByte(c)
			newline()
		case ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// stringEnd returns the index behind the string that opens at b[start].
func stringEnd(b []byte, start int) int {
	for i := start + 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// flatEnd returns the index behind the array or object that opens at b[start] if it is empty or an array of nothing but numbers, nulls and
// arrays of them; else 0.
func flatEnd(b []byte, start int) int {
	if b[start+1] == ']' || b[start+1] == '}' {
		return start + 2
	}
	depth := 0
	for i := start; i < len(b); i++ {
		switch b[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"', '{':
			return 0
		}
	}
	return 0
}
