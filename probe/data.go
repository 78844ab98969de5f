package probe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"

	"mindgap/datasets"
	"mindgap/loaders"
	"mindgap/loaders/preprocess"
	"mindgap/models/fault"
)

// Data is an opened data set with everything about its examples but the pictures, which stay where they lie.
type Data struct {
	IDs       []string
	Labels    []int    // one an image, datasets.NoLabel where it has none; nil where the set has no classes
	Texts     []string // the text side of the pairs
	ImageOf   []int    // the image of each text; nil when text i belongs to image i
	Pairing   string   // what Texts are, in words for the record; empty when there are none
	Classes   []string
	Templates []string
	// ByClass are the prompts of each class where they are written for it, instead of Templates; else nil.
	ByClass  [][]string
	Input    DatasetInput
	Warnings []string

	set  datasets.Dataset
	kept *keptPictures // nil: each is decoded whenever it is needed
}

// OpenData opens the data set of the configuration and reads ids, labels and captions. The caller closes it.
func (c *Config) OpenData(ctx context.Context) (_ *Data, err error) {
	ref := orBuiltin(c.Dataset)
	set, err := datasets.Open(ctx, ref, c.Data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = set.Close() // the first error is the one to report
		}
	}()
	classnames, templates := c.Classnames, c.Templates
	if c.words != nil {
		classnames, templates = c.words(set.Info())
	}
	if classnames != nil || templates != nil {
		worded, err := datasets.WithPrompts(set, "--classnames", classnames, templates)
		if err != nil {
			return nil, err
		}
		set = worded
	}
	info := set.Info()
	d := &Data{set: set, Classes: info.Classes, Templates: info.Templates,
		Input: DatasetInput{Ref: ref, Split: info.Split, Target: info.Target, Source: info.Source, Count: info.Len,
			Classes: len(info.Classes), SHA256: info.Fingerprint, License: info.License}}
	if c.ClassPrompts != nil {
		if d.ByClass, err = datasets.PromptsOf("--templates", c.ClassPrompts, d.Classes); err != nil {
			return nil, err
		}
		d.Templates = nil
	}
	captioned, several := 0, false
	for item, err := range set.Items(ctx) {
		if err != nil {
			return nil, err
		}
		i := len(d.IDs)
		d.IDs = append(d.IDs, item.ID)
		if len(d.Classes) > 0 {
			d.Labels = append(d.Labels, item.Label)
		}
		if len(item.Captions) > 0 {
			captioned++
			several = several || len(item.Captions) > 1
		}
		for _, t := range item.Captions {
			d.Texts, d.ImageOf = append(d.Texts, t), append(d.ImageOf, i)
		}
	}
	if len(d.IDs) == 0 {
		return nil, &fault.Error{Op: "read the data set", Thing: ref, Found: "no items", Wanted: "at least one image", Next: "check --data-root, --split and --limit"}
	}
	if !several {
		d.ImageOf = nil
	}
	switch {
	case captioned == len(d.IDs):
		d.Pairing = "each image with its own caption"
		if one := c.Data.Caption; one == datasets.CaptionFirst || one == datasets.CaptionLast {
			d.Pairing = "each image with the " + one + " of its captions"
		}
		if several {
			d.Pairing = "each image with all of its captions"
		}
	case captioned > 0:
		return nil, &fault.Error{Op: "pair the images of", Thing: ref, Found: fmt.Sprintf("captions for %d of %d images", captioned, len(d.IDs)),
			Wanted: "a caption for each", Next: "add the missing captions, or remove them all to pair images with the prompts of their classes"}
	case d.prompted():
		if err := d.pairWithClasses(ref); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// pairWithClasses puts the prompt of its class beside each image of a set without captions.
func (d *Data) pairWithClasses(ref string) error {
	if i := slices.Index(d.Labels, datasets.NoLabel); i >= 0 {
		return &fault.Error{Op: "pair the images of", Thing: ref, Found: fmt.Sprintf("no caption and no label for %s", d.IDs[i]),
			Wanted: "a caption or a label for each image", Next: "choose another --target, or add captions"}
	}
	for _, l := range d.Labels {
		d.Texts = append(d.Texts, d.prompt(l, 0))
	}
	d.Pairing = "each image with the first prompt of its class"
	if d.ByClass == nil {
		d.Pairing = fmt.Sprintf("each image with the prompt of its class, %q", d.Templates[0])
	}
	d.Warnings = append(d.Warnings, "the data set has no captions, so each image is paired with the prompt of its class: equal texts tie in recall, and ties count for the match")
	return nil
}

// Close closes the data set; texts alone have none.
func (d *Data) Close() error {
	if d.set == nil {
		return nil
	}
	return d.set.Close()
}

// drop takes out the items of these ids, with their labels and texts, and notes why.
func (d *Data) drop(ids map[string]bool, reasons map[string]error) {
	var (
		names  []string
		labels []int
		place  = make([]int, len(d.IDs)) // where an image goes, -1 = nowhere
		gone   []string
	)
	for i, id := range d.IDs {
		if ids[id] {
			place[i] = -1
			gone = append(gone, id)
			d.Input.Skipped = append(d.Input.Skipped, Skip{ID: id, Reason: reasons[id].Error()})
			continue
		}
		place[i] = len(names)
		names = append(names, id)
		if d.Labels != nil {
			labels = append(labels, d.Labels[i])
		}
	}
	var texts []string
	var imageOf []int
	for j, text := range d.Texts {
		if d.Pairing == "" {
			break // loose texts belong to no image
		}
		i := j
		if d.ImageOf != nil {
			i = d.ImageOf[j]
		}
		if place[i] >= 0 {
			texts, imageOf = append(texts, text), append(imageOf, place[i])
		}
	}
	if d.ImageOf == nil {
		imageOf = nil
	}
	d.IDs, d.Labels = names, labels
	if d.Pairing != "" {
		d.Texts, d.ImageOf = texts, imageOf
	}
	d.set = datasets.Without(d.set, gone...)
	info := d.set.Info()
	d.Input.Count, d.Input.SHA256 = info.Len, info.Fingerprint
	d.Warnings = append(d.Warnings, fmt.Sprintf("%d of %d images could not be read and were left out: see inputs.dataset.skipped", len(gone), len(gone)+info.Len))
}

// Labelled reports how many images have a label.
func (d *Data) Labelled() int {
	n := 0
	for _, l := range d.Labels {
		if l != datasets.NoLabel {
			n++
		}
	}
	return n
}

// prompted reports whether there are classes and prompts for them.
func (d *Data) prompted() bool {
	return len(d.Classes) > 0 && (d.ByClass != nil || len(d.Templates) > 0)
}

// prompt is prompt t of class k.
func (d *Data) prompt(k, t int) string {
	if d.ByClass != nil {
		return d.ByClass[k][t]
	}
	return datasets.Prompt(d.Templates[t], d.Classes[k])
}

// promptCounts are the numbers of prompts of each class.
func (d *Data) promptCounts() []int {
	counts := make([]int, len(d.Classes))
	for k := range counts {
		counts[k] = len(d.Templates)
		if d.ByClass != nil {
			counts[k] = len(d.ByClass[k])
		}
	}
	return counts
}

// Prompts are the prompts of every class, class after class: with templates, row k·T+t is class k in template t.
func (d *Data) Prompts() []string {
	var out []string
	for k, n := range d.promptCounts() {
		for t := range n {
			out = append(out, d.prompt(k, t))
		}
	}
	return out
}

func (d *Data) promptsInput() *PromptsInput {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n%q\n", d.Templates, d.Classes)
	if d.ByClass != nil {
		fmt.Fprintf(h, "%q\n", d.ByClass)
	}
	return &PromptsInput{Templates: d.Templates, ByClass: d.ByClass != nil, Classes: len(d.Classes), SHA256: hex.EncodeToString(h.Sum(nil))}
}

// sources yields the pictures from the k-th on.
func (d *Data) sources(ctx context.Context, k int) iter.Seq2[loaders.Source, error] {
	return func(yield func(loaders.Source, error) bool) {
		i := 0
		for item, err := range d.set.Items(ctx) {
			if i++; err == nil && i <= k {
				continue
			}
			decode := func(scratch *preprocess.Picture) (*preprocess.Picture, error) {
				if d.kept != nil {
					return d.kept.picture(scratch, item)
				}
				return picture(scratch, item)
			}
			if !yield(loaders.Source{ID: item.ID, Decode: decode}, err) || err != nil {
				return
			}
		}
	}
}

// Picture decodes an item's image.
func Picture(item datasets.Item) (*preprocess.Picture, error) {
	return picture(new(preprocess.Picture), item)
}

// picture decodes an encoded image into scratch; bare pixels stay where the data set has them.
func picture(scratch *preprocess.Picture, item datasets.Item) (*preprocess.Picture, error) {
	if p := item.Image.Pixels; p != nil {
		return preprocess.FromRGB(p.Width, p.Height, p.RGB), nil
	}
	if err := preprocess.ReadTo(scratch, item.Image.Name, item.Image.Read); err != nil {
		return nil, err
	}
	return scratch, nil
}
