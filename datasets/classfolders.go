package datasets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mindgap/models/fault"
)

// openClassFolders opens the tree at path as a known set: a folder's name tells its class by labels, so that neither the order of names nor a
// missing folder shifts a label. Items stand in the order of classes, then of paths. It completes info.
func openClassFolders(ctx context.Context, info Info, path string, labels map[string]int) (Dataset, error) {
	t, err := scanTree(ctx, path)
	if err != nil {
		return nil, err
	}
	e := &fault.Error{Op: "open " + info.Name, Thing: path, Next: "give the folder that holds the class folders, unpacked and unchanged"}
	switch {
	case t.loose > 0:
		e.Found, e.Wanted = fmt.Sprintf("%d images beside the class folders, such as %s", t.loose, t.files[0].rel), "every image in a class folder"
		return nil, e
	case len(t.files) == 0:
		e.Found, e.Wanted = "no images", "a folder of images for each class"
		return nil, e
	}
	known := make([]int, len(t.classes))
	seen := map[int]string{}
	for i, folder := range t.classes {
		label, ok := labels[folder]
		if !ok {
			e.Found, e.Wanted = "a folder "+folder, "only the "+fmt.Sprint(len(info.Classes))+" classes of "+info.Name
			return nil, e
		}
		if other, ok := seen[label]; ok {
			e.Found, e.Wanted = fmt.Sprintf("the folders %s and %s for one class", other, folder), "a folder for each class"
			return nil, e
		}
		known[i], seen[label] = label, folder
	}
	for i := range t.files {
		t.files[i].class, t.files[i].captions = known[t.files[i].class], ""
	}
	slices.SortStableFunc(t.files, func(a, b imageFile) int { return a.class - b.class })
	info.Len, info.Source = len(t.files), path
	if info.Fingerprint, err = fingerprintTree(ctx, path, t.files); err != nil {
		return nil, err
	}
	return &folder{info: info, root: path, files: t.files}, nil
}

// labelsOf numbers the names.
func labelsOf(names []string) map[string]int {
	labels := make(map[string]int, len(names))
	for i, n := range names {
		labels[n] = i
	}
	return labels
}

// hasFolder reports whether dir holds one of the folders.
func hasFolder(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return isDir(filepath.Join(dir, f)) })
}

// firstDir returns the first of the folders below root that fits.
func firstDir(root string, fits func(dir string) bool, folders ...string) (string, bool) {
	for _, f := range folders {
		if dir := filepath.Join(root, f); fits(dir) {
			return dir, true
		}
	}
	return "", false
}

// hasEntry reports whether one of the names in dir fits, without reading more of a large folder than it must.
func hasEntry(dir string, fits func(name string) bool) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	for {
		names, err := f.Readdirnames(256)
		if slices.ContainsFunc(names, fits) {
			return true
		}
		if err != nil {
			return false
		}
	}
}
