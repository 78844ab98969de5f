// Package fault holds the one error type that everything from outside ends in: files, models, flags, the network.
//
// Its text always answers five questions in the same order: what was being done, to what, what was found, what was wanted, and what to
// do next. It is a leaf: every other package may import it, it imports none of them.
package fault

import (
	"errors"
	"strings"
)

// A Kind says whose fault it is; the command turns it into an exit code.
type Kind uint8

const (
	// Input: the user's data or model is wrong (exit code 3).
	Input Kind = iota
	// Usage: the command line is wrong (exit code 2).
	Usage
	// System: the machine, the network or the runtime failed (exit code 1).
	System
)

// An Error is one fault. Op and Thing are always set; the others where they say something that the reader does not know.
type Error struct {
	Kind   Kind
	Op     string // what was being done, e.g. "read CIFAR-10 batch"
	Thing  string // to what: a path, an item's id, a flag
	Found  string // e.g. "30,729,000 bytes"
	Wanted string // e.g. "a multiple of 3,073 bytes"
	Next   string // what to do, an imperative sentence without a full stop
	Err    error  // the cause, if another error lies beneath
}

// Error writes "op thing: found X, wanted Y: cause; next".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Thing != "" {
		b.WriteString(" " + e.Thing)
	}
	if e.Found != "" {
		b.WriteString(": found " + e.Found)
	}
	if e.Wanted != "" {
		if e.Found == "" {
			b.WriteString(":")
		} else {
			b.WriteString(",")
		}
		b.WriteString(" wanted " + e.Wanted)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Next != "" {
		b.WriteString("; " + e.Next)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the outermost fault in err's chain, and false if there is none.
func KindOf(err error) (Kind, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind, true
	}
	return System, false
}
