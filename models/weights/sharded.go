package weights

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"

	"mindgap/models/fault"
)

// OpenSharded reads the headers of a model that is split over several files, from the index called name, as transformers writes it:
// {"weight_map": {tensor: file}}. Files lie beside the index.
func OpenSharded(ctx context.Context, fsys fs.FS, name, where string) (Set, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	b, err := fs.ReadFile(fsys, name)
	if err == nil {
		err = json.Unmarshal(b, &index)
	}
	if err != nil {
		return nil, &fault.Error{Op: "read the index of the weights", Thing: where + name, Err: err, Next: "fetch the file again"}
	}
	files := make(map[string]Set)
	all := make(Set, len(index.WeightMap))
	for tensor, file := range index.WeightMap {
		part, ok := files[file]
		if !ok {
			if path.Base(file) != file || file == "" || file == "." || file == ".." {
				return nil, &fault.Error{Op: "read the index of the weights", Thing: where + name, Found: fmt.Sprintf("file %q", file), Wanted: "a file beside the index",
					Next: "do not use this model unless you trust its origin"}
			}
			if part, err = Open(ctx, fsys, path.Join(path.Dir(name), file), where); err != nil {
				return nil, err
			}
			files[file] = part
		}
		t, ok := part[tensor]
		if !ok {
			return nil, &fault.Error{Op: "read the index of the weights", Thing: where + name, Found: tensor + ", which " + file + " does not hold",
				Wanted: "the tensors of its files", Next: "fetch index and weights again, from one revision"}
		}
		all[tensor] = t
	}
	return all, nil
}
