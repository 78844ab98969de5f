package datasets

import (
	"errors"
	"io/fs"
)

// overridden returns d with the class names and templates of the given files, where these exist.
func overridden(d Dataset, classnames, templates string) (Dataset, error) {
	info := d.Info()
	names, err := ReadClassnames(classnames, "")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list, err := ReadTemplates(templates, "")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if names != nil {
		if err := checkClassnames(classnames, names, len(info.Classes)); err != nil {
			return nil, err
		}
	}
	if names == nil && list == nil {
		return d, nil
	}
	return WithPrompts(d, classnames, names, list)
}
