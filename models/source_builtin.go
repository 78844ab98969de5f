package models

import (
	"context"
	"io/fs"

	"mindgap/models/builtin"
)

func init() {
	RegisterSource(Source{
		Prefix: "builtin",
		Help:   "builtin (the emoji model), builtin:cifar10, and their untrained twins builtin:emoji-random1 … builtin:cifar10-random3",
		Open: func(_ context.Context, name string) (fs.FS, string, error) {
			if name == "" {
				name = "emoji"
			}
			fsys, err := builtin.Open(name)
			return fsys, "builtin:" + name + "/", err
		},
	})
}
