package models

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
)

// diskFS is a directory that knows where its files lie.
type diskFS struct {
	fs.FS
	root string
}

func newDiskFS(root string) diskFS { return diskFS{os.DirFS(root), root} }

// Path implements [Located].
func (d diskFS) Path(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

// Stat implements fs.StatFS.
func (d diskFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(d.FS, name) }

// ReadDir implements fs.ReadDirFS.
func (d diskFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS, name) }

// ReadFile implements fs.ReadFileFS.
func (d diskFS) ReadFile(name string) ([]byte, error) { return fs.ReadFile(d.FS, name) }

// overlay shows other file systems in folders of base: files that the command line names stand beside a model's own.
type overlay struct {
	base   fs.FS            // may be nil
	mounts map[string]fs.FS // by the name of a folder at the root
}

// find returns the file system that holds name and the name there.
func (o overlay) find(name string) (fs.FS, string) {
	first, rest, deeper := strings.Cut(name, "/")
	if m, ok := o.mounts[first]; ok {
		if !deeper {
			rest = "."
		}
		return m, rest
	}
	if o.base == nil {
		return nil, ""
	}
	return o.base, name
}

func (o overlay) absent(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if f, n := o.find(name); f != nil {
		return f.Open(n)
	}
	return nil, o.absent("open", name)
}

// Stat implements fs.StatFS.
func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if f, n := o.find(name); f != nil {
		return fs.Stat(f, n)
	}
	return nil, o.absent("stat", name)
}

// ReadDir implements fs.ReadDirFS; the root lists base alone.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	if f, n := o.find(name); f != nil {
		return fs.ReadDir(f, n)
	}
	return nil, o.absent("readdir", name)
}

// Path implements [Located].
func (o overlay) Path(name string) string {
	if f, n := o.find(name); f != nil {
		return pathIn(f, n)
	}
	return ""
}

// Present implements [Lazy].
func (o overlay) Present(name string) bool {
	f, n := o.find(name)
	return f != nil && atHand(f, n)
}

// SHA256 hands on what the parts know.
func (o overlay) SHA256(name string) (string, bool) {
	if f, n := o.find(name); f != nil {
		if h, ok := f.(hasher); ok {
			return h.SHA256(n)
		}
	}
	return "", false
}

// pathIn returns where a file of fsys lies on disk, "" where it is embedded.
func pathIn(fsys fs.FS, name string) string {
	if l, ok := fsys.(Located); ok {
		return l.Path(name)
	}
	return ""
}

// atHand reports whether a file can be read without fetching it.
func atHand(fsys fs.FS, name string) bool {
	if l, ok := fsys.(Lazy); ok {
		return l.Present(name)
	}
	return exists(fsys, name)
}

// folderOf turns a path of the command line, a file or a folder, into its folder and the file's name in it ("" for a folder).
func folderOf(flag, name string) (dir, file string, err error) {
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return "", "", &fault.Error{Op: "open", Thing: flag + " " + name, Err: err, Wanted: "a file or a folder", Next: "check the path"}
	case st.IsDir():
		return name, "", nil
	}
	return filepath.Dir(name), filepath.Base(name), nil
}
