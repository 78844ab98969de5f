package httpfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mindgap/models/fault"
)

// content is what the test servers hold: no two blocks alike.
var content = func() []byte {
	b := make([]byte, 5*blockSize+1234)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(b) // never fails
	return b
}()

// fast returns a client that does not wait for long.
func fast(t *testing.T) *Client {
	c := NewClient()
	c.pause, c.stall = time.Millisecond, 200*time.Millisecond
	t.Cleanup(c.Close)
	return c
}

// start starts a server. It ends after the clients that the test makes later, whose streams it would wait for.
func start(t *testing.T, handler http.Handler) *httptest.Server {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"one"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// A breaking writer ends the connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	k := min(len(p), b.left)
	b.left -= k
	n, err := b.ResponseWriter.Write(p[:k])
	if k < len(p) {
		b.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// TestRead reads the whole file through servers that misbehave in the ways that can be borne.
func TestRead(t *testing.T) {
	var odd atomic.Int32
	for name, handler := range map[string]http.HandlerFunc{
		"range":    serve,
		"no range": func(w http.ResponseWriter, r *http.Request) { r.Header.Del("Range"); serve(w, r) },
		"breaks off": func(w http.ResponseWriter, r *http.Request) {
			serve(&breaking{w, 300_001}, r)
		},
		"no range, and breaks off twice": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			if odd.Add(1) <= 2 {
				w = &breaking{w, 3*blockSize + 17}
			}
			serve(w, r)
		},
		"busy every other time": func(w http.ResponseWriter, r *http.Request) {
			if odd.Add(1)%2 == 0 {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			serve(&breaking{w, blockSize}, r)
		},
		"stalls": func(w http.ResponseWriter, r *http.Request) {
			if odd.Add(1) > 1 {
				serve(w, r)
				return
			}
			w.Header().Set("ETag", `"one"`)
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, _ = w.Write(content[:blockSize/2])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"moved": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/there" {
				http.Redirect(w, r, "/there?signature=secret", http.StatusFound)
				return
			}
			serve(w, r)
		},
		"no tag": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(&breaking{w, blockSize + 5}, r, "", time.Time{}, bytes.NewReader(content))
		},
	} {
		t.Run(name, func(t *testing.T) {
			odd.Store(0)
			server := start(t, handler)
			c := fast(t)
			f, err := c.Open(context.Background(), server.URL+"/x")
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(io.NewSectionReader(f.At(context.Background()), 0, f.Size()))
			if err != nil || !bytes.Equal(got, content) {
				t.Fatalf("%d bytes, error %v, want %d", len(got), err, len(content))
			}
			c.mu.Lock()
			kept := len(c.blocks)
			c.mu.Unlock()
			if kept > blocksKept {
				t.Errorf("%d blocks are kept", kept)
			}
		})
	}
}

// TestReadAnywhere reads at random places from several goroutines at once.
func TestReadAnywhere(t *testing.T) {
	for _, handler := range []http.HandlerFunc{serve, func(w http.ResponseWriter, r *http.Request) { r.Header.Del("Range"); serve(w, r) }} {
		server := start(t, handler)
		f, err := fast(t).Open(context.Background(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(g), 0))
				for range 20 {
					off := rng.IntN(len(content))
					p := make([]byte, rng.IntN(2*blockSize))
					n, err := f.At(context.Background()).ReadAt(p, int64(off))
					want := content[off:min(off+len(p), len(content))]
					if !bytes.Equal(p[:n], want) || (n < len(p)) != (err == io.EOF) || err != nil && err != io.EOF {
						t.Errorf("%d bytes at %d: %d, error %v", len(p), off, n, err)
					}
				}
			})
		}
		wg.Wait()
	}
}

// TestInOrder: reading in order takes one request, and one more for each file after the first.
func TestInOrder(t *testing.T) {
	var requests atomic.Int32
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		serve(w, r)
	}))
	f, err := fast(t).Open(context.Background(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 1000)
	for off := int64(0); off < f.Size(); off += 70_000 {
		if _, err := f.At(context.Background()).ReadAt(p, off); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestFaults(t *testing.T) {
	var n atomic.Int32
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		open    bool // the fault comes when the file is opened
		want    []string
		is      error
	}{
		"not there": {func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, true, []string{"404", "check the address"}, fs.ErrNotExist},
		"not allowed": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }, true, []string{"403", "credentials"},
			fs.ErrPermission},
		"broken for good": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) }, true, []string{"502", "no progress in 5 tries"}, nil},
		"no length":       {func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush(); _, _ = w.Write(content[:100]) }, true, []string{"without its length"}, nil},
		"another range": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 7-8/9")
			w.WriteHeader(http.StatusPartialContent)
		}, true, []string{`"bytes 7-8/9"`, "bytes from 0"}, nil},
		"never more than a little": {func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			serve(&breaking{w, 2 * blockSize}, r)
		}, false, []string{"no progress in 5 tries", "unexpected EOF"}, nil},
		"replaced": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n.Add(1)))
			http.ServeContent(&breaking{w, blockSize + 1}, r, "", time.Time{}, bytes.NewReader(content))
		}, false, []string{"version", "as at opening", "replaced"}, nil},
		"cut shorter": {func(w http.ResponseWriter, r *http.Request) {
			b := content
			if n.Add(1) > 1 {
				b = b[:3*blockSize]
			}
			http.ServeContent(&breaking{w, blockSize + 1}, r, "", time.Time{}, bytes.NewReader(b))
		}, false, []string{fmt.Sprint(3 * blockSize), fmt.Sprint(len(content))}, nil},
		"silent": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, false, []string{"no byte for", "no progress in 5 tries"}, nil},
		"round and round": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"?key=secret", http.StatusFound)
		}, true, []string{"10 redirects"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			n.Store(0)
			server := start(t, c.handler)
			f, err := fast(t).Open(context.Background(), server.URL+"/file?key=secret")
			if (err != nil) != c.open {
				t.Fatalf("opening: %v", err)
			}
			if err == nil {
				_, err = io.ReadAll(io.NewSectionReader(f.At(context.Background()), 0, f.Size()))
			}
			if _, ok := fault.KindOf(err); !ok {
				t.Fatalf("error %v, want a fault", err)
			}
			for _, part := range append(c.want, server.URL+"/file?…") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q has no %q", err, part)
				}
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("a key in the message: %v", err)
			}
		})
	}
}

// TestCancel: a context that ends stops a read that waits, and the next reader is served.
func TestCancel(t *testing.T) {
	waiting := make(chan struct{}, 10)
	var n atomic.Int32
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 1 {
			serve(w, r)
			return
		}
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.(http.Flusher).Flush()
		waiting <- struct{}{}
		<-r.Context().Done()
	}))
	c := fast(t)
	c.stall = time.Minute
	f, err := c.Open(context.Background(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-waiting; cancel() }()
	p := make([]byte, 100)
	if _, err := f.At(ctx).ReadAt(p, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if _, err := f.At(context.Background()).ReadAt(p, 0); err != nil || !bytes.Equal(p, content[:100]) {
		t.Fatalf("error %v", err)
	}
}

func TestReadAll(t *testing.T) {
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/empty" {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(nil))
			return
		}
		serve(w, r)
	}))
	c := fast(t)
	if b, err := c.ReadAll(context.Background(), server.URL, int64(len(content))); err != nil || !bytes.Equal(b, content) {
		t.Errorf("%d bytes, error %v", len(b), err)
	}
	if b, err := c.ReadAll(context.Background(), server.URL+"/empty", 10); err != nil || len(b) != 0 {
		t.Errorf("%d bytes, error %v", len(b), err)
	}
	if _, err := c.ReadAll(context.Background(), server.URL, 10); err == nil || !strings.Contains(err.Error(), "at most 10") {
		t.Errorf("error %v", err)
	}
}

// TestProxy: a server is asked through the proxy that is set.
func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		serve(w, r)
	}))
	c := fast(t)
	transport := c.http.Transport.(*http.Transport)
	if transport.Proxy == nil {
		t.Fatal("the environment's proxies are not asked for")
	}
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport.Proxy = http.ProxyURL(at) // the environment is read once a process
	if _, err := c.Open(context.Background(), "http://shards.invalid/0.tar"); err != nil || asked.Load() != "http://shards.invalid/0.tar" {
		t.Errorf("asked for %v, error %v", asked.Load(), err)
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:word@host/a.tar":   "https://user:xxxxx@host/a.tar",
		"https://host/a.tar?token=x#top": "https://host/a.tar?…",
		"https://host/a.tar":             "https://host/a.tar",
		"http://[::1":                    "an address that cannot be parsed",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
