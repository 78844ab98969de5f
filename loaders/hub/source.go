package hub

import (
	"context"
	"io/fs"

	"mindgap/models"
)

func init() {
	models.RegisterSource(models.Source{
		Prefix: "hf",
		Help:   "hf:org/name or hf:org/name@revision (a repository of the Hugging Face Hub: only the files that are needed are fetched)",
		Open: func(ctx context.Context, rest string) (fs.FS, string, error) {
			r, err := ParseRepo(Model, rest)
			if err != nil {
				return nil, "", err
			}
			o, err := FromEnvironment()
			if err != nil {
				return nil, "", err
			}
			s, err := New(o).Open(ctx, r)
			if err != nil {
				return nil, "", err
			}
			return s, "hf:" + r.String() + "/", nil
		},
	})
}

var _ models.Remote = (*Snapshot)(nil)
