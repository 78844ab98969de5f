package models

import (
	"context"
	"io/fs"

	"mindgap/models/builtin"
	"mindgap/models/fault"
	"mindgap/models/randominit"
)

func init() {
	RegisterSource(Source{
		Prefix: "random",
		Help:   "random:" + randominit.RefHelp + "; random:builtin?seed=N, the built-in architecture",
		Open: func(_ context.Context, ref string) (fs.FS, string, error) {
			r, err := randominit.ParseRef(ref)
			if err != nil {
				return nil, "", err
			}
			if r.What == "builtin" {
				return openUntrained(r)
			}
			m, err := randominit.OpenAs(r.What, r.Scheme, r.Seed)
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

// openUntrained draws the built-in architecture, which has one scheme: OpenAI's for the texts, and for the images PyTorch's of residual networks.
func openUntrained(r randominit.Ref) (fs.FS, string, error) {
	if r.Scheme == "" {
		r.Scheme = randominit.OpenAI
	}
	if r.Scheme != randominit.OpenAI {
		return nil, "", &fault.Error{Kind: fault.Usage, Op: "draw the weights of", Thing: "random:builtin", Found: "init=" + string(r.Scheme), Wanted: "init=openai",
			Next: "leave init out: the built-in architecture is drawn in one way"}
	}
	fsys, err := builtin.Untrained(r.Seed)
	return untrainedFS{fsys, "random:" + r.String()}, "random:builtin/", err
}

// untrainedFS is the built-in architecture under a seed of the user's. Its files say the rest.
type untrainedFS struct {
	fs.FS
	ref string
}

func (u untrainedFS) describe(cp *Checkpoint) { cp.Ref = u.ref }

// SHA256 implements hasher where the files know their hashes.
func (u untrainedFS) SHA256(name string) (sum string, ok bool) {
	if h, is := u.FS.(hasher); is {
		return h.SHA256(name)
	}
	return "", false
}
