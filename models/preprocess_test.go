package models

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestReadPreprocessor(t *testing.T) {
	clip := Preprocess{Size: 224, Resize: "shortest", ResizeTo: 224, Interpolation: "bicubic", Crop: true, Pipeline: "hf",
		Mean: [3]float32{.5, .4, .3}, Std: [3]float32{.2, .3, .4}}
	norm := `"image_mean":[0.5,0.4,0.3],"image_std":[0.2,0.3,0.4]`
	for _, c := range []struct {
		name, json string
		want       Preprocess
		wrong      string // part of the message, when it must fail
	}{
		{name: "new style", json: `{"size":{"shortest_edge":224},"crop_size":{"height":224,"width":224},"resample":3,"rescale_factor":0.00392156862745098,` + norm + `}`, want: clip},
		{name: "old style", json: `{"size":224,"crop_size":224,"do_center_crop":true,"feature_extractor_type":"CLIPFeatureExtractor",` + norm + `}`, want: clip},
		{name: "inside processor_config.json", json: `{"processor_class":"CLIPProcessor","image_processor":{"size":{"shortest_edge":224},"crop_size":{"height":224,"width":224},"resample":3,` + norm + `}}`, want: clip},
		{name: "siglip squashes", json: `{"size":{"height":224,"width":224},"resample":2,` + norm + `}`,
			want: func() Preprocess {
				p := clip
				p.Resize, p.Interpolation, p.Crop = "squash", "bilinear", false
				return p
			}()},
		{name: "resize larger than the crop", json: `{"size":{"shortest_edge":256},"crop_size":{"height":224,"width":224},` + norm + `}`,
			want: func() Preprocess { p := clip; p.ResizeTo = 256; return p }()},
		{name: "no normalisation", json: `{"size":224,"do_normalize":false}`,
			want: func() Preprocess {
				p := clip
				p.Mean, p.Std = [3]float32{}, [3]float32{1, 1, 1}
				return p
			}()},
		{name: "not JSON", json: `version https`, wrong: "JSON"},
		{name: "size of words", json: `{"size":"big"}`, wrong: "neither a number"},
		{name: "oblong", json: `{"size":{"height":224,"width":112},` + norm + `}`, wrong: "equal height and width"},
		{name: "no size", json: `{` + norm + `}`, wrong: "size or crop_size"},
		{name: "unknown filter", json: `{"size":224,"resample":9,` + norm + `}`, wrong: "resample 9"},
		{name: "two means", json: `{"size":224,"image_mean":[0,0],"image_std":[1,1,1]}`, wrong: "3 of each"},
		{name: "zero std", json: `{"size":224,"image_mean":[0,0,0],"image_std":[1,0,1]}`, wrong: "above 0"},
		{name: "another range", json: `{"size":224,"rescale_factor":0.0078,` + norm + `}`, wrong: "1/255"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readPreprocessor(fstest.MapFS{"preprocessor_config.json": {Data: []byte(c.json)}}, "preprocessor_config.json", "dir/")
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) || !strings.Contains(err.Error(), "dir/preprocessor_config.json") {
					t.Fatalf("error %v, want one that names the file and says %q", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
