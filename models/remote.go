package models

import (
	"context"
	"io/fs"
)

// Remote is implemented by file systems that fetch their files over a network, into a folder on this disk.
type Remote interface {
	fs.FS
	Located
	Lazy
	Name() string     // of the model, where its files state none
	Revision() string // the commit, or whatever else names the files' contents for good
	Dir() string      // the folder that fetched files lie in, under their names
	// Fetch brings files to the disk. Opening a file does it too, but under the context that the file system was made with.
	Fetch(ctx context.Context, names ...string) error
	// Err returns the first fault of network, server or disk. A layout that could not read a file says what is wrong with the model, and
	// would send the user to mend that; this says what really was wrong.
	Err() error
}

// recogniseRemote is Recognise for files that may have to be fetched. The tokenizer's files come at once: they are small, and whoever reads
// them later has no context.
func recogniseRemote(ctx context.Context, r Remote, where string, o Options) (*Checkpoint, error) {
	cp, err := recognise(ctx, r, where, o)
	if err == nil {
		err = r.Fetch(ctx, cp.Tokenizer.Files...)
	}
	if fault := r.Err(); err != nil && ctx.Err() == nil && fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	if cp.Revision = r.Revision(); cp.Name == "" {
		cp.Name = r.Name()
	}
	return cp, nil
}
