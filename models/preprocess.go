package models

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"mindgap/models/fault"
)

// Preprocess says how a picture becomes the image tower's input, in the words of preprocessor_config.json.
type Preprocess struct {
	Size          int        // side of the square that the tower is fed, in pixels
	Resize        string     // "shortest": shortest side to ResizeTo, then centre crop; "squash": both sides to Size; "none"
	ResizeTo      int        // target of "shortest", usually equal to Size
	Interpolation string     // "nearest", "box", "bilinear", "hamming", "bicubic", "lanczos": Pillow's filters
	Crop          bool       // centre crop to Size×Size
	Mean, Std     [3]float32 // (x/255 − mean) / std, per channel R, G, B
	Pipeline      string     // whose rounding, alpha and colour rules: "hf" (transformers), "open_clip" (torchvision) or "immich" (as hf, but alpha is dropped)
}

// interpolations are Pillow's Resampling values by number, as "resample" in preprocessor_config.json counts them.
var interpolations = []string{"nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"}

// Resample is the interpolation's number in preprocessor_config.json.
func (p Preprocess) Resample() int { return slices.Index(interpolations, p.Interpolation) }

// hfSize reads the forms that "size" and "crop_size" take: 224, {"shortest_edge": 224}, {"height": 224, "width": 224}.
type hfSize struct {
	Shortest, Height, Width int
}

func (s *hfSize) UnmarshalJSON(b []byte) error {
	if n, err := strconv.Atoi(string(b)); err == nil {
		s.Shortest = n
		return nil
	}
	var o struct {
		Shortest int `json:"shortest_edge"`
		Height   int `json:"height"`
		Width    int `json:"width"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return fmt.Errorf("size %s is neither a number nor an object with shortest_edge or height and width", b)
	}
	*s = hfSize(o)
	return nil
}

// preprocessorConfig is the part of preprocessor_config.json that decides pixels.
type preprocessorConfig struct {
	DoResize     *bool     `json:"do_resize"`
	DoCenterCrop *bool     `json:"do_center_crop"`
	DoRescale    *bool     `json:"do_rescale"`
	DoNormalize  *bool     `json:"do_normalize"`
	Size         *hfSize   `json:"size"`
	CropSize     *hfSize   `json:"crop_size"`
	Resample     *int      `json:"resample"`
	Rescale      *float64  `json:"rescale_factor"`
	Mean         []float32 `json:"image_mean"`
	Std          []float32 `json:"image_std"`
	// Inner is where processor_config.json keeps all this, which newer versions of transformers write instead.
	Inner json.RawMessage `json:"image_processor"`
}

// readPreprocessor reads preprocessor_config.json as transformers' CLIP and SigLIP image processors do. What it cannot reproduce is
// an error: a wrong guess would shift every embedding by a little and be seen by nobody.
func readPreprocessor(fsys fs.FS, name, where string) (Preprocess, error) {
	bad := func(found, wanted string) (Preprocess, error) {
		return Preprocess{}, &fault.Error{Op: "read the image preprocessing", Thing: where + name, Found: found, Wanted: wanted,
			Next: "copy the file that came with the model, or correct it"}
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Preprocess{}, &fault.Error{Op: "read the image preprocessing", Thing: where + name, Err: err,
			Next: "copy preprocessor_config.json from the model's repository into the folder"}
	}
	var c preprocessorConfig
	err = json.Unmarshal(b, &c)
	if err == nil && bytes.HasPrefix(c.Inner, []byte("{")) {
		inner := c.Inner
		c = preprocessorConfig{}
		err = json.Unmarshal(inner, &c)
	}
	if err != nil {
		return bad(err.Error(), "a JSON object as transformers writes it")
	}
	on := func(p *bool) bool { return p == nil || *p }
	p := Preprocess{Interpolation: "bicubic", Pipeline: "hf", Resize: "none", Std: [3]float32{1, 1, 1}}
	if c.Resample != nil {
		if *c.Resample < 0 || *c.Resample >= len(interpolations) {
			return bad(fmt.Sprintf("resample %d", *c.Resample), "a Pillow filter, 0 to 5")
		}
		p.Interpolation = interpolations[*c.Resample]
	}
	if on(c.DoResize) && c.Size != nil {
		switch {
		case c.Size.Shortest > 0:
			p.Resize, p.ResizeTo, p.Size = "shortest", c.Size.Shortest, c.Size.Shortest
		case c.Size.Height > 0 && c.Size.Height == c.Size.Width:
			p.Resize, p.ResizeTo, p.Size = "squash", c.Size.Height, c.Size.Height
		default:
			return bad(fmt.Sprintf("size %+v", *c.Size), "a shortest edge, or equal height and width")
		}
	}
	// SigLIP's processor has no centre crop and writes no do_center_crop; CLIP's has one unless it is switched off.
	if p.Crop = on(c.DoCenterCrop) && (c.CropSize != nil || p.Resize == "shortest"); p.Crop && c.CropSize != nil {
		side := max(c.CropSize.Shortest, c.CropSize.Height)
		if side <= 0 || c.CropSize.Height != c.CropSize.Width {
			return bad(fmt.Sprintf("crop_size %+v", *c.CropSize), "one number, or equal height and width")
		}
		p.Size = side
	}
	if p.Size <= 0 {
		return bad("no size", "size or crop_size")
	}
	if p.Resize == "squash" && p.Crop && p.Size > p.ResizeTo {
		return bad(fmt.Sprintf("crop_size %d larger than size %d", p.Size, p.ResizeTo), "a crop inside the picture")
	}
	if !on(c.DoRescale) || c.Rescale != nil && (*c.Rescale < 0.003921 || *c.Rescale > 0.003922) {
		return bad("pixels that are not divided by 255", "rescale_factor 1/255")
	}
	if on(c.DoNormalize) {
		if len(c.Mean) != 3 || len(c.Std) != 3 {
			return bad(fmt.Sprintf("image_mean of %d and image_std of %d numbers", len(c.Mean), len(c.Std)), "3 of each")
		}
		copy(p.Mean[:], c.Mean)
		copy(p.Std[:], c.Std)
		for _, s := range p.Std {
			if !(s > 0) {
				return bad(fmt.Sprintf("image_std %v", c.Std), "numbers above 0")
			}
		}
	}
	return p, nil
}
