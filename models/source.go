package models

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
)

// A Source turns one kind of model reference into files. To add one, write a file source_NAME.go that calls RegisterSource in its init.
//
// The files may be fetched on the way: a layout opens nothing that it does not need, looks for names with fs.Stat and lists folders with
// fs.ReadDir, and a running tower is given each of its files' paths only after it was opened once. A file system of files on disk
// implements [Located]; see [Lazy] for one whose files are expensive to open.
type Source struct {
	Prefix string // "builtin": the reference is the prefix alone, or the prefix, a colon and more
	Help   string
	Open   func(ctx context.Context, rest string) (files fs.FS, where string, err error)
}

// Located is implemented by file systems whose files lie on disk: Path returns where the file name lies (or will lie, once it was opened).
type Located interface {
	Path(name string) string
}

// Lazy is implemented by file systems that fetch a file when it is opened: Present reports whether name is there already. What is merely
// useful, such as weights that state a logit scale beside a graph that is run, is read only where it is present.
type Lazy interface {
	Present(name string) bool
}

var sources []Source

// RegisterSource adds a kind of model reference. It panics if the prefix is taken.
func RegisterSource(s Source) {
	for _, old := range sources {
		if old.Prefix == s.Prefix {
			panic("models: two sources for the prefix " + s.Prefix)
		}
	}
	sources = append(sources, s)
}

// Sources lists the kinds of model reference, besides a directory.
func Sources() []Source { return sources }

// Open describes the model that ref names: a directory, or a reference of one of the Sources.
func Open(ctx context.Context, ref string) (*Checkpoint, error) {
	prefix, rest, _ := strings.Cut(ref, ":")
	for _, s := range sources {
		if s.Prefix != prefix {
			continue
		}
		fsys, where, err := s.Open(ctx, rest)
		if err != nil {
			return nil, err
		}
		return finish(ctx, fsys, where, ref, "")
	}
	st, err := os.Stat(ref)
	switch {
	case err != nil:
		return nil, &fault.Error{Op: "open the model", Thing: ref, Err: err, Wanted: "a directory, or one of: " + sourceHelp(),
			Next: "check the spelling of --model"}
	case !st.IsDir():
		return nil, &fault.Error{Op: "open the model", Thing: ref, Found: "a file", Wanted: "the directory that holds the model's files",
			Next: fmt.Sprintf("pass %s", filepath.Dir(ref))}
	}
	return finish(ctx, os.DirFS(ref), filepath.ToSlash(ref)+"/", ref, ref)
}

func finish(ctx context.Context, fsys fs.FS, where, ref, dir string) (*Checkpoint, error) {
	var cp *Checkpoint
	var err error
	if r, ok := fsys.(Remote); ok {
		dir = r.Dir()
		cp, err = recogniseRemote(ctx, r, where)
	} else {
		cp, err = Recognise(ctx, fsys, where)
	}
	if err != nil {
		return nil, err
	}
	cp.Ref, cp.Dir = ref, dir
	if d, ok := fsys.(describer); ok {
		d.describe(cp)
	}
	if cp.Name == "" {
		cp.Name = filepath.Base(filepath.Clean(ref))
	}
	return cp, nil
}

func sourceHelp() string {
	h := make([]string, len(sources))
	for i, s := range sources {
		h[i] = s.Help
	}
	return strings.Join(h, "; ")
}
