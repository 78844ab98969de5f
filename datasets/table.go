package datasets

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:   "table",
		Help:   "your own images in a table: a path and a caption or a label a row, as CSV, TSV or JSON lines",
		Layout: "FILE.csv, FILE.tsv or FILE.jsonl, with paths as seen from the file's folder; columns by name, or by --image-column, --caption-column, --label-column",
		Recognise: func(path string) (string, bool) {
			_, ok := tableForms[strings.ToLower(filepath.Ext(path))]
			return "", ok && isFile(path)
		},
		Tabular: true,
		Open:    openTable,
	})
}

// tableForms are the separators of a row's fields by the file's ending; 0 stands for JSON lines.
var tableForms = map[string]rune{".csv": ',', ".tsv": '\t', ".jsonl": 0, ".ndjson": 0}

// tableKinds are the keys of Options.Columns.
var tableKinds = []string{"image", "caption", "label"}

// tableColumns are the names that a column is known by where Options.Columns does not say, in order of preference.
var tableColumns = map[string][]string{
	"image":   {"image", "img", "filepath", "file_path", "image_path", "img_path", "filename", "file_name", "image_name", "file", "path"},
	"caption": {"caption", "captions", "title", "text", "sentence", "comment"},
	"label":   {"label", "class", "category", "classname", "class_name", "target"},
}

// A tableRow is a row under the columns that matter.
type tableRow struct {
	where    string
	image    string
	captions []string
	label    string
}

// openTable reads the whole table. Rows of the same image are one item with several captions; classes are the distinct labels, sorted as
// a folder's are.
func openTable(ctx context.Context, name, path string, o Options) (Dataset, error) {
	if _, err := choose(name, "split", o.Split, nil); err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	t := &tableReader{file: path, columns: o.Columns, at: map[string]int{}}
	b, err := readAnnotations(opTable, path)
	if err != nil {
		return nil, err
	}
	text, err := decodeText(opTable, path, b)
	if err != nil {
		return nil, err
	}
	if comma := tableForms[strings.ToLower(filepath.Ext(path))]; comma != 0 {
		err = t.readSeparated(ctx, text, comma)
	} else {
		err = t.readJSON(ctx, text)
	}
	if err != nil {
		return nil, err
	}
	images, classes, err := t.items()
	if err != nil {
		return nil, err
	}
	info := Info{Name: name, Source: path, Classes: classes}
	if len(classes) > 0 {
		info.Templates = []string{defaultTemplate}
	}
	d, err := newListed(ctx, info, filepath.Dir(path), images)
	if err != nil {
		return nil, err
	}
	return overridden(d, filepath.Join(filepath.Dir(path), "classnames.txt"), filepath.Join(filepath.Dir(path), "templates.txt"))
}

const opTable = "read table"

type tableReader struct {
	file    string
	columns map[string]string
	rows    []tableRow
	at      map[string]int // index of the columns image, caption and label; absent where there is none
}

// readSeparated reads CSV or TSV. Tabs separate without quoting: captions in TSV hold lone quotation marks.
func (t *tableReader) readSeparated(ctx context.Context, text string, comma rune) error {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, 0, true
	r.LazyQuotes = comma == '\t'
	for first := true; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		fields, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return t.ragged(err, len(fields), r)
		}
		if first {
			first = false
			header, err := t.findColumns(fields)
			if err != nil {
				return err
			}
			if header {
				continue
			}
		}
		line, _ := r.FieldPos(0)
		row := tableRow{where: fmt.Sprintf("%s line %d", t.file, line), image: strings.Clone(fields[t.at["image"]])}
		if i, ok := t.at["caption"]; ok {
			row.captions = []string{strings.Clone(fields[i])}
		}
		if i, ok := t.at["label"]; ok {
			row.label = strings.Clone(fields[i])
		}
		t.rows = append(t.rows, row)
	}
	return nil
}

// ragged words the errors of encoding/csv.
func (t *tableReader) ragged(err error, fields int, r *csv.Reader) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return &fault.Error{Op: opTable, Thing: t.file, Err: err}
	}
	e := &fault.Error{Op: opTable, Thing: fmt.Sprintf("%s line %d", t.file, p.Line)}
	if errors.Is(err, csv.ErrFieldCount) {
		e.Thing = fmt.Sprintf("%s line %d", t.file, p.StartLine)
		e.Found, e.Wanted = fmt.Sprintf("%d fields", fields), fmt.Sprintf("%d, as in the first line", r.FieldsPerRecord)
		e.Next = "put a caption that holds the separator between quotation marks"
		return e
	}
	e.Err, e.Next = p.Err, "write a quotation mark inside a field twice"
	return e
}

// findColumns says which column holds what, and reports whether the first row is a header: it is one if the user named a column by name,
// or if it names the image's column by a usual name.
func (t *tableReader) findColumns(first []string) (header bool, err error) {
	index := func(name string) int {
		return slices.IndexFunc(first, func(f string) bool { return strings.EqualFold(strings.TrimSpace(f), name) })
	}
	for _, kind := range tableKinds {
		name, named := t.columns[kind]
		if !named {
			continue
		}
		if i := index(name); i >= 0 {
			t.at[kind], header = i, true
		} else if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(first) {
			t.at[kind] = n - 1
		} else {
			return false, &fault.Error{Kind: fault.Usage, Op: opTable, Thing: t.file, Found: "no column " + strconv.Quote(name) + " for the " + kind,
				Wanted: "one of " + quoteShort(strings.Join(first, ", ")) + fmt.Sprintf(", or a number from 1 to %d", len(first)), Next: "correct --" + kind + "-column"}
		}
	}
	for _, kind := range tableKinds {
		if _, named := t.at[kind]; named {
			continue
		}
		for _, name := range tableColumns[kind] {
			if i := index(name); i >= 0 && !t.taken(i) && (kind == "image" || header || t.headed(first)) {
				t.at[kind] = i
				break
			}
		}
	}
	header = header || t.headed(first)
	if _, ok := t.at["image"]; !ok && !header && len(first) == 2 && slices.Contains(imageExtensions, strings.ToLower(filepath.Ext(first[0]))) {
		t.at["image"], t.at["caption"] = 0, 1
		if _, labelled := t.at["label"]; labelled {
			delete(t.at, "caption")
		}
	}
	if _, ok := t.at["image"]; !ok {
		return false, &fault.Error{Op: opTable, Thing: t.file, Found: "the columns " + quoteShort(strings.Join(first, ", ")),
			Wanted: "one named " + strings.Join(tableColumns["image"], ", "), Next: "name it with --image-column, by its name or its number from 1"}
	}
	return header, nil
}

// headed reports whether a first row names the column of images by a usual name.
func (t *tableReader) headed(first []string) bool {
	return slices.ContainsFunc(first, func(f string) bool {
		return slices.Contains(tableColumns["image"], strings.ToLower(strings.TrimSpace(f)))
	})
}

func (t *tableReader) taken(i int) bool {
	for _, j := range t.at {
		if i == j {
			return true
		}
	}
	return false
}

// readJSON reads an object a line. A caption is a string or a list of them, a label a string or a whole number.
func (t *tableReader) readJSON(ctx context.Context, text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if err := ctx.Err(); err != nil {
			return err
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		where := fmt.Sprintf("%s line %d", t.file, n)
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			return &fault.Error{Op: opTable, Thing: where, Err: err, Wanted: "a JSON object a line"}
		}
		row := tableRow{where: where}
		raw, err := t.field(object, "image", where)
		if err == nil {
			err = json.Unmarshal(raw, &row.image)
		}
		if err != nil {
			return asFault(err, opTable, where, "a path as the image")
		}
		if raw, err = t.field(object, "caption", where); err != nil {
			return err
		} else if raw != nil {
			if row.captions, err = stringOrList(raw); err != nil {
				return asFault(err, opTable, where, "a string or a list of strings as the caption")
			}
		}
		if raw, err = t.field(object, "label", where); err != nil {
			return err
		} else if raw != nil {
			if row.label, err = stringOrNumber(raw); err != nil {
				return asFault(err, opTable, where, "a string or a whole number as the label")
			}
		}
		t.rows = append(t.rows, row)
	}
	return nil
}

// field returns the value of a column of a line, nil where there is none and none need be.
func (t *tableReader) field(object map[string]json.RawMessage, kind, where string) (json.RawMessage, error) {
	name, named := t.columns[kind]
	if raw, ok := object[name]; named && ok {
		return raw, nil
	}
	if !named {
		for _, name := range tableColumns[kind] {
			if raw, ok := object[name]; ok {
				return raw, nil
			}
		}
		if kind != "image" {
			return nil, nil
		}
		name = "image"
	}
	return nil, &fault.Error{Op: opTable, Thing: where, Found: "no " + strconv.Quote(name), Wanted: "the " + kind + " in every line",
		Next: "name its key with --" + kind + "-column"}
}

func asFault(err error, op, where, wanted string) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return &fault.Error{Op: op, Thing: where, Err: err, Wanted: wanted}
}

func stringOrList(raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && string(raw) != "null" {
		return []string{one}, nil
	}
	return jsonStrings(raw)
}

func stringOrNumber(raw json.RawMessage) (string, error) {
	var s string
	if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
		return s, nil
	}
	var n int
	if string(raw) == "null" {
		return "", errors.New("null")
	}
	err := json.Unmarshal(raw, &n)
	return strconv.Itoa(n), err
}

// items groups the rows by image.
func (t *tableReader) items() (images []listedImage, classes []string, err error) {
	at := map[string]int{}
	labels := map[string]int{}
	var of []string // the label of each image
	for _, r := range t.rows {
		r.image = strings.TrimSpace(r.image)
		switch {
		case r.image == "":
			return nil, nil, &fault.Error{Op: opTable, Thing: r.where, Found: "no image", Wanted: "a path in every row"}
		case strings.Contains(r.image, "://"):
			return nil, nil, &fault.Error{Op: opTable, Thing: r.where, Found: quoteShort(r.image), Wanted: "the path of a file", Next: "fetch the images first"}
		}
		i, ok := at[r.image]
		if !ok {
			i = len(images)
			at[r.image] = i
			images = append(images, listedImage{id: filepath.ToSlash(r.image), path: filepath.ToSlash(r.image), where: r.where, label: NoLabel})
			of = append(of, r.label)
		} else if of[i] != r.label {
			return nil, nil, &fault.Error{Op: opTable, Thing: r.where, Found: fmt.Sprintf("the label %s of an image that has %s at %s", quoteShort(r.label), quoteShort(of[i]), images[i].where),
				Wanted: "one label an image"}
		}
		for _, c := range r.captions {
			if c = strings.TrimSpace(c); c == "" {
				return nil, nil, &fault.Error{Op: opTable, Thing: r.where, Found: "an empty caption", Wanted: "a caption in every row"}
			}
			images[i].captions = append(images[i].captions, c)
		}
		if r.label != "" {
			labels[r.label] = 0
		}
	}
	for l := range labels {
		classes = append(classes, l)
	}
	sortClasses(classes)
	for i, l := range classes {
		labels[l] = i
	}
	for i, l := range of {
		if l != "" {
			images[i].label = labels[l]
		}
	}
	return images, classes, nil
}
