package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	hfhub "github.com/gomlx/go-huggingface/hub"
)

// A refusal is an answer of the server that is no success.
type refusal struct {
	status  int
	code    string        // X-Error-Code: "RepoNotFound", "RevisionNotFound", "EntryNotFound", "GatedRepo"
	message string        // what the server says
	after   time.Duration // how long it asks to wait; 0: it does not say
}

func (r *refusal) Error() string {
	s := fmt.Sprintf("the server answers %d %s", r.status, http.StatusText(r.status))
	if r.message != "" {
		s += ": " + r.message
	}
	return s
}

// passing reports whether the same request may succeed later, unless its context has ended.
func passing(err error) bool {
	var r *refusal
	if errors.As(err, &r) {
		switch r.status {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	var l *lasting
	return !errors.As(err, &l)
}

// A lasting error is one that repeating does not mend: of the disk, or of what a server means.
type lasting struct{ error }

func (l *lasting) Unwrap() error { return l.error }

const (
	attempts    = 5
	firstPause  = time.Second
	longestWait = 2 * time.Minute // that a server may ask for; beyond it the user is better told
	redirects   = 10
)

// retry calls f until it succeeds, fails for good or has failed in a row too often. Each call of f says whether it got any further.
func (c *Client) retry(ctx context.Context, what string, f func() (further bool, err error)) error {
	for failed := 1; ; failed++ {
		further, err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if further {
			failed = 1
		}
		limit := attempts
		if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
			limit = 2 // there is no network, or no such server: the user should know soon
		}
		wait := firstPause << (failed - 1)
		var r *refusal
		if errors.As(err, &r) && r.after > 0 {
			wait = r.after
		}
		if !passing(err) || failed >= limit || wait > longestWait {
			return err
		}
		traceOf(ctx).Logger.Info("the hub is asked again", "for", what, "in", wait, "because", err)
		if err := c.pause(ctx, wait); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A reply is a successful answer. Closing its body ends the request.
type reply struct {
	*http.Response
	// Hub holds the headers of the last answer that came from the endpoint itself: where a file lies elsewhere, its hash, size and
	// commit stand on the redirect, and the other server's own headers say something else.
	Hub http.Header
}

// send sends a request and follows redirects. The token goes to the endpoint alone: whoever else a redirect names has a signed address. With
// method HEAD it stops at the first redirect that leaves the endpoint.
func (c *Client) send(ctx context.Context, method, address string, header http.Header) (*reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	body := &watched{ctx: ctx, cancel: cancel, patience: c.opt.Timeout}
	body.timer = time.AfterFunc(body.patience, func() { cancel(fmt.Errorf("the server sends nothing for %v", body.patience)) })
	fail := func(err error) (*reply, error) {
		err = body.explain(err)
		body.stop()
		return nil, err
	}
	var hub http.Header
	for range redirects {
		request, err := http.NewRequestWithContext(ctx, method, address, nil)
		if err != nil {
			return fail(&lasting{err})
		}
		for k, v := range header {
			request.Header[k] = v
		}
		request.Header.Set("User-Agent", "mindgap")
		request.Header.Set("Accept-Encoding", "identity") // sizes and hashes are of the file, not of its compressed form
		home := c.isEndpoint(request.URL)
		if home && c.opt.Token != "" {
			request.Header.Set("Authorization", "Bearer "+c.opt.Token)
		}
		response, err := c.http.Do(request)
		if err != nil {
			return fail(plain(err))
		}
		if home {
			hub = response.Header
		}
		switch {
		case response.StatusCode >= 300 && response.StatusCode < 400 && response.Header.Get("Location") != "":
			next, err := request.URL.Parse(response.Header.Get("Location"))
			response.Body.Close()
			if err != nil {
				return fail(&lasting{err})
			}
			if method == http.MethodHead && !c.isEndpoint(next) {
				body.ReadCloser, response.Body = http.NoBody, body
				return &reply{response, hub}, nil
			}
			address = next.String()
		case response.StatusCode >= 200 && response.StatusCode < 300, response.StatusCode == http.StatusRequestedRangeNotSatisfiable:
			body.ReadCloser, response.Body = response.Body, body
			return &reply{response, hub}, nil
		default:
			err := refused(response)
			response.Body.Close()
			return fail(err)
		}
	}
	return fail(&lasting{fmt.Errorf("the server redirects more than %d times", redirects)})
}

// isEndpoint reports whether u is an address of the endpoint, port and scheme included.
func (c *Client) isEndpoint(u *url.URL) bool {
	e, err := url.Parse(c.opt.Endpoint)
	return err == nil && u.Scheme == e.Scheme && strings.EqualFold(u.Host, e.Host)
}

// refused reads what a server says about why it does not.
func refused(response *http.Response) *refusal {
	r := &refusal{status: response.StatusCode, code: response.Header.Get("X-Error-Code"), message: response.Header.Get("X-Error-Message")}
	if r.message == "" {
		var said struct{ Error string }
		b, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		if json.Unmarshal(b, &said) == nil {
			r.message = said.Error
		}
	}
	r.message = strings.Join(strings.Fields(r.message), " ")
	after := response.Header.Get("Retry-After")
	if n, err := strconv.Atoi(after); err == nil {
		r.after = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(after); err == nil {
		r.after = max(time.Until(t), time.Second)
	}
	return r
}

// plain drops the method and the address that net/http puts before its errors; the fault names the address.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// header values of the hub.
func linkedETag(h http.Header) string {
	tag := h.Get(hfhub.HeaderXLinkedETag)
	if tag == "" {
		tag = h.Get("ETag")
	}
	return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
}

// A watched body gives up when nothing comes for a while.
type watched struct {
	io.ReadCloser
	ctx      context.Context
	cancel   context.CancelCauseFunc
	timer    *time.Timer
	patience time.Duration
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.timer.Reset(w.patience)
	}
	if err != nil && err != io.EOF {
		err = w.explain(err)
	}
	return n, err
}

// explain replaces "context canceled" by why it was cancelled.
func (w *watched) explain(err error) error {
	if cause := context.Cause(w.ctx); cause != nil {
		return cause
	}
	return err
}

func (w *watched) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

func (w *watched) Close() error {
	err := w.ReadCloser.Close()
	w.stop()
	return err
}
