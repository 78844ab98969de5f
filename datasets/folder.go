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
	"strings"

	"mindgap/models/fault"
)

func init() {
	Register(Format{
		Name:      "folder",
		Help:      "your own images, a folder for each class; or images alone, with captions beside them if you like",
		Layout:    "FOLDER/<class>/…, or images in FOLDER; x.txt beside x.jpg holds its captions; classnames.txt and templates.txt override",
		Recognise: func(path string) (string, bool) { return "", isDir(path) },
		Last:      true,
		Open:      openFolder,
	})
}

// folderWords are the words that name splits, never classes, when a folder holds nothing else.
var folderWords = map[string]bool{"train": true, "val": true, "valid": true, "validation": true, "dev": true, "test": true}

// folder is a tree of image files, indexed at opening. Pictures and captions are read when an item's turn comes.
type folder struct {
	info  Info
	root  string
	files []imageFile
}

func openFolder(ctx context.Context, name, path string, o Options) (Dataset, error) {
	root := path
	if o.Split != "" {
		path = filepath.Join(path, o.Split)
		if !isDir(path) {
			return nil, &fault.Error{Kind: fault.Usage, Op: "open image folder", Thing: name, Found: "no folder " + path,
				Wanted: "a sub-folder named as the split", Next: "leave --split out, or name a sub-folder"}
		}
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	t, err := scanTree(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := t.check(path); err != nil {
		return nil, err
	}
	d := &folder{root: path, files: t.files}
	d.info = Info{Name: name, Split: o.Split, Classes: t.classes, Templates: []string{defaultTemplate}, Len: len(t.files), Source: path}
	if len(t.classes) == 0 {
		d.info.Templates = nil
	}
	if err := d.override(beside("classnames.txt", path, root), beside("templates.txt", path, root)); err != nil {
		return nil, err
	}
	d.info.Fingerprint, err = fingerprintTree(ctx, path, t.files)
	return d, err
}

// check refuses trees whose meaning is not clear.
func (t *tree) check(path string) error {
	e := &fault.Error{Op: "open image folder", Thing: path}
	splits := len(t.classes) > 0
	for _, c := range t.classes {
		splits = splits && folderWords[c]
	}
	switch {
	case len(t.files) == 0:
		e.Found, e.Wanted = "no images", "files named "+strings.Join(imageExtensions, " ")+", in the folder or in a sub-folder for each class"
	case splits:
		e.Found, e.Wanted = "sub-folders "+strings.Join(t.classes, ", "), "a sub-folder for each class"
		e.Next = "choose one with --split, or give its path"
	case t.loose > 0 && len(t.classes) > 0:
		e.Found, e.Wanted = fmt.Sprintf("%d images beside the class folders, such as %s", t.loose, t.files[0].rel), "every image in a class folder, or none"
		e.Next = "move them into a class folder or away"
	case len(t.empty) > 0 && len(t.classes) > 0:
		e.Found, e.Wanted = "no image in "+strings.Join(t.empty, ", "), "images in every class folder"
		e.Next = "remove the folder, or hide it with a leading dot"
	default:
		return nil
	}
	return e
}

// beside returns the path of file in the first of the folders that holds it, or in the last.
func beside(file string, folders ...string) string {
	for _, dir := range folders {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			return filepath.Join(dir, file)
		}
	}
	return filepath.Join(folders[len(folders)-1], file)
}

// override takes class names and templates from the files that stand in the split's folder or in the one around it, where they do.
func (d *folder) override(classnames, templates string) error {
	names, err := ReadClassnames(classnames, "")
	if err == nil {
		err = checkClassnames(classnames, names, len(d.info.Classes))
	}
	if err == nil {
		d.info.Classes = names
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	list, err := ReadTemplates(templates, "")
	if err == nil {
		d.info.Templates = list
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d *folder) Info() Info   { return d.info }
func (d *folder) Close() error { return nil }

func (d *folder) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, f := range d.files {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			it, err := f.item(d.root)
			if !yield(it, err) || err != nil {
				return
			}
		}
	}
}

// item reads the captions of the file; the picture is read by its consumer.
func (f imageFile) item(root string) (Item, error) {
	path := filepath.Join(root, filepath.FromSlash(f.rel))
	it := Item{ID: f.rel, Label: f.class, Image: fileImage(path)}
	if f.captions == "" {
		return it, nil
	}
	file := filepath.Join(filepath.Dir(path), f.captions)
	lines, err := readLines("read captions", file)
	if err != nil {
		return Item{}, err
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			it.Captions = append(it.Captions, line)
		}
	}
	return it, nil
}

// fileImage is the picture in a file.
func fileImage(path string) Image {
	return Image{Name: path, Read: func(buf *[]byte) ([]byte, error) {
		if err := readFile(buf, path); err != nil {
			return nil, &fault.Error{Op: "read image", Thing: path, Err: cause(err)}
		}
		return *buf, nil
	}}
}

// readFile is os.ReadFile into *buf.
func readFile(buf *[]byte, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	b := (*buf)[:0]
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		b = slices.Grow(b, int(min(info.Size(), maxHint))+1) // one more, so that the end is seen without growing
	}
	for {
		b = slices.Grow(b, 1)
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		*buf = b
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// maxHint bounds what a file's stated size may allocate in advance.
const maxHint = 1 << 28

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
