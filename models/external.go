package models

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

// externalFiles checks the files that hold a graph's weights before the runtime sees them, and returns their names in fsys. A model must
// not read what lies outside its folder: a location that is absolute or climbs with "..", and a link that leads out, are refused.
func externalFiles(fsys fs.FS, file, where string, exts []onnxgraph.External) ([]string, error) {
	var names []string
	for _, e := range exts {
		bad := func(found, wanted, next string) error {
			return &fault.Error{Op: "find the weights of", Thing: where + file, Found: found, Wanted: wanted, Next: next}
		}
		loc := strings.ReplaceAll(e.Location, `\`, "/")
		clean := path.Clean(loc)
		if path.IsAbs(loc) || filepath.VolumeName(e.Location) != "" || len(loc) > 1 && loc[1] == ':' || clean == ".." || strings.HasPrefix(clean, "../") {
			return nil, bad(fmt.Sprintf("external data at %q", e.Location), "a file inside the model's folder",
				"do not use this file unless you trust its origin: it points outside its folder; else export the model again with its data beside it")
		}
		name := path.Join(path.Dir(file), clean)
		st, err := fs.Stat(fsys, name)
		if err != nil || !st.Mode().IsRegular() {
			return nil, bad(fmt.Sprintf("external data in %s, which is not there", e.Location), "the file beside the model", "copy "+path.Base(clean)+" from where the model came from, too")
		}
		if st.Size() < e.End {
			return nil, bad(fmt.Sprintf("%d bytes in %s", st.Size(), e.Location), fmt.Sprintf("%d or more", e.End), "fetch that file again: it was cut short, or belongs to another model")
		}
		if err := staysInside(pathIn(fsys, file), pathIn(fsys, name)); err != nil {
			return nil, bad(fmt.Sprintf("external data in %s, a link to another folder", e.Location), "a file inside the model's folder",
				"put the file itself there if you trust its origin")
		}
		names = append(names, name)
	}
	return names, nil
}

// staysInside reports an error where data, all links followed, lies outside both the model's folder and the folder of the file that the
// model's own name links to. The second is what the cache of a model hub looks like: links side by side to files side by side.
func staysInside(model, data string) error {
	if model == "" || data == "" {
		return nil
	}
	realData, err := filepath.EvalSymlinks(data)
	if err != nil {
		return nil // not on disk yet; its place was checked by name
	}
	realDir, err := filepath.EvalSymlinks(filepath.Dir(model))
	if err != nil {
		return nil
	}
	dirs := []string{realDir}
	if m, err := filepath.EvalSymlinks(model); err == nil {
		dirs = append(dirs, filepath.Dir(m))
	}
	for _, d := range dirs {
		if rel, err := filepath.Rel(d, realData); err == nil && filepath.IsLocal(rel) {
			return nil
		}
	}
	return fmt.Errorf("%s lies outside", realData)
}
