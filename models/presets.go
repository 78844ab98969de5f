package models

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

// A preset is a preprocessing by name, without its size.
type preset struct {
	Resize        string     `json:"resize"`
	Interpolation string     `json:"interpolation"`
	Mean          [3]float32 `json:"mean"`
	Std           [3]float32 `json:"std"`
	Pipeline      string     `json:"pipeline"`
}

func loadPresets(fsys fs.FS) (map[string]preset, error) {
	b, err := fs.ReadFile(fsys, "presets.json")
	if err != nil {
		return nil, err
	}
	out := map[string]preset{}
	if err := strictJSON(b, &out); err != nil {
		return nil, fmt.Errorf("presets.json: %w", err)
	}
	return out, nil
}

// Presets lists the names that PreprocessOptions.Base takes besides a file.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// at is the preset for pictures of the given side.
func (p preset) at(size int) Preprocess {
	out := Preprocess{Size: size, Resize: p.Resize, ResizeTo: size, Interpolation: p.Interpolation, Crop: p.Resize == "shortest", Mean: p.Mean, Std: p.Std, Pipeline: p.Pipeline}
	if out.Pipeline == "" {
		out.Pipeline = "hf"
	}
	return out
}

// PreprocessOptions replace parts of a model's image preprocessing; zero values leave what the model's files say.
type PreprocessOptions struct {
	Base          string // a preset (see Presets), or a file: preprocessor_config.json or preprocess_cfg.json under any name
	Size          int    // side in pixels
	Mean, Std     []float32
	Resize        string // "shortest" (then a centre crop) or "squash"
	Interpolation string
}

// apply returns p with the replacements made.
func (o PreprocessOptions) apply(p Preprocess) (Preprocess, error) {
	bad := func(flag, found, wanted string) (Preprocess, error) {
		return p, &fault.Error{Kind: fault.Usage, Op: "read", Thing: flag, Found: found, Wanted: wanted, Next: "correct the flag"}
	}
	if o.Base != "" {
		size := p.Size
		if b, ok := presets[o.Base]; ok {
			p = b.at(size)
		} else {
			var err error
			if p, err = readPreprocessFile(o.Base); err != nil {
				return p, err
			}
		}
	}
	if o.Size < 0 {
		return bad("--image-size", fmt.Sprint(o.Size), "a number of pixels")
	}
	if o.Size > 0 { // a resize target larger than the crop keeps its proportion to it
		if p.Size > 0 {
			p.ResizeTo = p.ResizeTo * o.Size / p.Size
		} else {
			p.ResizeTo = o.Size
		}
		p.Size = o.Size
	}
	for _, v := range []struct {
		flag string
		from []float32
		to   *[3]float32
	}{{"--mean", o.Mean, &p.Mean}, {"--std", o.Std, &p.Std}} {
		switch len(v.from) {
		case 0:
		case 1:
			*v.to = [3]float32{v.from[0], v.from[0], v.from[0]}
		case 3:
			*v.to = [3]float32(v.from)
		default:
			return bad(v.flag, fmt.Sprintf("%d numbers", len(v.from)), "one number, or three for R, G, B")
		}
	}
	switch o.Resize {
	case "":
	case "shortest", "squash":
		p.Resize, p.Crop, p.ResizeTo = o.Resize, o.Resize == "shortest", p.Size
	default:
		return bad("--resize", o.Resize, "shortest or squash")
	}
	if o.Interpolation != "" {
		if !slices.Contains(interpolations, o.Interpolation) {
			return bad("--interpolation", o.Interpolation, strings.Join(interpolations, ", "))
		}
		p.Interpolation = o.Interpolation
	}
	return p, nil
}

// readPreprocessFile reads a file that the user names, of either style.
func readPreprocessFile(name string) (Preprocess, error) {
	if _, err := os.Stat(name); err != nil {
		return Preprocess{}, &fault.Error{Kind: fault.Usage, Op: "open", Thing: "--preprocess " + name, Err: err, Wanted: "a file, or one of " + strings.Join(Presets(), ", "), Next: "correct the flag"}
	}
	return readAnyPreprocess(os.DirFS(filepath.Dir(name)), filepath.Base(name), filepath.ToSlash(filepath.Dir(name))+"/")
}
