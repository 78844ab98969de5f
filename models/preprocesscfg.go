package models

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"mindgap/models/fault"
)

// preprocessCfg is open_clip's preprocess_cfg.json; jina-clip's processor states the same keys.
type preprocessCfg struct {
	Size          json.RawMessage `json:"size"` // a number, or [height, width]
	Mean          []float32       `json:"mean"`
	Std           []float32       `json:"std"`
	ImageMean     []float32       `json:"image_mean"` // in jina-clip's file for transformers.js
	ImageStd      []float32       `json:"image_std"`
	Interpolation string          `json:"interpolation"`
	ResizeMode    string          `json:"resize_mode"`
}

// readPreprocessCfg reads preprocess_cfg.json as open_clip does.
func readPreprocessCfg(fsys fs.FS, name, where string) (Preprocess, error) {
	var c preprocessCfg
	b, err := fs.ReadFile(fsys, name)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return Preprocess{}, &fault.Error{Op: "read the image preprocessing", Thing: where + name, Err: err, Wanted: "a JSON object as open_clip writes it",
			Next: "copy the file from the model's repository into the folder"}
	}
	return c.settle(where + name)
}

// readAnyPreprocess reads a file that is called preprocessor_config.json, whoever wrote it: jina-clip puts open_clip's keys into it.
func readAnyPreprocess(fsys fs.FS, name, where string) (Preprocess, error) {
	var keys struct {
		ResizeMode *string   `json:"resize_mode"`
		Mean       []float32 `json:"mean"`
		ImageMean  []float32 `json:"image_mean"`
	}
	if b, err := fs.ReadFile(fsys, name); err == nil {
		_ = json.Unmarshal(b, &keys) // the readers say what is wrong
	}
	if keys.ResizeMode != nil || keys.Mean != nil && keys.ImageMean == nil {
		return readPreprocessCfg(fsys, name, where)
	}
	return readPreprocessor(fsys, name, where)
}

// settle checks what the file called thing says: "shortest" (the default) resizes and crops, "squash" resizes both sides.
func (c preprocessCfg) settle(thing string) (Preprocess, error) {
	bad := func(found, wanted string) (Preprocess, error) {
		return Preprocess{}, &fault.Error{Op: "read the image preprocessing", Thing: thing, Found: found, Wanted: wanted,
			Next: "copy the file that came with the model, or correct it"}
	}
	var side int
	if json.Unmarshal(c.Size, &side) != nil {
		var pair []int
		if json.Unmarshal(c.Size, &pair) != nil || len(pair) != 2 || pair[0] != pair[1] {
			return bad(fmt.Sprintf("size %s", c.Size), "a number, or an equal pair")
		}
		side = pair[0]
	}
	if side <= 0 {
		return bad(fmt.Sprintf("size %d", side), "a number of pixels")
	}
	p := Preprocess{Size: side, ResizeTo: side, Interpolation: "bicubic", Pipeline: "open_clip"}
	switch c.ResizeMode {
	case "", "shortest":
		p.Resize, p.Crop = "shortest", true
	case "squash":
		p.Resize = "squash"
	default:
		return bad("resize_mode "+c.ResizeMode, "shortest or squash")
	}
	if c.Interpolation != "" {
		if !slices.Contains(interpolations, c.Interpolation) {
			return bad("interpolation "+c.Interpolation, "one of Pillow's filters")
		}
		p.Interpolation = c.Interpolation
	}
	if len(c.Mean)+len(c.Std) == 0 {
		c.Mean, c.Std = c.ImageMean, c.ImageStd
	}
	if len(c.Mean) != 3 || len(c.Std) != 3 || slices.ContainsFunc(c.Std, func(s float32) bool { return !(s > 0) }) {
		return bad(fmt.Sprintf("mean %v and std %v", c.Mean, c.Std), "3 of each, std above 0")
	}
	p.Mean, p.Std = [3]float32(c.Mean), [3]float32(c.Std)
	return p, nil
}
