package datasets

import (
	"errors"
	"io/fs"
)

// cause returns what the operating system said, without the path, which the fault around it names already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
