package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"mindgap/loaders/output"
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

// opWrite is what faults about a report's place begin with.
const opWrite = "write report to"

// Check says, before the work, whether Write could write a report to dir: with the fault that it would return, and leaving nothing behind.
func Check(dir string) error { return output.Check(dir, opWrite, mayReplace) }

// mayReplace returns nil if dir, which is not empty, is a report with nothing else in it.
func mayReplace(dir string) error { return replacing("report")(dir) }

// replacing returns the judge of a folder whose record is of the given kind: nil if dir, which is not empty, is one with nothing else in it.
func replacing(kind string) func(dir string) error {
	return func(dir string) error { return replaceable(dir, kind) }
}

func replaceable(dir, kind string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return refusal(dir, "a file of that name")
	}
	if !isRecord(filepath.Join(dir, recordFile), kind) {
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
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".svg" && ext != ".png" && ext != ".csv" && e.Name() != finderFile {
			return e.Name()
		}
	}
	return ""
}

// isRecord reports whether path is a record of the given kind of this tool, of any version of the form. Only the head is read, which
// holds both fields, because the file may be large and may be anything.
func isRecord(path, wanted string) bool {
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
	return strings.HasPrefix(schema, family+"/") && kind == wanted
}

// refusal is the fault of a place that holds something else.
func refusal(dir, found string) error {
	return &fault.Error{Kind: fault.Input, Op: opWrite, Thing: dir, Found: found,
		Wanted: "a new or empty folder, or an earlier report", Next: "name another folder with --out"}
}
