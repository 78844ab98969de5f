package datasets

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"

	"mindgap/models/fault"
)

// zipArchive reads the files of a .zip from their places.
type zipArchive struct {
	path string
	r    *zip.ReadCloser
	at   map[string]*zip.File
}

// openZip opens a .zip and refuses what claims to be more than it can be.
func openZip(file string, size int64) (archive, error) {
	r, err := zip.OpenReader(file)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are judged below
		return nil, &fault.Error{Op: opArchive, Thing: file, Err: cause(err), Wanted: "a zip", Next: "fetch the file again; it may be cut short"}
	}
	z := &zipArchive{path: file, r: r, at: map[string]*zip.File{}}
	var total uint64
	for _, f := range r.File {
		e := &fault.Error{Op: opArchive, Thing: file + "!" + f.Name, Next: "do not use this archive unless you trust its source"}
		if len(f.Name) > 200 {
			e.Thing = file + "!" + quoteShort(f.Name)
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > memberLimit || total > uint64(squeezeLimit*size+squeezeFloor) {
			e.Found, e.Wanted = fmt.Sprintf("%d bytes, and %d with the files before", f.UncompressedSize64, total), fmt.Sprintf("at most %d a file, and %d times the archive's size in all", memberLimit, squeezeLimit)
			return nil, errors.Join(e, r.Close())
		}
		if mode := f.Mode(); mode&^fs.ModePerm&^fs.ModeDir != 0 {
			e.Found, e.Wanted = "a link or a device", "files and folders alone"
			return nil, errors.Join(e, r.Close())
		}
		if f.Flags&1 != 0 {
			e.Found, e.Wanted, e.Next = "an encrypted file", "a plain one", "unpack the archive and name the folder"
			return nil, errors.Join(e, r.Close())
		}
	}
	return z, nil
}

func (z *zipArchive) random() bool { return true }
func (z *zipArchive) Close() error { return z.r.Close() }

func (z *zipArchive) scan(ctx context.Context, text func(string) bool, visit func(string, []byte) error) error {
	for _, f := range z.r.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.Mode().IsDir() {
			if !safeName(f.Name) {
				return visit(f.Name, nil) // which refuses it
			}
			continue
		}
		var b []byte
		if text(f.Name) && safeName(f.Name) {
			var err error
			if f.UncompressedSize64 > textLimit {
				return &fault.Error{Op: opArchive, Thing: z.path + "!" + f.Name, Found: fmt.Sprintf("%d bytes", f.UncompressedSize64), Wanted: fmt.Sprintf("at most %d of text", textLimit)}
			}
			if b, err = z.read(f); err != nil {
				return err
			}
		}
		if err := visit(f.Name, b); err != nil {
			return err
		}
		z.at[path.Clean(f.Name)] = f
	}
	return nil
}

// read reads a file, and holds it to the size that it claims.
func (z *zipArchive) read(f *zip.File) (_ []byte, err error) {
	fail := func(err error) error {
		return &fault.Error{Op: "read archive", Thing: z.path + "!" + f.Name, Err: cause(err), Next: "fetch the file again"}
	}
	r, err := f.Open()
	if err != nil {
		return nil, fail(err)
	}
	defer func() { _ = r.Close() }() // nothing was written to it
	b := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fail(err)
	}
	var more [1]byte
	n, err := r.Read(more[:])
	if n != 0 {
		return nil, fail(fmt.Errorf("more than the %d bytes that it claims", len(b)))
	}
	if err != io.EOF && err != nil {
		return nil, fail(err)
	}
	return b, nil
}

func (z *zipArchive) pictures(ctx context.Context, names []string) iter.Seq2[picture, error] {
	return inOrder(ctx, names, func(name string) ([]byte, error) { return z.read(z.at[name]) })
}

// inOrder yields pictures that can be read from their places.
func inOrder(ctx context.Context, names []string, read func(name string) ([]byte, error)) iter.Seq2[picture, error] {
	return func(yield func(picture, error) bool) {
		for i, name := range names {
			if err := ctx.Err(); err != nil {
				yield(picture{}, err)
				return
			}
			if !yield(picture{i, func() ([]byte, error) { return read(name) }}, nil) {
				return
			}
		}
	}
}

// tarArchive reads the files of a .tar from their places.
type tarArchive struct {
	path string
	f    *os.File
	size int64
	at   map[string]member
}

func openTar(file string, size int64) (archive, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &fault.Error{Op: opArchive, Thing: file, Err: cause(err)}
	}
	return &tarArchive{path: file, f: f, size: size, at: map[string]member{}}, nil
}

func (a *tarArchive) random() bool { return true }
func (a *tarArchive) Close() error { return a.f.Close() }

func (a *tarArchive) scan(ctx context.Context, text func(string) bool, visit func(string, []byte) error) error {
	return walkTar(ctx, opArchive, a.path, io.NewSectionReader(a.f, 0, a.size), func(m member, body io.Reader) (bool, error) {
		a.at[m.name] = m
		return scanMember(a.path, m, body, text, visit)
	})
}

// scanMember tells of one file of a tar.
func scanMember(archive string, m member, body io.Reader, text func(string) bool, visit func(string, []byte) error) (more bool, err error) {
	if m.size > memberLimit {
		return false, &fault.Error{Op: opArchive, Thing: archive + "!" + m.name, Found: fmt.Sprintf("%d bytes", m.size), Wanted: fmt.Sprintf("at most %d a file", memberLimit)}
	}
	var b []byte
	if text(m.name) {
		if b, err = readSmall(opArchive, archive, m, body); err != nil {
			return false, err
		}
	}
	return true, visit(m.name, b)
}

func (a *tarArchive) pictures(ctx context.Context, names []string) iter.Seq2[picture, error] {
	return inOrder(ctx, names, func(name string) ([]byte, error) {
		b := make([]byte, a.at[name].size)
		if _, err := a.f.ReadAt(b, a.at[name].off); err != nil {
			return nil, tarFault(ctx, "read archive", a.path+"!"+name, err)
		}
		return b, nil
	})
}

// tarGz is a .tar.gz, which can be read from the front alone. An item holds its picture, and is let go with it.
type tarGz string

func (a tarGz) random() bool { return false }
func (a tarGz) Close() error { return nil }

func (a tarGz) scan(ctx context.Context, text func(string) bool, visit func(string, []byte) error) error {
	return walkTarGz(ctx, opArchive, string(a), func(m member, body io.Reader) (bool, error) {
		return scanMember(string(a), m, body, text, visit)
	})
}

func (a tarGz) pictures(ctx context.Context, names []string) iter.Seq2[picture, error] {
	return func(yield func(picture, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(picture{}, err)
			return
		}
		wanted := labelsOf(names)
		stopped := false
		err := walkTarGz(ctx, "read archive", string(a), func(m member, body io.Reader) (bool, error) {
			i, ok := wanted[m.name]
			if !ok {
				return true, nil
			}
			if m.size > memberLimit {
				return false, &fault.Error{Op: "read archive", Thing: string(a) + "!" + m.name, Found: fmt.Sprintf("%d bytes", m.size), Wanted: "what was there at opening"}
			}
			b := make([]byte, m.size)
			if _, err := io.ReadFull(body, b); err != nil {
				return false, err
			}
			stopped = !yield(picture{i, func() ([]byte, error) { return b, nil }}, nil)
			return !stopped, nil
		})
		if err != nil && !stopped {
			yield(picture{}, err)
		}
	}
}
