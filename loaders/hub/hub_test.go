package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
