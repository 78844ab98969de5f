package datasets

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"mindgap/models/fault"
)

func init() {
	has := func(dir string) bool {
		return isFile(filepath.Join(dir, "test_X.bin")) || isFile(filepath.Join(dir, "train_X.bin"))
	}
	Register(Format{
		Name:   "stl10-binary",
		Help:   "STL-10, 96×96 photographs in 10 classes, binary version",
		Names:  []string{"stl10"},
		Layout: "stl10_binary/{test,train}_{X,y}.bin",
		Origin: "cs.stanford.edu/~acoates/stl10",
		Find: func(_, root string) (string, bool) {
			return firstDir(root, has, "stl10_binary", "stl10/stl10_binary", "stl10", "")
		},
		Recognise: func(path string) (string, bool) { return "stl10", has(path) },
		Open:      openSTL10,
	})
}

// stl10Side is the side of a picture. A record of an X file is three planes of red, green and blue, each column by column; the y file has a byte
// a picture, from 1.
const (
	stl10Side   = 96
	stl10Record = 3 * stl10Side * stl10Side
)

// stl10Classes are the names in the set's class_names.txt, in the order of the labels.
var stl10Classes = []string{"airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"}

// stl10 is one split. Labels are held, pictures are read as they are wanted.
type stl10 struct {
	info   Info
	file   string
	labels []byte // from 1
}

func openSTL10(ctx context.Context, name, path string, o Options) (Dataset, error) {
	split, err := choose(name, "split", o.Split, cifarSplits)
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	s := &stl10{file: filepath.Join(path, split+"_X.bin")}
	y := filepath.Join(path, split+"_y.bin")
	if s.labels, err = readAnnotations("read labels", y); err != nil {
		return nil, err
	}
	for i, l := range s.labels {
		if l < 1 || int(l) > len(stl10Classes) {
			return nil, &fault.Error{Op: "read labels", Thing: recordName(y, i), Found: fmt.Sprintf("label %d", l), Wanted: "1 to 10", Next: "fetch the file again"}
		}
	}
	sum, size, err := digest(ctx, s.file)
	if err != nil {
		return nil, err
	}
	if len(s.labels) == 0 || size != int64(len(s.labels))*stl10Record {
		return nil, &fault.Error{Op: "open " + name, Thing: s.file, Found: fmt.Sprintf("%d bytes for %d labels", size, len(s.labels)),
			Wanted: fmt.Sprintf("%d bytes a label", stl10Record), Next: "fetch the file again; it may be cut short"}
	}
	_, templates, _ := LookupPrompts(name)
	s.info = Info{Name: name, Split: split, Classes: append([]string(nil), stl10Classes...), Templates: templates, Len: len(s.labels),
		Fingerprint: fingerprint(name, split, sum, string(s.labels)), Source: path}
	return s, nil
}

func (s *stl10) Info() Info   { return s.info }
func (s *stl10) Close() error { return nil }

func (s *stl10) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		f, err := os.Open(s.file)
		if err != nil {
			yield(Item{}, &fault.Error{Op: "read " + s.info.Name, Thing: s.file, Err: cause(err)})
			return
		}
		defer f.Close()
		r := bufio.NewReaderSize(f, 1<<18)
		planes := make([]byte, stl10Record)
		for i, label := range s.labels {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			if _, err := io.ReadFull(r, planes); err != nil {
				yield(Item{}, &fault.Error{Op: "read " + s.info.Name, Thing: recordName(s.file, i), Err: cause(err), Next: "leave the files alone while they are read"})
				return
			}
			if !yield(Item{ID: itemID(s.info.Split, i), Label: int(label) - 1, Image: Image{
				Name:   recordName(s.file, i),
				Pixels: &Pixels{Width: stl10Side, Height: stl10Side, RGB: transpose(planes, stl10Side)},
			}}, nil) {
				return
			}
		}
	}
}
