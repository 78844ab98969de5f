package models

import (
	"context"
	"io/fs"

	"mindgap/models/randominit"
)

func init() {
	RegisterSource(Source{
		Prefix: "random",
		Help:   "random:" + randominit.RefHelp,
		Open: func(_ context.Context, ref string) (fs.FS, string, error) {
			m, err := randominit.Open(ref)
			if err != nil {
				return nil, "", err
			}
			return randomFS{m}, "random:" + m.Name + "/", nil
		},
	})
}

// randomFS is an untrained model. Its weights are drawn when the towers open.
type randomFS struct{ *randominit.FS }

func (r randomFS) describe(cp *Checkpoint) {
	cp.Ref = "random:" + r.Ref // with seed and scheme, which the user may have left to the defaults
	cp.Name = r.Name
	cp.Trained = new(bool)
}
