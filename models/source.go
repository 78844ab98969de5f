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
func Open(ctx context.Context, ref string) (*Checkpoint, error) { return OpenWith(ctx, ref, Options{}) }

// OpenWith is Open with a say in what the files leave open. Where the options name two graphs, ref must be "" or "builtin". A reference
// that ends in "?precision=NAME" chooses for itself, so that two precisions of one model can be compared.
func OpenWith(ctx context.Context, ref string, o Options) (*Checkpoint, error) {
	whole := ref
	if before, name, ok := strings.Cut(ref, "?precision="); ok {
		ref, o.Precision = before, name
	}
	var err error
	if o.Precision, err = parsePrecision(o.Precision); err != nil {
		return nil, err
	}
	if o.ImageModel != "" || o.TextModel != "" {
		if ref != "" && ref != "builtin" {
			return nil, &fault.Error{Kind: fault.Usage, Op: "open the model", Thing: ref, Found: "--image-model and --text-model too", Wanted: "one or the other", Next: "leave --model away"}
		}
		cp, err := openFiles(ctx, o)
		if err != nil {
			return nil, err
		}
		return cp.finish(o.ImageModel+","+o.TextModel, "", o)
	}
	prefix, rest, _ := strings.Cut(ref, ":")
	for _, s := range sources {
		if s.Prefix != prefix {
			continue
		}
		fsys, where, err := s.Open(ctx, rest)
		if err != nil {
			return nil, err
		}
		if r, ok := fsys.(Remote); ok {
			cp, err := recogniseRemote(ctx, r, where, o)
			if err != nil {
				return nil, err
			}
			return cp.finish(whole, r.Dir(), o)
		}
		cp, err := recognise(ctx, fsys, where, o)
		if err != nil {
			return nil, err
		}
		return cp.finish(whole, "", o)
	}
	st, err := os.Stat(ref)
	switch {
	case err != nil:
		return nil, &fault.Error{Op: "open the model", Thing: ref, Err: err, Wanted: "a directory, or one of: " + sourceHelp(),
			Next: "check the spelling of --model"}
	case !st.IsDir():
		return nil, &fault.Error{Op: "open the model", Thing: ref, Found: "a file", Wanted: "the directory that holds the model's files",
			Next: fmt.Sprintf("pass %s, or two graphs by --image-model and --text-model", filepath.Dir(ref))}
	}
	cp, err := recognise(ctx, newDiskFS(ref), strings.TrimSuffix(filepath.ToSlash(ref), "/")+"/", o)
	if err != nil {
		return nil, err
	}
	return cp.finish(whole, ref, o)
}

// finish sets what the layouts do not know: where the model came from, and what the options replace.
func (c *Checkpoint) finish(ref, dir string, o Options) (*Checkpoint, error) {
	c.Ref, c.Dir = ref, dir
	if d, ok := c.FS.(describer); ok {
		d.describe(c)
	}
	if c.Name == "" {
		c.Name = filepath.Base(filepath.Clean(ref))
	}
	if o.Precision != "" && c.Precision == "" {
		return nil, &fault.Error{Kind: fault.Usage, Op: "choose the precision of", Thing: ref, Found: "the layout " + c.Layout + ", which has one", Wanted: "a layout with several",
			Next: "leave --precision away"}
	}
	var err error
	if c.Preprocess, err = o.Preprocess.apply(c.Preprocess); err != nil {
		return nil, err
	}
	return c, o.replaceTokenizer(c)
}

func sourceHelp() string {
	h := make([]string, len(sources))
	for i, s := range sources {
		h[i] = s.Help
	}
	return strings.Join(h, "; ")
}
