package ort

import (
	"errors"
	"io/fs"
	"net"
	"strings"

	"mindgap/models/fault"
)

// An attempt is one place that was tried in vain.
type attempt struct {
	place string // what kind of place, a Source or "system library"
	where string // which one: a path, an address; empty if there is nothing to add
	err   error
}

// attempts is an error that lists them, a line each.
type attempts []attempt

func (a *attempts) add(place, where string, err error) {
	*a = append(*a, attempt{place, where, err})
}

func (a attempts) Error() string {
	var b strings.Builder
	b.WriteString("none of these places has it:")
	for _, t := range a {
		b.WriteString("\n  " + t.place)
		if t.where != "" {
			b.WriteString(" " + t.where)
		}
		b.WriteString(": " + strings.ReplaceAll(t.err.Error(), "\n", " "))
	}
	b.WriteString("\n")
	return b.String()
}

// Unwrap lets errors.Is and errors.As look into every attempt.
func (a attempts) Unwrap() []error {
	errs := make([]error, len(a))
	for i, t := range a {
		errs[i] = t.err
	}
	return errs
}

// shorten drops from a fault what its line in the list of attempts says already: the operation and the thing.
func shorten(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.Found != "":
		return errors.New("found " + f.Found + ", wanted " + f.Wanted)
	case f.Err != nil:
		return rootCause(f.Err)
	}
	return err
}

// rootCause drops the path that the standard library repeats in front of an error of the file system.
func rootCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// unreachable reports whether err says that the network is at fault rather than what came over it.
func unreachable(err error) bool {
	var netErr net.Error
	var tool *toolError
	if errors.As(err, &tool) {
		return tool.unreachable
	}
	return errors.Is(err, errStalled) || errors.As(err, &netErr)
}
