package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:      "hf-parquet",
		Help:      "parquet files with image bytes, as the Hugging Face hub keeps data sets",
		Layout:    "FOLDER/[data/]{train,test}-*.parquet, or one file; --image-column, --label-column, --caption-column where the schema does not tell",
		Recognise: func(path string) (string, bool) { return "", len(parquetSplits(path)) > 0 },
		Tabular:   true,
		Open:      openHFParquet,
	})
	for name, labels := range map[string][]string{"cifar10": {"label"}, "cifar100": {"fine_label", "coarse_label"}} {
		find := func(_, root string) (string, bool) {
			for _, dir := range []string{name, filepath.Join("uoft-cs", name), ""} {
				if path := filepath.Join(root, dir); isCIFARParquet(path, name, labels) {
					return path, true
				}
			}
			return "", false
		}
		Register(Format{
			Name:      name + "-parquet",
			Help:      strings.ToUpper(name[:5]) + "-" + name[5:] + " as parquet files of the Hugging Face hub",
			Names:     []string{name},
			Layout:    name + "/**/{train,test}-*.parquet",
			Origin:    "huggingface.co/datasets/uoft-cs/" + name,
			Find:      find,
			Recognise: func(path string) (string, bool) { return name, isCIFARParquet(path, name, labels) },
			Tabular:   true,
			Open:      openHFParquet,
		})
	}
}

// isCIFARParquet reports whether the tables at path have the label columns of a CIFAR set and, where they tell class names, the set's own.
func isCIFARParquet(path, name string, labels []string) bool {
	splits := parquetSplits(path)
	if len(splits) == 0 {
		return false
	}
	t, err := openParquet(splits[0].files[0])
	if err != nil {
		return false
	}
	defer t.Close()
	for _, l := range labels {
		if t.Root().Column(l) == nil {
			return false
		}
	}
	known, _, _ := LookupPrompts(name)
	names := readFeatures(t)[labels[0]].Names
	return len(names) == 0 && t.Root().Column("img") != nil || slices.EqualFunc(names, known, func(a, b string) bool { return readable(a) == b })
}

// hfParquet is one split of a table under one target. Labels are held; pictures and captions are read a page at a time.
type hfParquet struct {
	info   Info
	layout hfLayout
	files  []string
	labels []int
}

func openHFParquet(ctx context.Context, name, path string, o Options) (Dataset, error) {
	splits := parquetSplits(path)
	var names []string
	for _, s := range splits {
		names = append(names, s.name)
	}
	chosen, err := choose(name, "split", o.Split, names)
	if err != nil {
		return nil, err
	}
	i := slices.Index(names, chosen)
	if i < 0 {
		return nil, &fault.Error{Op: "open parquet files", Thing: path, Found: "no parquet file", Wanted: "at least one"}
	}
	split := splits[i]
	if err := split.complete(); err != nil {
		return nil, err
	}
	d := &hfParquet{files: split.files}
	labels := &labelReader{}
	parts := []string{"parquet"}
	for k, file := range split.files {
		sum, err := d.index(ctx, file, k == 0, o, labels)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sum)
	}
	d.info = Info{Name: name, Split: split.name, Target: d.layout.target, Targets: d.layout.targets, Len: d.info.Len, Source: path,
		Fingerprint: fingerprint(append(parts, d.layout.image, d.layout.caption)...)}
	if d.layout.label != "" {
		if d.labels, d.info.Classes, err = labels.finish(d.layout); err != nil {
			return nil, err
		}
		d.info.Templates = []string{defaultTemplate}
		set := name
		if d.layout.target == "coarse" {
			set += "_coarse"
		}
		if known, templates, ok := LookupPrompts(set); ok {
			d.info.Templates = templates
			if len(known) > 0 && len(labels.names) == 0 && d.layout.names == nil {
				d.info.Classes = known
			}
		}
	}
	return d, nil
}

// index reads what is known before the pictures: the layout, the number of rows, the labels. It returns what identifies the file: reading
// all of it would make opening as slow as using it.
func (d *hfParquet) index(ctx context.Context, file string, first bool, o Options, labels *labelReader) (string, error) {
	t, err := openParquet(file)
	if err != nil {
		return "", &fault.Error{Op: "open parquet file", Thing: file, Err: err, Next: "fetch the file again; it may be cut short"}
	}
	defer t.Close()
	info, err := t.f.Stat()
	if err != nil {
		return "", &fault.Error{Op: "open parquet file", Thing: file, Err: cause(err)}
	}
	if first {
		if d.layout, err = layoutOf(t, file, o); err != nil {
			return "", err
		}
	}
	_, _, label, _, err := d.layout.leaves(t, file)
	if err != nil {
		return "", err
	}
	if label != nil {
		err := guarded(func() error { return labels.read(ctx, t, file, label) })
		if err != nil {
			return "", inParquet(ctx, err, file)
		}
		if labels.count()-d.info.Len != int(t.NumRows()) {
			return "", &fault.Error{Op: "read labels", Thing: file, Found: fmt.Sprintf("%d", labels.count()-d.info.Len), Wanted: fmt.Sprintf("%d, one a row", t.NumRows()), Next: "fetch the file again"}
		}
	}
	d.info.Len += int(t.NumRows())
	return fmt.Sprintf("%s %d %d %d", filepath.Base(file), t.NumRows(), info.Size(), info.ModTime().UnixNano()), nil
}

// inParquet makes a fault of an error in a file unless it is one, or the context's.
func inParquet(ctx context.Context, err error, thing string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := fault.KindOf(err); ok {
		return err
	}
	return &fault.Error{Op: "read parquet file", Thing: thing, Err: cause(err), Next: "fetch the file again; it may be damaged"}
}

func (d *hfParquet) Info() Info   { return d.info }
func (d *hfParquet) Close() error { return nil }

func (d *hfParquet) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		n := 0
		for _, file := range d.files {
			more, err := d.read(ctx, file, &n, yield)
			if err != nil {
				yield(Item{}, inParquet(ctx, err, recordName(file, n)))
			}
			if !more || err != nil {
				return
			}
		}
		if n != d.info.Len {
			yield(Item{}, &fault.Error{Op: "read parquet files", Thing: d.info.Source, Found: fmt.Sprintf("%d rows", n), Wanted: fmt.Sprintf("%d, as at opening", d.info.Len),
				Next: "leave the files alone while they are read"})
		}
	}
}

// read yields the rows of one file and reports whether the next file's are wanted.
func (d *hfParquet) read(ctx context.Context, file string, n *int, yield func(Item, error) bool) (more bool, err error) {
	t, err := openParquet(file)
	if err != nil {
		return false, err
	}
	defer t.Close()
	bytes, path, _, caption, err := d.layout.leaves(t, file)
	if err != nil {
		return false, err
	}
	row := 0 // in the file
	for _, group := range t.RowGroups() {
		r := rowReader{images: newCells(group, bytes)}
		if path != nil {
			r.paths = newCells(group, path)
		}
		if caption != nil {
			r.captions = newCells(group, caption)
		}
		more, err := func() (bool, error) {
			defer r.close()
			for range group.NumRows() {
				if err := ctx.Err(); err != nil {
					return false, err
				}
				var it Item
				// A panic of what the item is handed to is not the file's fault, so only the reading is guarded.
				if err := guarded(func() (err error) { it, err = r.next(recordName(file, row)); return err }); err != nil {
					return false, inParquet(ctx, err, recordName(file, row))
				}
				it.ID, it.Label = itemID(d.info.Split, *n), NoLabel
				if d.labels != nil && *n < len(d.labels) {
					it.Label = d.labels[*n]
				}
				*n++
				row++
				if !yield(it, nil) {
					return false, nil
				}
			}
			return true, nil
		}()
		if !more || err != nil {
			return false, err
		}
	}
	return true, nil
}

// A rowReader reads the pictures of a row group, with their paths and captions where it has these.
type rowReader struct{ images, paths, captions *cells }

func (r *rowReader) close() {
	for _, c := range []*cells{r.images, r.paths, r.captions} {
		if c != nil {
			_ = guarded(c.Close) // nothing is written, so nothing is lost
		}
	}
}

// next reads one row; where is its name in messages.
func (r *rowReader) next(where string) (Item, error) {
	image, err := r.images.next()
	if err != nil {
		return Item{}, short(err)
	}
	it := Item{Image: Image{Name: where}}
	if r.paths != nil {
		path, err := r.paths.next()
		if err != nil {
			return Item{}, short(err)
		}
		if len(path) == 1 && !path[0].IsNull() {
			it.Image.Name = where + " (" + string(path[0].ByteArray()) + ")"
		}
	}
	if len(image) != 1 || image[0].IsNull() || len(image[0].ByteArray()) == 0 {
		return Item{}, &fault.Error{Op: "read image", Thing: it.Image.Name, Found: "no bytes", Wanted: "an encoded image in the table itself",
			Next: "write the table with its images embedded"}
	}
	content := image[0].ByteArray()
	it.Image.Read = func(*[]byte) ([]byte, error) { return content, nil }
	if r.captions != nil {
		captions, err := r.captions.next()
		if err != nil {
			return Item{}, short(err)
		}
		for _, c := range captions {
			if text := strings.TrimSpace(string(c.ByteArray())); !c.IsNull() && text != "" {
				it.Captions = append(it.Captions, text)
			}
		}
	}
	return it, nil
}

// A labelReader gathers the labels of a table: numbers, or names.
type labelReader struct {
	numbers []int
	names   []string
}

func (l *labelReader) count() int { return len(l.numbers) + len(l.names) }

func (l *labelReader) read(ctx context.Context, t *parquetFile, file string, leaf *parquet.Column) error {
	for _, group := range t.RowGroups() {
		c := newCells(group, leaf)
		for {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, c.Close())
			}
			row, err := c.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return errors.Join(err, c.Close())
			}
			switch v := row[0]; {
			case isBytes(leaf) && v.IsNull():
				l.names = append(l.names, "")
			case isBytes(leaf):
				l.names = append(l.names, string(v.ByteArray()))
			case v.IsNull():
				l.numbers = append(l.numbers, NoLabel)
			case v.Kind() == parquet.Int32: // whose sign Int64 would lose
				l.numbers = append(l.numbers, int(v.Int32()))
			default:
				l.numbers = append(l.numbers, int(v.Int64()))
			}
		}
		if err := c.Close(); err != nil {
			return err
		}
	}
	if len(l.numbers) > 0 && len(l.names) > 0 {
		return &fault.Error{Op: "read labels", Thing: file, Found: "labels of two kinds", Wanted: "the same in every file of a split"}
	}
	return nil
}

// finish returns labels and class names. Without names in the table a number is its own name; names of classes are sorted.
func (l *labelReader) finish(layout hfLayout) (labels []int, classes []string, err error) {
	if len(l.names) > 0 {
		classes = slices.Compact(slices.Sorted(slices.Values(l.names)))
		classes = slices.DeleteFunc(classes, func(s string) bool { return s == "" })
		for _, name := range l.names {
			i, ok := slices.BinarySearch(classes, name)
			if !ok {
				i = NoLabel
			}
			labels = append(labels, i)
		}
		return labels, classes, nil
	}
	most := NoLabel
	for i, n := range l.numbers {
		if n < NoLabel || len(layout.names) > 0 && n >= len(layout.names) || n >= hfClasses {
			return nil, nil, &fault.Error{Op: "read labels", Thing: fmt.Sprintf("column %s row %d", layout.label, i), Found: fmt.Sprintf("label %d", n),
				Wanted: fmt.Sprintf("%d (none) to %d", NoLabel, cmp.Or(len(layout.names), hfClasses)-1), Next: "name another column with --label-column, or fetch the file again"}
		}
		most = max(most, n)
	}
	for _, name := range layout.names {
		classes = append(classes, readable(name))
	}
	for i := len(classes); layout.names == nil && i <= most; i++ {
		classes = append(classes, strconv.Itoa(i))
	}
	return l.numbers, classes, nil
}

// hfClasses bounds the classes that a table without class names can have.
const hfClasses = 1 << 20
