package output

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var errNo = errors.New("no")

func refuse(string) error { return errNo }
func allow(string) error  { return nil }

// listing returns the names in dir, hidden ones too.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s string
	for _, e := range entries {
		s += e.Name() + " "
	}
	return s
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	if err := WriteFile(name, text("one")); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(name, func(w io.Writer) error { _ = text("half")(w); return errNo }); !errors.Is(err, errNo) {
		t.Errorf("error %v, want the writer's", err)
	}
	if b, _ := os.ReadFile(name); string(b) != "one" {
		t.Errorf("a failed write left %q", b)
	}
	if err := WriteFile(filepath.Join(name, "b"), text("x")); err == nil {
		t.Error("a file below a file was written")
	}
	if got := listing(t, dir); got != "a " {
		t.Errorf("left behind: %s", got)
	}
}

func TestFolder(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "new", "out")
	make := func(content string) *Folder {
		t.Helper()
		f, err := Begin(dir, "write", allow)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.WriteBytes("sub/file", []byte(content)); err != nil {
			t.Fatal(err)
		}
		return f
	}
	make("one").Discard()
	if got := listing(t, root); got != "" {
		t.Errorf("a discarded folder left %s", got)
	}
	if err := make("one").Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	f := make("two")
	if err := f.Commit(done); !errors.Is(err, context.Canceled) {
		t.Errorf("commit after cancellation: %v", err)
	}
	f.Discard()
	content := func() string {
		b, err := os.ReadFile(filepath.Join(dir, "sub", "file"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if content() != "one" {
		t.Error("a cancelled commit changed the folder")
	}
	if err := make("two").Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if content() != "two" {
		t.Error("the folder was not replaced")
	}
	if _, err := Begin(dir, "write", refuse); !errors.Is(err, errNo) {
		t.Errorf("a foreign folder: %v, want the refusal", err)
	}
	if err := Check(dir, "write", refuse); !errors.Is(err, errNo) {
		t.Errorf("Check of a foreign folder: %v, want the refusal", err)
	}
	if err := Check(filepath.Join(dir, "sub", "file", "below"), "write", allow); err == nil {
		t.Error("a folder below a file")
	}
	if err := Check(filepath.Join(root, "other"), "write", refuse); err != nil {
		t.Errorf("a new folder: %v", err)
	}
	if got := listing(t, root) + listing(t, filepath.Join(root, "new")); got != "new out " {
		t.Errorf("left behind: %s", got)
	}
}
