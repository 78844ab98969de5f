package datasets

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// Images opens loose pictures as a data set without labels: files and folders in the order given, each folder replaced by the images in
// and below it, sorted by path. The id of an item is its path with slashes; one that comes again gets "#2", "#3" and so on. A file is
// taken whatever its ending; a path that does not exist and a folder without images are faults.
func Images(ctx context.Context, paths []string) (Dataset, error) {
	d := &loose{}
	var parts []string
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, &fault.Error{Op: "open images", Thing: p, Err: cause(err)}
		}
		if !info.IsDir() {
			if !info.Mode().IsRegular() {
				return nil, &fault.Error{Op: "open images", Thing: p, Found: "something that is not a file", Wanted: "an image file or a folder"}
			}
			d.files = append(d.files, p)
			parts = append(parts, fmt.Sprintf("%s %d %d", p, info.Size(), info.ModTime().UnixNano()))
			continue
		}
		files, err := appendTree(ctx, nil, p, "", NoLabel)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, &fault.Error{Op: "open images", Thing: p, Found: "no images", Wanted: "files named " + strings.Join(imageExtensions, " ")}
		}
		slices.SortFunc(files, func(a, b imageFile) int { return strings.Compare(a.rel, b.rel) })
		for i := range files {
			files[i].captions = "" // loose pictures have none
			d.files = append(d.files, filepath.Join(p, filepath.FromSlash(files[i].rel)))
		}
		sum, err := fingerprintTree(ctx, p, files)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p+" "+sum)
	}
	if len(d.files) == 0 {
		return nil, &fault.Error{Kind: fault.Usage, Op: "open images", Found: "no path", Wanted: "a file or a folder"}
	}
	d.nameItems()
	d.info = Info{Name: "images", Len: len(d.files), Fingerprint: fingerprint(parts...), Source: strings.Join(paths, ", ")}
	return d, nil
}

// loose is a list of image files.
type loose struct {
	info  Info
	files []string
	ids   []string
}

// nameItems gives every file an id of its own.
func (d *loose) nameItems() {
	taken := make(map[string]bool, len(d.files))
	for _, f := range d.files {
		path := filepath.ToSlash(f)
		id := path
		for n := 2; taken[id]; n++ {
			id = fmt.Sprintf("%s#%d", path, n)
		}
		taken[id] = true
		d.ids = append(d.ids, id)
	}
}

func (d *loose) Info() Info   { return d.info }
func (d *loose) Close() error { return nil }

func (d *loose) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i, f := range d.files {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			if !yield(Item{ID: d.ids[i], Image: fileImage(f), Label: NoLabel}, nil) {
				return
			}
		}
	}
}
