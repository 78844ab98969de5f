package randominit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An FS is a randomly initialised model as a read-only file system. Its weights are drawn when they are read. It is safe for concurrent
// use.
type FS struct {
	Name   string // e.g. "ViT-B-32-random7"
	Ref    string // the reference that [Open] takes, nothing left to defaults; "" of a model that was not opened by one
	Arch   *Arch  // nil: an export whose weights are drawn anew
	Scheme Scheme
	Seed   uint64

	LeftOut []error // why graphs of an export cannot be drawn, where others can

	base fs.FS            // the files that are not made; nil: none, and every made file lies in the root
	made map[string]*file // by name

	temp tempDir
}

// Open implements [fs.FS].
func (m *FS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if f, ok := m.made[name]; ok {
		return f.open()
	}
	if m.base != nil {
		return m.base.Open(name) // the folders of a base list every made file: these have the same names
	}
	if name == "." {
		return &openDir{rest: m.entries()}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (f *file) open() (*reader, error) {
	if f.err != nil {
		return nil, f.err
	}
	r := &reader{file: f}
	if f.base != "" {
		b, err := os.Open(f.base)
		if err != nil {
			return nil, err
		}
		r.base, r.closer = b, b
	}
	return r, nil
}

// Stat implements [fs.StatFS].
func (m *FS) Stat(name string) (fs.FileInfo, error) {
	if f, ok := m.made[name]; ok && f.err == nil {
		return f.info(), nil
	}
	if m.base != nil {
		return fs.Stat(m.base, name)
	}
	f, err := m.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

// SHA256 returns what stands for the hash of a drawn file: the hash of everything that decides its content, which is much less to read.
func (m *FS) SHA256(name string) (sum string, ok bool) {
	f, ok := m.made[name]
	if !ok || f.sum == nil {
		return "", false
	}
	sum, err := f.sum()
	return sum, err == nil
}

// entries lists the root of a file system without base.
func (m *FS) entries() []fs.DirEntry {
	var out []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(m.made)) {
		out = append(out, fs.FileInfoToDirEntry(m.made[name].info()))
	}
	return out
}

// openDir is the opened root of a file system without base.
type openDir struct{ rest []fs.DirEntry }

func (d *openDir) Stat() (fs.FileInfo, error) { return fileInfo{name: ".", dir: true}, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: errors.New("is a directory")}
}

// ReadDir implements [fs.ReadDirFile].
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.rest) {
		n = len(d.rest)
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out, nil
}

// CopyTo makes every file of the model in the directory dir, which must exist, and returns the number of bytes written. Of an export, hidden
// files are left out, and so are graphs of LeftOut and weights in other formats, which are the trained ones.
func (m *FS) CopyTo(ctx context.Context, dir string) (size int64, err error) {
	err = fs.WalkDir(m, ".", func(name string, d fs.DirEntry, err error) error {
		f, made := m.made[name]
		switch hidden := strings.HasPrefix(d.Name(), ".") && name != "."; {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return fs.SkipDir
		case d.IsDir() || hidden || made && f.err != nil || !made && trainedWeights[path.Ext(name)]:
			return nil
		}
		n, err := m.write(ctx, dir, name)
		size += n
		return err
	})
	if err != nil && ctx.Err() == nil {
		err = writeFault(dir, err)
	}
	return size, err
}

// trainedWeights are the extensions of weights that frameworks save.
var trainedWeights = map[string]bool{".safetensors": true, ".bin": true, ".pt": true, ".pth": true, ".ckpt": true, ".h5": true, ".msgpack": true}

// write writes one file below dir.
func (m *FS) write(ctx context.Context, dir, name string) (int64, error) {
	to := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return 0, err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	var n int64
	if f, ok := m.made[name]; ok {
		n, err = f.size, f.writeTo(ctx, out)
	} else {
		n, err = m.copyBase(ctx, out, name)
	}
	return n, errors.Join(err, out.Close())
}

func (m *FS) copyBase(ctx context.Context, out *os.File, name string) (int64, error) {
	in, err := m.base.Open(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var n int64
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		k, err := io.CopyN(out, in, 64<<20)
		n += k
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
