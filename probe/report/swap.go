package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
	"mindgap/probe"
)

// The names in a report folder.
const (
	pageFile   = "index.html"
	recordFile = "record.json"
	plotsDir   = "plots"
	finderFile = ".DS_Store" // which macOS leaves in every folder that it shows
)

// folder is a report folder being made: everything is written to a sibling, which takes the place of dir when it is complete.
type folder struct {
	dir     string   // where the report will stand, without symbolic links
	temp    string   // where it is being made
	parents []string // folders above dir that had to be made, outermost first
}

// begin checks that dir may be written and makes the temporary sibling.
func begin(dir string) (*folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	if err := mayReplace(abs); err != nil {
		return nil, err
	}
	f := &folder{dir: abs}
	parent := filepath.Dir(abs)
	for p := parent; ; p = filepath.Dir(p) {
		if _, err := os.Lstat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		f.parents = append([]string{p}, f.parents...)
	}
	if err := os.MkdirAll(parent, 0o777); err != nil {
		f.discard()
		return nil, unwritable(dir, err)
	}
	temp := sibling(abs)
	if err := os.MkdirAll(filepath.Join(temp, plotsDir), 0o777); err != nil {
		f.temp = temp
		f.discard()
		return nil, unwritable(dir, err)
	}
	f.temp = temp
	return f, nil
}

// sibling returns a name beside dir that is not in use.
func sibling(dir string) string {
	return filepath.Join(filepath.Dir(dir), fmt.Sprintf(".%s-%016x", filepath.Base(dir), rand.Uint64()))
}

// write puts one file into the unfinished report.
func (f *folder) write(name string, data []byte) error {
	if err := os.WriteFile(filepath.Join(f.temp, filepath.FromSlash(name)), data, 0o666); err != nil {
		return unwritable(f.dir, err)
	}
	return nil
}

// commit puts the finished report in place. If that fails, what stood there stands there still.
func (f *folder) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// What stands there is looked at once more: it may have changed while the report was made.
	if err := mayReplace(f.dir); err != nil {
		return err
	}
	old := sibling(f.dir)
	switch err := os.Rename(f.dir, old); {
	case errors.Is(err, fs.ErrNotExist):
		old = ""
	case err != nil:
		return unwritable(f.dir, err)
	}
	if err := os.Rename(f.temp, f.dir); err != nil {
		if old != "" {
			err = errors.Join(err, os.Rename(old, f.dir))
		}
		return unwritable(f.dir, err)
	}
	f.temp, f.parents = "", nil
	if old != "" {
		// The new report stands; an old one that cannot be removed is not worth failing for.
		_ = os.RemoveAll(old)
	}
	return nil
}

// discard removes what was written. After commit it does nothing.
func (f *folder) discard() {
	if f.temp != "" {
		_ = os.RemoveAll(f.temp)
	}
	for i := len(f.parents) - 1; i >= 0; i-- {
		_ = os.Remove(f.parents[i]) // only if empty
	}
}

// mayReplace returns nil if dir does not exist, is empty, or is a report with nothing else in it.
func mayReplace(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return refusal(dir, "a file of that name")
		}
		return unwritable(dir, err)
	}
	if len(entries) == 0 {
		return nil
	}
	if !isReport(filepath.Join(dir, recordFile)) {
		return refusal(dir, "a folder with other contents, such as "+clean(entries[0].Name()))
	}
	for _, e := range entries {
		switch e.Name() {
		case pageFile, recordFile, finderFile:
			continue
		case plotsDir:
			if stranger := strangerIn(filepath.Join(dir, plotsDir)); stranger != "" {
				return refusal(dir, "a report with a file that mindgap did not write, "+plotsDir+"/"+clean(stranger))
			}
			continue
		}
		return refusal(dir, "a report with a file that mindgap did not write, "+clean(e.Name()))
	}
	return nil
}

// strangerIn returns the name of an entry of a folder of plots that is no plot.
func strangerIn(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return filepath.Base(dir)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".svg" && ext != ".png" && e.Name() != finderFile {
			return e.Name()
		}
	}
	return ""
}

// isReport reports whether path is a record of kind "report" of this tool, of any version of the form. Only the head is read, which
// holds both fields, because the file may be large and may be anything.
func isReport(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	d := json.NewDecoder(file)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	var schema, kind string
	for range 2 {
		name, err := d.Token()
		if err != nil {
			return false
		}
		var to *string
		switch name {
		case "schema":
			to = &schema
		case "kind":
			to = &kind
		default:
			return false
		}
		if d.Decode(to) != nil {
			return false
		}
	}
	family, _, _ := strings.Cut(probe.Schema, "/")
	return strings.HasPrefix(schema, family+"/") && kind == "report"
}

// refusal is the fault of a place that holds something else.
func refusal(dir, found string) error {
	return &fault.Error{Kind: fault.Input, Op: "write report to", Thing: dir, Found: found,
		Wanted: "a new or empty folder, or an earlier report", Next: "name another folder with --out"}
}

// unwritable is the fault of a place that cannot be written.
func unwritable(dir string, err error) error {
	return &fault.Error{Kind: fault.System, Op: "write report to", Thing: dir, Err: err,
		Next: "make the place writable, or name another folder with --out"}
}

// Check says, before the work, whether Write could write a report to dir: with the fault that it would return, and leaving nothing behind.
func Check(dir string) error {
	f, err := begin(dir)
	if err != nil {
		return err
	}
	f.discard()
	return nil
}
