package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A Layout is one way in which exported towers lie in a folder. To add one, write a file layout_NAME.go that appends to layouts in its
// init; the conformance test of this package then holds it to the same rules as the others.
type Layout struct {
	Name string
	Help string // one line: which exporter writes it, which files it has
	// Recognise fills in the checkpoint, or returns a notThis that says what is missing. Any other error ends the search: the layout
	// was recognised and something in it is wrong.
	Recognise func(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error)
}

var layouts []Layout

// Layouts lists the known layouts by name.
func Layouts() []Layout {
	return slices.SortedFunc(slices.Values(layouts), func(a, b Layout) int { return strings.Compare(a.Name, b.Name) })
}

// A notThis says why a folder does not have a layout.
type notThis string

func (n notThis) Error() string { return string(n) }

// Recognise finds the layout of the model in fsys. The string where begins each file name in messages: a directory with a trailing
// slash, or "builtin:name/".
func Recognise(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
	var tried []string
	for _, l := range Layouts() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		cp, err := l.Recognise(ctx, fsys, where)
		var no notThis
		switch {
		case errors.As(err, &no):
			tried = append(tried, fmt.Sprintf("%s (%s)", l.Name, no))
			continue
		case err != nil:
			return nil, err
		}
		cp.Layout, cp.FS = l.Name, fsys
		if err := cp.checkWidths(where); err != nil {
			return nil, err
		}
		return cp, nil
	}
	return nil, &fault.Error{Op: "recognise the model in", Thing: where, Found: listing(fsys),
		Wanted: "one of the layouts " + strings.Join(tried, "; "),
		Next:   "name the folder that holds config.json and the .onnx files"}
}

// checkWidths compares the towers' widths where both graphs say them: 768 against 512 means that a projection was left out.
func (c *Checkpoint) checkWidths(where string) error {
	if c.Image.Width > 0 && c.Text.Width > 0 && c.Image.Width != c.Text.Width {
		return &fault.Error{Op: "pair the towers of", Thing: where,
			Found:  fmt.Sprintf("%d numbers an image (%s) and %d a text (%s)", c.Image.Width, c.Image.Output.Name, c.Text.Width, c.Text.Output.Name),
			Wanted: "equal widths", Next: "export the model with its projections: one of the two is missing here"}
	}
	return nil
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
