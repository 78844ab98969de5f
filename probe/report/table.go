package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
)

// A Table holds the numbers of a plot: a row a point, in the units of the record.
type Table struct {
	Columns []string
	Rows    [][]string
}

// CSV writes t as RFC 4180 has it, with a line feed at each end of a line. Foreign strings pass clean, and one that a spreadsheet would run as
// a formula gets an apostrophe before it.
func (t Table) CSV() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(t.Columns) // a bytes.Buffer does not fail
	for _, row := range t.Rows {
		w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// add appends a row.
func (t *Table) add(cells ...string) { t.Rows = append(t.Rows, cells) }

// cell writes a number with every digit that it has; an undefined one is empty.
func cell(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// cell32 is cell of a number that has no more digits than float32 holds.
func cell32(v float32) string {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}

// word writes a string from outside.
func word(s string) string {
	if s = clean(s); s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
