package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// hasher is what a file system offers that knows the SHA-256 of its files without reading them.
type hasher interface {
	SHA256(name string) (sum string, ok bool)
}

// ImageDigest is the SHA-256 over all that decides an image's embedding: the image tower's graph and the preprocessing.
func (c *Checkpoint) ImageDigest(ctx context.Context) (string, error) {
	pre, err := json.Marshal(c.Preprocess)
	if err != nil {
		return "", err
	}
	graph, err := c.Image.graphSum(ctx)
	if err != nil {
		return "", err
	}
	return c.digest(ctx, string(pre)+graph, c.Image.files()...)
}

// TextDigest is the SHA-256 over all that decides a text's embedding: the text tower's graph, the tokenizer's files and the context.
func (c *Checkpoint) TextDigest(ctx context.Context) (string, error) {
	t := c.Tokenizer
	what := fmt.Sprint("context ", t.Context)
	if t.PadID != nil {
		what += fmt.Sprint(" padding ", *t.PadID)
	}
	if t.Clean != "" {
		what += " clean " + t.Clean
	}
	graph, err := c.Text.graphSum(ctx)
	if err != nil {
		return "", err
	}
	return c.digest(ctx, what+graph, append(c.Text.files(), t.Files...)...)
}

// graphSum is the SHA-256 of a graph that is built over a file of weights, and "" where the file is the graph: activation, number of heads
// and pooling stand in the graph alone.
func (t *Tower) graphSum(ctx context.Context) (string, error) {
	if t.Graph == nil {
		return "", nil
	}
	b, err := t.Graph(ctx, WeightPlacement{})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return " graph " + hex.EncodeToString(sum[:]), nil
}

// files are those that hold the tower: its graph, its weights, its projection.
func (t *Tower) files() []string {
	files := append([]string{t.File}, t.Data...)
	if p := t.Projection; p != nil {
		files = append(append(files, p.File), p.Data...)
	}
	return files
}

// Fetch brings the files of both towers to the disk, where they come over a network; else it does nothing.
func (c *Checkpoint) Fetch(ctx context.Context) error {
	fsys := c.FS
	if o, ok := fsys.(overlay); ok {
		fsys = o.base // what is laid over it comes from the command line, and is no part of the towers
	}
	r, ok := fsys.(Remote)
	if !ok {
		return nil
	}
	names := append(c.Image.files(), c.Text.files()...)
	slices.Sort(names)
	return r.Fetch(ctx, slices.Compact(names)...)
}

// Digest is the SHA-256 over both.
func (c *Checkpoint) Digest(ctx context.Context) (string, error) {
	img, err := c.ImageDigest(ctx)
	if err != nil {
		return "", err
	}
	txt, err := c.TextDigest(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(img + txt))
	return hex.EncodeToString(sum[:]), nil
}

// digest hashes a description and the files' own hashes, each with its name. A file is read once for all digests of a checkpoint: one of
// weights may take a gigabyte, and may hold both towers.
func (c *Checkpoint) digest(ctx context.Context, what string, files ...string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s\n", len(what), what)
	for _, name := range files {
		sum, ok := c.sums[name]
		if !ok {
			var err error
			if sum, err = fileSum(ctx, c.FS, name); err != nil {
				return "", fmt.Errorf("hash %s: %w", name, err)
			}
			if c.sums == nil {
				c.sums = map[string]string{}
			}
			c.sums[name] = sum
		}
		fmt.Fprintf(h, "%q %s\n", name, sum)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func fileSum(ctx context.Context, fsys fs.FS, name string) (string, error) {
	if k, ok := fsys.(hasher); ok {
		if sum, ok := k.SHA256(name); ok {
			return sum, nil
		}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, ctxReader{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ctxReader ends a long read when its context does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
