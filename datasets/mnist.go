package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
)

func init() {
	has := func(dir string) bool {
		return mnistFile(dir, "test", "images") != "" || mnistFile(dir, "train", "images") != ""
	}
	Register(Format{
		Name:   "mnist-idx",
		Help:   "MNIST, 28×28 handwritten digits, IDX files",
		Names:  []string{"mnist"},
		Layout: "mnist/{t10k,train}-{images-idx3,labels-idx1}-ubyte[.gz]",
		Origin: "yann.lecun.com/exdb/mnist",
		Find: func(_, root string) (string, bool) {
			return firstDir(root, has, "mnist", "MNIST/raw", "mnist/MNIST/raw", "MNIST", "")
		},
		Recognise: func(path string) (string, bool) { return "mnist", has(path) },
		Open:      openMNIST,
	})
}

// mnistPrefix is how the files of a split begin.
var mnistPrefix = map[string]string{"test": "t10k", "train": "train"}

// mnistLimit bounds the pictures of a file and their sides; the largest has 60,000 of 28×28.
const mnistLimit = 1 << 20

// mnistFile returns the file of a split, compressed or not, or "".
func mnistFile(dir, split, what string) string {
	kind := map[string]string{"images": "3", "labels": "1"}[what]
	for _, ending := range []string{"-idx", ".idx"} { // the archive's name, and a copy's that is around
		for _, gz := range []string{"", ".gz"} {
			if file := filepath.Join(dir, mnistPrefix[split]+"-"+what+ending+kind+"-ubyte"+gz); isFile(file) {
				return file
			}
		}
	}
	return ""
}

// mnist is one split. Labels are held; pictures are read, and inflated, as they are wanted.
type mnist struct {
	info          Info
	file          string
	width, height int
	labels        []byte
}

// An idxFile is an opened file of the IDX format: two zeros, the type (8 is unsigned bytes), the number of dimensions, the dimensions as
// big-endian uint32, and the values.
type idxFile struct {
	io.Reader
	f    *os.File
	dims []int
}

func openIDX(file string, dims int) (*idxFile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cause(err)
	}
	x := &idxFile{Reader: bufio.NewReaderSize(f, 1<<16), f: f}
	err = func() error {
		if strings.HasSuffix(file, ".gz") {
			z, err := gzip.NewReader(x.Reader)
			if err != nil {
				return short(err)
			}
			x.Reader = bufio.NewReaderSize(z, 1<<16)
		}
		head := make([]byte, 4+4*dims)
		if _, err := io.ReadFull(x, head[:4]); err != nil {
			return short(err)
		}
		if want := []byte{0, 0, 8, byte(dims)}; !bytes.Equal(head[:4], want) {
			return fmt.Errorf("the file begins with % x, want % x", head[:4], want)
		}
		if _, err := io.ReadFull(x, head[4:]); err != nil {
			return short(err)
		}
		for b := head[4:]; len(b) > 0; b = b[4:] {
			n := int(binary.BigEndian.Uint32(b))
			if n < 1 || n > mnistLimit {
				return fmt.Errorf("a dimension of %d", n)
			}
			x.dims = append(x.dims, n)
		}
		if dims == 3 && (x.dims[1] > 1<<10 || x.dims[2] > 1<<10) {
			return fmt.Errorf("pictures of %d×%d", x.dims[2], x.dims[1])
		}
		return nil
	}()
	if err != nil {
		f.Close()
		return nil, err
	}
	return x, nil
}

func (x *idxFile) Close() error { return x.f.Close() }

func openMNIST(ctx context.Context, name, path string, o Options) (Dataset, error) {
	split, err := choose(name, "split", o.Split, cifarSplits)
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	images, labels := mnistFile(path, split, "images"), mnistFile(path, split, "labels")
	if images == "" || labels == "" {
		return nil, &fault.Error{Op: "open " + name, Thing: path, Found: "not both files of split " + split,
			Wanted: mnistPrefix[split] + "-images-idx3-ubyte and " + mnistPrefix[split] + "-labels-idx1-ubyte, or these with .gz", Next: "fetch the missing one"}
	}
	classes, templates, _ := LookupPrompts(name)
	m := &mnist{file: images}
	fail := func(file string, err error) (Dataset, error) {
		return nil, &fault.Error{Op: "open " + name, Thing: file, Err: err, Next: "fetch the file again"}
	}
	y, err := openIDX(labels, 1)
	if err != nil {
		return fail(labels, err)
	}
	defer y.Close()
	m.labels = make([]byte, y.dims[0])
	if _, err := io.ReadFull(y, m.labels); err != nil {
		return fail(labels, short(err))
	}
	for i, l := range m.labels {
		if int(l) >= len(classes) {
			return nil, &fault.Error{Op: "open " + name, Thing: recordName(labels, i), Found: fmt.Sprintf("label %d", l), Wanted: "0 to 9", Next: "fetch the file again"}
		}
	}
	x, err := openIDX(images, 3)
	if err != nil {
		return fail(images, err)
	}
	defer x.Close()
	if x.dims[0] != len(m.labels) {
		return fail(images, fmt.Errorf("%d pictures for %d labels", x.dims[0], len(m.labels)))
	}
	m.height, m.width = x.dims[1], x.dims[2]
	sum, _, err := digest(ctx, images)
	if err != nil {
		return nil, err
	}
	m.info = Info{Name: name, Split: split, Classes: classes, Templates: templates, Len: len(m.labels), Fingerprint: fingerprint(name, split, sum, string(m.labels)), Source: path}
	return m, nil
}

func (m *mnist) Info() Info   { return m.info }
func (m *mnist) Close() error { return nil }

func (m *mnist) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		x, err := openIDX(m.file, 3)
		if err != nil {
			yield(Item{}, &fault.Error{Op: "read " + m.info.Name, Thing: m.file, Err: err})
			return
		}
		defer x.Close()
		grey := make([]byte, m.width*m.height)
		for i, label := range m.labels {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			if _, err := io.ReadFull(x, grey); err != nil {
				yield(Item{}, &fault.Error{Op: "read " + m.info.Name, Thing: recordName(m.file, i), Err: short(err), Next: "fetch the file again"})
				return
			}
			rgb := make([]byte, 0, 3*len(grey))
			for _, v := range grey {
				rgb = append(rgb, v, v, v)
			}
			if !yield(Item{ID: itemID(m.info.Split, i), Label: int(label), Image: Image{
				Name: recordName(m.file, i), Pixels: &Pixels{Width: m.width, Height: m.height, RGB: rgb},
			}}, nil) {
				return
			}
		}
	}
}
