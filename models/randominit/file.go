package randominit

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"sort"
	"sync"
	"time"
)

// A piece is a run of bytes of a file that is made when it is read.
type piece struct {
	off, size int64
	// fill writes bytes [from, from+len(dst)) of the piece: whole grains, of which the piece's last may be shorter. It is called by several
	// goroutines at once.
	fill func(dst []byte, from int64) error
	// grain is the number of bytes that are made together.
	grain int64
}

// A file is a sequence of pieces, in order and without overlap. Between them lie the bytes of base.
type file struct {
	name   string
	size   int64
	pieces []piece
	base   string                 // path of a file on disk, "": the pieces leave no gap
	sum    func() (string, error) // what stands for its hash
	err    error                  // why it cannot be made
}

// content is a file of known bytes.
func content(name string, b []byte) *file {
	return &file{name: name, size: int64(len(b)), pieces: []piece{{size: int64(len(b)), grain: 1 << 16, fill: func(dst []byte, from int64) error {
		copy(dst, b[from:])
		return nil
	}}}}
}

// A reader reads a file that is made. ReadAt may be called by several goroutines at once.
type reader struct {
	file   *file
	base   io.ReaderAt
	closer io.Closer

	off    int64 // of Read
	buf    []byte
	bufOff int64

	mu    sync.Mutex
	last  *piece // the piece of the grain that was made last for a read of less than it
	start int64  // of the grain in its piece
	bytes []byte // of the grain
}

// readAhead is how much Read makes at once: a few blocks.
const readAhead = 256 << 10

func (r *reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

func (r *reader) Stat() (fs.FileInfo, error) { return r.file.info(), nil }

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if r.off >= r.file.size {
		return 0, io.EOF
	}
	if at := r.off - r.bufOff; at < 0 || at >= int64(len(r.buf)) {
		start := r.off / readAhead * readAhead
		if r.buf == nil {
			r.buf = make([]byte, readAhead)
		}
		r.buf = r.buf[:min(readAhead, r.file.size-start)]
		if _, err := r.ReadAt(r.buf, start); err != nil {
			r.buf = nil
			return 0, err
		}
		r.bufOff = start
	}
	n := copy(p, r.buf[r.off-r.bufOff:])
	r.off += int64(n)
	return n, nil
}

// Seek implements [io.Seeker].
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.off
	case io.SeekEnd:
		offset += r.file.size
	}
	if offset < 0 {
		return 0, &fs.PathError{Op: "seek", Path: r.file.name, Err: fs.ErrInvalid}
	}
	r.off = offset
	return offset, nil
}

// ReadAt implements [io.ReaderAt].
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: r.file.name, Err: fs.ErrInvalid}
	}
	n := 0
	ps := r.file.pieces
	i := sort.Search(len(ps), func(i int) bool { return ps[i].off+ps[i].size > off })
	for n < len(p) && off < r.file.size {
		next := r.file.size
		if i < len(ps) {
			next = ps[i].off
		}
		var k int
		var err error
		if off < next { // a gap
			k, err = r.base.ReadAt(p[n:n+int(min(int64(len(p)-n), next-off))], off)
			if errors.Is(err, io.EOF) && k > 0 {
				err = nil
			}
		} else {
			from := off - next
			k = int(min(int64(len(p)-n), ps[i].size-from))
			err = r.make(p[n:n+k], &ps[i], from)
			if from+int64(k) == ps[i].size {
				i++
			}
		}
		n, off = n+k, off+int64(k)
		if err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// make fills dst from a piece: whole grains in place, parts of one from a copy that is kept for the next read.
func (r *reader) make(dst []byte, p *piece, from int64) error {
	for len(dst) > 0 {
		start := from / p.grain * p.grain
		n := int64(len(dst)) / p.grain * p.grain
		if from+int64(len(dst)) == p.size {
			n = int64(len(dst))
		}
		if from == start && n > 0 {
			if err := p.fill(dst[:n], from); err != nil {
				return err
			}
		} else {
			var err error
			if n, err = r.part(dst, p, start, from); err != nil {
				return err
			}
		}
		dst, from = dst[n:], from+n
	}
	return nil
}

// part fills dst with what it wants of one grain.
func (r *reader) part(dst []byte, p *piece, start, from int64) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last != p || r.start != start {
		size := min(p.grain, p.size-start)
		if r.last = nil; int64(cap(r.bytes)) < size {
			r.bytes = make([]byte, size)
		}
		r.bytes = r.bytes[:size]
		if err := p.fill(r.bytes, start); err != nil {
			return 0, err
		}
		r.last, r.start = p, start
	}
	return int64(copy(dst, r.bytes[from-start:])), nil
}

// info describes a file. What is made has no time.
func (f *file) info() fileInfo { return fileInfo{name: path.Base(f.name), size: f.size} }

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
