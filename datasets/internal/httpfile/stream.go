package httpfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mindgap/models/fault"
)

// A stream is one answer of a server, read from the front.
type stream struct {
	file   *File
	at     int64 // offset in the file of the next byte
	body   io.ReadCloser
	cancel context.CancelFunc
	stall  time.Duration
}

// drop ends the current stream, if there is one.
func (c *Client) drop() {
	if c.stream != nil {
		c.stream.cancel()
		_ = c.stream.body.Close() // nothing was written to it
		c.stream = nil
	}
}

// start begins a stream of f at an offset. The first stream of a file learns its size and version; later ones must agree with them.
func (c *Client) start(ctx context.Context, f *File, at int64) error {
	c.drop()
	own, cancel := context.WithCancel(context.Background()) // the stream outlives ctx, which is that of one reader among several
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	r, err := http.NewRequestWithContext(own, http.MethodGet, f.url, nil)
	if err != nil {
		cancel()
		return permanent{&fault.Error{Kind: fault.Usage, Op: op, Thing: f.name, Err: plain(err), Wanted: "an address such as https://host/folder/{000..009}.tar"}}
	}
	r.Header.Set("User-Agent", "mindgap")
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-", at))
	if at > 0 && f.tag != "" && !strings.HasPrefix(f.tag, "W/") {
		r.Header.Set("If-Range", f.tag) // a file that has changed comes whole, and is noticed by its tag
	}
	answer, err := c.http.Do(r)
	if err != nil {
		cancel()
		return err
	}
	s := &stream{file: f, body: answer.Body, cancel: cancel, stall: c.stall}
	c.stream = s
	if err := s.accept(f, answer, at); err != nil {
		return err
	}
	if err := s.skip(ctx, at-s.at); err != nil {
		return err
	}
	return nil
}

// accept checks an answer against what is known of the file.
func (s *stream) accept(f *File, answer *http.Response, at int64) error {
	size := answer.ContentLength
	switch {
	case answer.StatusCode == http.StatusPartialContent:
		from, whole, ok := contentRange(answer.Header.Get("Content-Range"))
		if !ok || from != at {
			return permanent{&fault.Error{Kind: fault.System, Op: op, Thing: f.name, Found: "the range " + strconv.Quote(answer.Header.Get("Content-Range")),
				Wanted: fmt.Sprintf("bytes from %d on", at), Next: "fetch the file by other means and name its folder"}}
		}
		s.at, size = at, whole
	case answer.StatusCode == http.StatusOK: // a server without Range, or a file that has changed
		s.at = 0
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable && f.size < 0:
		// An empty file has no first byte, so that some servers refuse the range.
		if _, whole, ok := contentRange(answer.Header.Get("Content-Range")); !ok || whole != 0 {
			return status(f, answer)
		}
		size = 0
	default:
		return status(f, answer)
	}
	tag := answer.Header.Get("ETag")
	if tag == "" {
		tag = answer.Header.Get("Last-Modified")
	}
	if f.size < 0 {
		if size < 0 {
			return permanent{&fault.Error{Kind: fault.System, Op: op, Thing: f.name, Found: "an answer without its length", Wanted: "Content-Length or Content-Range",
				Next: "fetch the file by other means and name its folder"}}
		}
		f.size, f.tag = size, tag
		return nil
	}
	if size != f.size || tag != f.tag {
		return permanent{&fault.Error{Op: op, Thing: f.name, Found: fmt.Sprintf("%d bytes of version %s", size, strconv.Quote(tag)),
			Wanted: fmt.Sprintf("%d of version %s, as at opening", f.size, strconv.Quote(f.tag)), Next: "start again: the file was replaced while it was read"}}
	}
	return nil
}

// contentRange parses "bytes 100-199/200" and, of an answer that refuses a range, "bytes */200".
func contentRange(header string) (from, size int64, ok bool) {
	rest, ok := strings.CutPrefix(header, "bytes ")
	span, whole, ok2 := strings.Cut(rest, "/")
	size, err := strconv.ParseInt(whole, 10, 64)
	if !ok || !ok2 || err != nil || size < 0 {
		return 0, 0, false
	}
	if span == "*" {
		return -1, size, true
	}
	first, _, _ := strings.Cut(span, "-")
	from, err = strconv.ParseInt(first, 10, 64)
	return from, size, err == nil && from >= 0
}

// readFull fills p or returns why it could not; bytes that did arrive count.
func (s *stream) readFull(ctx context.Context, p []byte) (n int, err error) {
	stop := context.AfterFunc(ctx, s.cancel)
	defer stop()
	timer := time.AfterFunc(s.stall, s.cancel)
	defer timer.Stop()
	for n < len(p) {
		k, err := s.body.Read(p[n:])
		n, s.at = n+k, s.at+int64(k)
		if n == len(p) {
			return n, nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			if ctx.Err() == nil && errors.Is(err, context.Canceled) {
				err = fmt.Errorf("no byte for %v", s.stall)
			}
			return n, err
		}
		timer.Reset(s.stall)
	}
	return n, nil
}

// skip passes over n bytes.
func (s *stream) skip(ctx context.Context, n int64) error {
	scrap := make([]byte, min(n, 1<<16))
	for n > 0 {
		k, err := s.readFull(ctx, scrap[:min(n, int64(len(scrap)))])
		if n -= int64(k); err != nil {
			return err
		}
	}
	return nil
}
