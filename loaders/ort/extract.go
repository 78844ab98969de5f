package ort

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// maxLibrary bounds what is unpacked where the library's size is not pinned. The largest build known has 46 MB.
const maxLibrary = 512 << 20

// extract copies the one pinned member of an archive to target. No name from inside the archive is ever used as a path.
func extract(ctx context.Context, archive string, p pin, target string) (err error) {
	var member io.ReadCloser
	switch {
	case strings.HasSuffix(p.File, ".zip"), strings.HasSuffix(p.File, ".whl"):
		member, err = openZipMember(archive, p.Member)
	default:
		member, err = openTarMember(ctx, archive, p.Member)
	}
	if err != nil {
		return fmt.Errorf("unpack %s: %w", p.File, err)
	}
	defer member.Close()
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	limit := int64(maxLibrary)
	if p.LibrarySize > 0 {
		limit = p.LibrarySize
	}
	n, err := io.Copy(out, io.LimitReader(readerWithContext{ctx, member}, limit+1))
	if err == nil {
		err = out.Sync() // the rename that follows must not overtake the data
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("unpack %s: %w", p.File, err)
	}
	if n > limit || p.LibrarySize > 0 && n != p.LibrarySize {
		return fmt.Errorf("unpack %s: found a library of %d bytes or more, wanted %d", p.File, n, limit)
	}
	return nil
}

func openZipMember(archive, name string) (io.ReadCloser, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, err
	}
	for _, m := range z.File {
		if m.Name == name && m.Mode().IsRegular() {
			r, err := m.Open()
			if err != nil {
				z.Close()
				return nil, err
			}
			return stacked{r, []io.Closer{r, z}}, nil
		}
	}
	z.Close()
	return nil, fmt.Errorf("no %s in it", name)
}

func openTarMember(ctx context.Context, archive, name string) (io.ReadCloser, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	compressed, err := gzip.NewReader(readerWithContext{ctx, file})
	if err != nil {
		file.Close()
		return nil, err
	}
	for t := tar.NewReader(compressed); ; {
		header, err := t.Next()
		if err == io.EOF {
			err = fmt.Errorf("no %s in it", name)
		}
		if err != nil {
			file.Close()
			return nil, err
		}
		if path.Clean(header.Name) == name && header.Typeflag == tar.TypeReg {
			return stacked{t, []io.Closer{compressed, file}}, nil
		}
	}
}

// stacked is a reader with everything beneath it that must be closed, innermost first.
type stacked struct {
	io.Reader
	closers []io.Closer
}

func (s stacked) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// readerWithContext fails once its context is done.
type readerWithContext struct {
	ctx context.Context
	r   io.Reader
}

func (r readerWithContext) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
