package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mindgap/loaders/hub/hubtest"
	"mindgap/models/fault"
)

// A bench is a server with one repository and a client with an empty cache.
type bench struct {
	*hubtest.Server
	repo   *hubtest.Repo
	client *Client
	waits  []time.Duration // between attempts; none of them is waited
}

const big = "onnx/vision_model.onnx"

func newBench(t *testing.T) *bench {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	large := make([]byte, 300_000)
	for i := range large {
		large[i] = byte(rng.Uint32())
	}
	b := &bench{Server: hubtest.New()}
	t.Cleanup(b.Close)
	var err error
	b.repo, err = b.Add("models/org/tiny", fstest.MapFS{
		"config.json":             {Data: []byte(`{"model_type": "clip"}`)},
		"empty.txt":               {},
		big:                       {Data: large},
		"onnx/text_model.onnx":    {Data: large[:1000]},
		"odd names/100% ä#?.json": {Data: []byte("odd")},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.client = b.with(Options{CacheDir: t.TempDir()})
	return b
}

func (b *bench) with(o Options) *Client {
	if o.CacheDir == "" {
		o.CacheDir = b.client.opt.CacheDir
	}
	o.Endpoint = b.URL
	c := New(o)
	c.pause = func(ctx context.Context, d time.Duration) error {
		b.waits = append(b.waits, d)
		return ctx.Err()
	}
	return c
}

func (b *bench) open(t *testing.T, c *Client, revision string) *Snapshot {
	t.Helper()
	s, err := c.Open(t.Context(), Repo{Model, "org/tiny", revision})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// contents lists the requests that were for the content of files.
func (b *bench) contents() []string {
	var got []string
	for _, r := range b.Requests() {
		if strings.Contains(r.Path, "/api/") || r.Server == "hub" && strings.HasSuffix(r.Path, ".onnx") {
			continue // the listing; a redirect
		}
		got = append(got, strings.TrimSpace(r.Method+" "+r.Path[strings.Index(r.Path, "tiny")+len("tiny"):]+" "+r.Range))
	}
	return got
}

func TestSnapshotIsAFileSystem(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain=%t", plain), func(t *testing.T) { testFileSystem(t, plain) })
	}
}

func testFileSystem(t *testing.T, plain bool) {
	b := newBench(t)
	b.Plain = plain
	b.repo.Files[big] = b.repo.Files[big][:5000] // TestFS reads byte by byte
	s := b.open(t, b.client, "main")
	if fi, err := fs.Stat(s, big); err != nil || fi.Size() != 5000 || s.Present(big) {
		t.Errorf("before it is fetched: %v, %v", fi, err)
	}
	if err := fstest.TestFS(s, "config.json", big, "empty.txt", "odd names/100% ä#?.json"); err != nil {
		t.Error(err)
	}
	for name, want := range b.repo.Files {
		got, err := fs.ReadFile(s, name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; want %d bytes", name, len(got), err, len(want))
		}
		if fi, err := fs.Stat(s, name); err != nil || fi.Size() != int64(len(want)) {
			t.Errorf("%s: stat %v, %v", name, fi, err)
		}
	}
	if s.Revision() != b.repo.Commit {
		t.Errorf("revision %s, want %s", s.Revision(), b.repo.Commit)
	}
	if s.Err() != nil {
		t.Error(s.Err())
	}
}

// Looking at a repository fetches nothing; opening a file fetches that file, once.
func TestFetchesOnlyWhatIsOpened(t *testing.T) {
	for _, plain := range []bool{false, true} {
		b := newBench(t)
		b.Plain = plain
		s := b.open(t, b.client, "main")
		if err := fs.WalkDir(s, ".", func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
			t.Fatal(err)
		}
		if s.Present(big) {
			t.Error("present before it was fetched")
		}
		if got := b.contents(); got != nil {
			t.Errorf("looking fetched %v", got)
		}
		for range 2 {
			if err := s.Fetch(t.Context(), "config.json", big); err != nil {
				t.Fatal(err)
			}
		}
		at := "/resolve/" + b.repo.Commit + "/"
		want := []string{"GET " + at + "config.json", "GET /onnx/vision_model.onnx"}
		if plain {
			want = []string{"HEAD " + at + "config.json", "GET " + at + "config.json", "GET /onnx/vision_model.onnx"}
		}
		if diff := cmp.Diff(want, b.contents()); diff != "" {
			t.Errorf("plain=%t (-want +got)\n%s", plain, diff)
		}
		if !s.Present(big) || s.Path(big) != filepath.Join(s.Dir(), "onnx", "vision_model.onnx") {
			t.Error("not present after it was fetched")
		}
		if err := s.Fetch(t.Context(), "nothing.bin"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("unlisted: %v", err)
		}
	}
}

func TestCacheLayout(t *testing.T) {
	b := newBench(t)
	s := b.open(t, b.client, "main")
	if err := s.Fetch(t.Context(), big, "config.json"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(b.client.opt.CacheDir, "models--org--tiny")
	if ref, err := os.ReadFile(filepath.Join(dir, "refs", "main")); err != nil || string(ref) != b.repo.Commit {
		t.Errorf("refs/main: %q, %v", ref, err)
	}
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "*"))
	if err != nil || len(blobs) != 2 {
		t.Errorf("blobs: %v, %v", blobs, err)
	}
	link, err := os.Readlink(filepath.Join(dir, "snapshots", b.repo.Commit, "onnx", "vision_model.onnx"))
	if err != nil || filepath.Dir(link) != filepath.FromSlash("../../../blobs") || len(filepath.Base(link)) != 64 {
		t.Errorf("link %q, %v", link, err)
	}
	link, err = os.Readlink(filepath.Join(dir, "snapshots", b.repo.Commit, "config.json"))
	if err != nil || filepath.Dir(link) != filepath.FromSlash("../../blobs") || len(filepath.Base(link)) != 40 {
		t.Errorf("link %q, %v", link, err)
	}
}

func TestOffline(t *testing.T) {
	for _, listed := range []bool{true, false} {
		b := newBench(t)
		if err := b.open(t, b.client, "main").Fetch(t.Context(), "config.json"); err != nil {
			t.Fatal(err)
		}
		if !listed { // a cache of an older huggingface_hub
			if err := os.RemoveAll(filepath.Join(b.client.opt.CacheDir, "models--org--tiny", "trees")); err != nil {
				t.Fatal(err)
			}
		}
		b.Requests()
		for _, revision := range []string{"main", b.repo.Commit} {
			s := b.open(t, b.with(Options{Offline: true}), revision)
			if got, err := fs.ReadFile(s, "config.json"); err != nil || !bytes.Equal(got, b.repo.Files["config.json"]) {
				t.Errorf("%q, %v", got, err)
			}
			_, err := s.Open(big)
			if !listed {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("without a listing: %v", err)
				}
				continue
			}
			check(t, err, fault.System, "HF_HUB_OFFLINE", "hf:org/tiny@"+revision+"/"+big, "hf download org/tiny")
			if s.Err() == nil {
				t.Error("Err forgot the fault")
			}
		}
		for _, r := range []Repo{{Model, "org/tiny", "v2"}, {Model, "org/other", "main"}, {Model, "org/tiny", strings.Repeat("0", 40)}} {
			_, err := b.with(Options{Offline: true}).Open(t.Context(), r)
			check(t, err, fault.System, "HF_HUB_OFFLINE", r.ID)
		}
		if got := b.Requests(); got != nil {
			t.Errorf("offline, yet %v", got)
		}
	}
}

// A commit never changes: what is in the cache needs no question.
func TestPinnedCommitNeedsNoNetwork(t *testing.T) {
	b := newBench(t)
	b.repo.Refs = append(b.repo.Refs, "v1.0", "refs/pr/3")
	for _, revision := range []string{"v1.0", "refs/pr/3", b.repo.Commit} {
		s := b.open(t, b.client, revision)
		if s.Revision() != b.repo.Commit {
			t.Errorf("%s: %s", revision, s.Revision())
		}
		if err := s.Fetch(t.Context(), "config.json"); err != nil {
			t.Fatal(err)
		}
	}
	b.Requests()
	if err := b.open(t, b.client, b.repo.Commit).Fetch(t.Context(), "config.json"); err != nil {
		t.Fatal(err)
	}
	if got := b.Requests(); got != nil {
		t.Errorf("asked %v", got)
	}
}

// A branch moves: the new commit is seen, equal files are not fetched again, the old commit stays.
func TestBranchMoves(t *testing.T) {
	b := newBench(t)
	old := b.open(t, b.client, "main")
	if err := old.Fetch(t.Context(), big, "config.json"); err != nil {
		t.Fatal(err)
	}
	b.repo.Commit = strings.Repeat("ab", 20)
	b.repo.Files["config.json"] = []byte("{}")
	b.Requests()
	s := b.open(t, b.client, "main")
	if err := s.Fetch(t.Context(), big, "config.json"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /resolve/" + b.repo.Commit + "/config.json"}, b.contents()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, _ := fs.ReadFile(s, "config.json"); string(got) != "{}" {
		t.Errorf("new: %q", got)
	}
	if got, _ := fs.ReadFile(old, "config.json"); !strings.Contains(string(got), "clip") {
		t.Errorf("old: %q", got)
	}
}

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

// What the server says of a file when it sends it must fit the listing.
func TestContradictions(t *testing.T) {
	for _, header := range []string{"X-Repo-Commit", "ETag"} {
		b := newBench(t)
		s := b.open(t, b.client, "main")
		b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set(header, strings.Repeat("0", 40))
			fmt.Fprint(w, "else")
			return true
		}
		check(t, s.Fetch(t.Context(), "config.json"), fault.System, strings.Repeat("0", 40))
	}
}

func TestRefusals(t *testing.T) {
	const secret = "hf_secretsecret"
	tests := []struct {
		name   string
		repo   Repo
		token  string
		change func(*bench)
		kind   fault.Kind
		words  []string
	}{
		{"no such repository", Repo{Model, "org/none", "main"}, "", nil, fault.Input, []string{"no such repository, or a private one", "no token was sent", "HF_TOKEN"}},
		{"no such repository, logged in", Repo{Model, "org/none", "main"}, secret, nil, fault.Input, []string{"no such repository, or a private one", "the token of HF_TOKEN was sent"}},
		{"no such revision", Repo{Model, "org/tiny", "v9"}, "", nil, fault.Input, []string{`no revision "v9"`, "/org/tiny"}},
		{"private", Repo{Model, "org/tiny", "main"}, "", func(b *bench) { b.repo.Token = "other" }, fault.Input, []string{"private"}},
		{"gated", Repo{Model, "org/tiny", "main"}, "", func(b *bench) { b.repo.Token, b.repo.Gated = "other", true }, fault.Input,
			[]string{"gated", "no token was sent", "accept its conditions at", "/org/tiny"}},
		{"gated, logged in", Repo{Model, "org/tiny", "main"}, secret, func(b *bench) { b.repo.Token, b.repo.Gated = "other", true }, fault.Input,
			[]string{"gated", "the token of HF_TOKEN was sent", "accept its conditions"}},
		{"invalid token", Repo{Model, "org/tiny", "main"}, secret, func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { w.WriteHeader(401); return true }
		}, fault.Input, []string{"401", "the token of HF_TOKEN was sent", "valid token"}},
		{"forbidden", Repo{Model, "org/tiny", "main"}, secret, func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				w.WriteHeader(403)
				fmt.Fprint(w, `{"error": "Forbidden:  fine-grained token"}`)
				return true
			}
		}, fault.Input, []string{"Forbidden: fine-grained token", "may read"}},
		{"broken server", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { w.WriteHeader(502); return true }
		}, fault.System, []string{"502 Bad Gateway", "try again later"}},
		{"limit that is too long to wait for", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				w.Header().Set("Retry-After", "900")
				w.WriteHeader(429)
				return true
			}
		}, fault.System, []string{"429", "wait 15m0s"}},
		{"no hub", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { fmt.Fprint(w, "<html>Log in"); return true }
		}, fault.System, []string{"no listing of a repository", "HF_ENDPOINT"}},
		{"no commit", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, _ *http.Request, _ int) bool { fmt.Fprint(w, "{}"); return true }
		}, fault.System, []string{"names no commit"}},
		{"name that leads out", Repo{Model, "org/tiny", "main"}, "", func(b *bench) { b.repo.Files["../../evil"] = nil }, fault.System, []string{`"../../evil"`}},
		{"redirects in a circle", Repo{Model, "org/tiny", "main"}, "", func(b *bench) {
			b.Refuse = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				http.Redirect(w, r, r.URL.Path, http.StatusFound)
				return true
			}
		}, fault.System, []string{"redirects more than 10 times"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			if tt.change != nil {
				tt.change(b)
			}
			s, err := b.with(Options{Token: tt.token, TokenFrom: "HF_TOKEN"}).Open(t.Context(), tt.repo)
			if err == nil { // a gated repository shows its listing
				err = s.Fetch(t.Context(), "config.json")
			}
			check(t, err, tt.kind, append(tt.words, tt.repo.ID)...)
			if strings.Contains(fmt.Sprint(err), secret) {
				t.Errorf("the token is shown: %v", err)
			}
		})
	}
}

// A passing refusal is waited out, as long as the server asks.
func TestWaitsAsAsked(t *testing.T) {
	b := newBench(t)
	b.Refuse = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		switch n {
		case 1:
			w.WriteHeader(503)
		case 2:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		}
		return n <= 2
	}
	if err := b.open(t, b.client, "main").Fetch(t.Context(), "config.json"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second, time.Second, 7 * time.Second}, b.waits); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The token goes to the hub and to nobody else, even on the same machine.
func TestTokenStaysHome(t *testing.T) {
	b := newBench(t)
	b.repo.Token = "hf_right"
	if err := b.open(t, b.with(Options{Token: "hf_right"}), "main").Fetch(t.Context(), big, "config.json"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range b.Requests() {
		seen[r.Server]++
		if want := map[string]string{"hub": "Bearer hf_right"}[r.Server]; r.Authorization != want {
			t.Errorf("%s %s carried %q", r.Server, r.Path, r.Authorization)
		}
	}
	if seen["hub"] != 3 || seen["cdn"] != 1 {
		t.Errorf("requests: %v", seen)
	}
}

func TestRenamedRepository(t *testing.T) {
	b := newBench(t)
	b.Refuse = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.Contains(r.URL.Path, "org/old") {
			http.Redirect(w, r, strings.Replace(r.URL.RequestURI(), "org/old", "org/tiny", 1), http.StatusTemporaryRedirect)
			return true
		}
		return false
	}
	s, err := b.client.Open(t.Context(), Repo{Model, "org/old", "main"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(s, big); err != nil || !bytes.Equal(got, b.repo.Files[big]) {
		t.Errorf("%d bytes, %v", len(got), err)
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

func TestTwoGoroutinesFetchOnce(t *testing.T) {
	b := newBench(t)
	b.Pause = time.Millisecond
	s := b.open(t, b.client, "main")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.Fetch(t.Context(), big); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := b.contents(); len(got) != 1 {
		t.Errorf("requests %v", got)
	}
}

func TestDatasetRepository(t *testing.T) {
	b := newBench(t)
	repo, err := b.Add("datasets/org/pairs", fstest.MapFS{"data/train.parquet": {Data: []byte("PAR1")}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.client.Open(t.Context(), Repo{Dataset, "org/pairs", "main"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(s, "data/train.parquet"); err != nil || string(got) != "PAR1" {
		t.Errorf("%q, %v", got, err)
	}
	if want := filepath.Join(b.client.opt.CacheDir, "datasets--org--pairs", "snapshots", repo.Commit); s.Dir() != want {
		t.Errorf("%s, want %s", s.Dir(), want)
	}
}

func TestReadOnlyCache(t *testing.T) {
	if os.Getuid() == 0 {
		// The superuser may write everywhere; a file where a folder should be stops everyone.
		b := newBench(t)
		s := b.open(t, b.client, "main")
		if err := os.WriteFile(b.client.dir(s.repo, "blobs"), nil, 0o444); err != nil {
			t.Fatal(err)
		}
		check(t, s.Fetch(t.Context(), "config.json"), fault.System, "config.json", "HF_HUB_CACHE")
		return
	}
	b := newBench(t)
	s := b.open(t, b.client, "main")
	if err := s.Fetch(t.Context(), "config.json"); err != nil {
		t.Fatal(err)
	}
	root := b.client.dir(s.repo)
	if err := errors.Join(os.Chmod(filepath.Join(root, "blobs"), 0o555), os.Chmod(root, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(os.Chmod(root, 0o755), os.Chmod(filepath.Join(root, "blobs"), 0o755)) })
	s = b.open(t, b.client, "main")
	if _, err := fs.ReadFile(s, "config.json"); err != nil {
		t.Errorf("what is there: %v", err)
	}
	check(t, s.Fetch(t.Context(), big), fault.System, big, "HF_HUB_CACHE")
}

// check holds an error to its kind and to the words that it must say.
func check(t *testing.T, err error, kind fault.Kind, words ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Errorf("found %v, wanted a fault", err)
		return
	}
	if f.Kind != kind {
		t.Errorf("kind %d, want %d: %v", f.Kind, kind, err)
	}
	if f.Op == "" || f.Thing == "" || f.Next == "" {
		t.Errorf("incomplete: %#v", f)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
