package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A Layout is one way in which exported towers lie in a folder. To add one, write a file layouts/NAME.json; see [spec] for its keys. One
// that data cannot describe is a file layout_NAME.go that appends to layouts in its init.
type Layout struct {
	Name string
	Help string // one line: which exporter writes it, which files it has
	// Recognise fills in the checkpoint, or returns a notThis that says what is missing. Any other error ends the search: the layout
	// was recognised and something in it is wrong.
	Recognise func(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error)

	order int // lower ones are tried first; 0: before those of data
	with  func(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error)
}

var layouts []Layout

// Layouts lists the known layouts in the order in which they are tried.
func Layouts() []Layout {
	return slices.SortedFunc(slices.Values(layouts), func(a, b Layout) int {
		return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.Name, b.Name))
	})
}

// A notThis says why a folder does not have a layout.
type notThis string

func (n notThis) Error() string { return string(n) }

// An almost is a notThis of a folder that has a part of the layout: what it says is likely what the user must mend.
type almost string

func (n almost) Error() string { return string(n) }

// Recognise finds the layout of the model in fsys. The string where begins each file name in messages: a directory with a trailing
// slash, or "builtin:name/".
func Recognise(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
	return recognise(ctx, fsys, where, Options{})
}

func recognise(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	var near, names []string
	for _, l := range Layouts() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var cp *Checkpoint
		var err error
		if l.with != nil {
			cp, err = l.with(ctx, fsys, where, o)
		} else {
			cp, err = l.Recognise(ctx, fsys, where)
		}
		var (
			no notThis
			al almost
		)
		switch {
		case errors.As(err, &al):
			near = append(near, string(al))
			continue
		case errors.As(err, &no):
			names = append(names, l.Name)
			continue
		case err != nil:
			return nil, err
		}
		cp.Layout, cp.FS, cp.where = l.Name, fsys, where
		if err := cp.CheckWidths(); err != nil {
			return nil, err
		}
		return cp, nil
	}
	f := &fault.Error{Op: "recognise the model in", Thing: where, Found: listing(fsys), Wanted: "one of the layouts " + strings.Join(names, ", "),
		Next: "name the folder that holds config.json and the .onnx files, or name two graphs by --image-model and --text-model"}
	if len(near) > 0 {
		f.Found, f.Wanted = strings.Join(slices.Compact(near), "; "), "both towers"
	}
	return nil, f
}

// CheckWidths compares the towers' widths where both are known: 768 against 512 means that a projection was left out.
func (c *Checkpoint) CheckWidths() error {
	if c.Image.Width == 0 || c.Text.Width == 0 || c.Image.Width == c.Text.Width {
		return nil
	}
	// What is called an embedding is one; the other tower lacks its projection.
	file, tower := c.Image.File, "image"
	if isEmbedding(c.Image.Output) && !isEmbedding(c.Text.Output) {
		file, tower = c.Text.File, "text"
	}
	return &fault.Error{Op: "pair the towers of", Thing: c.Locate(file),
		Found:  fmt.Sprintf("%d numbers an image (%s) and %d a text (%s)", c.Image.Width, c.Image.Output.Name, c.Text.Width, c.Text.Output.Name),
		Wanted: "equal widths", Next: fmt.Sprintf("export the model with its projections: the %s projection is missing here", tower)}
}

// listing names up to eight files of a folder for a message.
func listing(fsys fs.FS) string {
	var names []string
	more := 0
	_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir():
			if strings.Count(p, "/") > 1 {
				return fs.SkipDir
			}
		case len(names) < 8:
			names = append(names, p)
		default:
			more++
		}
		if more > 1000 {
			return fs.SkipAll
		}
		return nil
	})
	switch {
	case len(names) == 0:
		return "no files"
	case more > 0:
		return fmt.Sprintf("%s and %d more files", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

// exists reports whether a regular file lies at name.
func exists(fsys fs.FS, name string) bool {
	st, err := fs.Stat(fsys, name)
	return err == nil && st.Mode().IsRegular()
}

// present returns those of the names under dir that exist.
func present(fsys fs.FS, dir string, names ...string) []string {
	var out []string
	for _, n := range names {
		if p := path.Join(dir, n); exists(fsys, p) {
			out = append(out, p)
		}
	}
	return out
}
