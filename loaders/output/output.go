// Package output writes files and folders whole or not at all: under a temporary name in the same folder, then renamed into place. Whatever
// ends a run in between, nothing half written stands under the name that was asked for, and what stood there before still does.
package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"mindgap/models/fault"
)

// WriteFile writes the file path with what write gives it. An existing file is replaced. Errors of the file system are *fault.Error of kind
// System; those of write are returned as they are.
func WriteFile(path string, write func(w io.Writer) error) error {
	return writeFile(path, "write", write)
}

// CheckFile says, before any work, whether WriteFile could write path, with the fault that it would return, and leaves nothing behind.
func CheckFile(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &fault.Error{Kind: fault.Input, Op: "write", Thing: path, Found: "a folder of that name", Wanted: "a file's name", Next: "name a file in it"}
	}
	f, err := createTemp(path)
	if err != nil {
		return unwritable("write", path, err)
	}
	_ = f.Close() // it was empty
	return os.Remove(f.Name())
}

func writeFile(path, op string, write func(w io.Writer) error) (err error) {
	f, err := createTemp(path)
	if err != nil {
		return unwritable(op, path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error is the one to report
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	err = w.Flush()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return unwritable(op, path, err)
	}
	return nil
}

// createTemp makes a new file beside path. os.CreateTemp would leave the finished file readable by its owner alone.
func createTemp(path string) (*os.File, error) {
	for i := 0; ; i++ {
		f, err := os.OpenFile(sibling(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || !errors.Is(err, os.ErrExist) || i == 100 {
			return f, err
		}
	}
}

// sibling returns a hidden name beside path that is not in use.
func sibling(path string) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s-%016x.tmp", filepath.Base(path), rand.Uint64()))
}

// unwritable is the fault of a place that cannot be written.
func unwritable(op, place string, err error) error {
	var p *os.PathError
	var l *os.LinkError
	switch { // the place stands in the fault already
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return &fault.Error{Kind: fault.System, Op: op, Thing: place, Err: err, Next: "make the place writable, or name another one"}
}
