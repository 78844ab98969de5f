package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:   "svhn-mat",
		Help:   "SVHN, 32×32 photographs of house numbers' digits, MAT files",
		Names:  []string{"svhn"},
		Layout: "{test,train,extra}_32x32.mat",
		Origin: "ufldl.stanford.edu/housenumbers (format 2, cropped digits)",
		Find: func(name, root string) (string, bool) {
			for _, dir := range []string{"", name, "SVHN"} {
				if path := filepath.Join(root, dir); hasSVHN(path) {
					return path, true
				}
			}
			return "", false
		},
		Recognise: func(path string) (string, bool) { return "svhn", hasSVHN(path) },
		Open:      openSVHN,
	})
}

var svhnSplits = []string{"test", "train", "extra"} // the default first

// svhnLimit bounds the pictures of a file; the largest has 531,131.
const svhnLimit = 1 << 22

func svhnFile(dir, split string) string { return filepath.Join(dir, split+"_32x32.mat") }

func hasSVHN(dir string) bool {
	return slices.ContainsFunc(svhnSplits, func(split string) bool {
		info, err := os.Stat(svhnFile(dir, split))
		return err == nil && info.Mode().IsRegular()
	})
}

// svhn is one file. Its pictures are one array X of shape [32, 32, 3, N], first index fastest: picture after picture, each as planes of red,
// green and blue, each plane column by column. So a stream of the array, even of a compressed one, is a stream of pictures, and one is held at
// a time.
type svhn struct {
	info   Info
	file   string
	labels []int
}

func openSVHN(ctx context.Context, name, path string, o Options) (Dataset, error) {
	split, err := choose(name, "split", o.Split, svhnSplits)
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	s := &svhn{file: svhnFile(path, split)}
	sum, _, err := digest(ctx, s.file)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (Dataset, error) {
		return nil, &fault.Error{Op: "open " + name, Thing: s.file, Err: err, Next: "fetch the file again from ufldl.stanford.edu/housenumbers"}
	}
	m, err := openMAT(s.file)
	if err != nil {
		return fail(err)
	}
	defer m.Close()
	x, err := m.find("X")
	if err != nil {
		return fail(err)
	}
	y, err := m.find("y")
	if err != nil {
		return fail(err)
	}
	if s.labels, err = y.numbers(svhnLimit); err != nil {
		return fail(err)
	}
	n := len(s.labels)
	dims := x.dims
	if n == 1 && len(dims) == 3 {
		dims = append(dims, 1) // MATLAB drops a last dimension of one
	}
	if n == 0 || !slices.Equal(dims, []int{cifarSide, cifarSide, 3, n}) {
		return fail(fmt.Errorf("dimensions %v of X and %v of y, want [32 32 3 N] and N labels", x.dims, y.dims))
	}
	if _, err := x.raw(); err != nil {
		return fail(err)
	}
	for i, l := range s.labels {
		if l < 1 || l > 10 {
			return fail(fmt.Errorf("label %d of record %d, want 1 to 10", l, i))
		}
		s.labels[i] = l % 10 // the digit 0 is written 10
	}
	classes, templates, _ := LookupPrompts("svhn")
	s.info = Info{Name: name, Split: split, Classes: classes, Templates: templates, Len: n, Fingerprint: fingerprint(name, split, sum), Source: s.file}
	return s, nil
}

func (s *svhn) Info() Info   { return s.info }
func (s *svhn) Close() error { return nil }

func (s *svhn) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		fail := func(thing string, err error) {
			if ctx.Err() != nil {
				yield(Item{}, ctx.Err())
				return
			}
			yield(Item{}, &fault.Error{Op: "read " + s.info.Name, Thing: thing, Err: cause(err), Next: "fetch the file again; it may be cut short"})
		}
		m, err := openMAT(s.file)
		if err != nil {
			fail(s.file, err)
			return
		}
		defer m.Close()
		pixels, err := s.pixels(m)
		if err != nil {
			fail(s.file, err)
			return
		}
		planes := make([]byte, cifarPixels)
		for i, label := range s.labels {
			if _, err := io.ReadFull(contextReader{ctx, pixels}, planes); err != nil {
				fail(recordName(s.file, i), short(err))
				return
			}
			if !yield(Item{ID: itemID(s.info.Split, i), Label: label, Image: Image{
				Name:   recordName(s.file, i),
				Pixels: &Pixels{Width: cifarSide, Height: cifarSide, RGB: transpose(planes, cifarSide)},
			}}, nil) {
				return
			}
		}
	}
}

// pixels returns the stream of X, which still has to be as it was at opening.
func (s *svhn) pixels(m *matFile) (io.Reader, error) {
	x, err := m.find("X")
	if err != nil {
		return nil, err
	}
	if x.count() != len(s.labels)*cifarPixels {
		return nil, errors.New("the file has changed since it was opened")
	}
	return x.raw()
}
