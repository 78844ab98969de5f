package datasets

import (
	"context"
	_ "embed"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The WordNet ids of ImageNet's 1,000 classes, sorted, as CLIP_benchmark orders their names; and those of the sets that have 200 of them.
var (
	//go:embed prompts/imagenet_wnids.txt
	imageNetIDList string
	//go:embed prompts/imagenet_subsets.json
	imageNetSubsetTable []byte
)

// imageNetIDs returns the 1,000 WordNet ids.
func imageNetIDs() []string { return strings.Fields(imageNetIDList) }

// imageNetLabels numbers the 1,000 WordNet ids.
var imageNetLabels = sync.OnceValue(func() map[string]int { return labelsOf(imageNetIDs()) })

// imageNetSubsets returns the WordNet ids of the sets that do not have all of them.
var imageNetSubsets = sync.OnceValue(func() map[string][]string {
	var subsets map[string][]string
	if err := json.Unmarshal(imageNetSubsetTable, &subsets); err != nil {
		panic("datasets: embedded imagenet_subsets.json: " + err.Error())
	}
	return subsets
})

// An imageNetSet is one of the sets that share ImageNet's classes.
type imageNetSet struct {
	help, layout, origin string
	dirs                 []string          // where the set may lie under the data root
	splits               []string          // the default first; nil where there are none
	folders              map[string]string // the sub-folder of each split; "" stands for a set without splits
	numbered             bool              // folders are 0 to 999, not WordNet ids
}

var imageNetSets = map[string]imageNetSet{
	"imagenet1k": {
		help: "ImageNet (ILSVRC 2012), a folder for each WordNet id", layout: "imagenet1k/{val,train}/<wnid>/*.JPEG", origin: "image-net.org",
		dirs: []string{"imagenet1k", "imagenet", "imagenet-1k", "ImageNet", "ILSVRC2012", "ILSVRC/Data/CLS-LOC", ""}, splits: []string{"val", "train"},
		folders: map[string]string{"val": "val", "train": "train"},
	},
	"imagenetv2": {
		help: "ImageNetV2, new test images for ImageNet's classes", layout: "imagenetv2/imagenetv2-matched-frequency-format-val/{0..999}/*.jpeg",
		origin: "huggingface.co/datasets/vaishaal/ImageNetV2", dirs: []string{"imagenetv2", "ImageNetV2", ""}, numbered: true,
		splits: []string{"matched-frequency", "threshold0.7", "top-images"},
		folders: map[string]string{"matched-frequency": "imagenetv2-matched-frequency-format-val", "threshold0.7": "imagenetv2-threshold0.7-format-val",
			"top-images": "imagenetv2-top-images-format-val"},
	},
	"imagenet_sketch": {
		help: "ImageNet-Sketch, drawings of ImageNet's classes", layout: "imagenet_sketch/<wnid>/*.JPEG", origin: "github.com/HaohanWang/ImageNet-Sketch",
		dirs: []string{"imagenet_sketch", "imagenet-sketch", "sketch", "ImageNet-Sketch/sketch", "imagenet_sketch/sketch", "imagenet-sketch/sketch"}, folders: map[string]string{"": ""},
	},
	"imagenet-a": {
		help: "ImageNet-A, photographs that classifiers get wrong, 200 classes", layout: "imagenet-a/<wnid>/*.jpg", origin: "github.com/hendrycks/natural-adv-examples",
		dirs: []string{"imagenet-a", "imagenet_a"}, folders: map[string]string{"": ""},
	},
	"imagenet-o": {
		help: "ImageNet-O, photographs of what is no class of ImageNet, 200 folders", layout: "imagenet-o/<wnid>/*.jpg", origin: "github.com/hendrycks/natural-adv-examples",
		dirs: []string{"imagenet-o", "imagenet_o"}, folders: map[string]string{"": ""},
	},
	"imagenet-r": {
		help: "ImageNet-R, renditions (art, cartoons, toys …) of 200 classes", layout: "imagenet-r/<wnid>/*.jpg", origin: "github.com/hendrycks/imagenet-r",
		dirs: []string{"imagenet-r", "imagenet_r"}, folders: map[string]string{"": ""},
	},
}

func init() {
	for name, set := range imageNetSets {
		Register(Format{
			Name: name, Help: set.help, Names: []string{name}, Layout: set.layout, Origin: set.origin,
			Find: func(_, root string) (string, bool) { return firstDir(root, set.at, set.dirs...) },
			Recognise: func(path string) (string, bool) {
				// Folders of WordNet ids alone do not say which set they are: their name must.
				named := set.numbered || name == "imagenet1k" || filepath.Base(path) == name || filepath.Base(path) == strings.ReplaceAll(name, "-", "_")
				return name, named && set.at(path)
			},
			Open: openImageNet,
		})
	}
}

// wnid is how a WordNet id of a noun looks.
var wnid = regexp.MustCompile(`^n\d{8}$`)

// at reports whether dir holds one of the set's splits.
func (s imageNetSet) at(dir string) bool {
	for _, folder := range s.folders {
		path := filepath.Join(dir, folder)
		if s.numbered && isDir(path) || !s.numbered && hasEntry(path, wnid.MatchString) {
			return true
		}
	}
	return false
}

func openImageNet(ctx context.Context, name, path string, o Options) (Dataset, error) {
	set := imageNetSets[name]
	split, err := choose(name, "split", o.Split, set.splits)
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	classes, templates, _ := LookupPrompts(name)
	ids, ok := imageNetSubsets()[name]
	if !ok {
		ids = imageNetIDs()
	}
	labels := labelsOf(ids)
	if set.numbered { // as strings the folders would sort 0, 1, 10, 100 …
		clear(labels)
		for i := range classes {
			labels[strconv.Itoa(i)] = i
		}
	}
	return openClassFolders(ctx, Info{Name: name, Split: split, Classes: classes, Templates: templates}, filepath.Join(path, set.folders[split]), labels)
}
