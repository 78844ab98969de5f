package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"mindgap/models/fault"
)

// A listedImage is an image that a file of annotations names, with what it says about it.
type listedImage struct {
	id       string
	path     string // slash path relative to the folder of the images, or absolute
	where    string // the place in the annotations, for messages, such as "captions.txt line 7"
	captions []string
	label    int
}

// listed is a set of image files that stand in a file of annotations. The annotations are in memory, the pictures never.
type listed struct {
	info   Info
	root   string
	images []listedImage
}

// newListed completes info and returns the set of the images in root. Every image must exist, and ids must differ. The fingerprint covers
// ids, captions, and size and time of change of every image file.
func newListed(ctx context.Context, info Info, root string, images []listedImage) (Dataset, error) {
	op := "open " + info.Name
	if len(images) == 0 {
		return nil, &fault.Error{Op: op, Thing: info.Source, Found: "no images in it", Wanted: "one or more"}
	}
	d := &listed{info: info, root: root, images: images}
	seen := make(map[string]int, len(images))
	h := sha256.New()
	for i, m := range images {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if first, ok := seen[m.id]; ok {
			return nil, &fault.Error{Op: op, Thing: m.where, Found: "the id " + strconv.Quote(m.id) + " again, as at " + images[first].where,
				Wanted: "an id of its own for each image"}
		}
		seen[m.id] = i
		file, err := os.Stat(d.file(m))
		if err == nil && !file.Mode().IsRegular() {
			err = fs.ErrInvalid
		}
		if err != nil {
			return nil, &fault.Error{Op: op, Thing: m.where, Found: "no image file " + d.file(m), Wanted: "every image that the annotations name",
				Next: "unpack the images there, or remove what is missing from the annotations", Err: cause(err)}
		}
		fmt.Fprintf(h, "%q %d %d %q\n", m.id, file.Size(), file.ModTime().UnixNano(), m.captions)
	}
	d.info.Len, d.info.Fingerprint = len(images), hex.EncodeToString(h.Sum(nil))
	return d, nil
}

func (d *listed) file(m listedImage) string {
	path := filepath.FromSlash(m.path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.root, path)
}

func (d *listed) Info() Info   { return d.info }
func (d *listed) Close() error { return nil }

func (d *listed) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, m := range d.images {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			if !yield(Item{ID: m.id, Label: m.label, Captions: m.captions[:len(m.captions):len(m.captions)], Image: fileImage(d.file(m))}, nil) {
				return
			}
		}
	}
}

// isFile reports whether path is a regular file.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
