// Package httpfile reads files on a web server as if they lay on disk: at any offset, in bounded memory, over connections that may break.
//
// One streaming GET serves what is read in order. A jump, and a connection that breaks off, ask the server for the rest by a Range
// request; a server that does not know Range sends the file from the start, and what was read before is passed over. What was read last
// stays in a few blocks, so that readers that run a little ahead of or behind each other share one stream.
package httpfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mindgap/models/fault"
)

const (
	blockSize = 1 << 20
	// blocksKept bounds the memory of a client, to 24 MiB.
	blocksKept = 24
	// skipBlocks is how many blocks are read and passed over rather than asked around by a new request.
	skipBlocks = 4
)

// A Client reads files from web servers. Its memory is bounded whatever the number and the size of its files. It is safe for use by
// several goroutines, which take turns.
type Client struct {
	http  *http.Client
	tries int           // without progress, before a file is given up
	pause time.Duration // before the second try; it doubles from there
	stall time.Duration // without a byte, until a connection counts as broken

	mu     sync.Mutex
	blocks []block // the last used one at the end
	stream *stream
}

type block struct {
	file *File
	n    int64 // from offset n*blockSize
	data []byte
}

// NewClient returns a client that goes through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
func NewClient() *Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true // offsets are those of the file itself
	t.ResponseHeaderTimeout = 30 * time.Second
	return &Client{http: &http.Client{Transport: t}, tries: 5, pause: 250 * time.Millisecond, stall: 30 * time.Second}
}

// Close ends the client's connections. Files cannot be read afterwards without opening new ones.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop()
	c.blocks = nil
	c.http.CloseIdleConnections()
}

// A File is a file on a web server.
type File struct {
	client *Client
	url    string
	name   string // for messages
	size   int64
	tag    string // ETag or, without one, Last-Modified; empty if the server sends neither
}

// Name returns the address without password and query, for messages and records.
func (f *File) Name() string { return f.name }

// Size returns the size in bytes.
func (f *File) Size() int64 { return f.size }

// Version returns what tells this content of the file from another: address, ETag or time of change, and size.
func (f *File) Version() string { return fmt.Sprintf("%s %s %d", f.name, f.tag, f.size) }

// Redact returns an address without password and query: both may hold keys.
func Redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be parsed"
	}
	if u.RawQuery != "" {
		u.RawQuery, u.Fragment = "", ""
		return u.Redacted() + "?…"
	}
	return u.Redacted()
}

// Open asks for a file. The fault of a file that is not there wraps fs.ErrNotExist.
func (c *Client) Open(ctx context.Context, address string) (*File, error) {
	f := &File{client: c, url: address, name: Redact(address), size: -1}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.retry(ctx, f, func() (int, error) { return 0, c.start(ctx, f, 0) })
	return f, err
}

// ReadAll reads a whole file of at most limit bytes.
func (c *Client) ReadAll(ctx context.Context, address string, limit int64) ([]byte, error) {
	f, err := c.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	if f.size > limit {
		return nil, &fault.Error{Op: op, Thing: f.name, Found: fmt.Sprintf("%d bytes", f.size), Wanted: fmt.Sprintf("at most %d", limit)}
	}
	b := make([]byte, f.size)
	_, err = io.ReadFull(io.NewSectionReader(f.At(ctx), 0, f.size), b)
	return b, err
}

// At returns a reader of the file under ctx.
func (f *File) At(ctx context.Context) io.ReaderAt { return readerAt{ctx, f} }

type readerAt struct {
	ctx context.Context
	f   *File
}

func (r readerAt) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= r.f.size {
			return n, io.EOF
		}
		data, err := r.f.client.block(r.ctx, r.f, off/blockSize)
		if err != nil {
			return n, err
		}
		k := copy(p[n:], data[off%blockSize:])
		n, off = n+k, off+int64(k)
	}
	return n, nil
}

// block returns block n of a file. Blocks are never written to again, so they may be read without the lock.
func (c *Client) block(ctx context.Context, f *File, n int64) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.blocks {
		if b := c.blocks[i]; b.file == f && b.n == n {
			c.blocks = append(slices.Delete(c.blocks, i, i+1), b)
			return b.data, nil
		}
	}
	from := n
	if s := c.stream; s != nil && s.file == f && s.at%blockSize == 0 && s.at/blockSize <= n && n-s.at/blockSize <= skipBlocks {
		from = s.at / blockSize
	}
	for ; ; from++ {
		data := make([]byte, min(blockSize, f.size-from*blockSize))
		have := 0
		err := c.retry(ctx, f, func() (int, error) {
			at := from*blockSize + int64(have)
			if s := c.stream; s == nil || s.file != f || s.at != at {
				if err := c.start(ctx, f, at); err != nil {
					return 0, err
				}
			}
			k, err := c.stream.readFull(ctx, data[have:])
			have += k
			return k, err
		})
		if err != nil {
			return nil, err
		}
		if len(c.blocks) >= blocksKept {
			c.blocks = slices.Delete(c.blocks, 0, len(c.blocks)-blocksKept+1)
		}
		c.blocks = append(c.blocks, block{f, from, data})
		if from == n {
			return data, nil
		}
	}
}

const op = "fetch"

// permanent marks an error that another try would only repeat.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// retryAfter is an error with the server's wish for when to come again.
type retryAfter struct {
	error
	wait time.Duration
}

// progress is how many bytes must arrive before a connection breaks off for the next one to count as the first try again.
const progress = 4 << 10

// retry calls try until it succeeds, its error is permanent, the tries are used up or ctx is done. Try returns how many bytes it gained.
func (c *Client) retry(ctx context.Context, f *File, try func() (int, error)) error {
	pause := c.pause
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		gained, err := try()
		if err == nil {
			return nil
		}
		c.drop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var p permanent
		if errors.As(err, &p) {
			return p.error
		}
		if gained >= progress {
			n, pause = 0, c.pause
			continue
		}
		if n >= c.tries {
			return &fault.Error{Kind: fault.System, Op: op, Thing: f.name, Found: fmt.Sprintf("no progress in %d tries", n), Err: plain(err),
				Next: "try again later, or fetch the file by other means and name its folder"}
		}
		wait := pause
		var after retryAfter
		if errors.As(err, &after) && after.wait > 0 {
			wait = min(after.wait, 30*time.Second)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		pause *= 2
	}
}

// plain drops the method and the address that net/http puts in front of its errors: the fault names the address, without its query.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// status turns an answer other than the content into an error.
func status(f *File, r *http.Response) error {
	e := &fault.Error{Kind: fault.System, Op: op, Thing: f.name, Found: "the answer " + r.Status, Wanted: "the file"}
	switch r.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		e.Kind, e.Err, e.Next = fault.Input, fs.ErrNotExist, "check the address"
		return permanent{e}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		e.Kind, e.Err, e.Next = fault.Input, fs.ErrPermission, "fetch the file with your credentials and name its folder"
		return permanent{e}
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
	default:
		if r.StatusCode < 500 {
			return permanent{e}
		}
	}
	after := retryAfter{error: errors.New(r.Status)}
	if s, err := strconv.Atoi(strings.TrimSpace(r.Header.Get("Retry-After"))); err == nil && s >= 0 {
		after.wait = time.Duration(min(s, 3600)) * time.Second
	}
	return after
}
