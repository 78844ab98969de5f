package output

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A Folder is a folder being made: everything is written to a sibling, which takes the place of the folder when it is complete.
type Folder struct {
	dir        string   // where it will stand, without symbolic links
	temp       string   // where it is being made; "" when done
	parents    []string // folders above dir that had to be made, outermost first
	op         string
	mayReplace func(dir string) error
}

// Begin checks that dir may be written and makes the temporary sibling. The op goes into faults, "write report to" say. What stands at dir
// is judged by mayReplace, which is asked before the work and once more when it is done: nil lets it be replaced. A dir that does not exist
// or is empty is not asked about. The caller ends with Commit or Discard.
func Begin(dir, op string, mayReplace func(dir string) error) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, unwritable(op, dir, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	f := &Folder{dir: abs, op: op, mayReplace: mayReplace}
	if err := f.judge(); err != nil {
		return nil, err
	}
	parent := filepath.Dir(abs)
	for p := parent; ; p = filepath.Dir(p) {
		if _, err := os.Lstat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		f.parents = append([]string{p}, f.parents...)
	}
	f.temp = sibling(abs)
	if err := os.MkdirAll(f.temp, 0o777); err != nil {
		f.Discard()
		return nil, unwritable(op, dir, err)
	}
	return f, nil
}

// Check says, before any work, whether Begin would succeed, with the fault that it would return, and leaves nothing behind.
func Check(dir, op string, mayReplace func(dir string) error) error {
	f, err := Begin(dir, op, mayReplace)
	if err != nil {
		return err
	}
	f.Discard()
	return nil
}

// judge asks mayReplace about a folder that holds something.
func (f *Folder) judge() error {
	entries, err := os.ReadDir(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(entries) == 0:
		return nil
	case err != nil:
		if info, statErr := os.Stat(f.dir); statErr == nil && !info.IsDir() {
			return f.mayReplace(f.dir)
		}
		return unwritable(f.op, f.dir, err)
	}
	return f.mayReplace(f.dir)
}

// Path returns where the file name, with slashes, of the unfinished folder lies.
func (f *Folder) Path(name string) string { return filepath.Join(f.temp, filepath.FromSlash(name)) }

// Write writes one file of the unfinished folder, and the folders above it.
func (f *Folder) Write(name string, write func(w io.Writer) error) error {
	path := f.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return unwritable(f.op, f.dir, err)
	}
	return writeFile(path, f.op, write)
}

// WriteBytes writes one file of the unfinished folder.
func (f *Folder) WriteBytes(name string, data []byte) error {
	return f.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// Commit puts the finished folder in place. If that fails, what stood there stands there still.
func (f *Folder) Commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.judge(); err != nil { // it may have changed while the folder was made
		return err
	}
	old := sibling(f.dir)
	switch err := os.Rename(f.dir, old); {
	case errors.Is(err, fs.ErrNotExist):
		old = ""
	case err != nil:
		return unwritable(f.op, f.dir, err)
	}
	if err := os.Rename(f.temp, f.dir); err != nil {
		if old != "" {
			err = errors.Join(err, os.Rename(old, f.dir))
		}
		return unwritable(f.op, f.dir, err)
	}
	f.temp, f.parents = "", nil
	if old != "" {
		// The new folder stands; an old one that cannot be removed is not worth failing for.
		_ = os.RemoveAll(old)
	}
	return nil
}

// Discard removes what was written. After Commit it does nothing.
func (f *Folder) Discard() {
	if f.temp != "" {
		_ = os.RemoveAll(f.temp)
	}
	for i := len(f.parents) - 1; i >= 0; i-- {
		_ = os.Remove(f.parents[i]) // only if empty
	}
	f.temp, f.parents = "", nil
}
