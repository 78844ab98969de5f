package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var python = flag.String("python", "", "interpreter with huggingface_hub: freezes its cache again and lets it read ours")

const frozen = "testdata/huggingface_hub_cache.json"

// A cacheImage is a repository's folder in a cache.
type cacheImage struct {
	Version string                `json:"huggingface_hub"`
	Read    map[string]string     `json:"read"` // SHA-256 of what Python read, by name
	Entries map[string]cacheEntry `json:"entries"`
}

type cacheEntry struct {
	Link   string `json:"link,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Text   string `json:"text,omitempty"`
}

var fetched = []string{"config.json", "empty.txt", big}

// runPython runs the script against the server.
func (b *bench) runPython(t *testing.T, cache, offline string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), *python, append([]string{"testdata/huggingface_hub_cache.py", "org/tiny"}, fetched...)...)
	cmd.Env = append(os.Environ(), "HF_ENDPOINT="+b.URL, "HF_HOME="+t.TempDir(), "HF_HUB_CACHE="+cache, "HF_HUB_OFFLINE="+offline, "HF_HUB_DISABLE_PROGRESS_BARS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readFrozen(t *testing.T, b *bench) cacheImage {
	t.Helper()
	if *python != "" {
		if err := os.WriteFile(frozen, b.runPython(t, t.TempDir(), "0"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(frozen)
	if err != nil {
		t.Fatal(err)
	}
	var image cacheImage
	if err := json.Unmarshal(text, &image); err != nil {
		t.Fatal(err)
	}
	return image
}

// What this package leaves in the cache is what huggingface_hub leaves there, entry by entry.
func TestCacheIsPythons(t *testing.T) {
	b := newBench(t)
	want := readFrozen(t, b)
	s := b.open(t, b.client, "main")
	if err := s.Fetch(t.Context(), fetched...); err != nil {
		t.Fatal(err)
	}
	got := map[string]cacheEntry{}
	root := b.client.dir(s.repo)
	if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.Type()&fs.ModeSymlink != 0 {
			link, err := os.Readlink(path)
			got[name] = cacheEntry{Link: filepath.ToSlash(link)}
			return err
		}
		content, err := os.ReadFile(path)
		if got[name] = (cacheEntry{Text: string(content)}); strings.HasPrefix(name, "blobs/") {
			got[name] = cacheEntry{SHA256: hexSHA256(content)}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	sameJSON := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Text" }, cmp.Comparer(func(a, b string) bool {
		var x, y any
		if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
			return a == b
		}
		return cmp.Equal(x, y)
	}))
	if diff := cmp.Diff(want.Entries, got, sameJSON); diff != "" {
		t.Errorf("(-huggingface_hub %s +got)\n%s", want.Version, diff)
	}
	if *python == "" {
		return
	}
	var read cacheImage
	if err := json.Unmarshal(b.runPython(t, b.client.opt.CacheDir, "1"), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Read, read.Read); diff != "" {
		t.Errorf("Python reads from our cache (-want +got)\n%s", diff)
	}
}

// A cache that huggingface_hub has filled is read without network.
func TestReadsPythonsCache(t *testing.T) {
	b := newBench(t)
	image := readFrozen(t, b)
	content := map[string][]byte{}
	for _, c := range b.repo.Files {
		content[hexSHA256(c)] = c
	}
	for _, listing := range []bool{true, false} { // older versions keep none
		c := b.with(Options{CacheDir: t.TempDir(), Offline: true})
		r := Repo{Model, "org/tiny", "main"}
		for name, e := range image.Entries {
			path := c.dir(r, filepath.FromSlash(name))
			if !listing && strings.HasPrefix(name, "trees/") {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			var err error
			switch {
			case e.Link != "":
				err = os.Symlink(e.Link, path)
			case e.SHA256 != "":
				err = os.WriteFile(path, content[e.SHA256], 0o644)
			default:
				err = os.WriteFile(path, []byte(e.Text), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		b.Requests()
		s := b.open(t, c, "main")
		for name, want := range image.Read {
			got, err := fs.ReadFile(s, name)
			if err != nil || hexSHA256(got) != want || !bytes.Equal(got, b.repo.Files[name]) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		if got := b.Requests(); got != nil {
			t.Errorf("offline, yet %v", got)
		}
	}
}

func hexSHA256(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
