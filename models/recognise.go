package models

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mindgap/models/fault"
	"mindgap/models/onnxgraph"
)

// layout makes a Layout of data.
func (s *spec) layout() Layout {
	return Layout{Name: s.Name, Help: s.Help, order: s.Order, with: s.recognise,
		Recognise: func(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
			return s.recognise(ctx, fsys, where, Options{})
		}}
}

// recognise reads a folder as the layout says. It opens the graphs that it chose, the small files beside them and nothing else.
func (s *spec) recognise(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	all, half := s.choices(fsys)
	if len(all) == 0 {
		if half != "" {
			return nil, almost(half)
		}
		return nil, notThis("no " + s.files())
	}
	if len(s.ModelTypes) > 0 {
		conf, err := s.config(fsys, where, all[0])
		if err != nil || !slices.Contains(s.ModelTypes, conf.Family) {
			return nil, notThis(fmt.Sprintf("%s with another model_type than %s", s.Config.Files[0], strings.Join(s.ModelTypes, ", ")))
		}
	}
	c, err := choose(all, o.Precision, where)
	if err != nil {
		return nil, err
	}
	return s.build(ctx, fsys, where, c, o)
}

// files lists what the layout looks for first.
func (s *spec) files() string {
	if len(s.Both) > 0 {
		return plain(s.Both[len(s.Both)-1])
	}
	return plain(s.Image[0]) + " and " + plain(s.Text[0])
}

// build describes the chosen graphs and all that belongs to them. Graphs come first: a fault in them explains most others.
func (s *spec) build(ctx context.Context, fsys fs.FS, where string, c choice, o Options) (*Checkpoint, error) {
	cp := &Checkpoint{Precision: c.precision}
	var err error
	if c.image == c.text {
		err = s.describeBoth(ctx, fsys, where, c.image, cp)
	} else {
		err = s.describeSplit(ctx, fsys, where, c, cp)
	}
	if err != nil {
		return nil, err
	}
	conf, err := s.config(fsys, where, c)
	if err != nil {
		return nil, err
	}
	cp.Name, cp.Trained, cp.Family = conf.Name, conf.Trained, conf.Family
	if cp.Family == "" {
		cp.Family = s.Family
	}
	fam := familyOf(cp.Family)
	cp.EmptyImages = fam.EmptyImages
	if cp.LogitScale, cp.LogitBias, err = logitScale(fsys, where, path.Dir(c.image), conf); err != nil {
		return nil, err
	}
	if cp.Preprocess, err = s.preprocess(fsys, where, c, conf, fam, cp, o.Preprocess); err != nil {
		return nil, err
	}
	if cp.Tokenizer, err = s.tokenizer(fsys, where, c, conf, fam, o); err != nil {
		return nil, err
	}
	if n := cp.Text.Input.Shape[1]; n > 0 { // a fixed sequence is what the graph takes, whatever the files say
		cp.Tokenizer.Context = int(n)
	}
	return cp, nil
}

func (s *spec) describeBoth(ctx context.Context, fsys fs.FS, where, file string, cp *Checkpoint) error {
	g, data, err := readGraph(ctx, fsys, file, where, bothTowers)
	if err != nil {
		return err
	}
	if r := sortInputs(g.Inputs); r.pixels == nil || r.ids == nil {
		return almost(fmt.Sprintf("%s, which has no inputs for both towers: %s", file, joinPorts(g.Inputs)))
	}
	var pf *portFault
	if cp.Image, cp.Text, cp.Logits, pf = bothTowersOf(g); pf != nil {
		return portError(pf, file, where, bothTowers)
	}
	cp.Image.File, cp.Text.File = file, file
	cp.Image.Data, cp.Text.Data = data, data
	cp.Image.BatchScaled, cp.Text.BatchScaled = g.BatchScaled, g.BatchScaled
	return nil
}

func (s *spec) describeSplit(ctx context.Context, fsys fs.FS, where string, c choice, cp *Checkpoint) error {
	tower := func(t *Tower, file, kind, projection string, names []string, of func(*onnxgraph.Graph) (Tower, *portFault)) error {
		g, data, err := readGraph(ctx, fsys, file, where, kind)
		if err != nil {
			return err
		}
		got, pf := of(g)
		if len(names) > 0 && !slices.Contains(names, got.Input.Name) {
			return notThis(fmt.Sprintf("%s has no input %s", file, strings.Join(names, " or ")))
		}
		if pf != nil {
			return portError(pf, file, where, kind)
		}
		*t = got
		t.File, t.Data, t.BatchScaled = file, data, g.BatchScaled
		if projection != "" {
			return readProjection(ctx, fsys, projection, where, t)
		}
		return nil
	}
	if err := tower(&cp.Image, c.image, imageTower, c.imageProjection, s.ImageInput, imageTowerOf); err != nil {
		return err
	}
	return tower(&cp.Text, c.text, textTower, c.textProjection, s.TextInput, textTowerOf)
}

// expand replaces the folders of the towers in a name.
func expand(name string, c choice) string {
	return path.Clean(strings.NewReplacer("{image_folder}", path.Dir(c.image), "{text_folder}", path.Dir(c.text)).Replace(name))
}

// config reads the configuration, or nothing where the layout can do without.
func (s *spec) config(fsys fs.FS, where string, c choice) (exportConfig, error) {
	if len(s.Config.Files) == 0 {
		return exportConfig{}, nil
	}
	name := ""
	for _, f := range s.Config.Files {
		if f = expand(f, c); exists(fsys, f) {
			name = f
			break
		}
	}
	if name == "" {
		if s.Config.Optional {
			return exportConfig{}, nil
		}
		name = expand(s.Config.Files[0], c) // reading it says what is wrong
	}
	return readExportConfig(fsys, name, where, s.Config.Style)
}

// preprocess finds the image preprocessing: the first file that is there, else the family's or the layout's preset.
func (s *spec) preprocess(fsys fs.FS, where string, c choice, conf exportConfig, fam *family, cp *Checkpoint, o PreprocessOptions) (Preprocess, error) {
	p, err := s.filePreprocess(fsys, where, c)
	preset := fam.Preprocess
	if preset == "" {
		preset = s.Preprocess.Assumed
	}
	side := graphSide(cp.Image.Input)
	if side == 0 {
		side = conf.ImageSize
	}
	switch {
	case err != nil && o.Base == "":
		return p, err
	case p.Size > 0 && err == nil:
		if s.Preprocess.Pipeline != "" {
			p.Pipeline = s.Preprocess.Pipeline
		}
	case o.Base != "":
		p = Preprocess{Size: side} // the user's choice replaces it
	case preset != "":
		p = presets[preset].at(side)
	default:
		names := slices.Concat(s.Preprocess.Transformers, s.Preprocess.OpenCLIP)
		return p, &fault.Error{Op: "find the image preprocessing of", Thing: where, Found: "no " + expand(names[0], c), Wanted: "a file that states size, mean and std",
			Next: "copy it from the model's repository into the folder, or name it by --preprocess " + strings.Join(Presets(), "|") + "|FILE"}
	}
	if p, err = o.apply(p); err != nil {
		return p, err
	}
	if p.Size <= 0 {
		return p, &fault.Error{Op: "find the image size of", Thing: where + c.image, Found: "input " + cp.Image.Input.String(), Wanted: "a file that states it",
			Next: "pass --image-size"}
	}
	return p, nil
}

func (s *spec) filePreprocess(fsys fs.FS, where string, c choice) (Preprocess, error) {
	for _, name := range s.Preprocess.Transformers {
		if name = expand(name, c); exists(fsys, name) {
			return readAnyPreprocess(fsys, name, where)
		}
	}
	for _, name := range s.Preprocess.OpenCLIP {
		if name = expand(name, c); exists(fsys, name) {
			return readPreprocessCfg(fsys, name, where)
		}
	}
	return Preprocess{}, nil
}

// graphSide is the side of the pictures that a graph is fixed to, 0 where it takes any or they are not square.
func graphSide(p Port) int {
	if len(p.Shape) == 4 && p.Shape[2] > 0 && p.Shape[2] == p.Shape[3] {
		return int(p.Shape[2])
	}
	return 0
}

// tokenizerFiles are the files that any kind of tokenizer is read from; the first ones each suffice.
var tokenizerFiles = []string{"tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
	"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}

// tokenizerIn lists the files of a tokenizer in dir, none where there is no vocabulary.
func tokenizerIn(fsys fs.FS, dir string) []string {
	files := present(fsys, dir, tokenizerFiles...)
	for _, name := range files {
		switch path.Base(name) {
		case "tokenizer.json", "merges.txt", "vocab.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model":
			return files
		}
	}
	return nil
}

// tokenizer finds the text rules.
func (s *spec) tokenizer(fsys fs.FS, where string, c choice, conf exportConfig, fam *family, o Options) (Tokenizer, error) {
	t := Tokenizer{Dir: ".", Clean: conf.Clean, PadID: s.Tokenizer.PaddingID}
	switch {
	case conf.Context > 0:
		t.Context = conf.Context
	case s.Tokenizer.Context > 0:
		t.Context = s.Tokenizer.Context
	default:
		t.Context = fam.Context
	}
	if fam.LongestContext > 0 {
		t.Context = min(t.Context, fam.LongestContext)
	}
	for _, dir := range s.Tokenizer.Folders {
		dir = expand(dir, c)
		if files := tokenizerIn(fsys, dir); len(files) > 0 {
			t.Dir, t.Files = dir, files
			break
		}
	}
	if t.PadID == nil {
		t.PadID = fam.PaddingID
	}
	if len(t.Files) == 0 && !s.Tokenizer.OpenAI && o.Tokenizer == "" {
		return t, &fault.Error{Op: "find the tokenizer of", Thing: where, Found: listing(fsys), Wanted: "tokenizer.json, or the files of another kind, in " + strings.Join(s.Tokenizer.Folders, ", "),
			Next: "copy the tokenizer's files from the model's repository into the folder, or name them by --tokenizer DIR (clip: OpenAI's)"}
	}
	return t, nil
}
