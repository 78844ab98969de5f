package randominit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// RefHelp says what [Open] understands.
const RefHelp = "ARCH, a config.json or its directory, or a directory of ONNX exports; then ?seed=N&init=openai|hf|matched|shuffle"

// A Ref is a reference to an untrained model in parts.
type Ref struct {
	What    string // an architecture, the configuration of one, or a folder of graphs
	Scheme  Scheme // "": the default of What
	Seed    uint64
	HasSeed bool // the reference names the seed; else it is 1
}

// String writes the reference with its seed.
func (r Ref) String() string {
	if r.Scheme == "" {
		return fmt.Sprintf("%s?seed=%d", r.What, r.Seed)
	}
	return fmt.Sprintf("%s?init=%s&seed=%d", r.What, r.Scheme, r.Seed)
}

// ParseRef reads a reference as [Open] takes it, without looking for what it names.
func ParseRef(ref string) (Ref, error) {
	r := Ref{What: ref, Seed: 1}
	query := ""
	if i := strings.LastIndexByte(ref, '?'); i >= 0 {
		r.What, query = ref[:i], ref[i+1:]
	}
	bad := func(found, wanted string) (Ref, error) {
		return Ref{}, &fault.Error{Kind: fault.Usage, Op: "read the reference", Thing: "random:" + ref, Found: found, Wanted: wanted, Next: "correct the reference"}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return bad(err.Error(), "seed=N&init=SCHEME after the question mark")
	}
	for key, v := range values {
		value := v[len(v)-1]
		switch {
		case len(v) > 1:
			return bad(key+" twice", "it once")
		case key == "seed":
			if r.Seed, err = strconv.ParseUint(value, 10, 64); err != nil {
				return bad("seed "+value, "a whole number from 0 to 2^64-1")
			}
			r.HasSeed = true
		case key == "init":
			if r.Scheme, err = ParseScheme(value); err != nil {
				return Ref{}, err
			}
		default:
			return bad(key, "seed or init")
		}
	}
	if r.What == "" {
		return bad("no architecture", RefHelp+"; architectures are "+strings.Join(Names(), ", "))
	}
	return r, nil
}

// Open makes the model that a reference names: an architecture (ViT-B-32), the configuration of one (a config.json, an
// open_clip_config.json, or a folder with one of them), or a folder with ONNX graphs whose weights are drawn anew. Behind a question mark
// stand seed (default 1) and init (default openai, for SigLIP hf, for ONNX graphs matched).
func Open(ref string) (*FS, error) {
	r, err := ParseRef(ref)
	if err != nil {
		return nil, err
	}
	return OpenAs(r.What, r.Scheme, r.Seed)
}

// OpenAs is [Open] with the reference in parts; scheme "" is the default.
func OpenAs(what string, scheme Scheme, seed uint64) (*FS, error) {
	m, err := open(what, scheme, seed)
	if err == nil {
		m.Ref = Ref{What: what, Scheme: m.Scheme, Seed: m.Seed}.String()
	}
	return m, err
}

func open(what string, scheme Scheme, seed uint64) (*FS, error) {
	byDefault := func(s Scheme) Scheme {
		if scheme == "" {
			return s
		}
		return scheme
	}
	a, named := Named(what)
	if named == nil {
		return New(a, byDefault(a.usual()), seed)
	}
	st, err := os.Stat(what)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, named
	case err != nil:
		return nil, &fault.Error{Op: "open", Thing: what, Err: err, Next: "check the path"}
	}
	file := what
	if st.IsDir() {
		if graphs := onnxFiles(os.DirFS(what)); len(graphs) > 0 {
			return Redraw(what, byDefault(Matched), seed)
		}
		for _, name := range configNames {
			if file = filepath.Join(what, name); isFile(file) {
				break
			}
			file = ""
		}
		if file == "" {
			return nil, &fault.Error{Op: "draw the weights of", Thing: what, Found: "neither .onnx files nor a configuration",
				Wanted: strings.Join(configNames, " or "), Next: "name the folder of a model, or one of " + strings.Join(Names(), ", ")}
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, &fault.Error{Op: "read the architecture", Thing: file, Err: err, Next: "check the path"}
	}
	if a, err = ParseArch(file, b); err != nil {
		return nil, err
	}
	a.Name = archName(file)
	m, err := New(a, byDefault(a.usual()), seed)
	if err != nil {
		return nil, err
	}
	return m, m.adopt(filepath.Dir(file))
}

// tokenizers are the files that define a tokenizer.
var tokenizers = []string{"tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "spiece.model"}

// adopt takes tokenizer and preprocessing from the folder of the configuration where they stand there.
func (m *FS) adopt(dir string) error {
	found := map[string]*file{}
	for _, name := range append([]string{"preprocessor_config.json"}, tokenizers...) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return &fault.Error{Op: "read the files of the model", Thing: filepath.Join(dir, name), Err: err, Next: "check the permissions of the folder"}
		}
		found[name] = content(name, b)
	}
	if found["tokenizer.json"] != nil || found["merges.txt"] != nil || found["spiece.model"] != nil { // each says it all
		for _, name := range tokenizers {
			delete(m.made, name)
		}
	}
	maps.Copy(m.made, found)
	return nil
}

// configNames are where a folder states its architecture.
var configNames = []string{"config.json", "open_clip_config.json"}

// archName makes a name of a path: the folder's where the file has one of the usual names, else the file's own.
func archName(file string) string {
	base := filepath.Base(file)
	for _, usual := range configNames {
		if base == usual {
			if abs, err := filepath.Abs(file); err == nil {
				return filepath.Base(filepath.Dir(abs))
			}
		}
	}
	return strings.TrimSuffix(base, filepath.Ext(base))
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}
