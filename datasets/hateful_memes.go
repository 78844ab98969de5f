package datasets

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"mindgap/models/fault"
)

func init() {
	has := func(dir string) bool { return len(memeSplits(dir)) > 0 && isDir(filepath.Join(dir, "img")) }
	Register(Format{
		Name:   "hateful-memes",
		Help:   "Hateful Memes, two classes, scored by AUROC",
		Names:  []string{"hateful_memes"},
		Layout: "hateful_memes/{dev_seen,test_seen,train,…}.jsonl with img/*.png",
		Origin: "hatefulmemeschallenge.com",
		Find: func(_, root string) (string, bool) {
			return firstDir(root, has, "hateful_memes", "hateful-memes", "hateful_memes/data", "hatefulmemes", "")
		},
		Recognise: func(path string) (string, bool) { return "hateful_memes", has(path) },
		Open:      openMemes,
	})
}

// memeClasses and the template are those of CLIP (github.com/openai/CLIP, data/prompts.md); class 1 is the hateful one.
var memeClasses = []string{"meme", "hatespeech meme"}

func memeSplits(dir string) []string {
	var splits []string
	for _, split := range []string{"dev_seen", "dev_unseen", "test_seen", "test_unseen", "dev", "test", "train"} {
		if isFile(filepath.Join(dir, split+".jsonl")) {
			splits = append(splits, split)
		}
	}
	return splits
}

func openMemes(ctx context.Context, name, path string, o Options) (Dataset, error) {
	split, err := choose(name, "split", o.Split, memeSplits(path))
	if err != nil {
		return nil, err
	}
	if _, err := choose(name, "target", o.Target, nil); err != nil {
		return nil, err
	}
	file := filepath.Join(path, split+".jsonl")
	images, err := readMemes(ctx, file)
	if err != nil {
		return nil, err
	}
	return newListed(ctx, Info{Name: name, Split: split, Classes: append([]string(nil), memeClasses...), Templates: []string{"a {}."}, Source: file}, path, images)
}

// readMemes reads a record a line: id, img, label (absent where it is kept secret) and text, the words on the picture.
func readMemes(ctx context.Context, file string) ([]listedImage, error) {
	const op = "read Hateful Memes"
	lines, err := readLines(op, file)
	if err != nil {
		return nil, err
	}
	var images []listedImage
	worded := true
	for i, line := range lines {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		var r struct {
			ID    any     `json:"id"` // a number, or a string of digits
			Img   string  `json:"img"`
			Label *int    `json:"label"`
			Text  *string `json:"text"`
		}
		m := listedImage{where: fmt.Sprintf("%s line %d", file, i+1), label: NoLabel}
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			return nil, &fault.Error{Op: op, Thing: m.where, Err: err, Wanted: "a JSON object", Next: "fetch the file again; it may be cut short"}
		}
		if r.Label != nil {
			m.label = *r.Label
		}
		switch {
		case r.ID == nil || r.Img == "":
			return nil, &fault.Error{Op: op, Thing: m.where, Found: "a record without id or img", Wanted: "both"}
		case !localPath(r.Img):
			return nil, notLocal(op, m.where, r.Img)
		case m.label < NoLabel || m.label >= len(memeClasses):
			return nil, &fault.Error{Op: op, Thing: m.where, Found: fmt.Sprintf("label %d", m.label), Wanted: "0 or 1"}
		}
		m.id, m.path = fmt.Sprint(r.ID), r.Img
		if r.Text != nil && strings.TrimSpace(*r.Text) != "" {
			m.captions = []string{strings.TrimSpace(*r.Text)}
		}
		worded = worded && m.captions != nil
		images = append(images, m)
	}
	for i := range images {
		if !worded { // captions of some pictures alone could not be paired
			images[i].captions = nil
		}
	}
	return images, nil
}
