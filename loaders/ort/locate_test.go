package ort

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mindgap/models/fault"
)

// wantFault fails unless err is a *fault.Error of the system's kind whose text holds every part.
func wantFault(t *testing.T, err error, parts ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a *fault.Error", err)
	}
	if f.Kind != fault.System || f.Next == "" {
		t.Errorf("kind %v, next %q", f.Kind, f.Next)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("the error does not say %q:\n%v", p, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "one", "my.so"), w.lib)
	silent := write(t, filepath.Join(dir, "two", "silent.so"), fakeLibrary(t, ""))
	inFolder := write(t, filepath.Join(dir, "folder", "libonnxruntime.so.1.30.0"), w.lib)
	write(t, filepath.Join(dir, "folder", "libonnxruntime_providers_shared.so"), []byte("a plug-in"))
	write(t, filepath.Join(dir, "folder", "libonnxruntime.so.1.24.4"), fakeLibrary(t, "1.24.4"))
	inRoot := write(t, filepath.Join(dir, "release", "lib", "libonnxruntime.so"), w.lib)
	for value, want := range map[string]Library{
		good:                          {Path: good, Version: "1.30.0", Source: SourceEnvironment},
		silent:                        {Path: silent, Version: "", Source: SourceEnvironment},
		filepath.Join(dir, "folder"):  {Path: inFolder, Version: "1.30.0", Source: SourceEnvironment},
		filepath.Join(dir, "release"): {Path: inRoot, Version: "1.30.0", Source: SourceEnvironment},
	} {
		t.Setenv(EnvLibrary, value)
		got, err := Locate(t.Context(), w.Options)
		if err != nil {
			t.Errorf("%s: %v", value, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", value, d)
		}
	}
	if digest, err := (Library{Path: good}).Digest(); err != nil || digest != sum(w.lib) {
		t.Errorf("Digest: got %s, %v", digest, err)
	}

	// A sound library in the cache and on the system must not hide that the variable is wrong.
	write(t, w.path(), w.lib)
	other := "amd64"
	if runtime.GOARCH == "amd64" {
		other = "arm64"
	}
	foreign := append([]byte{}, w.lib...)
	foreign[18], foreign[19] = map[string]byte{"amd64": 62, "arm64": 183}[other], 0
	for _, c := range []struct {
		name  string
		value string
		parts []string
	}{
		{"missing", filepath.Join(dir, "nowhere.so"), []string{"nowhere.so", "no such file"}},
		{"text", write(t, filepath.Join(dir, "text.so"), []byte("hello, world")), []string{`a file of 12 bytes that begins "hello, world"`, "a shared library of ONNX Runtime"}},
		{"empty file", write(t, filepath.Join(dir, "empty.so"), nil), []string{"an empty file"}},
		{"empty folder", t.TempDir(), []string{"a folder without libonnxruntime.so*"}},
		{"old", write(t, filepath.Join(dir, "old.so"), fakeLibrary(t, "1.24.4")), []string{"found ONNX Runtime 1.24.4, wanted ONNX Runtime 1.29.0 or a newer 1.x"}},
		{"too new", write(t, filepath.Join(dir, "new.so"), fakeLibrary(t, "2.1.0")), []string{"found ONNX Runtime 2.1.0"}},
		{"other library", write(t, filepath.Join(dir, "other.so"), fakeLibrary(t, "1.30.0", "Unrelated")), []string{"does not export OrtGetApiBase"}},
		{"other machine", write(t, filepath.Join(dir, "arch.so"), foreign), []string{"a library for linux/" + other, "one for linux/" + runtime.GOARCH}},
		{"other system", write(t, filepath.Join(dir, "mac.dylib"), machO("_OrtGetApiBase", 0x011e00)), []string{"a library for darwin/arm64"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(EnvLibrary, c.value)
			for name, call := range map[string]func() (Library, error){
				"Locate": func() (Library, error) { return Locate(t.Context(), w.Options) },
				"Ensure": func() (Library, error) { return Ensure(t.Context(), w.Options) },
			} {
				lib, err := call()
				if err == nil {
					t.Fatalf("%s: got %+v", name, lib)
				}
				wantFault(t, err, append(c.parts, EnvLibrary, "unset it", c.value)...)
			}
		})
	}
}

func TestSystem(t *testing.T) {
	w := newWorld(t, nil)
	old, mixed, loader := t.TempDir(), t.TempDir(), t.TempDir()
	tooOld := write(t, filepath.Join(old, "libonnxruntime.so.1.21.0"), fakeLibrary(t, "1.21.0"))
	if err := os.Symlink("libonnxruntime.so.1.21.0", filepath.Join(old, "libonnxruntime.so")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(mixed, "libonnxruntime.so.1.9.0"), fakeLibrary(t, "1.9.0"))
	write(t, filepath.Join(mixed, "libonnxruntime.so.1.30.0"), w.lib)
	newest := write(t, filepath.Join(mixed, "libonnxruntime.so.1.31.0"), fakeLibrary(t, "1.31.0"))
	write(t, filepath.Join(loader, "libonnxruntime.so"), fakeLibrary(t, ""))

	w.host.systemDirs = []string{old, mixed}
	got, err := Locate(t.Context(), w.Options)
	if want := (Library{Path: newest, Version: "1.31.0", Source: SourceSystem}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}

	// Only the unfitting one, and one whose version cannot be told: not used, and each said once.
	w.host.systemDirs = []string{old}
	t.Setenv("LD_LIBRARY_PATH", "relative:"+loader)
	_, err = Locate(t.Context(), w.Options)
	wantFault(t, err, EnvLibrary+": not set", "found ONNX Runtime 1.21.0, wanted ONNX Runtime 1.29.0", filepath.Join(loader, "libonnxruntime.so"),
		"its version cannot be told", w.path()+": not fetched yet", "mindgap runtime install")
	if n := strings.Count(err.Error(), "1.21.0,"); n != 1 {
		t.Errorf("%s is named %d times:\n%v", tooOld, n, err)
	}

	// The folders of LD_LIBRARY_PATH come before the system's.
	w.host.systemDirs = []string{mixed}
	first := write(t, filepath.Join(t.TempDir(), "libonnxruntime.so"), w.lib)
	t.Setenv("LD_LIBRARY_PATH", filepath.Dir(first))
	if got, err := Locate(t.Context(), w.Options); err != nil || got.Path != first {
		t.Errorf("got %+v, %v; want %s", got, err, first)
	}
}

func TestLDConfigDirs(t *testing.T) {
	dir := t.TempDir()
	conf := write(t, filepath.Join(dir, "ld.so.conf"), []byte("# comment\ninclude ld.so.conf.d/*.conf\n/opt/a # trailing\n"))
	write(t, filepath.Join(dir, "ld.so.conf.d", "b.conf"), []byte("/opt/b\n/opt/c\n"))
	write(t, filepath.Join(dir, "ld.so.conf.d", "loop.conf"), []byte("include "+conf+"\n"))
	got := ldConfigDirs(conf, 2)
	if d := cmp.Diff([]string{"/opt/b", "/opt/c", "/opt/a"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
