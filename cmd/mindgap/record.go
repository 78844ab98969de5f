package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	"mindgap/models/fault"
	"mindgap/probe"
	"mindgap/probe/report"
)

// finish shows a record: as JSON on standard output with --json, else as a table; and in the file of --out.
func (a *app) finish(rec *probe.Record) error {
	a.progress.stop()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(rec); err != nil {
		return err
	}
	if a.flags.out != "" {
		if err := writeFile(a.flags.out, b.Bytes()); err != nil {
			return err
		}
	}
	switch {
	case a.flags.json:
		_, err := a.out.Write(b.Bytes())
		return err
	case a.flags.quiet:
		return nil
	}
	return report.Summary(a.out, rec)
}

// writeFile writes a whole file or none: under a temporary name in the same folder, then renamed.
func writeFile(name string, data []byte) error {
	fail := func(err error) error {
		return &fault.Error{Kind: fault.System, Op: "write", Thing: name, Err: err, Next: "name a place that can be written"}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".mindgap-*")
	if err != nil {
		return fail(err)
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to report
		return fail(err)
	}
	return nil
}
