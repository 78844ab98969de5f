package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"mindgap/models/fault"
)

func init() {
	for name, set := range cifarPickleSets {
		Register(Format{
			Name:   name + "-python",
			Help:   set.help,
			Names:  []string{name},
			Layout: set.layout,
			Origin: "cs.toronto.edu/~kriz/cifar.html (the Python version)",
			Find: func(name, root string) (string, bool) {
				for _, dir := range []string{"", set.dir, name, filepath.Join(name, set.dir)} {
					if path := filepath.Join(root, dir); set.at(path) {
						return path, true
					}
				}
				return "", false
			},
			Recognise: func(path string) (string, bool) { return name, set.at(path) },
			Open:      openCIFARPickle,
		})
	}
}

// A cifarPickleSet is the layout of one of the two sets as pickles. A batch is a dictionary with the pixels of all its pictures as one array,
// a picture a row (planes of red, green and blue), and a list of labels for each target.
type cifarPickleSet struct {
	help, layout, dir string
	files             map[string][]string // of each split
	meta              string              // the file of class names
	targets           []string            // the default first
	labels            map[string]cifarPickleLabel
}

// A cifarPickleLabel says where a batch keeps the labels of a target, and where the meta file keeps its class names.
type cifarPickleLabel struct{ labels, names, prompts string }

var cifarPickleSets = map[string]cifarPickleSet{
	"cifar10": {
		help:   "CIFAR-10, Python version (pickles, read without running anything)",
		layout: "cifar-10-batches-py/{data_batch_1..5,test_batch,batches.meta}",
		dir:    "cifar-10-batches-py",
		files: map[string][]string{
			"test":  {"test_batch"},
			"train": {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
		},
		meta:   "batches.meta",
		labels: map[string]cifarPickleLabel{"": {"labels", "label_names", "cifar10"}},
	},
	"cifar100": {
		help:    "CIFAR-100, Python version (pickles, read without running anything)",
		layout:  "cifar-100-python/{train,test,meta}",
		dir:     "cifar-100-python",
		files:   map[string][]string{"test": {"test"}, "train": {"train"}},
		meta:    "meta",
		targets: []string{"fine", "coarse"},
		labels: map[string]cifarPickleLabel{
			"fine":   {"fine_labels", "fine_label_names", "cifar100"},
			"coarse": {"coarse_labels", "coarse_label_names", "cifar100_coarse"},
		},
	},
}

// at reports whether dir holds the set. The files of CIFAR-100 have plain names, so the file of class names must be among them.
func (s cifarPickleSet) at(dir string) bool {
	files := append(slices.Concat(s.files["test"], s.files["train"]), s.meta)
	here := 0
	for _, f := range files {
		if info, err := os.Stat(filepath.Join(dir, f)); err == nil && info.Mode().IsRegular() {
			here++
		}
	}
	_, err := os.Stat(filepath.Join(dir, s.meta))
	return here > 1 && err == nil || here > 0 && filepath.Base(dir) == s.dir
}

// cifarPickle is one split of a set under one target. Labels are held, pictures are read from the files as they are wanted.
type cifarPickle struct {
	info    Info
	batches []cifarBatch
}

type cifarBatch struct {
	file   string
	pixels pickleBlob
	labels []int
}

func openCIFARPickle(ctx context.Context, name, path string, o Options) (Dataset, error) {
	set := cifarPickleSets[name]
	split, err := choose(name, "split", o.Split, cifarSplits)
	if err != nil {
		return nil, err
	}
	target, err := choose(name, "target", o.Target, set.targets)
	if err != nil {
		return nil, err
	}
	label := set.labels[target]
	classes, templates, _ := LookupPrompts(label.prompts)
	if classes, err = pickledNames(filepath.Join(path, set.meta), label.names, classes); err != nil {
		return nil, err
	}
	c := &cifarPickle{info: Info{Name: name, Split: split, Target: target, Targets: slices.Clone(set.targets), Classes: classes, Templates: templates, Source: path}}
	parts := []string{name + "-python", split}
	for _, f := range set.files[split] {
		file := filepath.Join(path, f)
		sum, _, err := digest(ctx, file)
		if err != nil {
			return nil, err
		}
		batch, err := readCIFARBatch(file, label.labels, len(classes))
		if err != nil {
			return nil, err
		}
		c.batches = append(c.batches, batch)
		c.info.Len += len(batch.labels)
		parts = append(parts, sum)
	}
	c.info.Fingerprint = fingerprint(parts...)
	return c, nil
}

// readPickle reads the dictionary in a file.
func readPickle(op, file string) (pickleDict, error) {
	v, err := unpickle(file)
	if err != nil {
		return nil, &fault.Error{Op: op, Thing: file, Err: err, Next: "fetch the file again from where the set is published"}
	}
	dict, ok := v.(pickleDict)
	if !ok {
		return nil, &fault.Error{Op: op, Thing: file, Found: fmt.Sprintf("a pickled %T", v), Wanted: "a pickled dictionary"}
	}
	return dict, nil
}

// pickledNames returns the class names that the meta file holds under key, or the known ones where there is no such file.
func pickledNames(file, key string, known []string) ([]string, error) {
	const op = "read class names"
	dict, err := readPickle(op, file)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	list, _ := dict[key].(*pickleList)
	if list == nil || len(list.items) != len(known) {
		return nil, &fault.Error{Op: op, Thing: file, Found: fmt.Sprintf("no list of %d names called %s", len(known), key), Wanted: "one", Next: "fetch the file again or remove it"}
	}
	names := make([]string, len(known))
	for i, v := range list.items {
		s, ok := v.(string)
		if !ok || s == "" {
			return nil, &fault.Error{Op: op, Thing: file, Found: fmt.Sprintf("a class %d without a name", i), Wanted: "a name for each", Next: "fetch the file again or remove it"}
		}
		names[i] = readable(s)
	}
	return names, nil
}

func readCIFARBatch(file, key string, classes int) (b cifarBatch, err error) {
	op := "read CIFAR batch"
	dict, err := readPickle(op, file)
	if err != nil {
		return b, err
	}
	bad := func(found, wanted string, args ...any) (cifarBatch, error) {
		return cifarBatch{}, &fault.Error{Op: op, Thing: file, Found: fmt.Sprintf(found, args...), Wanted: wanted, Next: "fetch the file again"}
	}
	list, ok := dict[key].(*pickleList)
	if !ok {
		return bad("no list called %s", "a list of labels", key)
	}
	b.file, b.labels = file, make([]int, len(list.items))
	for i, v := range list.items {
		n, ok := v.(int64)
		if !ok || n < 0 || n >= int64(classes) {
			found := "label " + strconv.FormatInt(n, 10)
			if !ok { // it is not printed: it may hold itself
				found = "a label that is no number"
			}
			return bad("%s for record %d", fmt.Sprintf("0 to %d", classes-1), found, i)
		}
		b.labels[i] = int(n)
	}
	data, ok := dict["data"].(*pickleArray)
	if !ok {
		return bad("no array called data", "the pictures")
	}
	if data.dtype != "u1" || data.fortran || !slices.Equal(data.shape, []int{len(b.labels), cifarPixels}) || len(b.labels) == 0 {
		return bad("an array of %s of shape %v", fmt.Sprintf("u1 of shape [%d %d] in C order, a row for each label", len(b.labels), cifarPixels), data.dtype, data.shape)
	}
	b.pixels, ok = data.data.(pickleBlob)
	if want := int64(len(b.labels)) * cifarPixels; !ok || !b.pixels.latin1 && b.pixels.length != want {
		return bad("%d bytes of pixels", fmt.Sprint(want), b.pixels.length)
	}
	return b, nil
}

func (c *cifarPickle) Info() Info   { return c.info }
func (c *cifarPickle) Close() error { return nil }

// Items reads the pictures one after the other; it holds one, never the set.
func (c *cifarPickle) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		n := 0 // items so far, over all files
		for _, b := range c.batches {
			if !b.read(ctx, c.info, &n, yield) {
				return
			}
		}
	}
}

// read yields the pictures of one batch and returns whether the next batch's are wanted.
func (b cifarBatch) read(ctx context.Context, info Info, n *int, yield func(Item, error) bool) bool {
	fail := func(err error) bool {
		yield(Item{}, err)
		return false
	}
	f, err := os.Open(b.file)
	if err != nil {
		return fail(&fault.Error{Op: "read " + info.Name, Thing: b.file, Err: cause(err)})
	}
	defer f.Close()
	pixels := b.pixels.open(f)
	planes := make([]byte, cifarPixels)
	for i, label := range b.labels {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		if _, err := io.ReadFull(pixels, planes); err != nil {
			return fail(&fault.Error{Op: "read " + info.Name, Thing: recordName(b.file, i), Err: cause(err), Next: "fetch the file again; it may be cut short"})
		}
		it := Item{ID: itemID(info.Split, *n), Label: label, Image: Image{
			Name:   recordName(b.file, i),
			Pixels: &Pixels{Width: cifarSide, Height: cifarSide, RGB: interleave(planes)},
		}}
		*n++
		if !yield(it, nil) {
			return false
		}
	}
	return true
}
