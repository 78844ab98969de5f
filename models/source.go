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

// A Source turns one kind of model reference into files. To add one, write a file source_NAME.go that appends to sources in its init.
type Source struct {
	Prefix string // "builtin": the reference is the prefix alone, or the prefix, a colon and more
	Help   string
	Open   func(ctx context.Context, rest string) (files fs.FS, where string, err error)
}

var sources []Source

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
	cp, err := Recognise(ctx, fsys, where)
	if err != nil {
		return nil, err
	}
	cp.Ref, cp.Dir = ref, dir
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
