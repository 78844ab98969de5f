package ort

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mindgap/models/fault"
)

// TestCacheTrust holds when the receipt is believed, when the library is hashed again, and that what is corrupted is fetched again.
func TestCacheTrust(t *testing.T) {
	var fetched atomic.Int32
	for name, c := range map[string]struct {
		harm    func(t *testing.T, path string)
		refetch bool
	}{
		"untouched":      {func(*testing.T, string) {}, false},
		"no receipt":     {func(t *testing.T, path string) { remove(t, path+".json") }, false}, // hashed, and found among the pins
		"broken receipt": {func(t *testing.T, path string) { write(t, path+".json", []byte("{")) }, false},
		"touched":        {func(t *testing.T, path string) { touch(t, path, time.Now().Add(-time.Hour)) }, false},
		"gone":           {remove, true},
		"truncated":      {func(t *testing.T, path string) { truncate(t, path) }, true},
		"a bit flipped":  {func(t *testing.T, path string) { flip(t, path) }, true},
		"flipped, no receipt": {func(t *testing.T, path string) {
			flip(t, path)
			remove(t, path+".json")
		}, true},
		"receipt of a foreign library": {func(t *testing.T, path string) {
			flip(t, path)
			info, _ := os.Stat(path)
			b, _ := os.ReadFile(path)
			text, _ := json.Marshal(receipt{SHA256: sum(b), Size: info.Size(), ModTime: info.ModTime(), Archive: strings.Repeat("1", 64)})
			write(t, path+".json", text)
		}, true},
		"gone, the receipt void": {func(t *testing.T, path string) {
			remove(t, path)
			write(t, path+".json", []byte("null"))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world, out http.ResponseWriter, _ *http.Request) {
				fetched.Add(1)
				out.Write(w.tgz)
			})
			lib, err := Ensure(t.Context(), w.Options)
			w.wantFetched(t, lib, err, SourceRelease)
			c.harm(t, w.path())
			fetched.Store(0)
			want := SourceCache
			if c.refetch {
				want = SourceRelease
				if lib, err := Locate(t.Context(), w.Options); err == nil {
					t.Errorf("Locate accepts it: %+v", lib)
				}
			}
			lib, err = Ensure(t.Context(), w.Options)
			w.wantFetched(t, lib, err, want)
			if got := fetched.Load() == 1; got != c.refetch {
				t.Errorf("fetched %d times, want refetch %v", fetched.Load(), c.refetch)
			}
		})
	}
}

// TestCacheDoesNotRead holds that a start with a sound receipt does not read the library: a change that keeps size and modification time
// goes unseen, which is the price of a start in microseconds.
func TestCacheDoesNotRead(t *testing.T) {
	w := newWorld(t, nil)
	w.fakePip(t)
	if _, err := Ensure(t.Context(), w.Options); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(w.path())
	if err != nil {
		t.Fatal(err)
	}
	flip(t, w.path())
	touch(t, w.path(), info.ModTime())
	if lib, err := Locate(t.Context(), w.Options); err != nil || lib.SHA256 != sum(w.lib) {
		t.Errorf("got %+v, %v", lib, err)
	}
}

// TestCacheHashOnlyOfArchive holds that a library whose own hash is not pinned lives by its receipt, and is fetched again without it.
func TestCacheHashOnlyOfArchive(t *testing.T) {
	w := newWorld(t, giveTGZ)
	p := w.platform
	p.Release.LibrarySHA256, p.Release.LibrarySize = "", 0
	p.Wheel.LibrarySHA256, p.NPM.LibrarySHA256 = strings.Repeat("1", 64), strings.Repeat("2", 64)
	w.setPlatform(p)
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceRelease)
	touch(t, w.path(), time.Now().Add(-time.Hour))
	lib, err = Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceCache)
	remove(t, w.path()+".json")
	lib, err = Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceRelease)
}

func TestCacheDir(t *testing.T) {
	w := newWorld(t, nil)
	w.CacheDir = ""
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	f := newFinder(w.Options)
	tail := filepath.Join("onnxruntime", "1.30.0", w.host.goos+"-"+w.host.goarch)
	for _, c := range []struct{ env, option, want string }{
		{"", "", filepath.Join(home, ".cache", "mindgap", tail)},
		{"/elsewhere", "", filepath.Join("/elsewhere", tail)},
		{"/elsewhere", "/given", filepath.Join("/given", tail)},
	} {
		t.Setenv(EnvCache, c.env)
		f.CacheDir = c.option
		if got, err := f.cacheDir(); err != nil || got != c.want {
			t.Errorf("%+v: got %s, %v", c, got, err)
		}
	}
	t.Setenv("HOME", "")
	t.Setenv(EnvCache, "")
	w.fakePip(t)
	_, err := Ensure(t.Context(), w.Options)
	wantFault(t, err, "the user's cache folder", "set MINDGAP_CACHE")
}

// TestPartialsRemoved holds that what a killed process left is cleared away by the next fetch.
func TestPartialsRemoved(t *testing.T) {
	w := newWorld(t, nil)
	w.fakePip(t)
	dir := filepath.Dir(w.path())
	write(t, filepath.Join(dir, partialPrefix+"1", "half.whl"), []byte("half"))
	touch(t, write(t, filepath.Join(dir, partialPrefix+"2"), []byte("{")), time.Now().Add(-2*time.Hour))
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourcePip)
}

// TestTwoProcesses lets several processes want the library at once: one fetches it, the others wait and take it from the cache.
func TestTwoProcesses(t *testing.T) {
	const children = 4
	var fetched atomic.Int32
	w := newWorld(t, func(w *world, out http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		time.Sleep(300 * time.Millisecond) // long enough for all to arrive at the lock
		out.Write(w.tgz)
	})
	var outs [children]bytes.Buffer
	var cmds [children]*exec.Cmd
	for i := range cmds {
		cmds[i] = w.child(t)
		cmds[i].Stdout, cmds[i].Stderr = &outs[i], &outs[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	sources := map[string]int{}
	for i := range cmds {
		if err := cmds[i].Wait(); err != nil {
			t.Errorf("child %d: %v\n%s", i, err, outs[i].String())
		}
		for _, s := range []string{SourceRelease, SourceCache} {
			if strings.Contains(outs[i].String(), "source="+strconv.Quote(s)) {
				sources[s]++
			}
		}
	}
	if sources[SourceRelease] != 1 || sources[SourceCache] != children-1 || fetched.Load() != 1 {
		t.Errorf("fetched %d times; sources %v", fetched.Load(), sources)
	}
	lib, err := Locate(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceCache)
}

// TestLockWaitEnds holds that waiting for another process ends with the context.
func TestLockWaitEnds(t *testing.T) {
	w := newWorld(t, nil)
	dir := filepath.Dir(w.path())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := newFinder(w.Options).lock(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err = Ensure(ctx, w.Options)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v while the lock was held", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

// child prepares a process that calls Ensure in this world, with more in its environment.
func (w *world) child(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(w.pins)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), "MINDGAP_TEST_CHILD=ensure", "MINDGAP_TEST_PINS="+string(text), EnvCache+"="+w.cache)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// TestChild is not a test of its own: other tests run it in a process of its own, and it does what they ask.
func TestChild(t *testing.T) {
	switch os.Getenv("MINDGAP_TEST_CHILD") {
	case "ensure":
		p := new(pins)
		if err := json.Unmarshal([]byte(os.Getenv("MINDGAP_TEST_PINS")), p); err != nil {
			t.Fatal(err)
		}
		h := thisHost()
		h.pins, h.systemDirs = p, nil
		lib, err := Ensure(t.Context(), Options{host: h})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("source=%q\n", lib.Source)
	case "start":
		r, err := Start(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("source=%q version=%q\n", r.Library.Source, r.Library.Version)
	case "fail":
		for range 2 { // a failed start may be tried again, and fails the same way
			_, err := Start(t.Context(), Options{})
			f, ok := err.(*fault.Error)
			if !ok {
				t.Fatalf("got %v, want a fault", err)
			}
			fmt.Printf("fault: %v\n", f)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func touch(t *testing.T, path string, when time.Time) {
	t.Helper()
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	touch(t, path, time.Now().Add(time.Second)) // not within the clock's grain of the old time
}
