package randominit

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"mindgap/models/fault"
)

// chunkSize is about how much one goroutine makes and writes at a time.
const chunkSize = 8 * blockLen * 8

// writeTo makes the file with all processors. No more than a chunk, or a grain that is larger, lies in memory for each.
func (f *file) writeTo(ctx context.Context, out *os.File) (err error) {
	r, err := f.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	emit := func(off, size int64) {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			buf, free := buffer(size)
			defer free()
			if _, err := r.ReadAt(buf, off); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			_, err := out.WriteAt(buf, off)
			return err
		})
	}
	run := func(off, size, step int64) {
		for at := int64(0); at < size && gctx.Err() == nil; at += step {
			emit(off+at, min(step, size-at))
		}
	}
	var pos int64
	for i := range f.pieces {
		p := &f.pieces[i]
		run(pos, p.off-pos, chunkSize)
		run(p.off, p.size, max(chunkSize/p.grain*p.grain, p.grain))
		pos = p.off + p.size
	}
	run(pos, f.size-pos, chunkSize)
	return errors.Join(g.Wait(), ctx.Err()) // a run that is cancelled early has no goroutine to say so
}

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// buffer returns size bytes and what gives them back.
func buffer(size int64) ([]byte, func()) {
	if size > chunkSize {
		return make([]byte, size), func() {}
	}
	b := chunks.Get().(*[chunkSize]byte)
	return b[:size], func() { chunks.Put(b) }
}

// A tempDir is the folder that a model's weights lie in while its towers run. The lock file beside it, ROOT/random/NAME.lock, is held as long
// as the process needs the folder: one whose lock is free was left by a process that died.
type tempDir struct {
	mu    sync.Mutex
	path  string
	lock  *flock.Flock
	users int // calls of WriteTo without one of Close
}

// subfolder is where drawn weights lie inside the cache folder, which other caches share.
const subfolder = "random"

// WriteTo makes the named files in a new folder below the cache folder root, and returns it. Until Close is
// called as often, further calls return the same folder, and must name the same files. Folders that dead processes left are removed.
func (m *FS) WriteTo(ctx context.Context, root string, names ...string) (dir string, err error) {
	m.temp.mu.Lock()
	defer m.temp.mu.Unlock()
	if m.temp.path != "" {
		m.temp.users++
		return m.temp.path, nil
	}
	root = filepath.Join(root, subfolder)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", writeFault(root, err)
	}
	sweep(root)
	lock, dir, err := newTempDir(root, m.Name)
	if err != nil {
		return "", writeFault(root, err)
	}
	m.temp.path, m.temp.lock = dir, lock
	defer func() {
		if err == nil {
			return
		}
		if ctx.Err() == nil {
			err = writeFault(dir, err)
		}
		err = errors.Join(err, m.temp.remove())
	}()
	for _, name := range names {
		if _, err := m.write(ctx, dir, name); err != nil {
			return "", err
		}
	}
	m.temp.users = 1
	return dir, nil
}

// Close removes what WriteTo wrote once it is called as often as WriteTo was. Without a call of WriteTo before, it does nothing.
func (m *FS) Close() error {
	m.temp.mu.Lock()
	defer m.temp.mu.Unlock()
	if m.temp.users--; m.temp.users > 0 {
		return nil
	}
	return m.temp.remove()
}

// newTempDir makes a folder whose lock this process holds. The lock is taken first, so that no other process sweeps the folder.
func newTempDir(root, name string) (*flock.Flock, string, error) {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, name)
	for range 10 {
		f, err := os.CreateTemp(root, clean+"-*.lock")
		if err != nil {
			return nil, "", err
		}
		if err := f.Close(); err != nil {
			return nil, "", err
		}
		lock := flock.New(f.Name())
		if ok, err := lock.TryLock(); err != nil {
			return nil, "", err
		} else if !ok {
			continue // another process swept the file before it was locked
		}
		dir := strings.TrimSuffix(f.Name(), ".lock")
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, "", errors.Join(err, lock.Unlock())
		}
		return lock, dir, nil
	}
	return nil, "", errors.New("no lock could be had for a new folder")
}

// remove takes the folder away, then its lock.
func (t *tempDir) remove() error {
	if t.path == "" {
		t.users = 0
		return nil
	}
	err := errors.Join(os.RemoveAll(t.path), t.lock.Unlock(), os.Remove(t.lock.Path()))
	t.path, t.lock, t.users = "", nil, 0
	return err
}

// sweep removes the folders whose processes died. What cannot be removed stays for another time.
func sweep(root string) {
	locks, _ := filepath.Glob(filepath.Join(root, "*.lock"))
	for _, path := range locks {
		lock := flock.New(path)
		if ok, err := lock.TryLock(); err != nil || !ok {
			continue
		}
		if os.RemoveAll(strings.TrimSuffix(path, ".lock")) == nil {
			_ = os.Remove(path) // while the lock is held: another process cannot take it for its own
		}
		_ = lock.Unlock()
	}
}

// writeFault wraps an error of the disk; faults that say more stay as they are.
func writeFault(where string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return &fault.Error{Kind: fault.System, Op: "write the model into", Thing: where, Err: err,
		Next: "check that the disk has room and may be written to"}
}
