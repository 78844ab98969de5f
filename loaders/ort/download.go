package ort

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

// errStalled is the cause of a download that was given up because nothing came.
var errStalled = errors.New("the server sends nothing")

// open requests address and returns the body of a successful answer. The body, and the wait for it, end with errStalled if nothing comes
// for f.stall; its Close must be called.
func (f *finder) open(ctx context.Context, address, accept string) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(f.stall, func() { cancel(fmt.Errorf("%w for %v", errStalled, f.stall)) })
	body := &watchedBody{ctx: ctx, cancel: cancel, watch: watch, stall: f.stall}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		body.stop()
		return nil, err
	}
	request.Header.Set("User-Agent", "mindgap")
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := f.client.Do(request)
	if err != nil {
		err = body.explain(err)
		body.stop()
		return nil, plain(err)
	}
	body.ReadCloser = response.Body
	response.Body = body
	if response.StatusCode != http.StatusOK {
		body.Close()
		return nil, fmt.Errorf("the server answers %s", response.Status)
	}
	return response, nil
}

// plain drops the method and the address that net/http puts in front of its errors, which stand in the list of attempts already. Errors
// of reaching the server keep their type.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// A watchedBody is a response's body that gives up when nothing comes for a while.
type watchedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *time.Timer
	stall  time.Duration
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.Reset(b.stall)
	}
	if err != nil && err != io.EOF {
		err = b.explain(err)
	}
	return n, err
}

// explain replaces "context canceled" by why it was cancelled.
func (b *watchedBody) explain(err error) error {
	if cause := context.Cause(b.ctx); cause != nil {
		return cause
	}
	return err
}

func (b *watchedBody) stop() {
	b.watch.Stop()
	b.cancel(nil)
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.stop()
	return err
}

// download writes the file at address to path. It gives up as soon as the server says or sends another size than the pinned one.
func (f *finder) download(ctx context.Context, address, path string, p pin) error {
	response, err := f.open(ctx, address, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if n := response.ContentLength; n >= 0 && n != p.Size {
		return fmt.Errorf("found %d bytes, wanted %d", n, p.Size)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	// One byte more than the pinned size is enough to know that it is another file.
	body := io.LimitReader(response.Body, p.Size+1)
	n, err := io.Copy(&meter{w: file, what: p.File, total: p.Size, tell: f.Progress}, body)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("after %d of %d bytes: %w", n, p.Size, err)
	}
	if n != p.Size {
		return fmt.Errorf("found %d bytes or more, wanted %d", n, p.Size)
	}
	return nil
}

// A meter tells how far a download is.
type meter struct {
	w           io.Writer
	what        string
	done, total int64
	tell        func(string, int64, int64)
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.done += int64(n)
	m.tell(m.what, min(m.done, m.total), m.total)
	return n, err
}
