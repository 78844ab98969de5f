package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// A parquetFile is an opened file of a table.
type parquetFile struct {
	*parquet.File
	f *os.File
}

// openParquet reads a file's footer. A damaged file makes the library panic in places; here it gives an error.
func openParquet(file string) (p *parquetFile, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cause(err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	err = guarded(func() error {
		table, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		p = &parquetFile{table, f}
		return err
	})
	return p, err
}

func (p *parquetFile) Close() error { return p.f.Close() }

// guarded turns a panic of the parquet library, which trusts what a file says of itself, into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a damaged file: %v", p)
		}
	}()
	return f()
}

// A cells reads one leaf column of a row group, row by row, a page at a time.
type cells struct {
	leaf  *parquet.Column
	pages parquet.Pages
	page  parquet.Page
	from  parquet.ValueReader
	buf   []parquet.Value // values read, of which the first at are used up
	at    int
	row   []parquet.Value
}

func newCells(group parquet.RowGroup, leaf *parquet.Column) *cells {
	return &cells{leaf: leaf, pages: group.ColumnChunks()[leaf.Index()].Pages(), buf: make([]parquet.Value, 0, 64)}
}

func (c *cells) Close() error {
	if c.page != nil {
		parquet.Release(c.page)
		c.page = nil
	}
	return c.pages.Close()
}

// next returns the values of the next row: one, or as many as a list has, which are null where the row has none. They are copies. At the end
// of the row group it returns io.EOF.
func (c *cells) next() ([]parquet.Value, error) {
	c.row = c.row[:0]
	for {
		if c.at == len(c.buf) {
			if err := c.fill(); err == io.EOF && len(c.row) > 0 {
				return c.row, nil
			} else if err != nil {
				return nil, err
			}
		}
		v := c.buf[c.at]
		if v.RepetitionLevel() == 0 && len(c.row) > 0 {
			return c.row, nil
		}
		c.row = append(c.row, v.Clone())
		if c.at++; c.leaf.MaxRepetitionLevel() == 0 {
			return c.row, nil
		}
	}
}

// fill reads more values.
func (c *cells) fill() error {
	for {
		if c.from != nil {
			n, err := c.from.ReadValues(c.buf[:cap(c.buf)])
			c.buf, c.at = c.buf[:n], 0
			if n > 0 {
				return nil
			}
			if err != nil && err != io.EOF {
				return err
			}
			parquet.Release(c.page)
			c.page, c.from = nil, nil
		}
		page, err := c.pages.ReadPage()
		if err != nil {
			return err
		}
		if page == nil {
			return errors.New("a page without values")
		}
		c.page, c.from = page, page.Values()
	}
}

// leafAt returns the leaf at a path below a table's root, or nil.
func leafAt(c *parquet.Column, path ...string) *parquet.Column {
	for _, name := range path {
		if c = c.Column(name); c == nil {
			return nil
		}
	}
	if !c.Leaf() {
		return nil
	}
	return c
}

// onlyLeaf returns the single leaf of a column that is one value or a list of them, or nil.
func onlyLeaf(c *parquet.Column) *parquet.Column {
	for c != nil && !c.Leaf() {
		below := c.Columns()
		if len(below) != 1 {
			return nil
		}
		c = below[0]
	}
	return c
}

func isBytes(c *parquet.Column) bool { return c != nil && c.Type().Kind() == parquet.ByteArray }

func isNumber(c *parquet.Column) bool {
	return c != nil && (c.Type().Kind() == parquet.Int32 || c.Type().Kind() == parquet.Int64)
}
