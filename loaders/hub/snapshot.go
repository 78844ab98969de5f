package hub

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Snapshot is a repository at one commit, as a file system. Stat and ReadDir answer from the listing, Open fetches. It is safe for use by
// several goroutines.
//
// With the network switched off, a file that is listed and not in the cache is a fault when it is opened, not an absent file: a model must
// not be another one because a file was out of reach.
type Snapshot struct {
	ctx    context.Context // of Open: fs.FS knows no contexts
	client *Client
	repo   Repo
	commit string
	files  map[string]entry
	dirs   map[string][]fs.DirEntry // sorted by name

	mu    sync.Mutex
	asked map[string]entry // what the server said of files whose size the listing leaves out
	first error            // the first fault of the hub
}

// Open finds out which commit the repository's revision stands at and what it holds. Files that the snapshot's Open fetches later are
// fetched under ctx; [Snapshot.Fetch] takes its own.
//
// The error is a *fault.Error: of kind Input for what does not exist or may not be read, of kind System for trouble with network, server,
// disk or cache.
func (c *Client) Open(ctx context.Context, r Repo) (*Snapshot, error) {
	commit, files, err := c.resolve(ctx, r)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{ctx: ctx, client: c, repo: r, commit: commit, files: files, dirs: map[string][]fs.DirEntry{".": nil}, asked: map[string]entry{}}
	for name := range files {
		s.enter(name, false)
	}
	for _, entries := range s.dirs {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return s, nil
}

// enter puts a file, or a folder that is new, into its folder.
func (s *Snapshot) enter(name string, isDir bool) {
	dir := path.Dir(name)
	if _, known := s.dirs[dir]; !known {
		s.dirs[dir] = nil
		s.enter(dir, true)
	}
	s.dirs[dir] = append(s.dirs[dir], listed{s, name, isDir})
}

// Dir is the folder on disk where fetched files lie under their names.
func (s *Snapshot) Dir() string { return s.client.dir(s.repo, "snapshots", s.commit) }

// Path is where the file lies once it was fetched.
func (s *Snapshot) Path(name string) string { return filepath.Join(s.Dir(), filepath.FromSlash(name)) }

// Revision is the commit.
func (s *Snapshot) Revision() string { return s.commit }

// Name is the repository's name without its owner.
func (s *Snapshot) Name() string { return path.Base(s.repo.ID) }

// Present reports whether the file is in the cache, at its full size.
func (s *Snapshot) Present(name string) bool {
	e, listed := s.files[name]
	return listed && hasSize(s.Path(name), e.size)
}

// Err returns the first fault of the hub that a call met, or nil. Who reads through fs.FS sees it wrapped in what the reader says about it.
func (s *Snapshot) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// Fetch brings files into the cache, one after another, under its own context. A name that the repository does not list is an error that
// is fs.ErrNotExist; others are faults.
func (s *Snapshot) Fetch(ctx context.Context, names ...string) error {
	for _, name := range names {
		if _, listed := s.files[name]; !listed {
			return &fs.PathError{Op: "fetch", Path: s.thing(name), Err: fs.ErrNotExist}
		}
		if err := s.fetch(ctx, name); err != nil {
			return s.note(ctx, err)
		}
	}
	return nil
}

// note keeps the first fault for Err.
func (s *Snapshot) note(ctx context.Context, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil && ctx.Err() == nil {
		s.first = err
	}
	return err
}

func (s *Snapshot) thing(name string) string { return "hf:" + s.repo.String() + "/" + name }

// Open implements [fs.FS]: it fetches the file if it is not in the cache.
func (s *Snapshot) Open(name string) (fs.File, error) {
	i, err := s.stat("open", name)
	if err != nil {
		return nil, err
	}
	if i.dir {
		return &folder{info: i, rest: s.dirs[name]}, nil
	}
	if err := s.Fetch(s.ctx, name); err != nil {
		return nil, err
	}
	f, err := os.Open(s.Path(name))
	if err != nil {
		return nil, err
	}
	return file{f, i}, nil
}

// A file is an open file that describes itself as the listing does: on disk it is a link to a file of another name.
type file struct {
	*os.File
	info info
}

func (f file) Stat() (fs.FileInfo, error) { return f.info, nil }

// Stat implements [fs.StatFS].
func (s *Snapshot) Stat(name string) (fs.FileInfo, error) {
	i, err := s.stat("stat", name)
	if err != nil {
		return nil, err
	}
	return i, nil
}

// ReadDir implements [fs.ReadDirFS].
func (s *Snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	i, err := s.stat("readdir", name)
	if err != nil {
		return nil, err
	}
	if !i.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return slices.Clone(s.dirs[name]), nil
}

func (s *Snapshot) stat(op, name string) (info, error) {
	if !fs.ValidPath(name) {
		return info{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if e, ok := s.files[name]; ok {
		if e.size < 0 {
			var err error
			if e, err = s.entry(s.ctx, name); err != nil {
				return info{}, s.note(s.ctx, s.client.explain(s.ctx, s.repo, "look for", s.thing(name), err))
			}
		}
		return info{name: path.Base(name), size: e.size}, nil
	}
	if _, ok := s.dirs[name]; ok {
		return info{name: path.Base(name), dir: true}, nil
	}
	return info{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// A listed name is an entry of a folder.
type listed struct {
	s     *Snapshot
	path  string
	isDir bool
}

func (l listed) Name() string               { return path.Base(l.path) }
func (l listed) IsDir() bool                { return l.isDir }
func (l listed) Type() fs.FileMode          { return info{dir: l.isDir}.Mode().Type() }
func (l listed) Info() (fs.FileInfo, error) { return l.s.Stat(l.path) }
func (l listed) String() string             { return fs.FormatDirEntry(l) }

// An info is a name and a size from the listing. A listing has no times.
type info struct {
	name string
	size int64
	dir  bool
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }

func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// A folder is an open folder of a snapshot.
type folder struct {
	info info
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *folder) Close() error               { return nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("is a directory")}
}

// ReadDir implements [fs.ReadDirFile].
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.rest) {
		n = len(f.rest)
	}
	entries := slices.Clone(f.rest[:n])
	f.rest = f.rest[n:]
	return entries, nil
}
