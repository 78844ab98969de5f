// Package export writes a model that is opened without an export, from safetensors or drawn at random, as an ordinary ONNX export: the
// folder that transformers.js, optimum and mindgap open.
package export

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"

	"mindgap/loaders/output"
	"mindgap/loaders/tokenize"
	"mindgap/models"
	"mindgap/models/fault"
)

// maxInline is how many bytes of weights stand inside a graph; more lie in a file beside it, as protobuf ends at 2 GiB.
const maxInline = 2_000_000_000

const op = "export the model to"

// Write writes the model into the folder dir, which must be new or empty, whole or not at all:
//
//	config.json, preprocessor_config.json, tokenizer files
//	onnx/vision_model.onnx   pixel_values → image_embeds (SigLIP: pooler_output)
//	onnx/text_model.onnx     input_ids → text_embeds (SigLIP: pooler_output)
//
// Weights stand inside the graphs, or in vision_model.onnx_data and text_model.onnx_data where they take more than 2 GB. It returns the size
// of both graphs in bytes.
func Write(ctx context.Context, cp *models.Checkpoint, dir string) (size int64, err error) {
	return write(ctx, cp, dir, maxInline)
}

func write(ctx context.Context, cp *models.Checkpoint, dir string, limit int64) (size int64, err error) {
	if cp.Image.Graph == nil || cp.Text.Graph == nil {
		return 0, &fault.Error{Op: "export", Thing: cp.Ref, Found: "a model that is ONNX graphs already (layout " + cp.Layout + ")", Wanted: "one that is weights",
			Next: "use its folder as it is"}
	}
	out, err := output.Begin(dir, op, func(dir string) error {
		return &fault.Error{Op: op, Thing: dir, Found: "a folder that is not empty, or a file", Wanted: "a new or empty folder",
			Next: "choose another --out, or empty the folder"}
	})
	if err != nil {
		return 0, err
	}
	defer out.Discard()
	for name, t := range map[string]*models.Tower{"onnx/vision_model.onnx": &cp.Image, "onnx/text_model.onnx": &cp.Text} {
		n, err := writeTower(ctx, out, name, t, limit)
		if err != nil {
			return 0, err
		}
		size += n
	}
	for _, write := range []func(*models.Checkpoint, *output.Folder) error{writeConfig, writePreprocessor, writeTokenizer} {
		if err := write(cp, out); err != nil {
			return 0, err
		}
	}
	return size, out.Commit(ctx)
}

func writeTower(ctx context.Context, out *output.Folder, name string, t *models.Tower, limit int64) (int64, error) {
	if t.WeightBytes <= limit {
		b, err := t.Graph(ctx, models.WeightPlacement{Inline: true})
		if err != nil {
			return 0, err
		}
		return int64(len(b)), out.WriteBytes(name, b)
	}
	var graph []byte
	count := new(counter)
	err := out.Write(name+"_data", func(w io.Writer) error {
		count.w = bufio.NewWriterSize(w, 1<<20)
		var err error
		if graph, err = t.Graph(ctx, models.WeightPlacement{Data: count, DataName: path.Base(name) + "_data"}); err != nil {
			return err
		}
		return count.w.Flush()
	})
	if err != nil {
		return 0, err
	}
	return count.n + int64(len(graph)), out.WriteBytes(name, graph)
}

// counter counts what is written through it.
type counter struct {
	w *bufio.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// writeConfig writes config.json: the model's own where it is transformers', with the trained scale, which split exports have no other
// place for; else one that names family, sizes and scale.
func writeConfig(cp *models.Checkpoint, out *output.Folder) error {
	c := map[string]any{}
	if b, err := fs.ReadFile(cp.FS, "config.json"); err == nil && cp.Layout == "hf-safetensors" {
		// Each value as it is written: transformers refuses a 1 in place of 1.0.
		var own map[string]json.RawMessage
		if err := json.Unmarshal(b, &own); err != nil {
			return err
		}
		for k, v := range own {
			c[k] = v
		}
	} else {
		c["model_type"] = cp.Family
		c["projection_dim"] = cp.Text.Width
		c["text_config"] = map[string]any{"model_type": cp.Family + "_text_model", "max_position_embeddings": cp.Tokenizer.Context, "projection_dim": cp.Text.Width}
		c["vision_config"] = map[string]any{"model_type": cp.Family + "_vision_model", "image_size": cp.Preprocess.Size, "projection_dim": cp.Image.Width}
	}
	if !cp.LogitScale.Assumed() {
		c["logit_scale"], c["logit_bias"] = decimal(math.Log(cp.LogitScale.Value)), decimal(cp.LogitBias)
	}
	if cp.Trained != nil {
		c["trained"] = *cp.Trained
	}
	return writeJSON(out, "config.json", c)
}

// decimal writes a number so that Python reads a float.
func decimal(v float64) json.RawMessage {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return json.RawMessage(s)
}

// writePreprocessor writes preprocessor_config.json in the words of transformers' CLIPImageProcessor and SiglipImageProcessor.
func writePreprocessor(cp *models.Checkpoint, out *output.Folder) error {
	const name = "preprocessor_config.json"
	if cp.Layout == "hf-safetensors" {
		if b, err := fs.ReadFile(cp.FS, name); err == nil {
			return out.WriteBytes(name, b)
		}
	}
	p := cp.Preprocess
	square := map[string]int{"height": p.Size, "width": p.Size}
	c := map[string]any{"do_convert_rgb": true, "do_rescale": true, "rescale_factor": 1. / 255, "do_normalize": true, "image_mean": p.Mean, "image_std": p.Std,
		"do_resize": p.Resize != "none", "do_center_crop": p.Crop, "resample": p.Resample(), "image_processor_type": "CLIPImageProcessor"}
	if p.Crop {
		c["crop_size"] = square
	}
	switch p.Resize {
	case "shortest":
		c["size"] = map[string]int{"shortest_edge": p.ResizeTo}
	default:
		c["size"] = square
		c["image_processor_type"] = "SiglipImageProcessor"
	}
	return writeJSON(out, name, c)
}

// writeTokenizer copies the tokenizer's files, or writes OpenAI's, and has them say how the tower is padded.
func writeTokenizer(cp *models.Checkpoint, out *output.Folder) error {
	t := cp.Tokenizer
	files := make(map[string][]byte)
	for _, name := range t.Files {
		b, err := fs.ReadFile(cp.FS, name)
		if err != nil {
			return &fault.Error{Op: "read tokenizer file", Thing: cp.Locate(name), Err: err}
		}
		files[path.Base(name)] = b
	}
	pad := 0
	if t.PadID != nil {
		pad = *t.PadID
	}
	switch {
	case len(files) == 0:
		var err error
		if t.PadID == nil {
			pad = 49407 // transformers' way: the end of text
		}
		if files, err = tokenize.CLIPFiles(t.Context, pad); err != nil {
			return err
		}
	case t.PadID != nil && files["tokenizer.json"] != nil:
		var vocabulary struct {
			Model struct {
				Vocab map[string]int `json:"vocab"`
			} `json:"model"`
		}
		// A vocabulary of another form names its padding itself.
		if json.Unmarshal(files["tokenizer.json"], &vocabulary) == nil {
			c, err := tokenize.PaddedWith(files["tokenizer_config.json"], vocabulary.Model.Vocab, t.Context, pad)
			if err != nil {
				return err
			}
			files["tokenizer_config.json"] = c
			delete(files, "special_tokens_map.json") // whose padding would say otherwise
		}
	}
	for name, b := range files {
		if err := out.WriteBytes(name, b); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(out *output.Folder, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return out.WriteBytes(name, append(b, '\n'))
}
