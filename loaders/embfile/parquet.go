package embfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"mindgap/gap"

	"github.com/parquet-go/parquet-go"
	pqformat "github.com/parquet-go/parquet-go/format"

	"mindgap/models/half"
)

// parquetNames are the names that settle which of several columns is meant.
var parquetNames = []string{"embedding", "embeddings", "emb", "vector"}

// A listColumn is a leaf of the schema that holds lists of floating-point numbers.
type listColumn struct {
	name string // as the schema calls it, without the levels inside the list
	leaf *parquet.Column
	half bool // 2-byte numbers in byte arrays
}

// readParquet reads one list column. The library may panic on a broken file; that comes back as an error.
func readParquet(r io.ReaderAt, size int64) (e *gap.Embeddings, meta map[string]string, err error) {
	defer func() {
		if p := recover(); p != nil {
			e, meta, err = nil, nil, bad(fmt.Sprintf("a broken parquet file (%v)", p), "a whole one")
		}
	}()
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, bad(fmt.Sprintf("a file that does not open as parquet (%v)", err), "a whole parquet file")
	}
	column, err := chooseColumn(f.Root(), halfColumns(f.Metadata()))
	if err != nil {
		return nil, nil, err
	}
	m := rowBuilder{column: column.name}
	for _, group := range f.RowGroups() {
		if err := m.read(group.ColumnChunks()[column.leaf.Index()], column); err != nil {
			return nil, nil, err
		}
	}
	if err := m.endRow(); err != nil {
		return nil, nil, err
	}
	if int64(m.rows) != f.NumRows() {
		return nil, nil, bad(fmt.Sprintf("%d rows", m.rows), fmt.Sprintf("%d, as the file says", f.NumRows()))
	}
	meta = map[string]string{}
	for _, kv := range f.Metadata().KeyValueMetadata {
		meta[kv.Key] = kv.Value
	}
	return gap.NewEmbeddings(m.rows, max(m.width, 0), m.data), meta, nil
}

// chooseColumn returns the only list column of floating-point numbers, or the one that is called as an embedding is.
func chooseColumn(root *parquet.Column, halves map[int]bool) (listColumn, error) {
	var found []listColumn
	var all []string
	var walk func(c *parquet.Column)
	walk = func(c *parquet.Column) {
		for _, child := range c.Columns() {
			walk(child)
		}
		if !c.Leaf() {
			return
		}
		path := c.Path()
		all = append(all, strings.Join(path, "."))
		kind := c.Type().Kind()
		half := kind == parquet.FixedLenByteArray && c.Type().Length() == 2 && halves[c.Index()]
		if c.MaxRepetitionLevel() == 1 && (half || kind == parquet.Float || kind == parquet.Double) {
			found = append(found, listColumn{name: listName(path), leaf: c, half: half})
		}
	}
	walk(root)
	if len(found) == 1 {
		return found[0], nil
	}
	var names []string
	var named []listColumn
	for _, c := range found {
		names = append(names, c.name)
		if slices.Contains(parquetNames, strings.ToLower(c.name)) {
			named = append(named, c)
		}
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(found) == 0:
		return listColumn{}, bad("no list column of floating-point numbers among "+shortList(all), "one such column")
	}
	return listColumn{}, bad(fmt.Sprintf("%d list columns of floating-point numbers (%s)", len(found), shortList(names)),
		"one, or one of them called "+strings.Join(parquetNames, ", "))
}

// halfColumns returns the indices of the leaves of logical type FLOAT16. The library's columns have lost that type; the footer has it.
func halfColumns(meta *pqformat.FileMetaData) map[int]bool {
	halves := make(map[int]bool)
	leaf := 0
	for _, element := range meta.Schema {
		if !element.Type.Valid { // a group
			continue
		}
		if _, ok := element.LogicalType.Value.(*pqformat.Float16Type); ok {
			halves[leaf] = true
		}
		leaf++
	}
	return halves
}

// listName drops what writers put between a list's name and its values: list.element, list.item, bag.array_element.
func listName(path []string) string {
	if n := len(path); n >= 3 {
		return strings.Join(path[:n-2], ".")
	}
	return path[0]
}

// A rowBuilder collects rows of equal width.
type rowBuilder struct {
	column string
	data   []float32
	rows   int
	width  int // of the first row; meaningful once rows > 0
	start  int // where in data the row begins that is being read
	open   bool
}

// read appends one row group's part of the column.
func (m *rowBuilder) read(chunk parquet.ColumnChunk, c listColumn) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	values := make([]parquet.Value, 4096)
	full := c.leaf.MaxDefinitionLevel()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bad(fmt.Sprintf("column %s that cannot be read (%v)", m.column, err), "a whole parquet file")
		}
		err = m.readPage(page, values, full, c)
		parquet.Release(page)
		if err != nil {
			return err
		}
	}
}

func (m *rowBuilder) readPage(page parquet.Page, values []parquet.Value, full int, c listColumn) error {
	reader := page.Values()
	for {
		n, err := reader.ReadValues(values)
		for i := range values[:n] {
			v := &values[i]
			if v.RepetitionLevel() == 0 {
				if err := m.endRow(); err != nil {
					return err
				}
				m.open, m.start = true, len(m.data)
			}
			if v.DefinitionLevel() != full {
				return bad(fmt.Sprintf("a missing list, an empty list or a missing number in column %s, row %d (counted from 0)", m.column, m.rows),
					"a list of numbers in each row")
			}
			x, err := number(v, c)
			if err != nil {
				return err
			}
			m.data = append(m.data, x)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bad(fmt.Sprintf("column %s that cannot be read (%v)", m.column, err), "a whole parquet file")
		}
	}
}

// number returns one value; its kind was settled by the schema.
func number(v *parquet.Value, c listColumn) (float32, error) {
	switch {
	case c.half:
		b := v.ByteArray()
		if len(b) != 2 {
			return 0, bad(fmt.Sprintf("a float16 of %d bytes", len(b)), "2 bytes")
		}
		return half.From(binary.LittleEndian.Uint16(b)), nil
	case v.Kind() == parquet.Double:
		return float32(v.Double()), nil
	case v.Kind() == parquet.Float:
		return v.Float(), nil
	}
	return float32(math.NaN()), bad(fmt.Sprintf("a value of kind %s", v.Kind()), "a floating-point number")
}

// endRow closes the row being read and compares its width with the first row's.
func (m *rowBuilder) endRow() error {
	if !m.open {
		return nil
	}
	width := len(m.data) - m.start
	if m.rows == 0 {
		m.width = width
	}
	if width != m.width {
		return bad(fmt.Sprintf("%d numbers in row %d of column %s (counted from 0)", width, m.rows, m.column),
			fmt.Sprintf("%d, as in row 0", m.width))
	}
	m.rows++
	m.open = false
	return nil
}
