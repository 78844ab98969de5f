package gap

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestReferenceModels repeats PyTorch's sweeps of both small models and of their untrained twins.
func TestReferenceModels(t *testing.T) {
	labels := func(parts ...string) (out []int) {
		for _, v := range readNpy(t, referencePath(t, parts...)).data {
			out = append(out, int(v))
		}
		return out
	}
	indices := readTree(t, filepath.Join("testdata", "sweep.json"))
	for _, model := range []string{"emoji", "cifar10"} {
		for _, weights := range []string{"trained", "random1", "random2", "random3"} {
			t.Run(fmt.Sprintf("%s/%s", model, weights), func(t *testing.T) {
				folder := []string{"models", model, "reference", weights}
				array := func(name string) *Embeddings {
					return readNpy(t, referencePath(t, append(folder, name+".npy")...)).embeddings()
				}
				ref := readTree(t, referencePath(t, append(folder, "summary.json")...))
				p := NewPair(array("image_embeds"), array("text_embeds"), nil)
				pairs := fmt.Sprintf("pairs_%d", p.Images.N)
				var tasks []task
				if model == "emoji" {
					tasks = emojiTasks(indices, array)
				} else {
					tasks = []task{{images: p.Images, labels: labels("models", model, "reference", "labels.npy"),
						classes: map[string]*Embeddings{"single": array("class_embeds_single"), "ensemble": array("class_embeds_ensemble")}}}
				}
				checkSweep(t, p, ref.num("logit_scale_exp"), ref.list(pairs, "sweep"), tasks)
			})
		}
	}
}
