package datasets

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

func init() {
	for name, set := range cifarSets {
		Register(Format{
			Name:   name + "-binary",
			Help:   set.help,
			Names:  []string{name},
			Layout: set.layout,
			Origin: "cs.toronto.edu/~kriz/cifar.html (the binary version)",
			Find: func(name, root string) (string, bool) {
				for _, dir := range []string{"", set.dir, name, filepath.Join(name, set.dir)} {
					if path := filepath.Join(root, dir); set.at(path) {
						return path, true
					}
				}
				return "", false
			},
			Recognise: func(path string) (string, bool) { return name, set.at(path) },
			Open:      openCIFAR,
		})
	}
}

// A cifarSet is the layout of one of the two sets. A record is its label bytes, one for each target in the order of labels, and then the
// planes of red, green and blue, 32 rows of 32 bytes each.
type cifarSet struct {
	help    string
	layout  string
	dir     string
	files   map[string][]string // of each split
	targets []string            // the default first
	labels  []cifarLabel
}

// A cifarLabel is one of the label bytes of a record.
type cifarLabel struct {
	target  string // "" in a set with a single label
	names   string // file with a name a line
	prompts string // the set's name in LookupPrompts, under this target
}

const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarPixels = 3 * cifarPlane
)

var cifarSplits = []string{"test", "train"} // the default first

var cifarSets = map[string]cifarSet{
	"cifar10": {
		help:   "CIFAR-10, 32×32 photographs in 10 classes, binary version",
		layout: "cifar-10-batches-bin/{data_batch_1..5,test_batch}.bin",
		dir:    "cifar-10-batches-bin",
		files: map[string][]string{
			"test":  {"test_batch.bin"},
			"train": {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
		},
		labels: []cifarLabel{{names: "batches.meta.txt", prompts: "cifar10"}},
	},
	"cifar100": {
		help:    "CIFAR-100, 32×32 photographs in 100 fine or 20 coarse classes, binary version",
		layout:  "cifar-100-binary/{train,test}.bin",
		dir:     "cifar-100-binary",
		files:   map[string][]string{"test": {"test.bin"}, "train": {"train.bin"}},
		targets: []string{"fine", "coarse"},
		labels: []cifarLabel{
			{target: "coarse", names: "coarse_label_names.txt", prompts: "cifar100_coarse"},
			{target: "fine", names: "fine_label_names.txt", prompts: "cifar100"},
		},
	},
}

// at reports whether any of the set's data files lies in dir.
func (s cifarSet) at(dir string) bool {
	for _, files := range s.files {
		for _, f := range files {
			if info, err := os.Stat(filepath.Join(dir, f)); err == nil && info.Mode().IsRegular() {
				return true
			}
		}
	}
	return false
}

// cifar is one split of a set under one target.
type cifar struct {
	info    Info
	files   []string
	record  int // bytes of a record
	label   int // index of the target's label byte
	classes int
	open    func(ctx context.Context, file string) (io.ReadCloser, error)
}

func openCIFAR(ctx context.Context, name, path string, o Options) (Dataset, error) {
	set := cifarSets[name]
	split, err := choose(name, "split", o.Split, cifarSplits)
	if err != nil {
		return nil, err
	}
	target, err := choose(name, "target", o.Target, set.targets)
	if err != nil {
		return nil, err
	}
	c := &cifar{record: len(set.labels) + cifarPixels, open: openRecords}
	c.label = slices.IndexFunc(set.labels, func(l cifarLabel) bool { return l.target == target })
	classes, templates, err := cifarPrompts(path, set.labels[c.label])
	if err != nil {
		return nil, err
	}
	c.classes = len(classes)
	c.info = Info{Name: name, Split: split, Target: target, Targets: slices.Clone(set.targets), Classes: classes, Templates: templates, Source: path}

	parts := []string{name, split}
	for _, f := range set.files[split] {
		file := filepath.Join(path, f)
		sum, size, err := digest(ctx, file)
		if err != nil {
			return nil, err
		}
		if size == 0 || size%int64(c.record) != 0 {
			return nil, &fault.Error{Op: "open " + name, Thing: file, Found: fmt.Sprintf("%d bytes", size),
				Wanted: fmt.Sprintf("a multiple of %d bytes, a record each", c.record), Next: "fetch the file again; it may be cut short"}
		}
		c.files = append(c.files, file)
		c.info.Len += int(size / int64(c.record))
		parts = append(parts, sum)
	}
	c.info.Fingerprint = fingerprint(parts...)
	return c, nil
}

// openRecords opens a file of records on disk.
func openRecords(_ context.Context, file string) (io.ReadCloser, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &fault.Error{Op: "read CIFAR", Thing: file, Err: cause(err)}
	}
	return f, nil
}

// cifarPrompts returns the class names that the set at dir carries for a label, or the known ones where the file is absent, and
// CLIP_benchmark's templates.
func cifarPrompts(dir string, l cifarLabel) (classes, templates []string, err error) {
	file := filepath.Join(dir, l.names)
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, &fault.Error{Op: "read class names", Thing: file, Err: cause(err)}
	}
	return parseCIFARNames(file, b, l)
}

// parseCIFARNames reads the class names of a label, or returns the known ones where there is no text.
func parseCIFARNames(file string, b []byte, l cifarLabel) (classes, templates []string, err error) {
	known, templates, _ := LookupPrompts(l.prompts)
	if len(b) == 0 {
		return known, templates, nil
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" {
			classes = append(classes, readable(line))
		}
	}
	if len(classes) != len(known) {
		return nil, nil, &fault.Error{Op: "read class names", Thing: file, Found: fmt.Sprintf("%d names", len(classes)),
			Wanted: fmt.Sprint(len(known)), Next: "fetch the file again or remove it"}
	}
	return classes, templates, nil
}

// digest returns the SHA-256 and the size of a file, which it reads as a stream.
func digest(ctx context.Context, file string) (sum string, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, &fault.Error{Op: "open data file", Thing: file, Err: cause(err)}
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, contextReader{ctx, f}); err != nil {
		if ctx.Err() != nil {
			return "", 0, ctx.Err()
		}
		return "", 0, &fault.Error{Op: "read data file", Thing: file, Err: cause(err)}
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// A contextReader fails once its context is done.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (c *cifar) Info() Info   { return c.info }
func (c *cifar) Close() error { return nil }

// Items reads the files record by record; it holds one buffer, never the set.
func (c *cifar) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		n := 0 // items so far, over all files
		for _, file := range c.files {
			if !c.read(ctx, file, &n, yield) {
				return
			}
		}
		if n != c.info.Len {
			yield(Item{}, &fault.Error{Op: "read " + c.info.Name, Thing: c.info.Source, Found: fmt.Sprintf("%d records", n),
				Wanted: fmt.Sprintf("%d, as at opening", c.info.Len), Next: "leave the files alone while they are read"})
		}
	}
}

// read yields the records of one file and returns whether the next file's are wanted.
func (c *cifar) read(ctx context.Context, file string, n *int, yield func(Item, error) bool) bool {
	fail := func(err error) bool {
		yield(Item{}, err)
		return false
	}
	f, err := c.open(ctx, file)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<18)
	record := make([]byte, c.record)
	for i := 0; ; i++ {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		if _, err := io.ReadFull(r, record); err == io.EOF {
			return true
		} else if err != nil {
			return fail(&fault.Error{Op: "read " + c.info.Name, Thing: recordName(file, i), Err: cause(err), Next: "fetch the file again; it may be cut short"})
		}
		label := int(record[c.label])
		if label >= c.classes {
			return fail(&fault.Error{Op: "read " + c.info.Name, Thing: recordName(file, i), Found: fmt.Sprintf("label %d", label),
				Wanted: fmt.Sprintf("0 to %d", c.classes-1), Next: "fetch the file again"})
		}
		it := Item{ID: itemID(c.info.Split, *n), Label: label, Image: Image{
			Name:   recordName(file, i),
			Pixels: &Pixels{Width: cifarSide, Height: cifarSide, RGB: interleave(record[c.record-cifarPixels:])},
		}}
		*n++
		if !yield(it, nil) {
			return false
		}
	}
}
