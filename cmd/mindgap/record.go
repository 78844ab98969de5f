package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"mindgap/loaders/output"
	"mindgap/probe"
	"mindgap/probe/report"
)

// withSubject embeds what the flags name, or reads ready-made embeddings, hands the subject to f and closes it.
func (a *app) withSubject(ctx context.Context, what probe.What, f func(*probe.Config, *probe.Subject) error) (err error) {
	c, err := a.config()
	if err != nil {
		return err
	}
	s, err := c.Load(ctx, what)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return f(c, s)
}

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
		if err := output.WriteFile(a.flags.out, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
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

// finishFolder is finish of a record that lies in a folder beside its page: it ends with where the page is.
func (a *app) finishFolder(rec *probe.Record, what, dir string) error {
	a.flags.out = "" // the folder holds the record
	if err := a.finish(rec); err != nil || a.flags.quiet || a.flags.json {
		return err
	}
	_, err := fmt.Fprintf(a.out, "\n%s: %s\n", what, filepath.Join(dir, "index.html"))
	return err
}
