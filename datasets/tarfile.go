package datasets

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
)

const (
	// memberLimit bounds a picture in an archive, and textLimit a label, a caption file or a list of names.
	memberLimit = 256 << 20
	textLimit   = 1 << 20
)

// A member is a regular file in a tar.
type member struct {
	name string // slash path inside the archive
	off  int64  // of its first byte in the tar
	size int64
}

// walkTar calls visit for each regular file of a tar in order; body reads it. It ends early when visit returns false. Nothing is ever
// unpacked, but a name that leads outside, a link or a device still is a fault: such an archive means harm, or is no data set. So is a
// tar that does not end with its end mark, because it may be cut short between two files.
//
// A seekable r is read at the headers alone, as far as visit leaves the bodies alone. Offsets are counted only for an io.SectionReader.
func walkTar(ctx context.Context, op, archive string, r io.Reader, visit func(m member, body io.Reader) (more bool, err error)) error {
	t := tar.NewReader(r)
	section, _ := r.(*io.SectionReader)
	here := func() (int64, error) {
		if section == nil {
			return 0, nil
		}
		return section.Seek(0, io.SeekCurrent)
	}
	var end int64 // where the header after the last one's file lies
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err == io.EOF {
			at, err := here()
			if err == nil && section != nil && at <= end {
				err = &fault.Error{Op: op, Thing: archive, Found: "no end mark after the last file", Wanted: "two blocks of zeros",
					Next: "fetch the file again; it may be cut short"}
			}
			return err
		}
		if err != nil {
			return tarFault(ctx, op, archive, err)
		}
		at, err := here()
		if err != nil {
			return err
		}
		end = at + (h.Size+511)/512*512
		m := member{name: strings.TrimPrefix(path.Clean(h.Name), "/"), off: at, size: h.Size}
		if err := checkMember(op, archive, h); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			end = at
			continue
		}
		more, err := visit(m, t)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); ok {
				return err
			}
			return tarFault(ctx, op, archive+"!"+m.name, err)
		}
		if !more {
			return nil
		}
	}
}

// checkMember refuses what a data set has no use for.
func checkMember(op, archive string, h *tar.Header) error {
	e := &fault.Error{Op: op, Thing: archive, Next: "do not use this archive unless you trust its source"}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeXGlobalHeader:
	case tar.TypeSymlink, tar.TypeLink:
		e.Found, e.Wanted = "the link "+quoteShort(h.Name)+" to "+quoteShort(h.Linkname), "files and folders alone"
		return e
	default:
		e.Found, e.Wanted = fmt.Sprintf("%s of type %q", quoteShort(h.Name), h.Typeflag), "files and folders alone"
		return e
	}
	if !safeName(h.Name) && h.Typeflag != tar.TypeXGlobalHeader {
		e.Found, e.Wanted = "the name "+quoteShort(h.Name), "names inside the archive"
		return e
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			e.Found, e.Wanted, e.Next = "the sparse file "+quoteShort(h.Name), "files written whole", "make the archive anew without --sparse"
			return e
		}
	}
	return nil
}

// safeName reports whether an archive's name for a file stays inside the archive, on every system.
func safeName(name string) bool {
	name = strings.TrimSuffix(name, "/")
	return name == "." || filepath.IsLocal(name) && !strings.ContainsAny(name, "\\\x00") && !strings.Contains("/"+name+"/", "/../")
}

// tarFault words what package tar says of an archive.
func tarFault(ctx context.Context, op, archive string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	e := &fault.Error{Op: op, Thing: archive, Err: cause(err)}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Found, e.Next, e.Err = "the end of the file in the middle", "fetch the file again; it is cut short", nil
	case errors.Is(err, tar.ErrHeader):
		e.Found, e.Wanted, e.Err = "bytes that are no header", "a tar", nil
	}
	return e
}

// readSmall reads a small member.
func readSmall(op, archive string, m member, body io.Reader) ([]byte, error) {
	if m.size > textLimit {
		return nil, &fault.Error{Op: op, Thing: archive + "!" + m.name, Found: fmt.Sprintf("%d bytes", m.size), Wanted: fmt.Sprintf("at most %d of text or labels", textLimit)}
	}
	b := make([]byte, m.size)
	_, err := io.ReadFull(body, b)
	return b, err
}
