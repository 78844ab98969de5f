package ort

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	onnx "github.com/yalue/onnxruntime_go"
)

// TestStart gets the real library, by whatever way works here, into the user's real cache, and starts it.
func TestStart(t *testing.T) {
	var wait sync.WaitGroup
	runtimes := make([]*Runtime, 4)
	for i := range runtimes {
		wait.Go(func() {
			r, err := Start(t.Context(), Options{})
			if err != nil {
				t.Error(err)
				return
			}
			runtimes[i] = r
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, r := range runtimes[1:] {
		if r != runtimes[0] {
			t.Error("two calls of Start returned different runtimes")
		}
	}
	r := runtimes[0]
	t.Logf("%+v, providers %v", r.Library, r.Providers())
	if got := onnx.GetVersion(); got == "" || got != r.Library.Version {
		t.Errorf("the loaded library calls itself %q, Library.Version is %q", got, r.Library.Version)
	}
	if id, err := identify(r.Library.Path); err != nil || id.version != r.Library.Version {
		t.Errorf("identify says %+v, %v of the library that runs as %s", id, err, r.Library.Version)
	}
	providers := r.Providers()
	if !slices.Contains(providers, "CPUExecutionProvider") {
		t.Errorf("no CPU among the providers %v", providers)
	}
	providers[0] = "changed"
	if r.Providers()[0] == "changed" {
		t.Error("Providers hands out its own slice")
	}
}

// TestStartFails holds what a library says that loads but does not offer the API, or does not load. It runs in a process of its own,
// because the binding has one library a process.
func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	unwilling := fakeLibrary(t, "1.30.0") // its API is never available
	broken := append([]byte{}, unwilling...)
	for i := 0; i+4 <= len(broken); i++ { // an undefined dependency: the C library's name is spoilt
		if string(broken[i:i+4]) == "libc" {
			copy(broken[i:], "libq")
		}
	}
	for name, c := range map[string]struct {
		path  string
		parts []string
	}{
		"no API":                {write(t, filepath.Join(dir, "unwilling.so"), unwilling), []string{"found ONNX Runtime 1.30.0, wanted ONNX Runtime 1.29.0 or a newer 1.x"}},
		"needs another library": {write(t, filepath.Join(dir, "broken.so"), broken), []string{"that needs libq.so.6, which is not here"}},
		"another version":       {write(t, filepath.Join(dir, "old.so"), fakeLibrary(t, "1.24.4")), []string{"found ONNX Runtime 1.24.4, wanted ONNX Runtime 1.29.0 or a newer 1.x"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
			cmd.Env = append(os.Environ(), "MINDGAP_TEST_CHILD=fail", EnvLibrary+"="+c.path)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, p := range append(c.parts, c.path, "unset it to let mindgap find the library") {
				if n := strings.Count(string(out), p); n < 2 {
					t.Errorf("the two faults say %q %d times:\n%s", p, n, out)
				}
			}
		})
	}
}

// TestStartPassesOverSystem holds that a library of the system that looks right but does not start gives way to mindgap's own.
func TestStartPassesOverSystem(t *testing.T) {
	if _, err := Install(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	system := write(t, filepath.Join(t.TempDir(), "libonnxruntime.so.1"), fakeLibrary(t, "1.31.0"))
	if lib, err := identify(system); err != nil || lib.version != "1.31.0" {
		t.Fatalf("the fake is %+v, %v", lib, err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), "MINDGAP_TEST_CHILD=start", EnvLibrary+"=", "LD_LIBRARY_PATH="+filepath.Dir(system))
	out, err := cmd.CombinedOutput()
	if want := `source="cache" version="1.30.0"`; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, want %s:\n%s", err, want, out)
	}
}

// BenchmarkEnsureCached is what a start pays for the search.
func BenchmarkEnsureCached(b *testing.B) {
	if _, err := Ensure(b.Context(), Options{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Ensure(b.Context(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHash is what a start would pay without the receipt.
func BenchmarkHash(b *testing.B) {
	lib, err := Ensure(b.Context(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := hashFile(lib.Path); err != nil {
			b.Fatal(err)
		}
	}
}
