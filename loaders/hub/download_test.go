package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
)

// With a network that is gone, a branch is what it was.
func TestServerGone(t *testing.T) {
	b := newBench(t)
	if err := b.open(t, b.client, "main").Fetch(t.Context(), "config.json"); err != nil {
		t.Fatal(err)
	}
	b.Close()
	var logged bytes.Buffer
	ctx := WithTrace(t.Context(), Trace{Logger: textLogger(&logged)})
	s, err := b.client.Open(ctx, Repo{Model, "org/tiny", "main"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(s, "config.json"); err != nil {
		t.Error(err)
	}
	if !strings.Contains(logged.String(), "level=WARN") {
		t.Errorf("silent: %s", &logged)
	}
	err = s.Fetch(ctx, big)
	check(t, err, fault.System, "fetch hf:org/tiny@main/"+big, "refused", "HTTPS_PROXY", "HF_ENDPOINT")
	_, err = b.client.Open(ctx, Repo{Model, "org/other", "main"})
	check(t, err, fault.System, "hf:org/other@main", "refused")
}

// A connection that times out is trouble with the network, not the end of the caller's context.
func TestConnectionTimesOut(t *testing.T) {
	b := newBench(t)
	b.open(t, b.client, "main")
	c := b.with(Options{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("dial: i/o timeout: %w", context.DeadlineExceeded)
	})})
	if s := b.open(t, c, "main"); s.Revision() != b.repo.Commit {
		t.Errorf("revision %s", s.Revision())
	}
	_, err := c.Open(t.Context(), Repo{Model, "org/other", "main"})
	check(t, err, fault.System, "i/o timeout", "HTTPS_PROXY")
	if len(b.waits) != attempts-1 {
		t.Errorf("waited %v", b.waits)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDiskFaults(t *testing.T) {
	c := New(Options{Endpoint: "http://hub.example"})
	for _, tt := range []struct {
		err  error
		next string
	}{
		{&os.PathError{Op: "write", Path: "blob", Err: syscall.ENOSPC}, "make room"},
		{&os.PathError{Op: "open", Path: "blob", Err: syscall.EACCES}, "HF_HUB_CACHE to a folder that mindgap may write to"},
		{&os.PathError{Op: "read", Path: "blob", Err: syscall.EIO}, "mend the disk"},
	} {
		err := c.explain(t.Context(), Repo{Model, "org/tiny", "main"}, "fetch", "hf:org/tiny@main/x", &lasting{tt.err})
		check(t, err, fault.System, "hf:org/tiny@main/x", tt.next)
	}
}

func TestBrokenDownloadGoesOn(t *testing.T) {
	b := newBench(t)
	b.Break = func(_ string, n int) int {
		if n < 4 {
			return 70_000
		}
		return -1
	}
	var last int64
	ctx := WithTrace(t.Context(), Trace{Progress: func(file string, done, total int64) {
		if file != big || done < last || total != 300_000 {
			t.Errorf("progress %s %d of %d after %d", file, done, total, last)
		}
		last = done
	}})
	s := b.open(t, b.client, "main")
	if err := s.Fetch(ctx, big); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /onnx/vision_model.onnx", "GET /onnx/vision_model.onnx bytes=70000-", "GET /onnx/vision_model.onnx bytes=140000-", "GET /onnx/vision_model.onnx bytes=210000-"}
	if diff := cmp.Diff(want, b.contents()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, err := fs.ReadFile(s, big); err != nil || !bytes.Equal(got, b.repo.Files[big]) {
		t.Errorf("content differs, %v", err)
	}
	if last != 300_000 {
		t.Errorf("progress ends at %d", last)
	}
}

// A server that always breaks before the first byte is given up; what had come is kept, and used by the next run.
func TestBrokenForGood(t *testing.T) {
	b := newBench(t)
	b.Break = func(_ string, n int) int {
		if n == 1 {
			return 50_000
		}
		return 0
	}
	s := b.open(t, b.client, "main")
	check(t, s.Fetch(t.Context(), big), fault.System, "broke off after 50000 of 300000", "goes on where")
	if len(b.waits) != attempts-1 || b.waits[attempts-2] != firstPause<<(attempts-2) {
		t.Errorf("waited %v", b.waits)
	}
	b.Break = nil
	b.Requests()
	if err := s.Fetch(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /onnx/vision_model.onnx bytes=50000-"}, b.contents()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What lies in the cache is not trusted: a part of another file, too long a part, a server without ranges, a content cut short.
func TestDamagedCache(t *testing.T) {
	for name, damage := range map[string]func(b *bench, blob string) error{
		"part of another file": func(_ *bench, blob string) error {
			return os.WriteFile(blob+".incomplete", make([]byte, 1000), 0o644)
		},
		"whole part of another file": func(_ *bench, blob string) error {
			return os.WriteFile(blob+".incomplete", make([]byte, 300_000), 0o644)
		},
		"part too long": func(_ *bench, blob string) error {
			return os.WriteFile(blob+".incomplete", make([]byte, 400_000), 0o644)
		},
		"no ranges": func(b *bench, blob string) error {
			b.NoRanges = true
			return os.WriteFile(blob+".incomplete", b.repo.Files[big][:1000], 0o644)
		},
		"cut short": func(b *bench, blob string) error { return os.WriteFile(blob, b.repo.Files[big][:1000], 0o644) },
	} {
		b := newBench(t)
		s := b.open(t, b.client, "main")
		blob := b.client.dir(s.repo, "blobs", s.files[big].content)
		if err := errors.Join(os.MkdirAll(filepath.Dir(blob), 0o755), damage(b, blob)); err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(s, big); err != nil || !bytes.Equal(got, b.repo.Files[big]) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if _, err := os.Stat(blob + ".incomplete"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the part is still there: %v", name, err)
		}
	}
}

func TestWrongContent(t *testing.T) {
	for _, name := range []string{big, "config.json"} {
		b := newBench(t)
		b.repo.Corrupt[name] = true
		s := b.open(t, b.client, "main")
		check(t, s.Fetch(t.Context(), name), fault.System, "found content of hash", "wanted "+s.files[name].content, "proxy")
		left, err := filepath.Glob(filepath.Join(b.client.opt.CacheDir, "models--org--tiny", "blobs", "*"))
		if err != nil || left != nil {
			t.Errorf("left behind: %v, %v", left, err)
		}
		if s.Present(name) {
			t.Error("a wrong file is present")
		}
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	b := newBench(t)
	s := b.open(t, b.with(Options{Timeout: 20 * time.Millisecond}), "main")
	b.Pause = time.Hour // after the first 16 KiB
	b.Break = func(_ string, n int) int {
		if n > 1 {
			return 0
		}
		return -1
	}
	check(t, s.Fetch(t.Context(), big), fault.System, "broke off after 16384 of 300000")
	b.Refuse = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		<-r.Context().Done()
		return true
	}
	check(t, s.Fetch(t.Context(), big), fault.System, "the server sends nothing for 20ms")
}

func TestCancelled(t *testing.T) {
	b := newBench(t)
	b.Pause = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	ctx = WithTrace(ctx, Trace{Progress: func(_ string, done, _ int64) {
		if done > 0 {
			cancel()
		}
	}})
	s := b.open(t, b.client, "main")
	if err := s.Fetch(ctx, big); !errors.Is(err, context.Canceled) {
		t.Errorf("found %v", err)
	}
	if s.Err() != nil {
		t.Errorf("an interruption is no fault: %v", s.Err())
	}
	st, err := os.Stat(b.client.dir(s.repo, "blobs", s.files[big].content+".incomplete"))
	if err != nil || st.Size() == 0 || st.Size() == 300_000 {
		t.Errorf("the part: %v, %v", st, err)
	}
}
