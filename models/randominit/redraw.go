package randominit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mindgap/models/fault"
)

// Redraw returns the ONNX exports in the directory dir with their weights drawn anew. Graphs and files keep their sizes and everything else:
// only the bytes of weights change, in the models and in their files of external data. By the schemes openai and hf, which need the names and
// the config.json of a CLIP or SigLIP of transformers, every tensor has the law of its name. By matched and shuffle, any graph: normalisations (gain,
// bias, running statistics), quantisation scales and constant tensors stay, other floating-point tensors are drawn or permuted, and the codes of
// quantised tensors are permuted in both. Tensors of one element, int32 and int64 tensors (shapes, indices) stay always.
//
// A graph among several that cannot be drawn so, a quantised one by a scheme say, is listed in LeftOut and fails when it is opened.
func Redraw(dir string, s Scheme, seed uint64) (*FS, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	base := os.DirFS(dir)
	m := &FS{Name: modelName(filepath.Base(abs), s, Matched, seed), Scheme: s, Seed: seed, base: base, made: map[string]*file{}}
	d := &redrawing{FS: m, dir: dir}
	config, err := fs.ReadFile(base, "config.json")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, readFault(dir, "config.json", err)
	}
	if s == OpenAI || s == HF {
		if err := d.learnLaws(config); err != nil {
			return nil, err
		}
	}
	if config != nil {
		if err := d.config(config); err != nil {
			return nil, err
		}
	}
	graphs := onnxFiles(base)
	for _, name := range graphs {
		if err := d.plan(name); err != nil {
			m.LeftOut = append(m.LeftOut, err)
			m.made[name] = &file{name: name, err: err}
		}
	}
	if len(m.LeftOut) == len(graphs) {
		return nil, m.LeftOut[0]
	}
	for _, f := range m.made {
		slices.SortFunc(f.pieces, func(a, b piece) int { return int(min(max(a.off-b.off, -1), 1)) })
		for i := 1; i < len(f.pieces); i++ {
			if f.pieces[i-1].off+f.pieces[i-1].size > f.pieces[i].off {
				return nil, readFault(dir, f.name, errors.New("two tensors overlap"))
			}
		}
	}
	return m, nil
}

// onnxFiles lists the graphs of a folder: in it, and one folder deep.
func onnxFiles(fsys fs.FS) []string {
	a, _ := fs.Glob(fsys, "*.onnx")
	b, _ := fs.Glob(fsys, "*/*.onnx")
	return append(a, b...)
}

// A redrawing is Redraw at work.
type redrawing struct {
	*FS
	dir  string
	laws map[string]Law // by transformers' name; nil: matched or shuffle
}

func readFault(dir, name string, err error) error {
	next := "fetch the file again: it is damaged, or of another kind"
	if errors.Is(err, errNoLaw) {
		next = "use init=matched or init=shuffle"
	}
	return &fault.Error{Op: "draw the weights of", Thing: filepath.Join(dir, filepath.FromSlash(name)), Err: err, Next: next}
}

// errNoLaw is in the chain of errors about tensors that a scheme cannot draw.
var errNoLaw = errors.New("the scheme has no law for it")

// config marks config.json as that of an untrained model.
func (d *redrawing) config(b []byte) error {
	c, err := parseObject(b)
	if err != nil {
		return readFault(d.dir, "config.json", err)
	}
	for _, name := range []string{"logit_scale", "logit_bias"} { // by matched and shuffle they stay, as all scalars do
		if law, ok := d.laws[name]; ok {
			c[name] = real(law.Mean())
		}
	}
	c["name"], c["trained"] = d.Name, false
	c["initialization"] = object{"scheme": d.Scheme, "seed": d.Seed, "version": Version}
	out, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	d.made["config.json"] = content("config.json", append(out, '\n'))
	return nil
}

// learnLaws takes the laws of the scheme from the architecture that config.json states.
func (d *redrawing) learnLaws(config []byte) error {
	if config == nil {
		return &fault.Error{Op: "draw the weights of", Thing: d.dir, Found: "no config.json", Wanted: "the config.json of a CLIP or SigLIP of transformers",
			Next: "use init=matched or init=shuffle, which need no architecture"}
	}
	a, err := ParseArch(filepath.Join(d.dir, "config.json"), config)
	if err != nil {
		return err
	}
	params, err := a.Params(d.Scheme)
	if err != nil {
		return err
	}
	d.laws = make(map[string]Law, len(params))
	for _, p := range params {
		d.laws[p.Name] = p.Law
	}
	return nil
}

// plan adds the pieces that the weights of one graph ask for.
func (d *redrawing) plan(name string) error {
	f, err := d.patched(name)
	if err != nil {
		return readFault(d.dir, name, err)
	}
	r, err := os.Open(f.base)
	if err != nil {
		return readFault(d.dir, name, err)
	}
	defer r.Close()
	g, err := scanGraph(r, f.size)
	if err != nil {
		return readFault(d.dir, name, err)
	}
	use, tower := usesOf(g), towerOf(g)
	for _, t := range g.tensors {
		if t.typ.size() == 0 || t.count() <= 1 {
			continue
		}
		if err := d.tensor(f, t, use[t.name], tower); err != nil {
			return readFault(d.dir, name, fmt.Errorf("tensor %q: %w", t.name, err))
		}
	}
	return nil
}

// patched returns the file name of the folder as one that is made.
func (d *redrawing) patched(name string) (*file, error) {
	if f, ok := d.made[name]; ok {
		return f, nil
	}
	f := &file{name: name, base: filepath.Join(d.dir, filepath.FromSlash(name))}
	st, err := os.Stat(f.base)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	f.size = st.Size()
	f.sum = sync.OnceValues(func() (string, error) {
		b, err := os.Open(f.base)
		if err != nil {
			return "", err
		}
		defer b.Close()
		h := sha256.New()
		if c, ok := d.made["config.json"]; ok && d.laws != nil { // the laws follow from it
			r, err := c.open()
			if err != nil {
				return "", err
			}
			if _, err := io.Copy(h, r); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(h, "mindgap redraw %s %s seed %d %q\n", Version, d.Scheme, d.Seed, name)
		_, err = io.Copy(h, b)
		return hex.EncodeToString(h.Sum(nil)), err
	})
	d.made[name] = f
	return f, nil
}

// tensor adds the piece of one tensor of the graph f.
func (d *redrawing) tensor(f *file, t initializer, u use, tower string) error {
	target := f
	if t.place != "" {
		p := path.Join(path.Dir(f.name), strings.ReplaceAll(t.place, `\`, "/"))
		if !filepath.IsLocal(filepath.FromSlash(t.place)) || !fs.ValidPath(p) {
			return fmt.Errorf("external data at %q, outside of the model's folder", t.place)
		}
		var err error
		if target, err = d.patched(p); err != nil {
			return err
		}
	}
	n := t.count()
	switch {
	case t.off < 0:
		return errors.New("its values are not stored as one run of bytes")
	case t.size != n*t.typ.size() || t.size > target.size || t.off > target.size-t.size:
		return fmt.Errorf("%d bytes at %d of %d for %d elements", t.size, t.off, target.size, n)
	}
	// The graph's name is part of the stream's: exporters number tensors, and both towers have a "onnx::MatMul_394".
	o := original{file: target, off: t.off, n: n, typ: t.typ}
	s := stream{d.Seed, f.name + "\x00" + t.name}
	var p piece
	switch {
	case d.laws != nil:
		law, known := d.lawOf(t, u, tower)
		switch {
		case known && t.typ.integer():
			return fmt.Errorf("%w: it is quantised", errNoLaw)
		case known:
			p = lawPiece(t.off, n, law, s, o.encoding())
		case u.keeps || t.typ.integer():
			return nil
		default: // a mask or another constant of the exporter's
			constant, err := o.looksConstant()
			if err != nil {
				return err
			}
			if !constant {
				return fmt.Errorf("%w: transformers has no parameter of this name", errNoLaw)
			}
			return nil
		}
	case u.keeps, t.typ.integer() && len(t.dims) < 2: // zero points are vectors
		return nil
	case d.Scheme == Shuffle, t.typ.integer():
		p = shuffled(o, s)
	default:
		p = matched(o, s)
	}
	// Two graphs may share a tensor of external data; the first one's stream holds.
	if !slices.ContainsFunc(target.pieces, func(q piece) bool { return q.off == p.off && q.size == p.size }) {
		target.pieces = append(target.pieces, p)
	}
	return nil
}

// lawOf finds the law of a tensor by its own name or by the layers that use it. Exporters put the name of a wrapper in front, and a tower
// that was exported alone may lack its own.
func (d *redrawing) lawOf(t initializer, u use, tower string) (Law, bool) {
	for _, name := range append([]string{t.name}, u.names...) {
		for more := true; more; _, name, more = strings.Cut(name, ".") {
			for _, full := range []string{name, tower + name} {
				if l, ok := d.laws[full]; ok {
					return l, true
				}
			}
		}
	}
	return Law{}, false
}
