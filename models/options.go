package models

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// Options say how a model is opened, where its files leave a choice or say nothing. The zero value takes what the files say.
type Options struct {
	Precision  string // see Precisions; "" = the full one, which must be there
	ImageModel string // .onnx file, or folder of one, of the image tower; with TextModel, instead of a reference
	TextModel  string // the same of the text tower; the same file for a graph of both
	Tokenizer  string // folder or file of the tokenizer, "clip" for OpenAI's
	Preprocess PreprocessOptions
}

// replaceTokenizer makes the checkpoint read its text rules from elsewhere.
func (o Options) replaceTokenizer(cp *Checkpoint) error {
	switch o.Tokenizer {
	case "":
		return nil
	case "clip":
		cp.Tokenizer.Dir, cp.Tokenizer.Files = ".", nil
		return nil
	}
	dir, file, err := folderOf("--tokenizer", o.Tokenizer)
	if err != nil {
		return err
	}
	const mount = "--tokenizer"
	fsys := newDiskFS(dir)
	files := tokenizerIn(fsys, ".")
	if len(files) == 0 || file != "" && !slices.Contains(tokenizerFiles, file) {
		return &fault.Error{Op: "open", Thing: "--tokenizer " + o.Tokenizer, Found: cmp.Or(file, listing(fsys)), Wanted: strings.Join(tokenizerFiles[:6], ", "),
			Next: "name the folder that holds the tokenizer's files, each by its usual name"}
	}
	cp.FS = overlay{base: cp.FS, mounts: map[string]fs.FS{mount: fsys}}
	cp.Tokenizer.Dir, cp.Tokenizer.Files = mount, nil
	for _, f := range files {
		cp.Tokenizer.Files = append(cp.Tokenizer.Files, path.Join(mount, f))
	}
	return nil
}

// bareSpec is what is known about two graphs that lie in no layout: nothing but what lies beside them.
var bareSpec = &spec{
	Name:   "files",
	Config: configSpec{Files: []string{"{image_folder}/config.json", "config.json"}, Style: "transformers", Optional: true},
	Preprocess: preprocessSpec{
		Transformers: []string{"{image_folder}/preprocessor_config.json", "{image_folder}/processor_config.json", "preprocessor_config.json", "processor_config.json", "image/preprocessor_config.json", "image/processor_config.json"},
		OpenCLIP:     []string{"{image_folder}/preprocess_cfg.json", "preprocess_cfg.json", "image/preprocess_cfg.json"}},
	Tokenizer: tokenizerSpec{Folders: []string{"{text_folder}", ".", "tokenizer", "text", "{image_folder}", "image"}},
}

// openFiles describes two graphs that the user names.
func openFiles(ctx context.Context, o Options) (*Checkpoint, error) {
	if o.ImageModel == "" || o.TextModel == "" {
		return nil, &fault.Error{Kind: fault.Usage, Op: "open the towers", Thing: "--image-model and --text-model", Found: "one of them", Wanted: "both",
			Next: "name the other tower's graph too; a graph of both towers is named twice"}
	}
	mounts := map[string]fs.FS{}
	mount := func(flag, as, name string) (string, error) {
		dir, file, err := folderOf(flag, name)
		if err != nil {
			return "", err
		}
		fsys := newDiskFS(dir)
		if file == "" {
			if found := present(fsys, ".", "model.onnx", "onnx/model.onnx"); len(found) > 0 {
				file = found[0]
			} else {
				return "", &fault.Error{Op: "open", Thing: flag + " " + name, Found: listing(fsys), Wanted: "model.onnx", Next: "name the .onnx file"}
			}
		} else if parent := newDiskFS(filepath.Dir(dir)); !beside(fsys) && beside(parent) {
			// Exporters put graphs into a folder onnx/ below the files that belong to them.
			fsys, file = parent, path.Join(filepath.Base(dir), file)
		}
		mounts[as] = fsys
		return path.Join(as, file), nil
	}
	image, err := mount("--image-model", "image", o.ImageModel)
	if err != nil {
		return nil, err
	}
	text := image
	if o.TextModel != o.ImageModel {
		if text, err = mount("--text-model", "text", o.TextModel); err != nil {
			return nil, err
		}
	}
	fsys := overlay{mounts: mounts}
	cp, err := bareSpec.build(ctx, fsys, "", choice{image: image, text: text}, o)
	var half almost
	switch {
	case errors.As(err, &half):
		return nil, &fault.Error{Op: "open the towers in", Thing: o.ImageModel, Found: string(half), Wanted: "a graph of both towers, or two graphs",
			Next: "name the other tower's graph by --text-model"}
	case err != nil:
		return nil, err
	}
	cp.Layout, cp.FS = bareSpec.Name, fsys
	return cp, cp.CheckWidths()
}

// beside reports whether a folder has any of the small files that belong to a model.
func beside(fsys fs.FS) bool {
	return len(present(fsys, ".", append([]string{"preprocessor_config.json", "preprocess_cfg.json", "config.json"}, tokenizerFiles...)...)) > 0
}
