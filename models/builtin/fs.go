package builtin

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// modelFS is the read-only file system of one model. Sizes are known beforehand, so only reading makes a file's content.
type modelFS struct {
	files map[string]modelFile
	dirs  map[string][]fs.DirEntry // entries sorted by name
}

type modelFile struct {
	info   fileInfo
	sha256 string
	read   source
}

func newModelFS(prints map[string]fingerprint, sources map[string]source) *modelFS {
	m := &modelFS{files: make(map[string]modelFile), dirs: map[string][]fs.DirEntry{".": nil}}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		f := modelFile{info: fileInfo{name: path.Base(name), size: prints[name].Size}, sha256: prints[name].SHA256, read: sources[name]}
		m.files[name] = f
		dir := path.Dir(name)
		if _, known := m.dirs[dir]; !known { // directories are one level deep
			m.dirs["."] = append(m.dirs["."], fs.FileInfoToDirEntry(fileInfo{name: dir, dir: true}))
		}
		m.dirs[dir] = append(m.dirs[dir], fs.FileInfoToDirEntry(f.info))
	}
	for _, entries := range m.dirs {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return m
}

// Open implements [fs.FS].
func (m *modelFS) Open(name string) (fs.File, error) {
	info, err := m.stat("open", name)
	if err != nil {
		return nil, err
	}
	if info.dir {
		return &openDir{name: name, info: info, rest: m.dirs[name]}, nil
	}
	return &openFile{name: name, file: m.files[name]}, nil
}

// ReadFile implements [fs.ReadFileFS].
func (m *modelFS) ReadFile(name string) ([]byte, error) {
	info, err := m.stat("read", name)
	if err != nil {
		return nil, err
	}
	if info.dir {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	b, err := m.files[name].read()
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

// ReadDir implements [fs.ReadDirFS].
func (m *modelFS) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := m.stat("read", name)
	if err != nil {
		return nil, err
	}
	if !info.dir {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errNotDir}
	}
	return slices.Clone(m.dirs[name]), nil
}

// Stat implements [fs.StatFS].
func (m *modelFS) Stat(name string) (fs.FileInfo, error) {
	info, err := m.stat("stat", name)
	if err != nil {
		return nil, err
	}
	return info, nil
}

// SHA256 returns the hash of a file's content in hexadecimal, without making the content. It is not known of graphs that were drawn by a seed
// other than the twins'.
func (m *modelFS) SHA256(name string) (sum string, ok bool) {
	f, ok := m.files[name]
	return f.sha256, ok && f.sha256 != ""
}

func (m *modelFS) stat(op, name string) (fileInfo, error) {
	if !fs.ValidPath(name) {
		return fileInfo{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if f, ok := m.files[name]; ok {
		return f.info, nil
	}
	if _, ok := m.dirs[name]; ok {
		return fileInfo{name: path.Base(name), dir: true}, nil
	}
	return fileInfo{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

var (
	errIsDir  = errors.New("is a directory")
	errNotDir = errors.New("not a directory")
)

// An openFile reads its content when the first byte is asked for.
type openFile struct {
	name    string
	file    modelFile
	content *bytes.Reader
	closed  bool
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.file.info, nil }

func (f *openFile) Read(p []byte) (int, error) {
	if f.closed {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrClosed}
	}
	if f.content == nil {
		b, err := f.file.read()
		if err != nil {
			return 0, &fs.PathError{Op: "read", Path: f.name, Err: err}
		}
		f.content = bytes.NewReader(b)
	}
	return f.content.Read(p)
}

func (f *openFile) Close() error {
	f.closed, f.content = true, nil
	return nil
}

type openDir struct {
	name string
	info fileInfo
	rest []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errIsDir}
}

// ReadDir implements [fs.ReadDirFile].
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.rest) {
		n = len(d.rest)
	}
	entries := slices.Clone(d.rest[:n])
	d.rest = d.rest[n:]
	return entries, nil
}

// A fileInfo is the name and size of a file or the name of a directory. Embedded files have no time.
type fileInfo struct {
	name string
	size int64
	dir  bool
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.dir }
func (i fileInfo) Sys() any           { return nil }

func (i fileInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
