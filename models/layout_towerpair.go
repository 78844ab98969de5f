package models

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"mindgap/models/fault"
	"mindgap/models/graph"
	"mindgap/models/weights"
)

func init() {
	layouts = append(layouts, Layout{Name: "hf-safetensors-towers", order: 1103, with: recogniseTowerPair,
		Help: "transformers' CLIPVisionModelWithProjection and CLIPTextModelWithProjection, or SigLIP's towers, each saved alone: image_encoder/ and text_encoder/, or vision_model/ and text_model/",
		Recognise: func(ctx context.Context, fsys fs.FS, where string) (*Checkpoint, error) {
			return recogniseTowerPair(ctx, fsys, where, Options{})
		}})
}

// towerFolders are how the folders of two towers are called, the image's first.
var towerFolders = [][2]string{{"image_encoder", "text_encoder"}, {"vision_model", "text_model"}}

// recogniseTowerPair reads two towers that were saved one by one: their configurations become one, and their tensors get the names that
// they have in a whole model, which such files may leave the first part of out.
func recogniseTowerPair(ctx context.Context, fsys fs.FS, where string, o Options) (*Checkpoint, error) {
	var folders [2]string
	for _, f := range towerFolders {
		if exists(fsys, f[0]+"/model.safetensors") && exists(fsys, f[1]+"/model.safetensors") {
			folders = f
			break
		}
	}
	if folders[0] == "" {
		return nil, notThis("no folders of two towers with a model.safetensors each")
	}
	config := map[string]json.RawMessage{}
	set := make(weights.Set)
	for i, tower := range []struct{ key, suffix, prefix, projection string }{
		{"vision_config", "_vision_model", "vision_model.", "visual_projection."},
		{"text_config", "_text_model", "text_model.", "text_projection."},
	} {
		name := path.Join(folders[i], "config.json")
		var conf struct {
			ModelType  string          `json:"model_type"`
			Projection json.RawMessage `json:"projection_dim"`
		}
		b, err := fs.ReadFile(fsys, name)
		if err == nil {
			err = json.Unmarshal(b, &conf)
		}
		if err != nil {
			return nil, &fault.Error{Op: "read the model's configuration", Thing: where + name, Err: err, Wanted: "a JSON object as transformers writes it",
				Next: "copy config.json from the model's repository into the folder"}
		}
		family, ok := strings.CutSuffix(conf.ModelType, tower.suffix)
		if first, set := config["model_type"]; !ok || set && string(first) != fmt.Sprintf("%q", family) {
			return nil, &fault.Error{Op: "read the model's configuration", Thing: where + name, Found: fmt.Sprintf("model_type %q", conf.ModelType),
				Wanted: "a tower of one model, as clip" + tower.suffix, Next: "put the two towers of one model beside each other"}
		}
		config["model_type"] = json.RawMessage(fmt.Sprintf("%q", family))
		config[tower.key] = b
		if len(conf.Projection) > 0 {
			config["projection_dim"] = conf.Projection
		}
		own, err := weights.Open(ctx, fsys, path.Join(folders[i], "model.safetensors"), where)
		if err != nil {
			return nil, err
		}
		for name, t := range own {
			if !strings.HasPrefix(name, tower.prefix) && !strings.HasPrefix(name, tower.projection) {
				name = tower.prefix + name
			}
			set[name] = t
		}
	}
	b, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	towers, err := graph.HF(b, path.Join(folders[0], "config.json"), where, set)
	if err != nil {
		return nil, err
	}
	cp := checkpointOf(towers, fsys)
	cp.LogitScale = Scale{Value: assumedScale, From: "assumed: no file of the model states it"}
	for _, dir := range []string{folders[0], ".", "feature_extractor"} {
		if name := path.Join(dir, "preprocessor_config.json"); exists(fsys, name) {
			if cp.Preprocess, err = readPreprocessor(fsys, name, where); err != nil {
				return nil, err
			}
			break
		}
	}
	if cp.Preprocess.Size == 0 {
		if o.Preprocess.Base == "" {
			return nil, &fault.Error{Op: "find the image preprocessing of", Thing: where, Found: "no preprocessor_config.json", Wanted: "one in " + folders[0] + " or beside it",
				Next: "copy it from the model's repository into the folder, or name it by --preprocess " + strings.Join(Presets(), "|") + "|FILE"}
		}
		cp.Preprocess.Size = towers.Size
	}
	for _, dir := range []string{folders[1], "tokenizer", "."} {
		if files := tokenizerIn(fsys, dir); len(files) > 0 {
			cp.Tokenizer.Dir, cp.Tokenizer.Files = dir, files
			return cp, nil
		}
	}
	return cp, cp.findTokenizer(towers, where, o, "")
}
