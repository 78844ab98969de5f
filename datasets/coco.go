package datasets

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"mindgap/models/fault"
)

func init() {
	registerCaptions(captionSet{
		name:    "mscoco_captions",
		folders: []string{"mscoco_captions", "coco", "COCO", "mscoco", "coco2017", "coco2014", ""},
		images:  []string{"", "images", "val2014", "train2014", "val2017", "train2017", "images/val2014", "images/train2014", "images/val2017", "images/train2017"},
		origin:  "cocodataset.org (images and captions) and cs.stanford.edu/people/karpathy/deepimagesent (Karpathy's splits)",
		find:    findCOCO,
	}, "coco-captions", "COCO, photographs with five or more captions each; Karpathy's splits where their file is there",
		"{mscoco_captions,coco}/{annotations/captions_{val,train}{2017,2014}.json,dataset_coco.json,coco_{test,val,train}_karpathy.json} and the images in val2017, val2014, …")
}

// findCOCO lists Karpathy's splits first: retrieval is reported on his test split.
func findCOCO(dir string) []captionSplit {
	var splits []captionSplit
	for _, sub := range []string{"", "annotations"} {
		splits = append(splits, findKarpathy(filepath.Join(dir, sub, "dataset_coco.json"), "test", "val", "train", "restval")...)
		for _, split := range []string{"test", "val", "train"} { // as CLIP_benchmark fetches them
			if file := filepath.Join(dir, sub, "coco_"+split+"_karpathy.json"); isFile(file) {
				splits = append(splits, captionSplit{split, file, readCOCO})
			}
		}
	}
	for _, split := range []string{"val2017", "val2014", "train2017", "train2014"} {
		for _, sub := range []string{"annotations", ""} {
			if file := filepath.Join(dir, sub, "captions_"+split+".json"); isFile(file) {
				splits = append(splits, captionSplit{split, file, readCOCO})
			}
		}
	}
	return splits
}

type cocoImage struct {
	ID       int64  `json:"id"`
	FileName string `json:"file_name"`
}

// readCOCO reads a file of COCO captions. Images come in the order of their ids and captions in the order of the file, as pycocotools and
// torchvision give them.
func readCOCO(ctx context.Context, file string) ([]listedImage, error) {
	const op = "read COCO captions"
	b, err := readAnnotations(op, file)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var set struct {
		Images      []cocoImage `json:"images"`
		Annotations []struct {
			ID      int64   `json:"id"`
			ImageID int64   `json:"image_id"`
			Caption *string `json:"caption"`
		} `json:"annotations"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, &fault.Error{Op: op, Thing: file, Err: err, Wanted: "an object with images and annotations"}
	}
	if len(set.Images) == 0 || len(set.Annotations) == 0 {
		return nil, &fault.Error{Op: op, Thing: file, Found: fmt.Sprintf("%d images and %d annotations", len(set.Images), len(set.Annotations)),
			Wanted: "both, as in captions_val2017.json"}
	}
	slices.SortStableFunc(set.Images, func(a, b cocoImage) int { return cmp.Compare(a.ID, b.ID) })
	images := make([]listedImage, len(set.Images))
	at := make(map[int64]int, len(set.Images))
	for i, m := range set.Images {
		where := file + " image " + strconv.FormatInt(m.ID, 10)
		if _, ok := at[m.ID]; ok {
			return nil, &fault.Error{Op: op, Thing: where, Found: "the id twice", Wanted: "an id of its own for each image"}
		}
		if !localPath(m.FileName) {
			return nil, notLocal(op, where, m.FileName)
		}
		at[m.ID] = i
		images[i] = listedImage{id: m.FileName, path: m.FileName, where: where, label: NoLabel}
	}
	for _, a := range set.Annotations {
		where := file + " annotation " + strconv.FormatInt(a.ID, 10)
		if a.Caption == nil {
			return nil, &fault.Error{Op: op, Thing: where, Found: "no caption", Wanted: "captions, not boxes or key points", Next: "name a captions_….json"}
		}
		i, ok := at[a.ImageID]
		if !ok {
			return nil, &fault.Error{Op: op, Thing: where, Found: fmt.Sprintf("image %d", a.ImageID), Wanted: "an image of the list"}
		}
		images[i].captions = append(images[i].captions, *a.Caption)
	}
	return images, nil
}

// findKarpathy lists the given splits of one of Karpathy's files, if it is there.
func findKarpathy(file string, splits ...string) []captionSplit {
	if !isFile(file) {
		return nil
	}
	var found []captionSplit
	for _, split := range splits {
		found = append(found, captionSplit{split, file, func(ctx context.Context, file string) ([]listedImage, error) { return readKarpathy(ctx, file, split) }})
	}
	return found
}

// readKarpathy reads a split from dataset_coco.json, dataset_flickr8k.json or dataset_flickr30k.json, in the order of the file.
func readKarpathy(ctx context.Context, file, split string) ([]listedImage, error) {
	const op = "read Karpathy's splits"
	b, err := readAnnotations(op, file)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var set struct {
		Images []struct {
			FilePath  string `json:"filepath"`
			FileName  string `json:"filename"`
			Split     string `json:"split"`
			Sentences []struct {
				Raw string `json:"raw"`
			} `json:"sentences"`
		} `json:"images"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, &fault.Error{Op: op, Thing: file, Err: err, Wanted: "an object with images"}
	}
	var images []listedImage
	for i, m := range set.Images {
		if m.Split != split {
			continue
		}
		where := fmt.Sprintf("%s image %d", file, i)
		if m.FileName == "" || !localPath(m.FileName) || m.FilePath != "" && !localPath(m.FilePath) {
			return nil, notLocal(op, where, path.Join(m.FilePath, m.FileName))
		}
		image := listedImage{id: m.FileName, path: path.Join(m.FilePath, m.FileName), where: where, label: NoLabel}
		for _, s := range m.Sentences {
			image.captions = append(image.captions, s.Raw)
		}
		images = append(images, image)
	}
	if len(images) == 0 {
		return nil, &fault.Error{Kind: fault.Usage, Op: op, Thing: file, Found: "no image of the split " + split, Next: "choose another --split"}
	}
	return images, nil
}
