package graph

import (
	"encoding/json"
	"fmt"
	"math"

	"mindgap/models/fault"
	"mindgap/models/weights"
)

// OpenAI describes the towers of a file that holds the state dict of openai/CLIP and no configuration: its shapes say everything, with
// heads of 64, quick GELU and the greatest id as the end of text. Whether a file is one, IsOpenAI says.
func OpenAI(name, where string, set weights.Set) (*Towers, error) {
	dim := func(name string, axis int) int64 {
		if s := set[name].Shape; axis < len(s) {
			return s[axis]
		}
		return 0
	}
	count := func(format string) (n int64) {
		for {
			if _, ok := set[fmt.Sprintf(format, n)]; !ok {
				return n
			}
			n++
		}
	}
	var vision map[string]any
	_, vit := set["visual.proj"]
	if _, resnet := set["visual.attnpool.positional_embedding"]; !vit && !resnet {
		return nil, &fault.Error{Op: "build the image tower of", Thing: where + name, Found: "neither visual.proj nor visual.attnpool.positional_embedding",
			Wanted: "the first of a vision transformer, or the second of a ResNet", Next: "fetch the weights again, or add the configuration that belongs to them"}
	}
	if vit {
		width, patch := dim("visual.conv1.weight", 0), dim("visual.conv1.weight", 2)
		grid := int64(math.Round(math.Sqrt(float64(dim("visual.positional_embedding", 0) - 1))))
		vision = map[string]any{"width": width, "patch_size": patch, "image_size": patch * grid,
			"layers": count("visual.transformer.resblocks.%d.ln_1.weight")}
	} else {
		grid := int64(math.Round(math.Sqrt(float64(dim("visual.attnpool.positional_embedding", 0) - 1))))
		vision = map[string]any{"width": dim("visual.conv3.weight", 0), "image_size": 32 * grid, "layers": []int64{
			count("visual.layer1.%d.conv1.weight"), count("visual.layer2.%d.conv1.weight"),
			count("visual.layer3.%d.conv1.weight"), count("visual.layer4.%d.conv1.weight")}}
	}
	width := dim("ln_final.weight", 0)
	config, err := json.Marshal(map[string]any{"embed_dim": dim("text_projection", 1), "quick_gelu": true, "vision_cfg": vision,
		"text_cfg": map[string]any{"context_length": dim("positional_embedding", 0), "vocab_size": dim("token_embedding.weight", 0),
			"width": width, "heads": width / 64, "layers": count("transformer.resblocks.%d.ln_1.weight")}})
	if err != nil {
		return nil, err
	}
	return OpenCLIP(config, name, where, set)
}

// IsOpenAI reports whether the tensors have the names of openai/CLIP's state dict.
func IsOpenAI(set weights.Set) bool {
	for _, name := range []string{"visual.conv1.weight", "token_embedding.weight", "text_projection", "ln_final.weight"} {
		if _, ok := set[name]; !ok {
			return false
		}
	}
	return true
}
