package ort

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wantFetched fails unless lib is the test's library, from source, whole in the cache and alone there.
func (w *world) wantFetched(t *testing.T, lib Library, err error, source string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if want := (Library{Path: w.path(), Version: "1.30.0", Source: source, SHA256: sum(w.lib)}); lib != want {
		t.Errorf("got %+v, want %+v", lib, want)
	}
	if got, err := os.ReadFile(lib.Path); err != nil || !bytes.Equal(got, w.lib) {
		t.Errorf("the cached file differs: %v", err)
	}
	w.wantFiles(t, ".lock", testLibrary, testLibrary+".json")
	again, err := Locate(t.Context(), w.Options)
	if want := (Library{Path: w.path(), Version: "1.30.0", Source: SourceCache, SHA256: sum(w.lib)}); err != nil || again != want {
		t.Errorf("afterwards Locate gives %+v, %v", again, err)
	}
}

// wantFiles fails unless the cache folder holds exactly these.
func (w *world) wantFiles(t *testing.T, names ...string) {
	t.Helper()
	if got := listing(filepath.Dir(w.path())); got != strings.Join(names, ", ") {
		t.Errorf("the cache folder holds %s, want %s", got, strings.Join(names, ", "))
	}
}

func TestRelease(t *testing.T) {
	w := newWorld(t, func(w *world, out http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("here") == "" {
			http.Redirect(out, r, r.URL.Path+"?here=1", http.StatusFound)
			return
		}
		out.Write(w.tgz)
	})
	var told []int64
	w.Progress = func(what string, done, total int64) {
		if what != testRelease || total != int64(len(w.tgz)) {
			t.Errorf("progress says %q of %d", what, total)
		}
		told = append(told, done)
	}
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceRelease)
	if len(told) == 0 || told[len(told)-1] != int64(len(w.tgz)) {
		t.Errorf("progress told %v, want it to end at %d", told, len(w.tgz))
	}
}

func TestReleaseZip(t *testing.T) {
	w := newWorld(t, func(w *world, out http.ResponseWriter, _ *http.Request) { out.Write(w.wheel) })
	p := w.platform
	url := p.Release.URL
	p.Release = p.Wheel
	p.Release.URL, p.Release.File = url, "onnxruntime-test-1.30.0.zip"
	p.Release.LibrarySize, p.Release.LibrarySHA256 = 0, "" // as for the real archives, whose own hash covers the library
	w.setPlatform(p)
	lib, err := Ensure(t.Context(), w.Options)
	w.wantFetched(t, lib, err, SourceRelease)
}

// TestReleaseRefused holds that whatever is wrong with a place is said, that nothing of it stays behind, and that the next place is tried.
func TestReleaseRefused(t *testing.T) {
	for name, c := range map[string]struct {
		serve handler
		pin   func(*pin)
		says  string
	}{
		"not found": {serve: giveNothing, says: "the server answers 404 Not Found"},
		"truncated": {serve: func(w *world, out http.ResponseWriter, r *http.Request) {
			out.Header().Set("Content-Length", fmt.Sprint(len(w.tgz)))
			out.Write(w.tgz[:1000])
		}, says: "after 1000 of"},
		"truncated without length": {serve: func(w *world, out http.ResponseWriter, r *http.Request) {
			out.Write(w.tgz[:1000])
			out.(http.Flusher).Flush()
		}, says: "found 1000 bytes or more, wanted"},
		"longer": {serve: func(w *world, out http.ResponseWriter, r *http.Request) {
			out.(http.Flusher).Flush() // no Content-Length
			for range 100 {
				out.Write(w.tgz)
			}
		}, says: "or more, wanted"},
		"other length": {serve: func(w *world, out http.ResponseWriter, r *http.Request) { out.Write([]byte("<html>log in</html>")) }, says: "found 19 bytes, wanted"},
		"other bytes": {serve: func(w *world, out http.ResponseWriter, r *http.Request) {
			b := bytes.Clone(w.tgz)
			b[len(b)-1] ^= 1
			out.Write(b)
		}, says: "found an archive of SHA-256"},
		"no such member":      {pin: func(p *pin) { p.Member = "lib/nothing" }, says: "no lib/nothing in it"},
		"other library hash":  {pin: func(p *pin) { p.LibrarySHA256 = strings.Repeat("0", 64) }, says: "found a library of SHA-256"},
		"larger than pinned":  {pin: func(p *pin) { p.LibrarySize = 100 }, says: "found a library of 101 bytes or more, wanted 100"},
		"smaller than pinned": {pin: func(p *pin) { p.LibrarySize = 1 << 30 }, says: "wanted 1073741824"},
		"endless redirect": {serve: func(w *world, out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, r.URL.Path, http.StatusFound)
		}, says: "more than 10 redirects"},
		"stalled before answer": {serve: func(_ *world, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, says: "the server sends nothing for 200ms"},
		"stalled within": {serve: func(w *world, out http.ResponseWriter, r *http.Request) {
			out.Header().Set("Content-Length", fmt.Sprint(len(w.tgz)))
			out.Write(w.tgz[:1000])
			out.(http.Flusher).Flush()
			<-r.Context().Done()
		}, says: "after 1000 of"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.serve == nil {
				c.serve = giveTGZ
			}
			w := newWorld(t, c.serve)
			address := w.platform.Release.URL
			if strings.HasPrefix(name, "stalled") { // the others get time enough for a busy machine
				w.host.stall = 200 * time.Millisecond
			}
			if c.pin != nil {
				p := w.platform
				c.pin(&p.Release)
				w.setPlatform(p)
			}
			_, err := Ensure(t.Context(), w.Options)
			wantFault(t, err, "release archive "+address+": ", c.says)
			w.wantFiles(t, ".lock")
			w.fakePip(t)
			lib, err := Ensure(t.Context(), w.Options)
			w.wantFetched(t, lib, err, SourcePip)
		})
	}
}

// TestWrongVersionInside holds that even a library whose hash is pinned is identified before it is used.
func TestWrongVersionInside(t *testing.T) {
	for claimed, says := range map[string]string{
		"1.24.4": "found ONNX Runtime 1.24.4, wanted ONNX Runtime 1.29.0",
		"1.31.0": "found ONNX Runtime 1.31.0, wanted 1.30.0",
	} {
		w := newWorld(t, giveTGZ)
		lib := fakeLibrary(t, claimed)
		w.tgz = tarOf(t, tarMember, lib)
		p := w.platform
		p.Release.Size, p.Release.SHA256 = int64(len(w.tgz)), sum(w.tgz)
		p.Release.LibrarySize, p.Release.LibrarySHA256 = int64(len(lib)), sum(lib)
		w.setPlatform(p)
		_, err := Ensure(t.Context(), w.Options)
		wantFault(t, err, says)
	}
}

func TestCancel(t *testing.T) {
	reached := make(chan struct{}, 1)
	w := newWorld(t, func(_ *world, _ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
	})
	w.fakePip(t) // must not be tried any more
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	begin := time.Now()
	_, err := Ensure(ctx, w.Options)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
	w.wantFiles(t, ".lock")
	if _, err := Locate(ctx, w.Options); !errors.Is(err, context.Canceled) {
		t.Errorf("Locate with a dead context: %v", err)
	}
}

// TestEverythingFails holds that the last error names every place with its reason, and one line that mends it.
func TestEverythingFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := newWorld(t, giveNothing)
		gone := w.platform.Release.URL
		w.tool(t, "python3", `case "$*" in *--version) exit 0;; esac; echo "WARNING: a hint" >&2; echo "ERROR: No matching distribution found" >&2; echo bye >&2; exit 1`)
		w.tool(t, "npm", `echo "npm error code E404" >&2; exit 1`)
		t.Setenv("PIP_INDEX_URL", strings.Replace(strings.TrimSuffix(gone, "/"+testRelease), "://", "://user:secret@", 1)+"/simple")
		_, err := Ensure(t.Context(), w.Options)
		wantFault(t, err,
			"\n  MINDGAP_ONNXRUNTIME: not set",
			"\n  system library: no libonnxruntime.so*",
			"\n  cache "+w.path()+": not fetched yet",
			"\n  release archive "+gone+": the server answers 404 Not Found",
			"\n  pip download onnxruntime==1.30.0: ERROR: No matching distribution found",
			"\n  package index http://user:xxxxx@", "/simple: the server answers 404",
			"\n  npm pack onnxruntime-node@1.30.0: npm error code E404",
			"by hand: python3 -m pip download --no-deps --only-binary=:all: --python-version 3.11 --platform test_tag",
			`&& export MINDGAP_ONNXRUNTIME="$PWD/onnxruntime-wheel/onnxruntime/capi"`)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is shown:\n%v", err)
		}
	})
	t.Run("no clients", func(t *testing.T) {
		w := newWorld(t, giveNothing)
		_, err := Ensure(t.Context(), w.Options)
		wantFault(t, err, "pip is not installed", "npm is not installed", "no index is named by PIP_INDEX_URL",
			"by hand: curl -fLO "+w.platform.Release.URL+" && tar -xzf "+testRelease+` && export MINDGAP_ONNXRUNTIME="$PWD/`+tarMember+`"`)
	})
	t.Run("no network", func(t *testing.T) {
		w := newWorld(t, nil)
		w.tool(t, "pip3", `case "$*" in --version) exit 0;; esac; echo "WARNING: Retrying: Failed to establish a new connection: refused" >&2; echo "ERROR: nothing found" >&2; exit 1`)
		w.tool(t, "npm", `echo "npm error code ECONNREFUSED" >&2; echo "npm error A complete log of this run can be found" >&2; exit 1`)
		t.Setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
		_, err := Ensure(t.Context(), w.Options)
		wantFault(t, err, "connection refused", "Failed to establish a new connection", "ECONNREFUSED", "the network is out of reach", "run: mindgap runtime install")
	})
	t.Run("offline", func(t *testing.T) {
		w := newWorld(t, giveNothing)
		w.fakePip(t)
		w.Offline = true
		for _, call := range []func(context.Context, Options) (Library, error){Ensure, Install} {
			_, err := call(t.Context(), w.Options)
			wantFault(t, err, "not fetched yet", "mindgap runtime install")
		}
		if _, err := os.Stat(filepath.Dir(w.path())); err == nil {
			t.Error("something was written")
		}
	})
	t.Run("unknown platform", func(t *testing.T) {
		w := newWorld(t, giveNothing)
		w.host.goarch = "riscv64"
		_, err := Ensure(t.Context(), w.Options)
		wantFault(t, err, "not for linux/riscv64", "set MINDGAP_ONNXRUNTIME")
	})
	t.Run("unwritable", func(t *testing.T) {
		w := newWorld(t, giveNothing)
		w.CacheDir = write(t, filepath.Join(t.TempDir(), "file"), nil)
		_, err := Ensure(t.Context(), w.Options)
		wantFault(t, err, w.CacheDir, "set MINDGAP_CACHE")
	})
}

// TestInstall holds that the cache is filled even where the system has a library, and only once.
func TestInstall(t *testing.T) {
	w := newWorld(t, nil)
	w.fakePip(t)
	system := write(t, filepath.Join(t.TempDir(), "libonnxruntime.so"), w.lib)
	w.host.systemDirs = []string{filepath.Dir(system)}
	if lib, err := Ensure(t.Context(), w.Options); err != nil || lib.Source != SourceSystem {
		t.Fatalf("Ensure gives %+v, %v", lib, err)
	}
	lib, err := Install(t.Context(), w.Options)
	if err != nil || lib.Source != SourcePip || lib.Path != w.path() {
		t.Errorf("Install gives %+v, %v", lib, err)
	}
	lib, err = Install(t.Context(), w.Options)
	if err != nil || lib.Source != SourceCache {
		t.Errorf("the second Install gives %+v, %v", lib, err)
	}
}

// TestProxy holds that the proxy of the environment is used. It runs in a process of its own, because net/http reads the environment once.
func TestProxy(t *testing.T) {
	var asked atomic.Value
	w := newWorld(t, func(w *world, out http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		out.Write(w.tgz)
	})
	proxy := strings.TrimSuffix(w.platform.Release.URL, testRelease)
	p := w.platform
	p.Release.URL = "http://release.invalid/" + testRelease // resolved by nobody but the proxy
	w.setPlatform(p)
	cmd := w.child(t, "HTTP_PROXY="+proxy)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), `source="release archive"`) {
		t.Errorf("%v\n%s", err, out)
	}
	if got := asked.Load(); got != p.Release.URL {
		t.Errorf("the proxy was asked for %v, want %s", got, p.Release.URL)
	}
}

// TestByHand holds what the pasted lines look like for the real pins; on this machine's shell they are the ones that TestEverythingFails
// sees.
func TestByHand(t *testing.T) {
	all := embeddedPins()
	for _, c := range []struct{ got, want string }{
		{releaseByHand(all.Platforms["linux/arm64"].Release, false), "curl -fLO https://github.com/microsoft/onnxruntime/releases/download/v1.30.0/onnxruntime-linux-aarch64-1.30.0.tgz" +
			" && tar -xzf onnxruntime-linux-aarch64-1.30.0.tgz" +
			` && export MINDGAP_ONNXRUNTIME="$PWD/onnxruntime-linux-aarch64-1.30.0/lib/libonnxruntime.so.1.30.0"`},
		{releaseByHand(all.Platforms["windows/amd64"].Release, true), "curl.exe -fLO https://github.com/microsoft/onnxruntime/releases/download/v1.30.0/onnxruntime-win-x64-1.30.0.zip;" +
			" tar -xf onnxruntime-win-x64-1.30.0.zip;" +
			` $env:MINDGAP_ONNXRUNTIME="$PWD/onnxruntime-win-x64-1.30.0/lib/onnxruntime.dll"`},
		{pipByHand(all, all.Platforms["darwin/arm64"].Wheel, false), "python3 -m pip download --no-deps --only-binary=:all: --python-version 3.11 --platform macosx_14_0_arm64 -d onnxruntime-wheel onnxruntime==1.30.0" +
			" && python3 -m zipfile -e onnxruntime-wheel/onnxruntime-1.30.0-cp311-cp311-macosx_14_0_arm64.whl onnxruntime-wheel" +
			` && export MINDGAP_ONNXRUNTIME="$PWD/onnxruntime-wheel/onnxruntime/capi"`},
		{pipByHand(all, all.Platforms["windows/amd64"].Wheel, true), "py -m pip download --no-deps --only-binary=:all: --python-version 3.11 --platform win_amd64 -d onnxruntime-wheel onnxruntime==1.30.0;" +
			" py -m zipfile -e onnxruntime-wheel/onnxruntime-1.30.0-cp311-cp311-win_amd64.whl onnxruntime-wheel;" +
			` $env:MINDGAP_ONNXRUNTIME="$PWD/onnxruntime-wheel/onnxruntime/capi"`},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}
