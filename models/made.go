package models

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"mindgap/models/fault"
)

// Made is implemented by file systems whose files are made when they are read, such as random weights. ONNX Runtime reads weights from
// disk, so the towers' files are written there while the towers run.
type Made interface {
	// WriteTo writes the named files into a new folder below root, and returns that folder: the same one until as many calls of Close, the last
	// of which removes it.
	WriteTo(ctx context.Context, root string, names ...string) (dir string, err error)
	io.Closer
}

// A describer is a file system that knows more of its model than the files say, such as its name.
type describer interface {
	describe(*Checkpoint)
}

// Prepare puts the towers' files on disk where they do not lie there yet, in a temporary folder below the cache folder cacheDir, and sets
// Dir. It must be called before a tower runs; for most checkpoints it does nothing. Each call that succeeds is undone by one of Close.
func (c *Checkpoint) Prepare(ctx context.Context, cacheDir string) error {
	m, ok := c.FS.(Made)
	if !ok {
		return nil
	}
	root, err := filepath.Abs(cacheDir)
	if err != nil {
		return &fault.Error{Kind: fault.System, Op: "find", Thing: "the cache folder", Err: err}
	}
	var names []string
	for _, name := range append(c.Image.files(), c.Text.files()...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	dir, err := m.WriteTo(ctx, root, names...)
	if err != nil {
		return fmt.Errorf("make the weights of %s: %w", c.Name, err)
	}
	c.Dir = dir
	return nil
}

// Close removes what Prepare wrote, when everyone who called Prepare has called it. Prepare may be called again afterwards.
func (c *Checkpoint) Close() error {
	m, ok := c.FS.(Made)
	if !ok {
		return nil
	}
	c.Dir = ""
	return m.Close()
}
