package models

import (
	"context"
	"io/fs"

	"mindgap/models/fault"
)

func init() {
	layouts = append(layouts, Layout{
		Name:      "split",
		Help:      "transformers.js and optimum split exports: config.json, preprocessor_config.json, a tokenizer, [onnx/]vision_model.onnx, [onnx/]text_model.onnx",
		Recognise: recogniseSplit,
	})
}

// recogniseSplit knows the layout of transformers.js: one graph a tower, the embedding not normalised.
func recogniseSplit(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
	var vision, text string
	for _, dir := range []string{"onnx", "."} {
		if f := present(fsys, dir, "vision_model.onnx", "text_model.onnx"); len(f) == 2 {
			vision, text = f[0], f[1]
			break
		} else if len(f) == 1 {
			return nil, &fault.Error{Op: "open the towers of", Thing: where, Found: f[0] + " alone", Wanted: "vision_model.onnx and text_model.onnx side by side",
				Next: "copy the other tower's file beside it"}
		}
	}
	if vision == "" {
		return nil, notThis("no vision_model.onnx and text_model.onnx, in onnx/ or here")
	}
	conf, err := readConfig(fsys, "config.json", where)
	if err != nil {
		return nil, err
	}
	cp := &Checkpoint{Name: conf.Name, Family: conf.ModelType, Trained: conf.Trained, LogitScale: conf.scale()}
	if conf.LogitBias != nil {
		cp.LogitBias = *conf.LogitBias
	}
	if cp.Preprocess, err = readPreprocessor(fsys, "preprocessor_config.json", where); err != nil {
		return nil, err
	}
	if cp.Image, err = describeTower(ctx, fsys, vision, where, imageTower); err != nil {
		return nil, err
	}
	if cp.Text, err = describeTower(ctx, fsys, text, where, textTower); err != nil {
		return nil, err
	}
	cp.Tokenizer = Tokenizer{Dir: ".", Context: conf.context(),
		Files: present(fsys, ".", "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")}
	if len(cp.Tokenizer.Files) == 0 {
		return nil, &fault.Error{Op: "find the tokenizer of", Thing: where, Found: listing(fsys), Wanted: "tokenizer.json, or vocab.json and merges.txt",
			Next: "copy the tokenizer's files from the model's repository into the folder"}
	}
	return cp, nil
}
