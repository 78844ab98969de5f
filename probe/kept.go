package probe

import (
	"fmt"
	"sync"

	"mindgap/datasets"
	"mindgap/loaders/preprocess"
	"mindgap/models"
)

// maxKept bounds the bytes of pictures that are kept for the next model: 7,000 of 224×224. Those beyond are decoded anew.
const maxKept = 1 << 30

// keptPictures keeps what the preprocessing makes of each picture, the square before mean and std, so that a data set is decoded and resized
// once for many models that are fed alike. Preprocessing such a square again changes nothing.
type keptPictures struct {
	p    *preprocess.Processor
	mu   sync.Mutex
	room int
	by   map[string][]uint8 // item id → Size×Size×3
}

// keepPictures returns nil where a preprocessed square is not what preprocessing makes of it again: it would be enlarged before the crop.
func keepPictures(p models.Preprocess) (*keptPictures, error) {
	if p.Resize == "shortest" && p.ResizeTo != p.Size {
		return nil, nil
	}
	processor, err := preprocess.New(p)
	if err != nil {
		return nil, err
	}
	return &keptPictures{p: processor, room: maxKept, by: map[string][]uint8{}}, nil
}

// picture is the function picture, with the memory of what it returned before.
func (k *keptPictures) picture(scratch *preprocess.Picture, item datasets.Item) (*preprocess.Picture, error) {
	size := k.p.Size()
	k.mu.Lock()
	pixels := k.by[item.ID]
	k.mu.Unlock()
	if pixels != nil {
		return preprocess.FromRGB(size, size, pixels), nil
	}
	pic, err := picture(scratch, item)
	if err != nil || !k.reserve(3*size*size) {
		return pic, err
	}
	if pixels, err = k.p.Pixels(pic); err != nil {
		return nil, fmt.Errorf("preprocess %s: %w", item.ID, err)
	}
	k.mu.Lock()
	k.by[item.ID] = pixels
	k.mu.Unlock()
	return preprocess.FromRGB(size, size, pixels), nil
}

func (k *keptPictures) reserve(bytes int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.room < bytes {
		return false
	}
	k.room -= bytes
	return true
}
