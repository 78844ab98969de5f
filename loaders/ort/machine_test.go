package ort

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// The tests build their own shared libraries: a few lines of C with the export and the symbol version that ONNX Runtime's have, and an API
// that is never available. The binding needs a C compiler, so one is there.

const fakeSource = `
typedef struct { const void *(*api)(unsigned); const char *(*version)(void); } Base;
static const void *api(unsigned wanted) { return 0; }
static const char *version(void) { return VERSION; }
static const Base base = { api, version };
extern int getpid(void);
const Base *ENTRY(void) { return getpid() ? &base : 0; } // the call makes the file depend on the C library
`

var (
	compiler    = func() string { path, _ := exec.LookPath("cc"); return path }()
	compilerEnv = os.Environ()
)

var fakes struct {
	sync.Mutex
	bytes map[string][]byte
}

// fakeLibrary returns a shared library for this machine that claims to be the given version; an empty one claims none. The entry point is
// OrtGetApiBase unless another is given.
func fakeLibrary(t testing.TB, claimed string, entry ...string) []byte {
	t.Helper()
	fakes.Lock()
	defer fakes.Unlock()
	name := "OrtGetApiBase"
	if len(entry) > 0 {
		name = entry[0]
	}
	key := claimed + " " + name
	if b := fakes.bytes[key]; b != nil {
		return b
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "fake.c"), []byte(fakeSource))
	args := []string{"-shared", "-fPIC", "-o", "fake.so", "-DENTRY=" + name, `-DVERSION="` + claimed + `"`}
	if claimed != "" {
		write(t, filepath.Join(dir, "fake.map"), fmt.Appendf(nil, "VERS_%s { global: %s; local: *; };\n", claimed, name))
		args = append(args, "-Wl,--version-script=fake.map", "-Wl,-soname,libonnxruntime.so.1")
	}
	cmd := exec.Command(compiler, append(args, "fake.c")...)
	cmd.Dir, cmd.Env = dir, compilerEnv // the test may have emptied its own PATH by now
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "fake.so"))
	if err != nil {
		t.Fatal(err)
	}
	if fakes.bytes == nil {
		fakes.bytes = map[string][]byte{}
	}
	fakes.bytes[key] = b
	return b
}

func write(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// zipOf and tarOf make archives of one member beside others that must not be taken for it.
func zipOf(t testing.TB, member string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range []struct {
		name string
		data []byte
	}{{"../" + member, []byte("outside")}, {member + ".txt", []byte("a neighbour")}, {member, data}} {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(m.data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, member string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	for _, h := range []struct {
		header tar.Header
		data   []byte
	}{
		{tar.Header{Name: "../" + member, Typeflag: tar.TypeReg, Mode: 0o644}, []byte("outside")},
		{tar.Header{Name: member, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, nil},
		{tar.Header{Name: "./" + member, Typeflag: tar.TypeReg, Mode: 0o644}, data},
	} {
		h.header.Size = int64(len(h.data))
		if err := w.WriteHeader(&h.header); err != nil {
			t.Fatal(err)
		}
		w.Write(h.data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	testLibrary = "libonnxruntime.so.1.30.0"
	testRelease = "onnxruntime-test-1.30.0.tgz"
	testWheel   = "onnxruntime-1.30.0-cp311-cp311-test.whl"
	testNPM     = "onnxruntime-node-1.30.0.tgz"
	wheelMember = "onnxruntime/capi/" + testLibrary
	tarMember   = "package/lib/" + testLibrary
)

// A world is a machine of its own: an empty PATH, home and cache, no system libraries, and pins for archives made by the test.
type world struct {
	Options
	lib, wheel, tgz []byte
	bin, cache      string
	pins            *pins
	platform        platform
}

// A handler answers requests in a world.
type handler func(w *world, out http.ResponseWriter, r *http.Request)

// newWorld makes one. The release archive is said to be where release answers; nil means an address where nobody listens.
func newWorld(t *testing.T, release handler) *world {
	t.Helper()
	w := &world{lib: fakeLibrary(t, "1.30.0"), bin: t.TempDir(), cache: t.TempDir()}
	isolate(t, w.bin)
	w.wheel, w.tgz = zipOf(t, wheelMember, w.lib), tarOf(t, tarMember, w.lib)
	releaseURL := "http://127.0.0.1:1/" + testRelease
	if release != nil {
		ready := make(chan struct{}) // the handler must not see a world in the making
		defer close(ready)
		s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			<-ready
			release(w, out, r)
		}))
		t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
		releaseURL = s.URL + "/" + testRelease
	}
	library := pin{LibrarySize: int64(len(w.lib)), LibrarySHA256: sum(w.lib)}
	archive := func(file, member string, data []byte) pin {
		p := library
		p.File, p.Member, p.Size, p.SHA256 = file, member, int64(len(data)), sum(data)
		return p
	}
	w.platform = platform{Library: testLibrary,
		Release: archive(testRelease, tarMember, w.tgz), Wheel: archive(testWheel, wheelMember, w.wheel), NPM: archive(testNPM, tarMember, w.tgz)}
	w.platform.Release.URL, w.platform.Wheel.Tag = releaseURL, "test_tag"
	w.pins = &pins{Version: "1.30.0", Minimum: "1.29.0", Project: "onnxruntime", Python: "3.11", Package: "onnxruntime-node"}
	w.setPlatform(w.platform)
	w.Options = Options{CacheDir: w.cache, host: &host{goos: runtime.GOOS, goarch: runtime.GOARCH, pins: w.pins,
		client: newClient(), stall: 10 * time.Second, toolLimit: 20 * time.Second}}
	return w
}

func (w *world) setPlatform(p platform) {
	w.platform = p
	w.pins.Platforms = map[string]platform{runtime.GOOS + "/" + runtime.GOARCH: p}
}

// giveTGZ and giveNothing are handlers.
func giveTGZ(w *world, out http.ResponseWriter, _ *http.Request) { out.Write(w.tgz) }

func giveNothing(_ *world, out http.ResponseWriter, r *http.Request) { http.NotFound(out, r) }

// path is where the library lies in the cache.
func (w *world) path() string {
	return filepath.Join(w.cache, "onnxruntime", "1.30.0", runtime.GOOS+"-"+runtime.GOARCH, testLibrary)
}

// tool puts a shell script on the PATH.
func (w *world) tool(t *testing.T, name, script string) {
	t.Helper()
	write(t, filepath.Join(w.bin, name), []byte("#!/bin/sh\n"+script))
}

// isolate hides this machine's settings from the test.
func isolate(t *testing.T, path string) {
	t.Helper()
	for _, name := range []string{EnvLibrary, EnvCache, "LD_LIBRARY_PATH", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "VIRTUAL_ENV",
		"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("PIP_CONFIG_FILE", os.DevNull)
	t.Setenv("PATH", path)
}
