package datasets

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// imageExtensions are the endings of image files, in any case.
var imageExtensions = []string{".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"}

// An imageFile is one picture of a tree.
type imageFile struct {
	rel      string // slash path relative to the root
	class    int    // index into the tree's classes, or NoLabel
	captions string // base name of the caption file beside it, or ""
}

// A tree is what a folder holds: images below the root's sub-folders, which are the classes, or images in the root itself.
type tree struct {
	classes []string    // names of the sub-folders that hold images, in order
	empty   []string    // names of the sub-folders that hold none
	loose   int         // number of images in the root itself
	files   []imageFile // by class, then by path
}

// scanTree lists the images below root. Hidden files and folders (a leading dot) are passed over, and links are followed unless they lead
// back to a folder that they lie in. Classes are sorted as strings, but as numbers if every one of them is a number, so that class 10
// does not come before class 2.
func scanTree(ctx context.Context, root string) (*tree, error) {
	top, err := readDir(root)
	if err != nil {
		return nil, err
	}
	t := &tree{}
	var folders []string
	for _, e := range top {
		if enterable(root, e.Name(), e) {
			folders = append(folders, e.Name())
		}
	}
	sortClasses(folders)
	t.files = appendImages(t.files, "", top, NoLabel)
	t.loose = len(t.files)
	for _, name := range folders {
		before := len(t.files)
		if t.files, err = appendTree(ctx, t.files, root, name, len(t.classes)); err != nil {
			return nil, err
		}
		if len(t.files) == before {
			t.empty = append(t.empty, name)
			continue
		}
		slices.SortFunc(t.files[before:], func(a, b imageFile) int { return cmp.Compare(a.rel, b.rel) })
		t.classes = append(t.classes, name)
	}
	return t, nil
}

// appendTree appends the images in root/dir and below it.
func appendTree(ctx context.Context, files []imageFile, root, dir string, class int) ([]imageFile, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := readDir(filepath.Join(root, filepath.FromSlash(dir)))
	if err != nil {
		return nil, err
	}
	files = appendImages(files, dir, entries, class)
	for _, e := range entries {
		if sub := path.Join(dir, e.Name()); enterable(root, sub, e) {
			if files, err = appendTree(ctx, files, root, sub, class); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// appendImages appends the images among the entries of dir, which are sorted, with the caption file that shares an image's stem.
func appendImages(files []imageFile, dir string, entries []fs.DirEntry, class int) []imageFile {
	captions := map[string]bool{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".txt") && !e.IsDir() {
			captions[e.Name()] = true
		}
	}
	for _, e := range entries {
		name := e.Name()
		ext := filepath.Ext(name)
		if name[0] == '.' || e.IsDir() || !slices.Contains(imageExtensions, strings.ToLower(ext)) {
			continue
		}
		f := imageFile{rel: path.Join(dir, name), class: class}
		if beside := strings.TrimSuffix(name, ext) + ".txt"; captions[beside] {
			f.captions = beside
		}
		files = append(files, f)
	}
	return files
}

// enterable reports whether root/rel is a folder to go into: a real one, or a link to one that is not around it.
func enterable(root, rel string, e fs.DirEntry) bool {
	if e.Name()[0] == '.' {
		return false
	}
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	target, err := os.Stat(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil || !target.IsDir() {
		return false
	}
	// What lies around it is looked for by the path that led here, so that a link inside a linked folder is judged as well.
	at, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return false
	}
	for around := filepath.Dir(at); around != at; at, around = around, filepath.Dir(around) {
		if info, err := os.Stat(around); err == nil && os.SameFile(info, target) {
			return false
		}
	}
	return true
}

// readDir returns the entries of dir sorted by name. Their types come with the listing, without a stat of each.
func readDir(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &fault.Error{Op: "list folder", Thing: dir, Err: cause(err)}
	}
	return entries, nil
}

// sortClasses sorts names as numbers if every one is a non-negative decimal number, else as strings.
func sortClasses(names []string) {
	numbers := make(map[string]*big.Int, len(names))
	for _, n := range names {
		if strings.Trim(n, "0123456789") != "" {
			slices.Sort(names)
			return
		}
		numbers[n], _ = new(big.Int).SetString(n, 10)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(numbers[a].Cmp(numbers[b]), cmp.Compare(a, b)) })
}

// fingerprintTree is the SHA-256 over path, size and time of change of every file that goes into the items. Reading the files instead
// would make opening as slow as using them.
func fingerprintTree(ctx context.Context, root string, files []imageFile) (string, error) {
	h := sha256.New()
	add := func(rel string) error {
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(rel)))
		if err != nil {
			return &fault.Error{Op: "open image folder", Thing: filepath.Join(root, rel), Err: cause(err), Next: "remove the file, or mend the link"}
		}
		if !info.Mode().IsRegular() {
			return &fault.Error{Op: "open image folder", Thing: filepath.Join(root, rel), Found: "something that is not a file", Wanted: "an image file"}
		}
		fmt.Fprintf(h, "%d:%s %d %d\n", len(rel), rel, info.Size(), info.ModTime().UnixNano())
		return nil
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err := add(f.rel); err != nil {
			return "", err
		}
		if f.captions != "" {
			if err := add(path.Join(path.Dir(f.rel), f.captions)); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
